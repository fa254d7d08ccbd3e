"""Values of custom properties that are easily taken for each other."""

from __future__ import annotations

from hypothesis import strategies as st

_SCALARS = st.sampled_from([True, False, 0, 1, 2, 0.0, 1.0, 0.5, "", "x", "1"])

VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner | st.none(), max_size=2)
        | st.dictionaries(st.sampled_from("ab"), inner | st.none(), max_size=2)
    ),
    max_leaves=3,
)
