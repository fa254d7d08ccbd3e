"""Register models with versions and artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from model_registry import registration

from .base import Base

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Callable, Iterable, Mapping

    from typing_extensions import Unpack

    from model_registry.registration import FurtherFields
    from model_registry.types import (
        Artifact,
        FailedRegistration,
        PropertyValue,
        RegisteredModel,
        Registration,
        RegistrationProgress,
    )
    from model_registry.types.arguments import IfExists


class Registering(Base):
    """Register models with versions and artifacts."""

    async def register(
        self,
        name: str | RegisteredModel,
        version: str | int,
        uri: str | os.PathLike[str] | None = None,
        *,
        files: str | os.PathLike[str] | None = None,
        to: str | os.PathLike[str] | None = None,
        model_format_name: str | None = None,
        model_format_version: str | None = None,
        author: str | None = None,
        description: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        metrics: Mapping[str, float] | None = None,
        params: Mapping[str, object] | None = None,
        tags: Iterable[str] | None = None,
        owner: str | None = None,
        model_description: str | None = None,
        model_properties: Mapping[str, PropertyValue] | None = None,
        artifacts: Iterable[Artifact] = (),
        if_exists: IfExists = "error",
        **fields: Unpack[FurtherFields],
    ) -> Registration:
        """Register a version of a model, with its artifacts; and the model when it is new.

        A field that only one of model, version and artifact has is given by its name. For a field that all of
        them have, such as the description, the plain name is for the version; the others are `model_...` and
        `artifact_...`.

        It can be repeated, and run by many at the same time: `if_exists` says what happens if the version
        exists. An existing model is never changed.

        Args:
            name: The model, or its name.
            version: Name of the version; a whole number is written as text.
            uri: URI of the model's files, if they are stored already. A `Path` becomes a `file:` URI.
            files: File or folder to upload first. Size, digests and, if they can be detected, the format, the
                number of parameters and their type are recorded. When it fails, nothing is registered.
            to: URI that the files get, such as `s3://models/fraud/1.0/` or `s3://models/{model}/{version}/`.
                It must not hold other files, unless `replace=True`.
            model_format_name: Format of the files, such as `onnx`.
            model_format_version: Version of the format.
            author: Author of the version. Default: the client's author.
            description: Description of the version.
            properties: Custom properties of the version.
            metrics: Numbers by name, such as `{"accuracy": 0.93}`. Each becomes a `Metric`.
            params: Parameters of the training by name, such as `model.get_params()`. Each becomes a
                `Parameter`. Lists, dictionaries and `None` stay as they are. What JSON cannot store, such as
                NaN, objects, and dictionaries with keys that are not text, is stored as its text.
            tags: Texts, stored as the list `tags` in the properties of the version.
            owner: Owner of the model, if it is new. Default: the client's author.
            model_description: Description of the model.
            model_properties: Custom properties of the model.
            artifacts: Further artifacts of the version, each with a name: documents, data sets, metrics,
                parameters, further model artifacts.
            if_exists: What to do if the version exists: raise an `error`; `return` it unchanged; or `resume`,
                which adds what is missing and refuses values that differ.
            **fields: Further fields of the model, such as `readme` and `license`; of the model artifact, such
                as `storage_key` and `service_account_name`; external ids; and how to upload, such as
                `progress` and `signer`: see `FurtherFields`.

        Returns:
            The model, the version and the artifacts.

        Raises:
            DuplicateError: The version exists, and `if_exists` is `error`; or an external id is taken.
            ConflictError: The version exists with other values than those given.
            IncompleteRegistrationError: It failed after some steps; `if_exists="resume"` completes it.
            InvalidArgumentError: An argument has an invalid value; nothing was sent.
            StoreError: The request failed.

        Warns:
            IgnoredArgumentWarning: Arguments had no effect, because what exists has other values. The
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
        await self.core.load()  # before types of the package are built
        spec = registration.RegistrationSpec.build(
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
            metrics=metrics,
            params=params,
            tags=tags,
            owner=owner,
            model_description=model_description,
            model_properties=model_properties,
            artifacts=artifacts,
            if_exists=if_exists,
            **fields,
        )
        return await registration.register(self.core, spec)

    @overload
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise"] = ...,
    ) -> list[Registration]: ...
    @overload
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise", "collect"],
    ) -> list[Registration | FailedRegistration]: ...
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = 8,
        progress: Callable[[RegistrationProgress], object] | None = None,
        on_error: Literal["raise", "collect"] = "raise",
    ) -> list[Registration] | list[Registration | FailedRegistration]:
        """Register many versions, some of them at once.

        Items are read only as they are needed; of a generator few are held at a time.

        Args:
            items: For each version the arguments of `register`, as a dictionary. With `if_exists="resume"` in
                each, the whole can be repeated.
            concurrency: How many are registered at once.
            progress: What is called with the progress after each.
            on_error: `raise` stops at the first that fails, when those on their way are done. `collect` goes
                on, and gives a `FailedRegistration` in its place.

        Returns:
            The registrations in the order of the items.

        Raises:
            BatchError: One failed, and `on_error` is `raise`. It says which, and holds those that were made.
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> items = [{"name": "forecast", "version": f"{number}.0"} for number in range(1, 4)]
            >>> for each in await registry.register_many(items):
            ...     print(each)
            Registration(forecast/1.0)
            Registration(forecast/2.0)
            Registration(forecast/3.0)
        """
        batch = registration.RegistrationBatch(
            self.core, self.author, concurrency=concurrency, progress=progress, on_error=on_error
        )
        return await batch.run(items)
