"""Change what is registered, without undoing what others changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from model_registry import changes

from .base import Base

if TYPE_CHECKING:
    from model_registry.types import BaseResourceModel

KindT = TypeVar("KindT", bound="BaseResourceModel")


class Changing(Base):
    """Change what is registered, without undoing what others changed meanwhile."""

    async def update(
        self,
        model: KindT,
        *,
        overwrite: bool = False,
    ) -> KindT:
        """Write what was changed in an object since it was read.

        It works for models, versions, artifacts of all kinds, serving environments and inference services.
        What others changed in other fields and other custom properties meanwhile stays.

        Args:
            model: The object, as this client returned it, with changes.
            overwrite: Write your values even if others changed the same fields, instead of raising.

        Returns:
            The resource as the registry has it now. The argument counts as read with these values.

        Raises:
            StaleObjectError: Others changed the same fields since the object was read; it shows both
                sides. Nothing was written.
            NotFoundError: The registry has no such resource.
            InvalidArgumentError: The object has no id, is of another registry, or was changed in what cannot
                be changed. Nothing was written.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = await registry.get_version("fraud", "1.0")
            >>> version.description = "Flags card payments"
            >>> (await registry.update(version)).description
            'Flags card payments'
        """
        return await changes.ResourceWriter(self.core, self._planned).update(model, overwrite=overwrite)
