"""A dry run refuses what the call refuses, with the same error, and says nothing of half a registration."""

from __future__ import annotations

import pytest

from model_registry.exceptions import StoreError

TAKEN = {
    "external_id of a version": {"external_id": "E1"},
    "external_id of an artifact": {"uri": "s3://b/x", "artifact_external_id": "A1"},
    "external_id of a model": {"model_external_id": "M1"},
    "one external_id twice": {"external_id": "Z", "model_external_id": "Z"},
}


@pytest.mark.parametrize("given", TAKEN.values(), ids=TAKEN)
async def test_15_5_a_taken_external_id(registry, unique, given):
    def named(fields):
        return {key: f"{unique}{value}" if key.endswith("_id") else value for key, value in fields.items()}

    await registry.register(
        f"{unique}first",
        "1",
        "s3://b/k",
        **named({"external_id": "E1", "artifact_external_id": "A1", "model_external_id": "M1"}),
    )
    with pytest.raises(StoreError) as refused:
        async with registry.dry_run() as trial:
            await trial.register(f"{unique}second", "1", **named(given))
    text = str(refused.value)
    assert "external" in text
    assert unique in text
    assert "created" not in text.replace("cannot be created", "")
    assert "resume" not in text
    assert await registry.find_model(f"{unique}second") is None


async def updated(registry, name):
    model = await registry.get_model(name)
    model.description = "a\0"
    return await registry.update(model)


LONG = "x" * 300
REFUSED = {
    "version": (lambda to, name: to.register(name, LONG), "argument: version has 300"),
    "model": (lambda to, name: to.register(LONG, "1"), "argument: name has 300"),
    "property": (lambda to, name: to.register(name, "2", properties={"a": "\0"}), "property 'a'"),
    "name of a property": (lambda to, name: to.register(name, "3", properties={LONG: 1}), "property 'xxx"),
    "set_properties": (lambda to, name: to.set_properties(name, {"a": "\0"}), "'a'"),
    "update": (updated, "description"),
    "environment": (lambda to, name: to.register_environment(LONG), "name"),
    "service": (lambda to, name: to.register_service(LONG, environment="e", model=name), "name"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_15_5_what_is_refused_is_not_planned(registry, unique, case):
    call, argument = REFUSED[case]
    name = f"{unique}m"
    await registry.register(name, "1")
    with pytest.raises(StoreError) as planned:
        async with registry.dry_run() as trial:
            await call(trial, name)
    with pytest.raises(type(planned.value)) as refused:
        await call(registry, name)
    assert str(refused.value) == str(planned.value)
    assert argument in str(planned.value)
    assert [each.version.name for each in (await registry.lineage(name)).versions] == ["1"]
