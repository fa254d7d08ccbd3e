"""What no registry stores is refused before anything is sent."""

from __future__ import annotations

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import InvalidArgumentError, StoreError
from model_registry.server.http import application, bodies, properties
from model_registry.types import Metric, ModelVersion, RegisteredModel, limits


def test_the_limits_are_those_of_the_server():
    assert limits.MAX_NAME == bodies.MAX_NAME == properties.MAX_KEY
    assert limits.MAX_BODY == application.BODY_LIMIT


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "n" * 256}, "RegisteredModel.name has 256 characters, and a registry stores at most 255"),
        ({"name": "n", "external_id": "x" * 256}, "RegisteredModel.external_id has 256 characters"),
        ({"name": "n\0"}, "RegisteredModel.name contains the NUL character at position 1"),
        ({"name": "n", "description": "a\\u0000"}, "description contains the escape of NUL"),
        ({"name": "n", "language": ["en", "d\0"]}, "RegisteredModel.language contains the NUL"),
        ({"name": "n", "custom_properties": {"k" * 256: 1}}, "the name of custom property 'kkk.*256"),
        ({"name": "n", "custom_properties": {"k": "\0"}}, "custom property 'k' contains the NUL"),
    ],
)
def test_bodies(given, message):
    with pytest.raises(StoreError, match=message):
        RegisteredModel(**given).create()


def test_the_longest_names_are_fine():
    model = RegisteredModel("n" * 255, external_id="x" * 255, custom_properties={"k" * 255: "v" * 999})
    assert model.create().name == "n" * 255


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"description": "x" * 17_000_000}, "the version cannot be sent: the request body has 17"),
        ({"model_description": "x" * 17_000_000}, "the model cannot be sent"),
        ({"uri": "s3://m", "artifact_description": "x" * 17_000_000}, "the artifact 'fraud' cannot be sent"),
        (
            {"external_id": "x", "model_external_id": "x"},
            "'fraud' and ModelVersion '1' have the same external id",
        ),
        (
            {
                "artifacts": [
                    Metric(name="a", value=1, external_id="x"),
                    Metric(name="b", value=1, external_id="x"),
                ]
            },
            "Metric 'a' and Metric 'b' have the same external id 'x'",
        ),
    ],
)
async def test_a_registration_that_would_be_refused_half_way(given, message):
    async with AsyncModelRegistry.local(author="ann") as registry:
        with pytest.raises(InvalidArgumentError, match=message):
            await registry.register("fraud", "1", **given)
        assert await registry.find_model("fraud") is None


async def test_nothing_is_half_registered():
    async with AsyncModelRegistry.local(author="ann") as registry:
        with pytest.raises(InvalidArgumentError, match="argument: version has 256 characters"):
            await registry.register("fraud", "v" * 256)
        assert await registry.find_model("fraud") is None
        with pytest.raises(InvalidArgumentError, match="name contains the NUL character"):
            await registry.find_model("\0")


def test_objects_that_exist_can_be_changed():
    version = ModelVersion("1.0", id="1")
    version.description = "\0"
    with pytest.raises(InvalidArgumentError, match=r"ModelVersion\.description contains the NUL"):
        version.update()
