"""Whatever is done, a dry run returns what the registry would return."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from model_registry import ModelRegistryAPIClient
from model_registry.types import (
    DocArtifact,
    InferenceService,
    Metric,
    ModelArtifact,
    ModelVersion,
    RegisteredModel,
    ServeModel,
    ServingEnvironment,
)
from tests.support.script import Script

STEPS = st.tuples(
    st.sampled_from(
        [
            "model",
            "version",
            "file",
            "doc",
            "metric",
            "environment",
            "service",
            "serve",
            "served",
            "change",
            "link",
        ]
    ),
    st.integers(0, 7),
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, None, "x", "y"]),
)


class Steps:
    """Steps, each on one of the things that are there by then."""

    def __init__(self, client: ModelRegistryAPIClient) -> None:
        self.do = Script(client)
        self._client = client
        self._there: dict[type, list[Any]] = {}

    async def look(self) -> None:
        """Read all that is there."""
        client = self._client
        for model in await self._seen(client.get_registered_models()):
            await self._seen(client.get_model_versions(model.id))
        for version in self._there.get(ModelVersion, []):
            await self._seen(client.get_model_version_artifacts(version.id))
            await self.do(client.get_model_artifact_by_params("a", version.id))
        for home in await self._seen(client.get_serving_environments()):
            await self._seen(client.get_inference_services(home.id))
        for service in self._there.get(InferenceService, []):
            await self.do(client.get_serve_models(service.id))
        for external_id in ("x", "y"):
            await self.do(client.get_registered_model_by_params(external_id=external_id))
            await self.do(client.get_model_version_by_params(external_id=external_id))
            await self.do(client.get_model_artifact_by_params(external_id=external_id))

    async def take(self, step: str, place: int, name: str, external_id: str | None) -> None:
        await getattr(self, f"_{step}")(place, {"name": name, "external_id": external_id})

    async def _seen(self, call: Any) -> list[Any]:
        page = await self.do(call)
        for each in page:
            self._there.setdefault(type(each), []).append(each)
        return list(page)

    async def _made(self, call: Any) -> None:
        thing = await self.do(call)
        if thing is not None:
            self._there.setdefault(type(thing), []).append(thing)

    def _id(self, kind: type, place: int) -> str:
        """Id of one of the things of a kind; where there is none, that of nothing."""
        found = self._there.get(kind, [])
        return found[place % len(found)].id if found else "899999999"

    async def _model(self, place: int, fields: dict[str, Any]) -> None:
        await self._made(self._client.upsert_registered_model(RegisteredModel(**fields)))

    async def _version(self, place: int, fields: dict[str, Any]) -> None:
        parent = self._id(RegisteredModel, place)
        await self._made(self._client.upsert_model_version(ModelVersion(**fields), parent))

    async def _artifact(self, place: int, new: Any) -> None:
        await self._made(self._client.upsert_model_version_artifact(new, self._id(ModelVersion, place)))

    async def _file(self, place: int, fields: dict[str, Any]) -> None:
        await self._artifact(place, ModelArtifact(**fields, uri=f"s3://{place}"))

    async def _doc(self, place: int, fields: dict[str, Any]) -> None:
        await self._artifact(place, DocArtifact(**fields))

    async def _metric(self, place: int, fields: dict[str, Any]) -> None:
        await self._artifact(place, Metric(**fields, value=place))

    async def _environment(self, place: int, fields: dict[str, Any]) -> None:
        await self._made(self._client.upsert_serving_environment(ServingEnvironment(**fields)))

    async def _service(self, place: int, fields: dict[str, Any]) -> None:
        new = InferenceService(**fields, registered_model_id=self._id(RegisteredModel, place))
        await self._made(self._client.upsert_inference_service(new, self._id(ServingEnvironment, place)))

    async def _serve(self, place: int, fields: dict[str, Any]) -> None:
        record = ServeModel(name=fields["name"], model_version_id=self._id(ModelVersion, place))
        await self.do(self._client.upsert_serve_model(record, self._id(InferenceService, place)))

    async def _served(self, place: int, fields: dict[str, Any]) -> None:
        service = self._id(InferenceService, place)
        await self.do(self._client.get_inference_service_model(service))
        await self.do(self._client.get_inference_service_version(service))

    async def _change(self, place: int, fields: dict[str, Any]) -> None:
        changed = RegisteredModel("unknown", id=self._id(RegisteredModel, place))
        changed.description = fields["name"]
        if fields["external_id"]:
            changed.external_id = fields["external_id"]
        await self.do(self._client.upsert_registered_model(changed))

    async def _link(self, place: int, fields: dict[str, Any]) -> None:
        """Let an artifact belong to another version, too."""
        artifact = ModelArtifact(id=self._id(ModelArtifact, place), description=fields["name"])
        await self._artifact(place + 1, artifact)


@given(st.lists(STEPS, max_size=10), st.lists(STEPS, min_size=3, max_size=12))
@settings(max_examples=30, deadline=None)
def test_any_steps_give_in_a_dry_run_what_they_give_for_real(before: list[Any], steps: list[Any]) -> None:
    async def run(client: ModelRegistryAPIClient) -> list[str]:
        taken = Steps(client)
        await taken.look()
        for step in steps:
            await taken.take(*step)
        await taken.look()
        return taken.do.notes

    async def both() -> None:
        async with ModelRegistryAPIClient.local() as registry:
            prepared = Steps(registry)
            for step in before:
                await prepared.take(*step)
            async with registry.dry_run() as trial:
                planned = await run(trial)
            assert planned == await run(registry)

    asyncio.run(both())
