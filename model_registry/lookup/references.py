"""From an object, a name or a reference to the resource that it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import quote, unquote, urlsplit

from model_registry import aliases, changes, types
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.near_names import did_you_mean
from model_registry.types.references import LATEST, SCHEME

from .latest import get_latest
from .models import find_model, get_model, get_version

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import BaseResourceModel, ModelVersion, Reference, RegisteredModel

ResourceT = TypeVar("ResourceT", bound="BaseResourceModel")


class Resolver:
    """Finds the resources that the arguments of a verb mean.

    Args:
        core: The registry.
    """

    def __init__(self, core: ModelRegistryAPIClient) -> None:
        self._core = core

    async def model(self, given: str | RegisteredModel) -> RegisteredModel:
        """Return the model of a name, or read the model that an object stands for.

        Raises:
            NotFoundError: There is no such model.
            InvalidArgumentError: It is neither, or an object of another registry.
        """
        if isinstance(given, str):
            return await get_model(self._core, given)
        return await self._current("a model or its name", given, types.RegisteredModel)

    async def version(self, given: str | Reference | ModelVersion) -> ModelVersion:
        """Return the version that a reference names; a version is returned unchanged.

        Raises:
            NotFoundError: There is no such model, version or alias.
            InvalidArgumentError: It names no version, or a version of another registry.
        """
        if isinstance(given, types.ModelVersion):
            id_of(given)
            return given
        named = given if isinstance(given, types.Reference) else types.Reference.parse(given)
        self._check_registry(named)
        if named.id is not None:
            return await get_version(self._core, id=named.id)
        if named.version is not None:
            return await get_version(self._core, named.model, named.version)
        model = await get_model(self._core, named.model)
        if named.alias == LATEST:
            return await get_latest(self._core, model)
        return await self.version_with_alias(model, named.alias or "")

    async def version_with_alias(self, model: RegisteredModel, alias: str) -> ModelVersion:
        """Return the version of a model that has an alias.

        Raises:
            NotFoundError: The model has no such alias.
            InvalidArgumentError: It cannot be an alias.
        """
        found = await self.find_version_with_alias(model, alias)
        if found is None:
            hint = did_you_mean(alias, await aliases.AliasBook(self._core, model).versions())
            raise NotFoundError(f"model {model.name!r} has no alias {alias!r}{hint}", status=404)
        return found

    async def find_version_with_alias(self, model: RegisteredModel, alias: str) -> ModelVersion | None:
        """Return the version of a model that has an alias; `None` if the model has no such alias.

        Raises:
            InvalidArgumentError: It cannot be an alias.
        """
        name = await aliases.AliasBook(self._core, model).version(alias)
        return None if name is None else await get_version(self._core, model, name)

    async def version_of(self, model: RegisteredModel, given: str | ModelVersion) -> ModelVersion:
        """Return the version of a model that has a name, or read the one that an object stands for.

        Raises:
            NotFoundError: There is no such version.
            InvalidArgumentError: It is neither, or a version of another model or registry.
        """
        if isinstance(given, str):
            return await get_version(self._core, model, given)
        current = await self._current("a version or its name", given, types.ModelVersion)
        if current.registered_model_id != model.id:
            raise InvalidArgumentError(f"version {current.name!r} is not one of model {model.name!r}")
        return current

    async def resource(self, given: str | Reference | BaseResourceModel) -> BaseResourceModel:
        """Return the model of a name, or the version of a reference; read what an object stands for.

        A text with `/` or `@` may be the name of a model as well as a reference to a version, so both are
        looked up. After `model-registry://` a name alone means the model, anything else a version.

        Raises:
            NotFoundError: There is no such resource.
            InvalidArgumentError: The text means a model as well as a version, or the object is of another
                registry.
        """
        if isinstance(given, types.Reference):
            return await self.version(given)
        if not isinstance(given, str):
            return await changes.ResourceWriter(self._core).current(given)
        if given.startswith(SCHEME):
            rest = given.removeprefix(SCHEME)
            is_version = "/" in rest or "@" in rest
            return await (self.version(given) if is_version else get_model(self._core, unquote(rest)))
        if "/" in given or "@" in given:
            return await self._model_or_version_named(given)
        return await get_model(self._core, given)

    async def model_or_version(
        self, given: str | Reference | RegisteredModel | ModelVersion
    ) -> RegisteredModel | ModelVersion:
        """Return the model or version that `resource` returns, and nothing else.

        Raises:
            NotFoundError: There is no such model or version.
            InvalidArgumentError: The argument means something else, or both.
        """
        if not isinstance(given, (str, types.Reference, types.RegisteredModel, types.ModelVersion)):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"a model, a version or a reference is needed here, got {given!r}")
        return cast("RegisteredModel | ModelVersion", await self.resource(given))

    async def _model_or_version_named(self, text: str) -> RegisteredModel | ModelVersion:
        model = await find_model(self._core, text)
        try:
            version = await self.version(text)
        except (NotFoundError, InvalidArgumentError) as error:
            if model is not None:
                return model
            raise NotFoundError(
                f"this registry has no model {text!r}, and the text refers to no version: {error}", status=404
            ) from error
        if model is None:
            return version
        raise InvalidArgumentError(
            f"{text!r} is ambiguous: it is the name of a model, and a reference to version {version.name!r} "
            f"of another model. Write {SCHEME + quote(text, safe='')!r} for the model, or {SCHEME + text!r} "
            "for the version"
        )

    async def _current(self, wanted: str, given: ResourceT, kind: type[ResourceT]) -> ResourceT:
        if not isinstance(given, kind):
            raise InvalidArgumentError(f"{wanted} is needed here, got {given!r}")
        return await changes.ResourceWriter(self._core).current(given)

    def _check_registry(self, reference: Reference) -> None:
        """Check that a reference does not name another registry."""
        if reference.registry is None:
            return
        url = self._core.connection.url
        named, here = urlsplit(f"//{reference.registry}"), urlsplit(url)
        if named.hostname != here.hostname or named.port not in (None, here.port):
            raise InvalidArgumentError(
                f"{reference} names the registry {reference.registry}, but this client uses {url}: "
                "use a client of that registry, or leave its address out"
            )
