"""Each method of `mr_openapi` makes the call that the contract describes, over a socket."""

import inspect
import json
import re
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import mr_openapi
from tests.support.contract import OPERATIONS, parameters_of, resolve, schema_of

BODIES = {
    "Artifact": {"artifactType": "metric", "value": 0.5},
    "ArtifactCreate": {"artifactType": "metric", "value": 0.5},
    "ArtifactUpdate": {"artifactType": "metric", "value": 0.5},
    "RegisteredModelCreate": {"name": "m"},
    "ModelVersion": {"name": "v", "registeredModelId": "1"},
    "ModelVersionCreate": {"name": "v", "registeredModelId": "1"},
    "ServingEnvironmentCreate": {"name": "e"},
    "InferenceServiceCreate": {"registeredModelId": "1", "servingEnvironmentId": "2"},
    "ServeModelCreate": {"modelVersionId": "3"},
    "ModelArtifactCreate": {"artifactType": "model-artifact"},
    "ModelArtifactUpdate": {"artifactType": "model-artifact"},
}
ANSWERS = {**BODIES, "RegisteredModel": {"name": "m"}, "ServingEnvironment": {"name": "e"}}
ANSWERS |= {"InferenceService": BODIES["InferenceServiceCreate"], "ServeModel": BODIES["ServeModelCreate"]}
ANSWERS |= {"ModelArtifact": BODIES["ModelArtifactCreate"]}


def snake_case(name):
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


@pytest.fixture
async def registry():
    """A server that writes down each request and answers what it is told to."""

    async def answer(request):
        registry.requests.append((request.method, request.raw_path, request.headers, await request.text()))
        return web.json_response(registry.answer, status=registry.status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as registry:
        registry.requests = []
        registry.status, registry.answer = 200, {}
        yield registry


@pytest.fixture
async def api(registry):
    configuration = mr_openapi.Configuration(
        host=str(registry.make_url("")).rstrip("/"), access_token="secret"
    )
    async with mr_openapi.ApiClient(configuration) as client:
        yield mr_openapi.ModelRegistryServiceApi(client)


@pytest.mark.parametrize("operation_id", OPERATIONS)
async def test_every_operation_calls_its_path_and_decodes_its_answer(registry, api, operation_id):
    method, path, _, operation = OPERATIONS[operation_id]
    arguments, query = {}, {}
    for parameter in parameters_of(operation_id):
        schema = resolve(parameter["schema"])
        value = schema.get("enum", ["a/b ü"])[0]
        arguments[snake_case(parameter["name"])] = value
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", "a%2Fb%20%C3%BC")
        else:
            query[parameter["name"]] = value
    body = ""
    if "requestBody" in operation:
        name = schema_of(operation["requestBody"])
        body = BODIES.get(name, {})
        arguments[snake_case(name)] = getattr(mr_openapi, name).from_dict(body)
    status, node = next(iter(operation["responses"].items()))
    kind = schema_of(node)
    answer = ANSWERS.get(kind, {"items": [], "nextPageToken": "", "pageSize": 0, "size": 0})
    registry.status, registry.answer = int(status), answer

    call = getattr(api, snake_case(operation_id))
    result = await call(**arguments, _headers={"X-Mine": "1"}, _request_timeout=5.0)

    assert isinstance(result, getattr(mr_openapi, kind))
    assert result.to_dict() == answer
    [(sent_method, target, headers, text)] = registry.requests
    assert sent_method == method.upper()
    assert target.partition("?")[0] == path
    assert dict(parse_qsl(target.partition("?")[2])) == query
    assert (json.loads(text) if text else "") == body
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Accept"] == "application/json"
    assert headers["User-Agent"] == "model-registry-python/0.3.19"
    assert headers["X-Mine"] == "1"


async def test_a_failure_carries_the_registrys_error(registry, api):
    registry.status, registry.answer = 429, {"code": "Too Many Requests", "message": "slow down"}
    with pytest.raises(mr_openapi.ApiException) as raised:
        await api.get_registered_model("1")
    assert raised.value.status == 429
    assert raised.value.data == mr_openapi.Error(code="Too Many Requests", message="slow down")


@pytest.mark.parametrize(
    ("id", "error"),
    [
        ("", mr_openapi.ApiValueError),
        (".", mr_openapi.ApiValueError),
        ("..", mr_openapi.ApiValueError),
        (5, mr_openapi.ApiTypeError),
        (None, mr_openapi.ApiTypeError),
    ],
)
async def test_an_id_that_would_lead_elsewhere_is_refused_before_sending(registry, api, id, error):
    with pytest.raises(error, match="registered_model_id"):
        await api.get_registered_model(id)
    with pytest.raises(mr_openapi.ApiTypeError, match="registered_model_update"):
        await api.update_registered_model("1", None)
    assert registry.requests == []


@pytest.mark.parametrize(
    ("operation_id", "first"),
    [
        ("get_artifacts", ["filter_query", "artifact_type", "page_size"]),
        (
            "get_model_version_artifacts",
            ["model_version_id", "filter_query", "name", "external_id", "artifact_type", "page_size"],
        ),
        (
            "get_environment_inference_services",
            ["serving_environment_id", "filter_query", "name", "external_id", "page_size"],
        ),
        (
            "get_inference_service_serves",
            ["inference_service_id", "filter_query", "name", "external_id", "page_size"],
        ),
    ],
)
def test_parameters_have_the_order_of_earlier_releases(operation_id, first):
    parameters = inspect.signature(getattr(mr_openapi.ModelRegistryServiceApi, operation_id)).parameters
    assert [*parameters][1 : len(first) + 1] == first


async def test_anything_with_a_request_method_can_send_the_requests():
    class Recorder:
        async def request(self, method, path, response_type, **others):
            return method, path, response_type, others

    api = mr_openapi.ModelRegistryServiceApi(Recorder())
    assert await api.get_registered_models("name = 'm'", _request_timeout=1.0) == (
        "GET",
        "/api/model_registry/v1/registered_models",
        "RegisteredModelList",
        {
            "query": {
                "filterQuery": "name = 'm'",
                "pageSize": None,
                "orderBy": None,
                "sortOrder": None,
                "nextPageToken": None,
            },
            "_request_timeout": 1.0,
        },
    )
