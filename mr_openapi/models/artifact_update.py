# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Set, Union

from pydantic import AfterValidator, Field, RootModel
from typing_extensions import Annotated

from mr_openapi.base import Body
from mr_openapi.models.data_set_update import DataSetUpdate
from mr_openapi.models.doc_artifact_update import DocArtifactUpdate
from mr_openapi.models.metric_update import MetricUpdate
from mr_openapi.models.model_artifact_update import ModelArtifactUpdate
from mr_openapi.models.parameter_update import ParameterUpdate

_KINDS: Dict[str, str] = {
    "dataset-artifact": "DataSetUpdate",
    "doc-artifact": "DocArtifactUpdate",
    "metric": "MetricUpdate",
    "model-artifact": "ModelArtifactUpdate",
    "parameter": "ParameterUpdate",
}


def _of_unknown_kind(value: Dict[str, Any]) -> Dict[str, Any]:
    kind = value.get("artifactType")
    if not isinstance(kind, str):
        raise ValueError("`artifactType` must name the kind of the value")
    if kind in _KINDS:
        raise ValueError(f"not a valid {kind}")
    return value


class ArtifactUpdate(
    Body,
    RootModel[
        Annotated[
            Union[
                Annotated[
                    Union[
                        DataSetUpdate, DocArtifactUpdate, MetricUpdate, ModelArtifactUpdate, ParameterUpdate
                    ],
                    Field(discriminator="artifact_type"),
                ],
                Annotated[Dict[str, Any], AfterValidator(_of_unknown_kind)],
            ],
            Field(union_mode="left_to_right"),
        ]
    ],
):
    """
    The fields that change an artifact of any kind;  `artifactType` names the kind.

    A kind that is not in the contract stays a dictionary and is written unchanged.
    """

    one_of_schemas: ClassVar[Set[str]] = {
        "DataSetUpdate",
        "DocArtifactUpdate",
        "MetricUpdate",
        "ModelArtifactUpdate",
        "ParameterUpdate",
    }
    discriminator_value_class_map: ClassVar[Dict[str, str]] = _KINDS

    def __init__(
        self,
        actual_instance: Union[
            DataSetUpdate,
            DocArtifactUpdate,
            MetricUpdate,
            ModelArtifactUpdate,
            ParameterUpdate,
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
        DataSetUpdate, DocArtifactUpdate, MetricUpdate, ModelArtifactUpdate, ParameterUpdate, Dict[str, Any]
    ]:
        """Return the value itself."""
        return self.root
