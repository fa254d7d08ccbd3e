"""Data sets, whose names the reference server does not keep unique."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from model_registry.core.peculiarities.written import changed_values
from model_registry.exceptions import DuplicateError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from model_registry.types import Artifact, ArtifactT

_LOG = logging.getLogger("model_registry")


def first_of_name(created: ArtifactT, sent: ArtifactT, existing: Iterable[ArtifactT]) -> ArtifactT:
    """Return the data set that counts, of several with one name: the one with the lowest id.

    Args:
        created: The data set that was created just now.
        sent: The data set that was sent.
        existing: The data sets of the version.

    Raises:
        DuplicateError: One with other values was there before.
    """
    same = sorted((each for each in existing if each.name == created.name), key=_number)
    if not same or len(same) == 1:
        return created
    first, ids = same[0], ", ".join(each.id or "" for each in same)
    if first.id != created.id and changed_values(sent, first):
        raise DuplicateError(
            f"the version has several data sets named {created.name!r} (ids {ids}): {first.id} already "
            f"exists with other values, and {created.id} was created, because this server does not keep the "
            "names of data sets unique. Use the first one, or another name.",
            status=409,
        )
    _LOG.warning("Several data sets have the name %r: ids %s. The first one counts.", created.name, ids)
    return first


def _number(data_set: Artifact) -> int:
    return int(data_set.id or 0)
