# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Set, Union

from pydantic import AfterValidator, Field, RootModel
from typing_extensions import Annotated

from mr_openapi.base import Body
from mr_openapi.models.metadata_bool_value import MetadataBoolValue
from mr_openapi.models.metadata_double_value import MetadataDoubleValue
from mr_openapi.models.metadata_int_value import MetadataIntValue
from mr_openapi.models.metadata_proto_value import MetadataProtoValue
from mr_openapi.models.metadata_string_value import MetadataStringValue
from mr_openapi.models.metadata_struct_value import MetadataStructValue

_KINDS: Dict[str, str] = {
    "MetadataBoolValue": "MetadataBoolValue",
    "MetadataDoubleValue": "MetadataDoubleValue",
    "MetadataIntValue": "MetadataIntValue",
    "MetadataProtoValue": "MetadataProtoValue",
    "MetadataStringValue": "MetadataStringValue",
    "MetadataStructValue": "MetadataStructValue",
}


def _of_unknown_kind(value: Dict[str, Any]) -> Dict[str, Any]:
    kind = value.get("metadataType")
    if not isinstance(kind, str):
        raise ValueError("`metadataType` must name the kind of the value")
    if kind in _KINDS:
        raise ValueError(f"not a valid {kind}")
    return value


class MetadataValue(
    Body,
    RootModel[
        Annotated[
            Union[
                Annotated[
                    Union[
                        MetadataBoolValue,
                        MetadataDoubleValue,
                        MetadataIntValue,
                        MetadataProtoValue,
                        MetadataStringValue,
                        MetadataStructValue,
                    ],
                    Field(discriminator="metadata_type"),
                ],
                Annotated[Dict[str, Any], AfterValidator(_of_unknown_kind)],
            ],
            Field(union_mode="left_to_right"),
        ]
    ],
):
    """
    The value of a custom property; `metadataType` names its kind.

    A kind that is not in the contract stays a dictionary and is written unchanged.
    """

    one_of_schemas: ClassVar[Set[str]] = {
        "MetadataBoolValue",
        "MetadataDoubleValue",
        "MetadataIntValue",
        "MetadataProtoValue",
        "MetadataStringValue",
        "MetadataStructValue",
    }
    discriminator_value_class_map: ClassVar[Dict[str, str]] = _KINDS

    def __init__(
        self,
        actual_instance: Union[
            MetadataBoolValue,
            MetadataDoubleValue,
            MetadataIntValue,
            MetadataProtoValue,
            MetadataStringValue,
            MetadataStructValue,
            Dict[str, Any],
        ],
    ) -> None:
        super().__init__(actual_instance)

    # As pydantic does for its classes: reading JSON need not call it for each value.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @property
    def actual_instance(
        self,
    ) -> Union[
        MetadataBoolValue,
        MetadataDoubleValue,
        MetadataIntValue,
        MetadataProtoValue,
        MetadataStringValue,
        MetadataStructValue,
        Dict[str, Any],
    ]:
        """Return the value itself."""
        return self.root
