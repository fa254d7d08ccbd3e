"""Compare versions, and read the lineage of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import lookup
from model_registry.lookup.references import Resolver

from .base import Base

if TYPE_CHECKING:
    from model_registry.types import Comparison, Lineage, ModelVersion, Reference, RegisteredModel


class Comparing(Base):
    """Compare versions, and read the lineage of models."""

    async def compare(
        self, left: str | Reference | ModelVersion, right: str | Reference | ModelVersion
    ) -> Comparison:
        """Compare two versions: their fields, custom properties and artifacts.

        Args:
            left: One version, or a reference to it such as `fraud/1.0`.
            right: The other, of the same model or of another one.

        Returns:
            What differs. `print` shows it like a difference between two texts.

        Raises:
            NotFoundError: There is no such model or version.
            InvalidArgumentError: An argument names no version.
            StoreError: The request failed.

        Example:
            >>> for number, accuracy in (("1.0", 0.9), ("2.0", 0.94)):
            ...     _ = await registry.register_model(
            ...         "fraud", f"s3://models/{number}", version=number, metadata={"accuracy": accuracy},
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
            >>> print(await registry.compare("fraud/1.0", "fraud/2.0"))
            --- fraud/1.0
            +++ fraud/2.0
            - custom_properties.accuracy: 0.9
            + custom_properties.accuracy: 0.94
              ModelArtifact fraud
            -     uri: 's3://models/1.0'
            +     uri: 's3://models/2.0'
        """
        resolver = Resolver(self.core)
        return await lookup.read_comparison(
            self.core, await resolver.version(left), await resolver.version(right)
        )

    async def lineage(self, target: str | Reference | RegisteredModel | ModelVersion) -> Lineage:
        """Read the lineage of a model: its versions, what belongs to them and what serves them.

        It takes a request for each version, and few besides.

        Args:
            target: The model, or its name; or one version, or a reference to it such as `fraud/1.0`.

        Returns:
            The model, with its versions in the order of registration; each with its model files, data sets,
            metrics, parameters and documents, and with the services that serve it. A service without a
            version of its own serves the newest one.

        Raises:
            NotFoundError: There is no such model.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> print(await registry.lineage("fraud"))
            fraud
              1.0
                ModelArtifact fraud: 's3://models/fraud.onnx'
        """
        return await lookup.read_lineage(self.core, await Resolver(self.core).model_or_version(target))
