"""Registering a model with a version and its artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import registration
from model_registry.registration import RegistrationRun, RegistrationSpec

from .listing import Listing

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from typing_extensions import Unpack

    from model_registry.registration import FurtherFields
    from model_registry.types import (
        Artifact,
        PropertyValue,
        RegisteredModel,
        Registration,
        SupportedTypes,
    )
    from model_registry.types.arguments import IfExists


class Registering(Listing):
    """Registering a model with a version and its artifacts."""

    async def register(
        self,
        name: str | RegisteredModel,
        version: str,
        uri: str | None = None,
        *,
        files: str | os.PathLike[str] | None = None,
        to: str | os.PathLike[str] | None = None,
        model_format_name: str | None = None,
        model_format_version: str | None = None,
        author: str | None = None,
        description: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        owner: str | None = None,
        model_description: str | None = None,
        model_properties: Mapping[str, PropertyValue] | None = None,
        artifacts: Iterable[Artifact] = (),
        if_exists: IfExists = "error",
        **fields: Unpack[FurtherFields],
    ) -> Registration:
        """Register a version of a model, with its artifacts; and the model when it is new.

        A field that only one of model, version and artifact has is given by its own name. Those that all
        have, such as a description, are the version's by their plain name, and the others' as `model_...` and
        `artifact_...`.

        It can be repeated, and run by many at the same time: `if_exists` says what happens where the version
        is there already. A model that exists is never changed.

        Args:
            name: The model, or its name.
            version: Name of the version.
            uri: Where the model's files are, when they are somewhere already.
            files: File or folder to upload first; size and digests are recorded, and the format where it
                can be told. When the upload fails, nothing is registered.
            to: URI that the files get, such as `s3://models/fraud/1.0/`.
            model_format_name: Format of the files, such as `onnx`.
            model_format_version: Version of the format.
            author: Who made the version; the client's author when not given.
            description: Description of the version.
            properties: Custom properties of the version.
            owner: Who answers for the model; the client's author when not given and the model is new.
            model_description: Description of the model.
            model_properties: Custom properties of the model.
            artifacts: Further artifacts of the version, each with a name: documents, data sets, metrics,
                parameters, further model artifacts.
            if_exists: What to do where the version exists: `error`; `return` it as it is; or `resume`, which
                completes what is missing of it and refuses what contradicts it.
            **fields: Further fields of the model, such as `readme` and `license`; of the model artifact, such
                as `storage_key` and `service_account_name`; external ids; and how to upload, such as
                `progress` and `signer`: see `FurtherFields`.

        Returns:
            The model, the version and the artifacts.

        Raises:
            DuplicateError: The version exists, and `if_exists` is `error`; or an external id is taken.
            ConflictError: The version exists, and contradicts what is to be resumed.
            IncompleteRegistrationError: It broke off half-way.
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            StoreError: The registry could not be asked.

        Warns:
            IgnoredArgumentWarning: Arguments had no effect, because what exists holds something else. The
                result names them, too.

        Example:
            >>> done = await registry.register(
            ...     "churn", "1.0", "s3://models/churn.onnx",
            ...     model_format_name="onnx", model_format_version="1", properties={"auc": 0.91},
            ... )
            >>> done
            Registration(churn/1.0, s3://models/churn.onnx)
            >>> done.version.custom_properties, done.artifact.uri
            ({'auc': 0.91}, 's3://models/churn.onnx')
            >>> again = await registry.register("churn", "1.0", if_exists="return")
            >>> again.is_new, again.version == done.version
            (False, True)
        """
        spec = RegistrationSpec.build(
            self.author,
            name=name,
            version=version,
            uri=uri,
            files=files,
            to=to,
            model_format_name=model_format_name,
            model_format_version=model_format_version,
            author=author,
            description=description,
            properties=properties,
            owner=owner,
            model_description=model_description,
            model_properties=model_properties,
            artifacts=artifacts,
            if_exists=if_exists,
            **fields,
        )
        return await registration.register(self.core, spec)

    async def register_model(
        self,
        name: str,
        uri: str,
        *,
        model_format_name: str | None,
        model_format_version: str | None,
        version: str,
        storage_key: str | None = None,
        storage_path: str | None = None,
        service_account_name: str | None = None,
        model_source_kind: str | None = None,
        model_source_class: str | None = None,
        model_source_group: str | None = None,
        model_source_id: str | None = None,
        model_source_name: str | None = None,
        author: str | None = None,
        owner: str | None = None,
        version_description: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, SupportedTypes] | None = None,
    ) -> RegisteredModel:
        """Register a version of a model and where its files are; and the model when it is new.

        Args:
            name: Name of the model.
            uri: Where the files are.
            model_format_name: Format, such as `onnx`.
            model_format_version: Version of the format.
            version: Name of the version.
            storage_key: Name of the storage secret or profile.
            storage_path: Path within that storage.
            service_account_name: Service account that may read it.
            model_source_kind: Kind of source that the model came from, such as `hf`.
            model_source_class: Class of that source.
            model_source_group: Group within it, such as an organisation.
            model_source_id: Id within it.
            model_source_name: Name within it.
            author: Who made the version; the client's author when not given.
            owner: Who answers for the model, when it is new; the client's author when not given.
            version_description: Description of the version.
            description: Former name of `version_description`.
            metadata: Custom properties of the version.

        Returns:
            The model.

        Raises:
            StoreError: The version exists, or the registry could not be asked.

        Example:
            >>> model = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> model.name
            'fraud'
        """
        spec = RegistrationSpec.build(
            self.author,
            name=name,
            version=version,
            uri=uri,
            model_format_name=model_format_name,
            model_format_version=model_format_version,
            storage_key=storage_key,
            storage_path=storage_path,
            service_account_name=service_account_name,
            model_source_kind=model_source_kind,
            model_source_class=model_source_class,
            model_source_group=model_source_group,
            model_source_id=model_source_id,
            model_source_name=model_source_name,
            author=author,
            owner=owner,
            description=version_description or description,
            properties=metadata,
        )
        return (await RegistrationRun(self.core, spec).run()).model
