"""Archive and restore models and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from model_registry import types
from model_registry.core.base import id_of
from model_registry.core.paging import all_items
from model_registry.exceptions import ArchiveInterruptedError, InvalidArgumentError, StoreError
from model_registry.types.diff import FieldPath

from .merge import Edit
from .write import ResourceWriter

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ArchiveReport, ModelVersion, RegisteredModel


async def set_state(
    core: ModelRegistryAPIClient,
    target: RegisteredModel | ModelVersion,
    state: Literal["ARCHIVED", "LIVE"],
    *,
    with_versions: bool = False,
) -> ArchiveReport:
    """Set the state of a model or version.

    Args:
        core: The registry.
        target: The model or version, as it was read just now.
        state: The state.
        with_versions: Whether to set the state of all versions of the model, too.

    Returns:
        What was changed, and what had the state already.

    Raises:
        ArchiveInterruptedError: It failed after some changes; the error holds the report.
        InvalidArgumentError: `with_versions` is given for a version.
    """
    targets = [target]
    if with_versions:
        if isinstance(target, types.ModelVersion):
            raise InvalidArgumentError("with_versions=True needs a model, but a version was given")
        parent = id_of(target)
        versions = await all_items(lambda options: core.get_model_versions(parent, options))
        # The model is archived last and restored first: it is in use while one of its versions is.
        targets = [*versions, target] if state == "ARCHIVED" else [target, *versions]
    report = types.ArchiveReport(state)
    try:
        for each in targets:
            await _set_one(core, each, report)
    except StoreError as error:
        if len(targets) == 1:
            raise
        last = targets[len(report.changed) + len(report.unchanged)]
        where = f"{type(last).__name__} {last.name!r} after {len(report.changed)} changes ({error})."
        if core.is_dry_run:
            raise ArchiveInterruptedError(f"would stop at {where}", report) from error
        raise ArchiveInterruptedError(
            f"stopped at {where} These changes stay; the same call again continues from there: {report!r}",
            report,
        ) from error
    return report


async def _set_one(
    core: ModelRegistryAPIClient, each: RegisteredModel | ModelVersion, report: ArchiveReport
) -> None:
    if each.state == report.state:
        report.unchanged.append(each)
        return
    edit = Edit({FieldPath("state"): type(each.state)(report.state)})
    report.changed.append(await ResourceWriter(core).edit(each, edit, overwrite=True))
