r"""Metrics and parameters that the reference server confuses.

Posting one without id changes the one of its name. The reference server looks that one up by a pattern, in
which `_`, `%` and `\` have a meaning, and also takes what ends in `:` and the name. So `f1_score` would
overwrite `f1xscore`, and `loss` would overwrite `val:loss`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import DuplicateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from model_registry.types import Artifact, ArtifactT, BaseResourceModel


def matches(name: str, other: str) -> bool:
    """Return whether the reference server takes one name for another one when it looks it up."""
    return re.fullmatch(f"(?:.*:)?{_TOKEN.sub(_as_regex, name)}", other, re.DOTALL) is not None


def with_id(artifact: ArtifactT, existing: Iterable[Artifact]) -> ArtifactT:
    """Return the metric or parameter to post, with the id of the one that it changes.

    Args:
        artifact: The metric or parameter, without id.
        existing: The artifacts of its version.

    Raises:
        DuplicateError: The server would overwrite another one.
    """
    taken: list[Artifact] = []
    for each in existing:
        if type(each) is type(artifact) and each.name == artifact.name:
            return artifact.model_copy(update={"id": each.id})
        if matches(artifact.name or "", each.name or ""):
            taken.append(each)
    if len(taken) == 1 and type(taken[0]) is type(artifact):
        raise _would_overwrite(artifact, taken[0])
    return artifact


def in_safe_order(artifacts: Sequence[Artifact]) -> list[Artifact]:
    """Return artifacts in an order in which the server takes no new one for one before it.

    Raises:
        DuplicateError: There is no such order.
    """
    pending = list(artifacts)
    if not any(_CONFUSING & set(each.name or "") for each in pending):
        return pending
    ordered: list[Artifact] = []
    while pending:
        first = next((each for each in pending if not _confused(each, pending)), None)
        if first is None:
            one = next(each for each in pending if _confused(each, pending))
            raise _would_overwrite(one, _confused(one, pending)[0])
        pending.remove(first)
        ordered.append(first)
    return ordered


def _confused(artifact: Artifact, others: Iterable[Artifact]) -> list[Artifact]:
    """Return the others that the server would take an artifact for, if the artifact came first."""
    return [
        each
        for each in others
        if is_upserted(each)
        and type(each) is type(artifact)
        and each.name != artifact.name
        and matches(each.name or "", artifact.name or "")
    ]


def is_upserted(resource: BaseResourceModel) -> bool:
    """Return whether posting a resource changes the one of its name: a metric or parameter without id."""
    return isinstance(resource, (types.Metric, types.Parameter)) and resource.id is None


def _would_overwrite(artifact: Artifact, other: Artifact) -> DuplicateError:
    kind = type(artifact).__name__
    return DuplicateError(
        f"{kind} {artifact.name!r} was not sent: this server takes it for {kind} {other.name!r}, because it "
        "reads the name as a pattern and ignores what is before a colon, and would overwrite that one, which "
        "already exists. Use a name that is not confused with it, or write this one first.",
        status=409,
    )


_CONFUSING = frozenset("_%\\:")
_TOKEN = re.compile(r"\\(.)|(_)|(%)|(.)", re.DOTALL)


def _as_regex(match: re.Match[str]) -> str:
    escaped, one, many, sign = match.groups()
    if one:
        return "."
    return ".*" if many else re.escape(escaped or sign)
