"""The blocking client, produced from the asynchronous one.

Produced by scripts/produce_blocking.py from model_registry/client. Edit those files and run the script.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, overload

from model_registry._legacy_names import LegacyNames
from model_registry.client import AsyncModelRegistry
from model_registry.lookup.lists import PAGE_SIZE

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import BinaryIO, Literal

    from typing_extensions import Self, Unpack

    from model_registry.blocking import AsyncRunner
    from model_registry.client.changing import KindT
    from model_registry.client.properties import EditedT
    from model_registry.connection import Connection, FurtherOptions, Local
    from model_registry.connection.tokens import Token
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.lookup.best import BestBy
    from model_registry.lookup.lists import LatestBy, OrderBy, VersionOrder
    from model_registry.records.write import CopyProgress, IfDifferent
    from model_registry.registration import FurtherFields
    from model_registry.serving.kubernetes import Quantities
    from model_registry.serving.location import OCIMode
    from model_registry.signing import Verifier
    from model_registry.storage import Allow, Progress, Store
    from model_registry.types import (
        Account,
        AliasMove,
        ArchiveReport,
        Artifact,
        ArtifactT,
        Comparison,
        CopyReport,
        DownloadedPath,
        ExecutionState,
        FailedRegistration,
        Filter,
        InferenceService,
        InferenceServiceState,
        Lineage,
        Manifest,
        ModelArtifact,
        ModelVersion,
        Pager,
        Plan,
        PropertyValue,
        Reference,
        RegisteredModel,
        Registration,
        RegistrationProgress,
        ServeModel,
        ServingEnvironment,
        SupportedTypes,
    )
    from model_registry.types.arguments import IfExists
    from model_registry.utils import OCIParams, S3Params


class ModelRegistry(LegacyNames):
    """A client of a model registry: register, find, list, change, serve, copy.

    Creating a client sends nothing. You can use it from any number of event loops; close it with `with`
    or `close()`. Values that you do not pass come from environment variables such as `MODEL_REGISTRY_URL` and
    `MODEL_REGISTRY_TOKEN`, then from a profile. `str(registry.connection)` shows the source of each value.

    The examples of its methods use a `registry` that is created like this one.

    Args:
        server_address: Host or URL of the registry. A host alone means `https`, unless `is_secure=False`.
        port: Port. The default is the port in the address, then 443 for `https` and 8080 for `http`.
        author: Author of registrations. The default is the user of this machine.
        is_secure: Whether to use TLS, if the address does not say it.
        user_token: Bearer token: a text, the `Path` of a file, or a function that returns one.
        user_token_envvar: Environment variable that holds the token, or the path of its file.
        custom_ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        custom_ca_envvar: Environment variable that holds that path.
        log_level: Level of the logger `model_registry`; it is left alone at its default.
        profile: Name of a profile in the configuration file.
        **options: Headers, client certificate, timeouts, retries and API version, as
            `model_registry.connection.FurtherOptions` describes them.
        async_runner: What runs coroutines, instead of a thread that the client starts.

    Raises:
        InvalidArgumentError: A value is invalid, two contradict each other, or there is no address.

    Example:
        >>> from model_registry import ModelRegistry
        >>> registry = ModelRegistry.local(author="ann")
        >>> for model in registry.get_registered_models():
        ...     print(model.name)
        >>> registry.close()
    """

    def __init__(
        self,
        server_address: str | None = None,
        port: int | str | None = None,
        *,
        author: str | None = None,
        is_secure: bool | None = None,
        user_token: Token | None = None,
        user_token_envvar: str | None = None,
        custom_ca: str | os.PathLike[str] | None = None,
        custom_ca_envvar: str | None = None,
        log_level: int = logging.WARNING,
        profile: str | None = None,
        async_runner: AsyncRunner | None = None,
        **options: Unpack[FurtherOptions],
    ) -> None:
        self._begin(
            AsyncModelRegistry(
                server_address,
                port,
                author=author,
                is_secure=is_secure,
                user_token=user_token,
                user_token_envvar=user_token_envvar,
                custom_ca=custom_ca,
                custom_ca_envvar=custom_ca_envvar,
                log_level=log_level,
                profile=profile,
                **options,
            ),
            async_runner,
        )

    @classmethod
    def local(
        cls,
        path_or_url: str | os.PathLike[str] = ":memory:",
        *,
        author: str | None = None,
        async_runner: AsyncRunner | None = None,
    ) -> Self:
        """Use a registry in this process, without a server. Needs the extra `server`.

        Args:
            path_or_url: Path of an SQLite file, which is created if it does not exist; a database URL; or
                `:memory:` for a registry that ends with this client.
            author: Author of registrations. The default is `MODEL_REGISTRY_AUTHOR`, then the user of this
                machine.
            async_runner: What runs coroutines, instead of a thread that the client starts.

        Returns:
            The client. Its first call opens the database.

        Raises:
            InvalidArgumentError: `path_or_url` is neither a text nor a path.
            MissingExtraError: The extra `server` is not installed.

        Example:
            >>> from model_registry import ModelRegistry
            >>> ModelRegistry.local("registry.db")
            ModelRegistry('registry.db')
        """
        self = cls.__new__(cls)
        self._begin(AsyncModelRegistry.local(path_or_url, author=author), async_runner)
        return self

    @classmethod
    def over(
        cls,
        core: ModelRegistryAPIClient,
        *,
        author: str | None = None,
        async_runner: AsyncRunner | None = None,
    ) -> Self:
        """Use a core client, which is closed with this client.

        Args:
            core: The core client.
            author: Author of registrations. The default is `MODEL_REGISTRY_AUTHOR`, then the user of this
                machine.
            async_runner: What runs coroutines, instead of a thread that the client starts.

        Returns:
            The client.

        Raises:
            InvalidArgumentError: `author` is not a text.

        Example:
            >>> from model_registry import ModelRegistry
            >>> from model_registry.core import ModelRegistryAPIClient
            >>> ModelRegistry.over(ModelRegistryAPIClient.local("registry.db"))
            ModelRegistry('registry.db')
        """
        self = cls.__new__(cls)
        self._begin(AsyncModelRegistry.over(core, author=author), async_runner)
        return self

    def dry_run(self) -> Self:
        """Return a client that reads from the registry, and records what it would write.

        It has the same verbs, which return what they would return: nothing is written and no file is
        uploaded. Its reads find what it recorded. `plan` contains all that it recorded, also after the
        dry run is closed. Several dry runs at the same time are independent.

        The registry is asked whether names and external ids are taken, and limits such as the longest name
        are checked, so a call that would be refused for these reasons raises here, too. What only a write
        could show, such as missing permission to write, a dry run cannot know.

        Returns:
            The client, for `with`. This client stays open when it is closed.

        Raises:
            StoreError: This client is closed.

        Example:
            >>> with registry.dry_run() as trial:
            ...     done = trial.register("iris", "1.0", "s3://models/iris")
            >>> done.version.name, len(trial.plan)
            ('1.0', 3)
            >>> print(registry.find_model("iris"))
            None
        """
        return self._sharing_runner(self._async.dry_run())

    @property
    def plan(self) -> Plan:
        """The writes that a dry run recorded so far.

        Raises:
            StoreError: This client is not a dry run.
        """
        return self._async.plan

    @property
    def author(self) -> str:
        """The author of registrations that name no other author. The default is the user of this machine."""
        return self._async.author

    @property
    def connection(self) -> Connection | Local:
        """The address and options of the connection. As text, it shows where each value comes from."""
        return self._async.connection

    def whoami(self) -> Account | None:
        """Return who this client is for the registry, by its token: name and role.

        Returns:
            Name, role, and how the registry knows them; `None` if the registry does not check who sends
            requests, or is another server.

        Raises:
            UnauthenticatedError: The registry requires a token, and this one is not valid.

        Example:
            >>> print(registry.whoami())
            None
        """
        return self._run(self._async.whoami())

    @staticmethod
    def hint_server_address_port(server_address: str, port: int) -> None:
        """Warn when a port is unusual for an address.

        Args:
            server_address: URL of a registry.
            port: Its port.

        Example:
            >>> from model_registry import ModelRegistry
            >>> ModelRegistry.hint_server_address_port("https://registry.example.org", 443)
        """
        return AsyncModelRegistry.hint_server_address_port(server_address, port)

    def register(
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
            >>> done = registry.register(
            ...     "churn", "1.0", "s3://models/churn.onnx",
            ...     model_format_name="onnx", model_format_version="1", properties={"auc": 0.91},
            ... )
            >>> done
            Registration(churn/1.0, s3://models/churn.onnx)
            >>> done.version.custom_properties, done.artifact.uri
            ({'auc': 0.91}, 's3://models/churn.onnx')
            >>> again = registry.register("churn", "1.0", if_exists="return")
            >>> again.is_new, again.version == done.version
            (False, True)
        """
        return self._run(
            self._async.register(
                name,
                version,
                uri,
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
        )

    @overload
    def register_many(
        self,
        items: Iterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise"] = ...,
    ) -> list[Registration]: ...

    @overload
    def register_many(
        self,
        items: Iterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise", "collect"],
    ) -> list[Registration | FailedRegistration]: ...

    def register_many(
        self,
        items: Iterable[Mapping[str, object]],
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
            >>> for each in registry.register_many(items):
            ...     print(each)
            Registration(forecast/1.0)
            Registration(forecast/2.0)
            Registration(forecast/3.0)
        """
        return self._run_with(
            items,
            lambda items: self._async.register_many(
                items, concurrency=concurrency, progress=progress, on_error=on_error
            ),
        )

    def get_model(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> RegisteredModel:
        """Return a model by its name, id or external id.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The model.

        Raises:
            NotFoundError: There is none.
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (registry.get_model("fraud")).owner
            'ann'
        """
        return self._run(self._async.get_model(name, id=id, external_id=external_id))

    def find_model(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> RegisteredModel | None:
        """Find a model by its name, id or external id: as `get_model`, but `None` if there is none.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The model, or `None` when there is none.

        Raises:
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The request failed.

        Example:
            >>> print(registry.find_model("nobody"))
            None
        """
        return self._run(self._async.find_model(name, id=id, external_id=external_id))

    def list_models(
        self,
        *,
        filter: str | Filter | None = None,
        archived: bool | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> Pager[RegisteredModel]:
        """List models.

        Args:
            filter: Condition, as text or built with `F`.
            archived: `False` leaves archived ones out, `True` lists only these.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("accuracy")`. On the Go server, the client reads the whole list for the last
                two, of at most 10,000 models.
            descending: Largest or latest first.
            page_size: Models to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. No request is sent before it is iterated.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> from model_registry import F
            >>> newest = registry.list_models(filter=F.owner == "ann", archived=False, descending=True)
            >>> print(newest.first())
            None
        """
        return self._walk(
            self._async.list_models(
                filter=filter,
                archived=archived,
                order_by=order_by,
                descending=descending,
                page_size=page_size,
                token=token,
            )
        )

    def get_version(
        self,
        model: str | RegisteredModel | None = None,
        version: str | int | None = None,
        *,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ModelVersion:
        """Return a version by its model and name, by id or by external id.

        Args:
            model: The model, or its name.
            version: Name of the version.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, or no such version of it.
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (registry.get_version("fraud", "1.0")).author
            'ann'
        """
        return self._run(self._async.get_version(model, version, id=id, external_id=external_id))

    def find_version(
        self,
        model: str | RegisteredModel | None = None,
        version: str | int | None = None,
        *,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ModelVersion | None:
        """Find a version: as `get_version`, but `None` if there is no such model or version.

        Args:
            model: The model, or its name.
            version: Name of the version.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The version, or `None` when there is no such model or version.

        Raises:
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0")
            >>> print(registry.find_version("fraud", "2.0"))
            None
        """
        return self._run(self._async.find_version(model, version, id=id, external_id=external_id))

    def list_versions(
        self,
        model: str | RegisteredModel | None = None,
        *,
        filter: str | Filter | None = None,
        archived: bool | None = None,
        order_by: VersionOrder = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> Pager[ModelVersion]:
        """List the versions of a model, or of all models.

        Args:
            model: The model, or its name; versions of all models if not given.
            filter: Condition, as text or built with `F`.
            archived: `False` leaves archived ones out, `True` lists only these.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name`,
                `F.property("accuracy")` or `F.metric("accuracy")`. By a property, numbers come before texts,
                and versions without a value at the end. On the Go server, the client reads the whole list for
                the last three: at most 10,000 versions, and 1,000 for a metric.
            descending: Largest or latest first.
            page_size: Versions to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. Iterating over it raises `NotFoundError` if there is no such model.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> from model_registry import F
            >>> good = registry.list_versions(filter=F.property("accuracy") > 0.9)
            >>> [version.name for version in good]
            []
        """
        return self._walk(
            self._async.list_versions(
                model,
                filter=filter,
                archived=archived,
                order_by=order_by,
                descending=descending,
                page_size=page_size,
                token=token,
            )
        )

    def latest(
        self, model: str | RegisteredModel, *, by: LatestBy = "created", archived: bool = False
    ) -> ModelVersion:
        """Return the latest version of a model.

        Args:
            model: The model, or its name.
            by: `created` for the one that was registered last; `semver` for the one with the greatest
                number, in the order of semver.org: `1.10.0` after `1.9.0`, and after its pre-release
                `1.10.0-rc.1`. `v1.2` means `1.2.0`; versions with other names are left out.
            archived: Whether to include archived versions.

        Returns:
            The version. If several are equal, the one with the greatest id.

        Raises:
            NotFoundError: There is no such model, or it has no such version.
            InvalidArgumentError: An argument has an invalid value.
            StoreError: The request failed.

        Example:
            >>> for number in ("1.9", "1.10", "1.8.1"):
            ...     _ = registry.register_model(
            ...         "fraud", "s3://models/fraud.onnx", version=number,
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
            >>> (registry.latest("fraud")).name
            '1.8.1'
            >>> (registry.latest("fraud", by="semver")).name
            '1.10'
        """
        return self._run(self._async.latest(model, by=by, archived=archived))

    def find_latest(
        self, model: str | RegisteredModel, *, by: LatestBy = "created", archived: bool = False
    ) -> ModelVersion | None:
        """Find the latest version of a model: as `latest`, but `None` if there is none.

        Args:
            model: The model, or its name.
            by: `created` or `semver`, as for `latest`.
            archived: Whether to include archived versions.

        Returns:
            The version, or `None` when there is no such model, or no such version of it.

        Raises:
            InvalidArgumentError: An argument has an invalid value.
            StoreError: The request failed.

        Example:
            >>> print(registry.find_latest("nobody"))
            None
        """
        return self._run(self._async.find_latest(model, by=by, archived=archived))

    def best(
        self, model: str | RegisteredModel, by: BestBy, *, lowest: bool = False, archived: bool = False
    ) -> ModelVersion:
        """Return the version of a model with the greatest metric or property.

        Args:
            model: The model, or its name.
            by: Name of a metric, such as `accuracy`; of versions that do not have it, the custom property of
                this name counts. `F.metric("accuracy")` or `F.property("accuracy")` for only one of them.
            lowest: Whether the least number is the best, such as of a loss.
            archived: Whether to include archived versions.

        Returns:
            The version. If several are equal, the one with the greatest id. Versions without a number do not
            count.

        Raises:
            NotFoundError: There is no such model, or no version of it has such a number.
            InvalidArgumentError: An argument has an invalid value, or the model has more than 1,000 versions,
                10,000 for a property, on the Go server, of which the client reads all.
            StoreError: The request failed.

        Example:
            >>> for number, accuracy in (("1.0", 0.91), ("1.1", 0.94), ("1.2", 0.89)):
            ...     _ = registry.register("fraud", number, metrics={"accuracy": accuracy})
            >>> (registry.best("fraud", "accuracy")).name
            '1.1'
        """
        return self._run(self._async.best(model, by, lowest=lowest, archived=archived))

    def find_best(
        self, model: str | RegisteredModel, by: BestBy, *, lowest: bool = False, archived: bool = False
    ) -> ModelVersion | None:
        """Find the best version of a model: as `best`, but `None` if there is none.

        Args:
            model: The model, or its name.
            by: The metric or property, as for `best`.
            lowest: Whether the least number is the best.
            archived: Whether to include archived versions.

        Returns:
            The version, or `None` when there is no such model, or no version of it has such a number.

        Raises:
            InvalidArgumentError: As for `best`.
            StoreError: The request failed.

        Example:
            >>> print(registry.find_best("nobody", "accuracy"))
            None
        """
        return self._run(self._async.find_best(model, by, lowest=lowest, archived=archived))

    def resolve(self, reference: str | Reference | ModelVersion) -> ModelVersion:
        """Return the version that a reference names.

        Args:
            reference: `fraud/1.0`, `fraud@champion`, `fraud@latest`, `fraud` (which means the latest), an
                id, each also after `model-registry://`; or a `Reference`; or a version, which is
                returned unchanged.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, version or alias.
            InvalidArgumentError: It names no version, or a version of another registry.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (registry.resolve("fraud/1.0")).name
            '1.0'
            >>> (registry.resolve("model-registry://fraud")).name
            '1.0'
        """
        return self._run(self._async.resolve(reference))

    def get_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: type[ArtifactT] | str | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ArtifactT:
        """Return an artifact by its version and name, by id or by external id.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`.
            name: Name of the artifact. Artifacts of different kinds may have the same.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; any kind if not given.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The artifact.

        Raises:
            NotFoundError: There is no such version, or no such artifact of it.
            InvalidArgumentError: The arguments are none of these forms, the artifact is of another kind, or
                several of different kinds have this name.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> from model_registry.types import ModelArtifact
            >>> (registry.get_artifact("fraud/1.0", "fraud", kind=ModelArtifact)).uri
            's3://models/fraud.onnx'
        """
        return self._run(self._async.get_artifact(version, name, kind=kind, id=id, external_id=external_id))

    def find_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: type[ArtifactT] | str | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ArtifactT | None:
        """Find an artifact: as `get_artifact`, but `None` if there is no such version or artifact.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`.
            name: Name of the artifact.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; any kind if not given.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The artifact, or `None` when there is no such version or artifact.

        Raises:
            InvalidArgumentError: The arguments are none of these forms, or several kinds have this name.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (registry.find_artifact("fraud/1.0", "fraud")).uri
            's3://models/fraud.onnx'
            >>> print(registry.find_artifact("fraud/1.0", "card"))
            None
        """
        return self._run(self._async.find_artifact(version, name, kind=kind, id=id, external_id=external_id))

    def list_artifacts(
        self,
        version: str | Reference | ModelVersion | None = None,
        *,
        kind: type[ArtifactT] | str | None = None,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> Pager[ArtifactT]:
        """List the artifacts of a version, or of all versions and of none.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`; all artifacts if not given.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; all kinds if not given.
            filter: Condition, as text or built with `F`.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("accuracy")`. On the Go server, the client reads the whole list for the last
                two, of at most 10,000 artifacts.
            descending: Largest or latest first.
            page_size: Artifacts to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. Iterating over it raises `NotFoundError` if there is no such version.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> from model_registry.types import Metric
            >>> for metric in registry.list_artifacts(kind=Metric):
            ...     print(metric.name, metric.value)
        """
        return self._walk(
            self._async.list_artifacts(
                version,
                kind=kind,
                filter=filter,
                order_by=order_by,
                descending=descending,
                page_size=page_size,
                token=token,
            )
        )

    def update(self, model: KindT, *, overwrite: bool = False) -> KindT:
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
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = registry.get_version("fraud", "1.0")
            >>> version.description = "Flags card payments"
            >>> (registry.update(version)).description
            'Flags card payments'
        """
        return self._run(self._async.update(model, overwrite=overwrite))

    def set_properties(
        self,
        resource: EditedT | str | Reference,
        properties: Mapping[str, PropertyValue],
        *,
        overwrite: bool = False,
    ) -> EditedT:
        """Set custom properties; the others stay.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            properties: Values by name.
            overwrite: Write your values even if others changed the same properties since the object was read.

        Returns:
            The resource as the registry has it now; the argument is not changed.

        Raises:
            StaleObjectError: Others changed the same properties since the object was read.
            NotFoundError: There is no such resource.
            UnsupportedType: The registry cannot store a value. Nothing was written.
            InvalidArgumentError: An argument has an invalid value. Nothing was written.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = registry.set_properties("fraud/1.0", {"approved": True})
            >>> version.custom_properties
            {'accuracy': 0.93, 'approved': True}
        """
        return self._run(self._async.set_properties(resource, properties, overwrite=overwrite))

    def replace_properties(
        self,
        resource: EditedT | str | Reference,
        properties: Mapping[str, PropertyValue],
        *,
        overwrite: bool = False,
    ) -> EditedT:
        """Set custom properties and remove all others.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            properties: Values by name; `{}` removes all.
            overwrite: Replace also what others set or changed since the object was read.

        Returns:
            The resource as the registry has it now; the argument is not changed.

        Raises:
            StaleObjectError: Others set, changed or removed properties since the object was read.
            NotFoundError: There is no such resource.
            UnsupportedType: The registry cannot store a value. Nothing was written.
            InvalidArgumentError: An argument has an invalid value. Nothing was written.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> version = registry.replace_properties("fraud/1.0", {"approved": True})
            >>> version.custom_properties
            {'approved': True}
        """
        return self._run(self._async.replace_properties(resource, properties, overwrite=overwrite))

    def remove_properties(
        self, resource: EditedT | str | Reference, *names: str, overwrite: bool = False
    ) -> EditedT:
        """Remove custom properties; the others stay. A missing property is no error.

        Args:
            resource: The object; the name of a model; or a reference to a version, such as `fraud/1.0`. Other
                changes of the object are not written.
            *names: Names of the properties.
            overwrite: Remove them also where others changed them since the object was read.

        Returns:
            The resource as the registry has it now; the argument is not changed.

        Raises:
            StaleObjectError: Others changed the same properties since the object was read.
            NotFoundError: There is no such resource.
            InvalidArgumentError: An argument has an invalid value. Nothing was written.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0", metadata={"accuracy": 0.93},
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (registry.remove_properties("fraud/1.0", "accuracy")).custom_properties
            {}
        """
        return self._run(self._async.remove_properties(resource, *names, overwrite=overwrite))

    def archive(
        self, target: str | Reference | RegisteredModel | ModelVersion, *, with_versions: bool = False
    ) -> ArchiveReport:
        """Archive a model or a version: set its state to `ARCHIVED`.

        The registry deletes nothing. An archived resource keeps its name, can be found and listed, and can be
        restored; its files stay where they are. The versions of a model keep their states unless
        `with_versions` is given. What is archived already is not changed, so the call can be repeated.

        Args:
            target: The model or version as an object; the name of a model; or a reference to a version, such
                as `fraud/1.0` or `fraud@champion`.
            with_versions: Archive all versions of the model first, then the model.

        Returns:
            What was archived, and what was archived already.

        Raises:
            NotFoundError: There is no such model or version.
            ArchiveInterruptedError: It failed after some changes; the error holds the report.
            InvalidArgumentError: An argument has an invalid value. Nothing was changed.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> registry.archive("fraud/1.0")
            ArchiveReport(now ARCHIVED: ModelVersion '1.0')
            >>> registry.archive("fraud", with_versions=True)
            ArchiveReport(now ARCHIVED: RegisteredModel 'fraud'; already: ModelVersion '1.0')
        """
        return self._run(self._async.archive(target, with_versions=with_versions))

    def restore(
        self, target: str | Reference | RegisteredModel | ModelVersion, *, with_versions: bool = False
    ) -> ArchiveReport:
        """Restore an archived model or version: set its state to `LIVE`.

        Args:
            target: The model or version as an object; the name of a model; or a reference to a version, such
                as `fraud/1.0` or `fraud@champion`.
            with_versions: Restore the model first, then all its versions, also those that were archived
                before the model was.

        Returns:
            What was restored, and what was live already.

        Raises:
            NotFoundError: There is no such model or version.
            ArchiveInterruptedError: It failed after some changes; the error holds the report.
            InvalidArgumentError: An argument has an invalid value. Nothing was changed.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = registry.archive("fraud")
            >>> registry.restore("fraud")
            ArchiveReport(now LIVE: RegisteredModel 'fraud')
        """
        return self._run(self._async.restore(target, with_versions=with_versions))

    def set_alias(
        self, model: str | RegisteredModel, alias: str, version: str | ModelVersion, *, force: bool = False
    ) -> AliasMove:
        """Set an alias of a model on one of its versions, or move it there.

        A version may have any number of aliases. The move is recorded with who made it, when, and from where.

        Args:
            model: The model, or its name.
            alias: The alias: letters, digits, `.`, `_` and `-`, beginning with a letter.
            version: The version, or its name.
            force: Move it even if somebody else moves it at the same time.

        Returns:
            The move. Its `changed` is false when the version had the alias already and nothing was written.

        Raises:
            AliasConflictError: Somebody else moved the same alias at the same time; the error shows both
                moves, and theirs is valid.
            NotFoundError: There is no such model or version.
            InvalidArgumentError: It is not a valid alias, or the version is of another model.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> move = registry.set_alias("fraud", "champion", "1.0")
            >>> (move.previous, move.version, move.by)
            (None, '1.0', 'ann')
        """
        return self._run(self._async.set_alias(model, alias, version, force=force))

    def remove_alias(self, model: str | RegisteredModel, alias: str, *, force: bool = False) -> AliasMove:
        """Remove an alias; the version stays. A missing alias is no error.

        Args:
            model: The model, or its name.
            alias: The alias.
            force: Remove it even if somebody else moves it at the same time.

        Returns:
            The move to no version. Its `changed` is false when there was no such alias.

        Raises:
            AliasConflictError: Somebody else moved the same alias at the same time; their move is valid.
            NotFoundError: There is no such model.
            InvalidArgumentError: It is not a valid alias.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (registry.remove_alias("fraud", "champion")).changed
            False
        """
        return self._run(self._async.remove_alias(model, alias, force=force))

    def list_aliases(self, model: str | RegisteredModel) -> dict[str, str]:
        """List the aliases of a model.

        Args:
            model: The model, or its name.

        Returns:
            Names of versions by alias, in the order of the aliases.

        Raises:
            NotFoundError: There is no such model.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = registry.set_alias("fraud", "champion", "1.0")
            >>> registry.list_aliases("fraud")
            {'champion': '1.0'}
        """
        return self._run(self._async.list_aliases(model))

    def get_alias(self, model: str | RegisteredModel, alias: str) -> ModelVersion:
        """Return the version that has an alias.

        Args:
            model: The model, or its name.
            alias: The alias.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, or the model has no such alias.
            InvalidArgumentError: It is not a valid alias.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = registry.set_alias("fraud", "champion", "1.0")
            >>> (registry.get_alias("fraud", "champion")).name
            '1.0'
        """
        return self._run(self._async.get_alias(model, alias))

    def find_alias(self, model: str | RegisteredModel, alias: str) -> ModelVersion | None:
        """Return the version that has an alias, as `get_alias`; `None` if there is none.

        Args:
            model: The model, or its name.
            alias: The alias.

        Returns:
            The version, or `None` when there is no such model or alias.

        Raises:
            InvalidArgumentError: It is not a valid alias.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0")
            >>> print(registry.find_alias("fraud", "champion"))
            None
        """
        return self._run(self._async.find_alias(model, alias))

    def alias_history(self, model: str | RegisteredModel, alias: str | None = None) -> list[AliasMove]:
        """List the moves of an alias, or of all aliases of a model.

        Args:
            model: The model, or its name.
            alias: The alias; all of them if not given.

        Returns:
            The moves, the oldest first.

        Raises:
            NotFoundError: There is no such model.
            InvalidArgumentError: It is not a valid alias.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = registry.set_alias("fraud", "champion", "1.0")
            >>> _ = registry.remove_alias("fraud", "champion")
            >>> [(move.previous, move.version) for move in registry.alias_history("fraud")]
            [(None, '1.0'), ('1.0', None)]
        """
        return self._run(self._async.alias_history(model, alias))

    def compare(
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
            ...     _ = registry.register_model(
            ...         "fraud", f"s3://models/{number}", version=number, metadata={"accuracy": accuracy},
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
            >>> print(registry.compare("fraud/1.0", "fraud/2.0"))
            --- fraud/1.0
            +++ fraud/2.0
            - custom_properties.accuracy: 0.9
            + custom_properties.accuracy: 0.94
              ModelArtifact fraud
            -     uri: 's3://models/1.0'
            +     uri: 's3://models/2.0'
        """
        return self._run(self._async.compare(left, right))

    def lineage(self, target: str | Reference | RegisteredModel | ModelVersion) -> Lineage:
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
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> print(registry.lineage("fraud"))
            fraud
              1.0
                ModelArtifact fraud: 's3://models/fraud.onnx'
        """
        return self._run(self._async.lineage(target))

    def copy(
        self,
        target: str | Reference | RegisteredModel | ModelVersion | None = None,
        *,
        to: Self,
        if_different: IfDifferent = "error",
        progress: CopyProgress | None = None,
    ) -> CopyReport:
        """Copy a model with its versions and their artifacts to another registry, or everything there is.

        An existing resource of the same name is compared, not created again. So a copy can be repeated,
        and an interrupted copy completed. The files that artifacts point to stay where they are.
        The other registry sets its own ids and times; those of this registry are stored in the custom
        properties `origin.id`, `origin.create_time` and `origin.last_update_time`.

        Args:
            target: What to copy: a model or its name; a version, or a reference to it such as `fraud/1.0`; or
                everything in the registry, serving included, if not given.
            to: The other registry.
            if_different: What to do with an existing resource that differs: raise an `error`, `keep` it, or
                `update` it.
            progress: Function that gets the report after each resource.

        Returns:
            What was created, updated and unchanged.

        Raises:
            NotFoundError: There is no such model or version.
            CopyInterruptedError: It failed after some resources; the error says where, and holds the report.
            StoreError: This registry could not be read.

        Example:
            >>> _ = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> from model_registry import ModelRegistry
            >>> with ModelRegistry.local("backup.db") as other:
            ...     print(registry.copy("fraud", to=other))
            ...     print(registry.copy("fraud", to=other))
            CopyReport(RegisteredModel: 1 created; ModelVersion: 1 created; ModelArtifact: 1 created)
            CopyReport(RegisteredModel: 1 unchanged; ModelVersion: 1 unchanged; ModelArtifact: 1 unchanged)
        """
        return self._run(
            self._async.copy(target, to=self._beneath(to), if_different=if_different, progress=progress)
        )

    def export(
        self,
        path: str | os.PathLike[str],
        target: str | Reference | RegisteredModel | ModelVersion | None = None,
        *,
        progress: CopyProgress | None = None,
    ) -> CopyReport:
        """Write a model with its versions and their artifacts to a file, or everything there is.

        The file is JSON Lines, as `model_registry.records.file` describes it. An older file is replaced
        when the new one is complete.

        Args:
            path: The file to write.
            target: What to write: a model or its name; a version or a reference such as `fraud/1.0`; or
                everything in the registry, serving included, if not given.
            progress: Function that gets the report after each resource.

        Returns:
            What was written.

        Raises:
            NotFoundError: There is no such model or version.
            InvalidArgumentError: There is no folder for the file.
            StoreError: The registry could not be read.

        Example:
            >>> registry.export("everything.jsonl")
            CopyReport(nothing)
        """
        return self._run(self._async.export(path, target, progress=progress))

    def import_(
        self,
        path: str | os.PathLike[str],
        *,
        if_different: IfDifferent = "error",
        progress: CopyProgress | None = None,
    ) -> CopyReport:
        """Write what `export` stored in a file into this registry. It can be repeated, like `copy`.

        Args:
            path: The file.
            if_different: What to do with an existing resource that differs: raise an `error`, `keep` it, or
                `update` it.
            progress: Function that gets the report after each resource.

        Returns:
            What was created, updated and unchanged.

        Raises:
            InvalidArgumentError: It is not such a file.
            CopyInterruptedError: It failed after some resources; the error says where, and holds the report.

        Example:
            >>> _ = registry.export("everything.jsonl")
            >>> registry.import_("everything.jsonl")
            CopyReport(nothing)
        """
        return self._run(self._async.import_(path, if_different=if_different, progress=progress))

    def import_mlflow(
        self,
        source: str | os.PathLike[str],
        *,
        models: str | Iterable[str] | None = None,
        tracking: str | os.PathLike[str] | None = None,
        if_different: IfDifferent = "error",
        progress: CopyProgress | None = None,
    ) -> CopyReport:
        """Write the models of an MLflow store into this registry. It can be repeated, like `copy`.

        Models and versions get the same names, descriptions, tags (as custom properties) and aliases. Each
        version gets a model artifact for its source, and the metrics and parameters of its run. The files
        stay where they are, and nothing in MLflow's store is changed. It needs the extra `mlflow`.

        Args:
            source: MLflow's database, folder or server, such as `sqlite:///mlflow.db`, `mlruns` or
                `http://localhost:5000`.
            models: Names of the models to import. Default: all.
            tracking: Where the runs are, if they are not in the same store.
            if_different: What to do with an existing resource that differs: raise an `error`, `keep` it, or
                `update` it.
            progress: Function that gets the report after each resource.

        Returns:
            What was created, updated and unchanged; its notes say what was left out.

        Raises:
            InvalidArgumentError: It is no such store.
            NotFoundError: The store has no such model.
            CopyInterruptedError: It failed after some resources; the error says where, and holds the report.
            MissingExtraError: MLflow is not installed.
            StoreError: The store could not be read.

        Example:
            >>> report = registry.import_mlflow("mlflow.db", models=["fraud"])  # doctest: +SKIP
        """
        return self._run(
            self._async.import_mlflow(
                source, models=models, tracking=tracking, if_different=if_different, progress=progress
            )
        )

    def download(
        self,
        version: str | Reference | ModelVersion,
        directory: str | os.PathLike[str],
        *,
        artifact: str | None = None,
        verify: bool | Literal["digest"] = True,
        verifier: Verifier | None = None,
        require_signature: bool | None = None,
        overwrite: bool = False,
        concurrency: int = 8,
        progress: bool | Callable[[Progress], object] | None = None,
        store: Store | None = None,
        allow: Allow | None = None,
    ) -> DownloadedPath:
        """Download the files of a version, complete and verified, or not at all.

        If it fails, the next call continues where it stopped, and complete files are not downloaded again.

        Args:
            version: The version, or a reference such as `fraud/1.0`, `fraud@champion` or `fraud@latest`.
            directory: Folder for the file, or for the content of the version's folder.
            artifact: Name of the model artifact, where the version has several.
            verify: Check the digests and the signature that were recorded at registration, if any;
                `"digest"` checks the digests only, and `False` nothing.
            verifier: Whose signature to trust, such as a `model_registry.signing.ModelSigner`; without it, a
                signature of sigstore is checked as the variables `SIGSTORE_...` say.
            require_signature: Refuse a version without a recorded signature, so that an entry that lost its
                signature is noticed, and signatures that do not name this version, as those of other tools
                do not. Default: that of the client or profile, else `False`.
            overwrite: Replace files in the folder that have other content.
            concurrency: How many files, or parts of files, to transfer at once.
            progress: `True` for a bar in terminals and notebooks, or a function that gets the `Progress`.
            store: Where the files are, with its own credentials. Default: chosen by the URI.
            allow: Which locations the registry's entry may name, a `model_registry.storage.Allow`. Default:
                all if the registry is in this process, else no paths of this machine, and no hosts at
                loopback or link-local addresses.

        Returns:
            Where the file is, or the folder. Its attribute `verified` says what was verified of it.

        Raises:
            NotFoundError: There is no such version, or it has no such model artifact.
            InvalidArgumentError: There are several model artifacts, or the one has no URI; or a check of the
                signature is asked for, and `verify` leaves it out.
            IntegrityError: The files are not those that were registered, or their signature is invalid or
                not trusted. They were not moved into the folder.
            StorageAccessError: The entry names a location that is not allowed, or the store refuses access.
            StorageError: The files could not be moved.
            StoreError: The request failed.

        Example:
            >>> from pathlib import Path
            >>> _ = Path("fraud.onnx").write_bytes(b"weights")
            >>> _ = registry.register_model(
            ...     "fraud", str(Path("fraud.onnx").absolute()), version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (registry.download("fraud/1.0", "copies")).name
            'fraud.onnx'
        """
        return self._run(
            self._async.download(
                version,
                directory,
                artifact=artifact,
                verify=verify,
                verifier=verifier,
                require_signature=require_signature,
                overwrite=overwrite,
                concurrency=concurrency,
                progress=progress,
                store=store,
                allow=allow,
            )
        )

    def open(
        self,
        version: str | Reference | ModelVersion,
        path: str | None = None,
        *,
        artifact: str | None = None,
        verify: bool = True,
        store: Store | None = None,
        allow: Allow | None = None,
    ) -> BinaryIO:
        """Open one file of a version for reading.

        Args:
            version: The version, or a reference to it.
            path: Which file, where there are several.
            artifact: Name of the model artifact, where the version has several.
            verify: Compare the digest that was recorded at registration, if any: the last bytes are returned
                only if all bytes are right. A file that was not registered is refused. If only the digest of
                all files together was recorded, so is a file of a folder, unless its store knows all digests.
            store: Where the file is, with its own credentials. Default: chosen by the URI.
            allow: Which locations the registry's entry may name, as for `download`.

        Returns:
            The file; close it.

        Raises:
            NotFoundError: There is no such version, or it has no such model artifact or file.
            InvalidArgumentError: There are several files, and `path` is not given.
            IntegrityError: The file is not the registered one, or cannot be verified.
            model_registry.exceptions.VerificationError: The client or its profile requires signatures, which
                only `download` checks.
            StorageError: The file cannot be read.
            StoreError: The request failed.

        Example:
            >>> from pathlib import Path
            >>> _ = Path("fraud.onnx").write_bytes(b"weights")
            >>> _ = registry.register_model(
            ...     "fraud", str(Path("fraud.onnx").absolute()), version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> with registry.open("fraud/1.0") as file:
            ...     file.read(3)
            b'wei'
        """
        return self._run(
            self._async.open(version, path, artifact=artifact, verify=verify, store=store, allow=allow)
        )

    def register_environment(
        self,
        name: str,
        *,
        description: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        external_id: str | None = None,
        if_exists: Literal["error", "return"] = "error",
    ) -> ServingEnvironment:
        """Register a place that serves models, such as a cluster's namespace.

        Args:
            name: Its name.
            description: Free text.
            properties: Your own values by name.
            external_id: Your own id.
            if_exists: What to do if it exists: raise an `error`, or `return` it unchanged.

        Returns:
            The environment.

        Raises:
            DuplicateError: It exists, and `if_exists` is `error`; or the external id is taken.
            InvalidArgumentError: An argument has an invalid value; nothing was sent.
            StoreError: The request failed.

        Example:
            >>> production = registry.register_environment("production", if_exists="return")
            >>> production.name
            'production'
        """
        return self._run(
            self._async.register_environment(
                name,
                description=description,
                properties=properties,
                external_id=external_id,
                if_exists=if_exists,
            )
        )

    def get_environment(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> ServingEnvironment:
        """Return a serving environment by its name, id or external id.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The environment.

        Raises:
            NotFoundError: There is none.
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register_environment("production")
            >>> (registry.get_environment("production")).name
            'production'
        """
        return self._run(self._async.get_environment(name, id=id, external_id=external_id))

    def find_environment(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> ServingEnvironment | None:
        """Find a serving environment: as `get_environment`, but `None` if there is none.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The environment, or `None` when there is none.

        Raises:
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The request failed.

        Example:
            >>> print(registry.find_environment("production"))
            None
        """
        return self._run(self._async.find_environment(name, id=id, external_id=external_id))

    def list_environments(
        self,
        *,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> Pager[ServingEnvironment]:
        """List the serving environments.

        Args:
            filter: Condition, as text or built with `F`. If the registry
                ignores filters on this list, an error says so; the check takes one request.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("region")`.
            descending: Largest or latest first.
            page_size: Environments to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. No request is sent before it is iterated.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> production = registry.register_environment("production")
            >>> for environment in registry.list_environments():
            ...     print(environment.name)
            production
        """
        return self._walk(
            self._async.list_environments(
                filter=filter, order_by=order_by, descending=descending, page_size=page_size, token=token
            )
        )

    def register_service(
        self,
        name: str,
        *,
        environment: str | ServingEnvironment,
        model: str | RegisteredModel,
        version: str | ModelVersion | None = None,
        runtime: str | None = None,
        desired_state: InferenceServiceState | str = "DEPLOYED",
        description: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        external_id: str | None = None,
        if_exists: Literal["error", "return"] = "error",
    ) -> InferenceService:
        """Register a service that serves a model in an environment.

        It records what is deployed, or shall be; it deploys nothing.

        Args:
            name: Its name, unique within the environment.
            environment: The environment, or its name.
            model: The model that it serves, or its name.
            version: The version that it serves, or its name; the model's newest if not given.
            runtime: Name of the runtime that serves it.
            desired_state: `DEPLOYED` or `UNDEPLOYED`.
            description: Free text.
            properties: Your own values by name.
            external_id: Your own id.
            if_exists: What to do if it exists: raise an `error`, or `return` it unchanged.

        Returns:
            The service.

        Raises:
            DuplicateError: It exists, and `if_exists` is `error`; or the external id is taken.
            NotFoundError: There is no such environment, model or version.
            InvalidArgumentError: An argument has an invalid value; nothing was written.
            StoreError: The request failed.

        Example:
            >>> done = registry.register("credit", "1.0", "s3://models/credit")
            >>> production = registry.register_environment("production")
            >>> service = registry.register_service(
            ...     "credit", environment="production", model="credit", runtime="mlserver"
            ... )
            >>> (registry.get_service_version(service)).name
            '1.0'
        """
        return self._run(
            self._async.register_service(
                name,
                environment=environment,
                model=model,
                version=version,
                runtime=runtime,
                desired_state=desired_state,
                description=description,
                properties=properties,
                external_id=external_id,
                if_exists=if_exists,
            )
        )

    def get_service(
        self,
        name: str | None = None,
        *,
        environment: str | ServingEnvironment | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> InferenceService:
        """Return an inference service by its environment and name, by id or by external id.

        Args:
            name: Its name.
            environment: The environment that it is in, or its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The service.

        Raises:
            NotFoundError: There is no such service or environment.
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = registry.register_environment("production")
            >>> _ = registry.register_service("fraud", environment="production", model="fraud")
            >>> (registry.get_service("fraud", environment="production")).name
            'fraud'
        """
        return self._run(
            self._async.get_service(name, environment=environment, id=id, external_id=external_id)
        )

    def find_service(
        self,
        name: str | None = None,
        *,
        environment: str | ServingEnvironment | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> InferenceService | None:
        """Find an inference service: as `get_service`, but `None` if there is none.

        Args:
            name: Its name.
            environment: The environment that it is in, or its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The service, or `None` when there is no such service or environment.

        Raises:
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The request failed.

        Example:
            >>> print(registry.find_service("fraud", environment="production"))
            None
        """
        return self._run(
            self._async.find_service(name, environment=environment, id=id, external_id=external_id)
        )

    def list_services(
        self,
        environment: str | ServingEnvironment | None = None,
        *,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> Pager[InferenceService]:
        """List the inference services.

        Args:
            environment: The environment that they are in, or its name; all of them if not given.
            filter: Condition, as text or built with `F`. If the registry
                ignores filters on this list, an error says so; the check takes one request.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("region")`.
            descending: Largest or latest first.
            page_size: Services to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. No request is sent before it is iterated; then a missing environment raises
            `NotFoundError`.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> production = registry.register_environment("production")
            >>> for service in registry.list_services("production"):
            ...     print(service.name)
        """
        return self._walk(
            self._async.list_services(
                environment,
                filter=filter,
                order_by=order_by,
                descending=descending,
                page_size=page_size,
                token=token,
            )
        )

    def get_service_model(
        self, service: str | InferenceService, *, environment: str | ServingEnvironment | None = None
    ) -> RegisteredModel:
        """Return the model that a service serves.

        Args:
            service: The service, or its name beside its environment.
            environment: The environment that the service is in, or its name.

        Returns:
            The model.

        Raises:
            NotFoundError: There is no such service.
            InvalidArgumentError: An argument has an invalid value.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = registry.register_environment("production")
            >>> _ = registry.register_service("fraud", environment="production", model="fraud")
            >>> (registry.get_service_model("fraud", environment="production")).name
            'fraud'
        """
        return self._run(self._async.get_service_model(service, environment=environment))

    def get_service_version(
        self, service: str | InferenceService, *, environment: str | ServingEnvironment | None = None
    ) -> ModelVersion:
        """Return the version that a service serves: its own, or the newest of its model.

        Args:
            service: The service, or its name beside its environment.
            environment: The environment that the service is in, or its name.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such service, or its model has no version.
            InvalidArgumentError: An argument has an invalid value.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = registry.register_environment("production")
            >>> _ = registry.register_service("fraud", environment="production", model="fraud")
            >>> (registry.get_service_version("fraud", environment="production")).name
            '1.0'
        """
        return self._run(self._async.get_service_version(service, environment=environment))

    def record_serving(
        self,
        service: str | InferenceService,
        version: str | ModelVersion | None = None,
        state: ExecutionState | str = "RUNNING",
        *,
        environment: str | ServingEnvironment | None = None,
        name: str | None = None,
        description: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        external_id: str | None = None,
    ) -> ServeModel:
        """Record that a service serves a version. Records add up to a history; they cannot be changed.

        Args:
            service: The service, or its name beside its environment.
            version: The version, or its name; the one that the service serves now if not given.
            state: State of the deployment: `UNKNOWN`, `NEW`, `RUNNING`, `COMPLETE`, `FAILED`, `CACHED` or
                `CANCELED`.
            environment: The environment that the service is in, or its name.
            name: Name of the record, unique within the service; generated if not given.
            description: Free text.
            properties: Your own values by name.
            external_id: Your own id.

        Returns:
            The record.

        Raises:
            NotFoundError: There is no such service or version.
            DuplicateError: The name or external id is taken.
            InvalidArgumentError: An argument has an invalid value; nothing was written.
            StoreError: The request failed.

        Example:
            >>> done = registry.register("churn", "1.0", "s3://models/churn")
            >>> staging = registry.register_environment("staging")
            >>> service = registry.register_service("churn", environment=staging, model=done.model)
            >>> record = registry.record_serving(service, "1.0", name="first")
            >>> record.name, record.last_known_state.value
            ('first', 'RUNNING')
        """
        return self._run(
            self._async.record_serving(
                service,
                version,
                state,
                environment=environment,
                name=name,
                description=description,
                properties=properties,
                external_id=external_id,
            )
        )

    def list_serve_models(
        self,
        service: str | InferenceService,
        *,
        environment: str | ServingEnvironment | None = None,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> Pager[ServeModel]:
        """List the records of what a service serves and has served.

        Args:
            service: The service, or its name beside its environment.
            environment: The environment that the service is in, or its name.
            filter: Condition, as text or built with `F`. If the registry
                ignores filters on this list, an error says so; the check takes one request.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("region")`.
            descending: Largest or latest first.
            page_size: Records to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. No request is sent before it is iterated; then a missing service raises
            `NotFoundError`.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> done = registry.register("churn", "1.0", "s3://models/churn")
            >>> staging = registry.register_environment("staging")
            >>> service = registry.register_service("churn", environment=staging, model=done.model)
            >>> record = registry.record_serving(service, name="first")
            >>> for each in registry.list_serve_models("churn", environment="staging"):
            ...     print(each.name)
            first
        """
        return self._walk(
            self._async.list_serve_models(
                service,
                environment=environment,
                filter=filter,
                order_by=order_by,
                descending=descending,
                page_size=page_size,
                token=token,
            )
        )

    def manifest(
        self,
        version: str | Reference | ModelVersion,
        *,
        artifact: str | None = None,
        name: str | None = None,
        namespace: str | None = None,
        runtime: str | None = None,
        runtime_version: str | None = None,
        protocol_version: str | None = None,
        resources: Mapping[str, Quantities] | None = None,
        min_replicas: int | None = None,
        max_replicas: int | None = None,
        service_account_name: str | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        args: Sequence[str] | None = None,
        env: Mapping[str, str | Mapping[str, object]] | None = None,
        tolerations: Sequence[Mapping[str, object]] | None = None,
        oci_mode: OCIMode | None = None,
    ) -> Manifest:
        """Write the manifest of a KServe `InferenceService` that serves a version. It needs no cluster.

        Format, location and service account of the files are those of the version's model artifact. A
        `storage_key` with a path, its own or that of an `s3` URI, becomes `storage`, for data connections;
        any other URI becomes `storageUri`. Labels tell Kubeflow's controller which model and version the
        service serves, so that it keeps the registry up to date.

        Args:
            version: The version, or a reference to it, such as `fraud@champion`.
            artifact: Name of the model artifact, where the version has several and none is named like the
                model.
            name: Name of the service; made from that of the model if not given.
            namespace: Namespace of the service.
            runtime: Name of the `ServingRuntime`; KServe chooses one by the format if not given.
            runtime_version: Version of the image of the runtime.
            protocol_version: Protocol of the service, such as `v2`.
            resources: `requests` and `limits`, as Kubernetes has them.
            min_replicas: Minimum number of replicas; with 0, KServe stops a service that is not used.
            max_replicas: Maximum number of replicas.
            service_account_name: Service account that may read the files; that of the artifact if not given.
            labels: Further labels, such as `modelregistry.kubeflow.org/name` where there are several
                registries.
            annotations: Annotations.
            args: Further arguments of the model server.
            env: Environment variables of the model server. A value is a text, or a dictionary that says where
                Kubernetes takes it from, such as `{"secretKeyRef": {"name": "hub", "key": "token"}}`.
            tolerations: Tolerations of the pods, as Kubernetes has them.
            oci_mode: How KServe 0.20 and later load an `oci` URI: `native` as an image volume, `fetch` with
                the storage initializer. If not given, the cluster's setting decides.

        Returns:
            The manifest, with `to_dict()` and `to_yaml()`.

        Raises:
            NotFoundError: There is no such model or version.
            InvalidArgumentError: An argument has a value that Kubernetes would refuse, or the artifact has no
                format, or no location that a cluster can read.
            StoreError: The request failed.

        Example:
            >>> done = registry.register(
            ...     "Fraud", "1.0", "oci://quay.io/models/fraud:1.0", model_format_name="onnx",
            ... )
            >>> print(registry.manifest("Fraud/1.0", namespace="payments", runtime="mlserver"))
            apiVersion: serving.kserve.io/v1beta1
            kind: InferenceService
            metadata:
              name: fraud
              namespace: payments
              labels:
                modelregistry.kubeflow.org/registered-model-id: "1"
                modelregistry.kubeflow.org/model-version-id: "2"
            spec:
              predictor:
                model:
                  modelFormat:
                    name: onnx
                  runtime: mlserver
                  storageUri: "oci://quay.io/models/fraud:1.0"
        """
        return self._run(
            self._async.manifest(
                version,
                artifact=artifact,
                name=name,
                namespace=namespace,
                runtime=runtime,
                runtime_version=runtime_version,
                protocol_version=protocol_version,
                resources=resources,
                min_replicas=min_replicas,
                max_replicas=max_replicas,
                service_account_name=service_account_name,
                labels=labels,
                annotations=annotations,
                args=args,
                env=env,
                tolerations=tolerations,
                oci_mode=oci_mode,
            )
        )

    def register_model(
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
            author: Author of the version. Default: the client's author.
            owner: Owner of the model, if it is new. Default: the client's author.
            version_description: Description of the version.
            description: Older name of `version_description`.
            metadata: Custom properties of the version.

        Returns:
            The model.

        Raises:
            StoreError: The version exists, or the request failed.

        Example:
            >>> model = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> model.name
            'fraud'
        """
        return self._run(
            self._async.register_model(
                name,
                uri,
                model_format_name=model_format_name,
                model_format_version=model_format_version,
                version=version,
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
                version_description=version_description,
                description=description,
                metadata=metadata,
            )
        )

    def get_registered_model(self, name: str) -> RegisteredModel | None:
        """Find a model by name.

        Args:
            name: Its name.

        Returns:
            The model, or `None` when there is none.

        Raises:
            StoreError: The request failed.

        Example:
            >>> print(registry.get_registered_model("nobody"))
            None
        """
        return self._run(self._async.get_registered_model(name))

    def get_model_version(self, name: str, version: str) -> ModelVersion | None:
        """Find a version of a model.

        Args:
            name: Name of the model.
            version: Name of the version.

        Returns:
            The version, or `None` when the model has none of this name.

        Raises:
            NotFoundError: There is no such model.
            StoreError: The request failed.

        Example:
            >>> model = registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (registry.get_model_version("fraud", "1.0")).name
            '1.0'
        """
        return self._run(self._async.get_model_version(name, version))

    def get_model_artifact(self, name: str, version: str) -> ModelArtifact | None:
        """Find the model artifact of a version that is named like the model, as `register_model` names it.

        Args:
            name: Name of the model.
            version: Name of the version.

        Returns:
            The artifact, or `None` when the version has none of this name.

        Raises:
            NotFoundError: There is no such model or version.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (registry.get_model_artifact("fraud", "1.0")).uri
            's3://models/fraud.onnx'
        """
        return self._run(self._async.get_model_artifact(name, version))

    def get_registered_models(self, *, filter: str | Filter | None = None) -> Pager[RegisteredModel]:
        """List the models.

        Args:
            filter: Condition, as text or built with `F`.

        Returns:
            A pager. No request is sent before it is iterated.

        Raises:
            InvalidArgumentError: `filter` is something else.

        Example:
            >>> for model in registry.get_registered_models().order_by_creation_time().descending():
            ...     print(model.name)
        """
        return self._walk(self._async.get_registered_models(filter=filter))

    def get_model_versions(self, name: str, *, filter: str | Filter | None = None) -> Pager[ModelVersion]:
        """List the versions of a model.

        Args:
            name: Name of the model.
            filter: Condition, as text or built with `F`.

        Returns:
            A pager.

        Raises:
            NotFoundError: There is no such model.
            InvalidArgumentError: `filter` is invalid.
            StoreError: The request failed.

        Example:
            >>> _ = registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> versions = registry.get_model_versions("fraud")
            >>> [version.name for version in versions]
            ['1.0']
        """
        return self._walk(self._run(self._async.get_model_versions(name, filter=filter)))

    def upload_artifact_and_register_model(
        self,
        name: str,
        model_files_path: str,
        *,
        upload_params: OCIParams | S3Params,
        version: str,
        model_format_name: str,
        model_format_version: str,
        storage_path: str | None = None,
        storage_key: str | None = None,
        service_account_name: str | None = None,
        author: str | None = None,
        owner: str | None = None,
        version_description: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, SupportedTypes] | None = None,
    ) -> RegisteredModel:
        """Upload files to S3 or an OCI registry, and register them.

        The digests of the files, and that of an image, are recorded. `register(..., files=..., to=...)` does
        this for every kind of store.

        Args:
            name: Name of the model.
            model_files_path: File or folder to upload.
            upload_params: Where to, an `S3Params` or `OCIParams`.
            version: Name of the version.
            model_format_name: Format, such as `onnx`.
            model_format_version: Version of the format.
            storage_path: Path within the storage.
            storage_key: Name of the storage secret or profile.
            service_account_name: Service account that may read it.
            author: Author of the version. Default: the client's author.
            owner: Owner of the model, if it is new. Default: the client's author.
            version_description: Description of the version.
            description: Older name of `version_description`.
            metadata: Custom properties of the version.

        Returns:
            The model.

        Raises:
            InvalidArgumentError: `upload_params` is neither of the two.
            StoreError: The version exists, the files could not be uploaded (nothing is registered then), or
                they were and could not be registered: the text says where they are.

        Example:
            >>> from model_registry.utils import S3Params
            >>> def publish(registry: ModelRegistry) -> None:
            ...     registry.upload_artifact_and_register_model(
            ...         "fraud", "model/", upload_params=S3Params("models", "fraud/1.0"), version="1.0",
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
        """
        return self._run(
            self._async.upload_artifact_and_register_model(
                name,
                model_files_path,
                upload_params=upload_params,
                version=version,
                model_format_name=model_format_name,
                model_format_version=model_format_version,
                storage_path=storage_path,
                storage_key=storage_key,
                service_account_name=service_account_name,
                author=author,
                owner=owner,
                version_description=version_description,
                description=description,
                metadata=metadata,
            )
        )

    def save_to_s3(
        self,
        path: str,
        bucket_name: str,
        s3_prefix: str,
        *,
        endpoint_url: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        region: str | None = None,
        multipart_threshold: int = 1024 * 1024,
        multipart_chunksize: int = 1024 * 1024,
        max_pool_connections: int = 10,
    ) -> str:
        """Upload files to S3, without registering them.

        Args:
            path: File or folder to upload.
            bucket_name: Bucket.
            s3_prefix: What the keys begin with.
            endpoint_url: URL of an S3-compatible store.
            access_key_id: Access key, instead of the usual credentials of this machine.
            secret_access_key: Its secret.
            region: Region of the bucket.
            multipart_threshold: Bytes from which a file goes in parts.
            multipart_chunksize: Bytes of a part.
            max_pool_connections: Connections at once.

        Returns:
            The URI of the files.

        Raises:
            StorageError: They could not be uploaded.

        Example:
            >>> def publish(registry: ModelRegistry) -> str:
            ...     return registry.save_to_s3("model/", "models", "fraud/1.0")
        """
        return self._run(
            self._async.save_to_s3(
                path,
                bucket_name,
                s3_prefix,
                endpoint_url=endpoint_url,
                access_key_id=access_key_id,
                secret_access_key=secret_access_key,
                region=region,
                multipart_threshold=multipart_threshold,
                multipart_chunksize=multipart_chunksize,
                max_pool_connections=max_pool_connections,
            )
        )

    def register_hf_model(
        self,
        repo: str,
        path: str,
        *,
        version: str,
        model_format_name: str,
        model_format_version: str,
        author: str | None = None,
        owner: str | None = None,
        model_name: str | None = None,
        version_description: str | None = None,
        description: str | None = None,
        git_ref: str = "main",
        token: str | None = None,
    ) -> RegisteredModel:
        """Register a model of the Hugging Face Hub. Its files stay there; the commit of now is registered.

        Args:
            repo: The repository, `namespace/name`.
            path: File or folder in it.
            version: Name of the version.
            model_format_name: Format, such as `onnx`.
            model_format_version: Version of the format.
            author: Author of the version. Default: the owner of the repository.
            owner: Owner of the model, if it is new. Default: the client's author.
            model_name: Name of the model; that of the repository if not given.
            version_description: Description of the version.
            description: Older name of `version_description`.
            git_ref: Branch, tag or commit.
            token: Access token for private and gated repositories; `HF_TOKEN`, or that of the cached login,
                if not given.

        Returns:
            The model.

        Raises:
            MissingExtraError: The extra `hf` is not installed.
            StorageNotFoundError: There is no such repository, revision or path.
            StoreError: The version exists, or the request failed.

        Warns:
            ChangedValueWarning: The registry cannot store all values of the model card as they are.

        Example:
            >>> def adopt(registry: ModelRegistry) -> None:
            ...     registry.register_hf_model(
            ...         "acme/fraud", "onnx/model.onnx", version="1.0",
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
        """
        return self._run(
            self._async.register_hf_model(
                repo,
                path,
                version=version,
                model_format_name=model_format_name,
                model_format_version=model_format_version,
                author=author,
                owner=owner,
                model_name=model_name,
                version_description=version_description,
                description=description,
                git_ref=git_ref,
                token=token,
            )
        )
