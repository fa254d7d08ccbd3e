"""A histogram of seconds, in a block of numbers."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableSequence, Sequence

_SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# A count per bucket and one for slower ones, and the sum of the seconds.
_SUM_AT: Final = len(_SECONDS) + 1
LENGTH: Final = _SUM_AT + 1
"""Number of numbers of a histogram."""


def observe(block: MutableSequence[float] | memoryview[float], begin: int, seconds: float) -> None:
    """Count a time in the histogram that begins at a position of a block."""
    block[begin + bisect_left(_SECONDS, seconds)] += 1
    block[begin + _SUM_AT] += seconds


def render(name: str, label: str, numbers: Sequence[float]) -> Iterator[str]:
    """Return the lines of a histogram in Prometheus' text format; none if it is empty.

    Args:
        name: Name of the metric.
        label: A label that distinguishes the histogram, such as `operation="getArtifact"`.
        numbers: The numbers of the histogram.
    """
    buckets = numbers[:_SUM_AT]
    if not any(buckets):
        return
    total = 0.0
    for limit, count in zip((*_SECONDS, "+Inf"), buckets, strict=True):
        total += count
        yield f'{name}_bucket{{{label},le="{limit}"}} {total:.0f}'
    yield f"{name}_sum{{{label}}} {numbers[_SUM_AT]:.6f}"
    yield f"{name}_count{{{label}}} {total:.0f}"
