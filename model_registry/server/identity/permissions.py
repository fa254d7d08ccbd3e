"""The role that each operation needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.server.errors import ApiError
from model_registry.server.identity.roles import Role

if TYPE_CHECKING:
    from model_registry.server.identity.caller import Actor

OPERATION_ROLES: Final[dict[str, Role]] = {
    "findRegisteredModel": Role.READER,
    "getRegisteredModels": Role.READER,
    "createRegisteredModel": Role.WRITER,
    "getRegisteredModel": Role.READER,
    "updateRegisteredModel": Role.WRITER,
    "getRegisteredModelVersions": Role.READER,
    "createRegisteredModelVersion": Role.WRITER,
    "findModelVersion": Role.READER,
    "getModelVersions": Role.READER,
    "createModelVersion": Role.WRITER,
    "getModelVersion": Role.READER,
    "updateModelVersion": Role.WRITER,
    "getModelVersionArtifacts": Role.READER,
    "upsertModelVersionArtifact": Role.WRITER,
    "findArtifact": Role.READER,
    "getArtifacts": Role.READER,
    "createArtifact": Role.WRITER,
    "getArtifact": Role.READER,
    "updateArtifact": Role.WRITER,
    "findModelArtifact": Role.READER,
    "getModelArtifacts": Role.READER,
    "createModelArtifact": Role.WRITER,
    "getModelArtifact": Role.READER,
    "updateModelArtifact": Role.WRITER,
    "findServingEnvironment": Role.READER,
    "getServingEnvironments": Role.READER,
    "createServingEnvironment": Role.WRITER,
    "getServingEnvironment": Role.READER,
    "updateServingEnvironment": Role.WRITER,
    "getEnvironmentInferenceServices": Role.READER,
    "createEnvironmentInferenceService": Role.WRITER,
    "findInferenceService": Role.READER,
    "getInferenceServices": Role.READER,
    "createInferenceService": Role.WRITER,
    "getInferenceService": Role.READER,
    "updateInferenceService": Role.WRITER,
    "getInferenceServiceModel": Role.READER,
    "getInferenceServiceVersion": Role.READER,
    "getInferenceServiceServes": Role.READER,
    "createInferenceServiceServe": Role.WRITER,
    "getVersionsOfModels": Role.READER,
    "getArtifactsOfVersions": Role.READER,
    "countVersionsOfModels": Role.READER,
    "getCaller": Role.READER,
    "listTokens": Role.ADMIN,
    "createToken": Role.ADMIN,
    "revokeToken": Role.ADMIN,
    "getAuditTrail": Role.ADMIN,
}
"""The role that each operation needs. An operation without a role is refused."""


def check_role(caller: Actor, operation: str) -> None:
    """Check that a caller may use an operation.

    Raises:
        ApiError: 403 when the caller has a lower role than the operation needs.
    """
    needed = OPERATION_ROLES[operation]
    if caller.role < needed:
        raise ApiError(
            403,
            f"{caller.described} has the role {caller.role.word}: {operation} needs the role {needed.word}",
        )
