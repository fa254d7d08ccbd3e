"""The rule of each operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.server.kinds import (
    ARTIFACT_KINDS,
    INFERENCE_SERVICE,
    MODEL_ARTIFACT,
    MODEL_VERSION,
    REGISTERED_MODEL,
    SERVE_MODEL,
    SERVING_ENVIRONMENT,
)
from model_registry.server.rules.reading import (
    counts_rule,
    find_rule,
    get_rule,
    list_rule,
    lists_rule,
    service_model_rule,
    service_version_rule,
)
from model_registry.server.rules.writing import (
    create_artifact_rule,
    create_rule,
    update_rule,
    upsert_artifact_rule,
)

if TYPE_CHECKING:
    from model_registry.server.rules.rule import Rule

RULES: Final[dict[str, Rule]] = {
    "findRegisteredModel": find_rule(REGISTERED_MODEL),
    "getRegisteredModels": list_rule(REGISTERED_MODEL),
    "createRegisteredModel": create_rule(REGISTERED_MODEL),
    "getRegisteredModel": get_rule(REGISTERED_MODEL),
    "updateRegisteredModel": update_rule(REGISTERED_MODEL),
    "getRegisteredModelVersions": list_rule(MODEL_VERSION, below=REGISTERED_MODEL),
    "createRegisteredModelVersion": create_rule(MODEL_VERSION, below=True),
    "findModelVersion": find_rule(MODEL_VERSION),
    "getModelVersions": list_rule(MODEL_VERSION),
    "createModelVersion": create_rule(MODEL_VERSION),
    "getModelVersion": get_rule(MODEL_VERSION),
    "updateModelVersion": update_rule(MODEL_VERSION),
    "getModelVersionArtifacts": list_rule(*ARTIFACT_KINDS, below=MODEL_VERSION),
    "upsertModelVersionArtifact": upsert_artifact_rule(),
    "findArtifact": find_rule(*ARTIFACT_KINDS),
    "getArtifacts": list_rule(*ARTIFACT_KINDS),
    "createArtifact": create_artifact_rule(),
    "getArtifact": get_rule(*ARTIFACT_KINDS),
    "updateArtifact": update_rule(*ARTIFACT_KINDS),
    "findModelArtifact": find_rule(MODEL_ARTIFACT),
    "getModelArtifacts": list_rule(MODEL_ARTIFACT),
    "createModelArtifact": create_rule(MODEL_ARTIFACT, defaults={"state": "UNKNOWN"}),
    "getModelArtifact": get_rule(MODEL_ARTIFACT),
    "updateModelArtifact": update_rule(MODEL_ARTIFACT),
    "findServingEnvironment": find_rule(SERVING_ENVIRONMENT),
    "getServingEnvironments": list_rule(SERVING_ENVIRONMENT),
    "createServingEnvironment": create_rule(SERVING_ENVIRONMENT),
    "getServingEnvironment": get_rule(SERVING_ENVIRONMENT),
    "updateServingEnvironment": update_rule(SERVING_ENVIRONMENT),
    "getEnvironmentInferenceServices": list_rule(INFERENCE_SERVICE, below=SERVING_ENVIRONMENT),
    "createEnvironmentInferenceService": create_rule(INFERENCE_SERVICE, below=True),
    "findInferenceService": find_rule(INFERENCE_SERVICE),
    "getInferenceServices": list_rule(INFERENCE_SERVICE),
    "createInferenceService": create_rule(INFERENCE_SERVICE),
    "getInferenceService": get_rule(INFERENCE_SERVICE),
    "updateInferenceService": update_rule(INFERENCE_SERVICE),
    "getInferenceServiceModel": service_model_rule(),
    "getInferenceServiceVersion": service_version_rule(),
    "getInferenceServiceServes": list_rule(SERVE_MODEL, below=INFERENCE_SERVICE),
    "createInferenceServiceServe": create_rule(SERVE_MODEL, below=True),
    "countVersionsOfModels": counts_rule(MODEL_VERSION, below=REGISTERED_MODEL),
    "getVersionsOfModels": lists_rule(
        MODEL_VERSION, below=REGISTERED_MODEL, path="/registered_models/{}/versions"
    ),
    "getArtifactsOfVersions": lists_rule(
        *ARTIFACT_KINDS, below=MODEL_VERSION, path="/model_versions/{}/artifacts"
    ),
}
