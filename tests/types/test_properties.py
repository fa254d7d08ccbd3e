"""Custom properties of resources, as programs read and change them."""

from __future__ import annotations

import mr_openapi as contract
from model_registry.types import RegisteredModel


def test_15_15_properties_are_a_dictionary_that_can_be_changed():
    for model in (
        RegisteredModel("fraud"),
        RegisteredModel("fraud", custom_properties=None),
        RegisteredModel.from_basemodel(contract.RegisteredModel(name="fraud")),
        RegisteredModel.from_basemodel(contract.RegisteredModel(name="fraud", customProperties={})),
    ):
        assert model.custom_properties == {}
        assert "custom_properties" not in model.changed_fields()
        assert model.create().custom_properties is None
        model.custom_properties["a"] = 1
        assert "custom_properties" in model.changed_fields()
        assert model.create().custom_properties.keys() == {"a"}
        assert model.update().custom_properties.keys() == {"a"}
    assert RegisteredModel("fraud").custom_properties is not RegisteredModel("fraud").custom_properties


def test_15_15_no_properties_given_takes_none_away():
    assert RegisteredModel("fraud", id="1", custom_properties=None).update().custom_properties is None
    emptied = RegisteredModel("fraud", id="1", custom_properties={})
    assert emptied.update().custom_properties == {}
