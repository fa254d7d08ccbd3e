"""What every group of verbs needs: where the registry is, who works with it, and the core client below."""

from __future__ import annotations

import logging
import os
import re
from typing import TYPE_CHECKING, NoReturn

from model_registry import changes
from model_registry.connection import FurtherOptions
from model_registry.core import ModelRegistryAPIClient
from model_registry.core.loading import only_async_with
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.redaction import redacted_text

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from model_registry.connection import Connection, Local
    from model_registry.connection.tokens import Token
    from model_registry.types import Account, Plan


class Base:
    """Where the registry is, who works with it, and the core client below."""

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
        **options: Unpack[FurtherOptions],
    ) -> None:
        from model_registry.connection.settings import resolve

        for name in options.keys() - FurtherOptions.__annotations__.keys():
            known = ", ".join(sorted(FurtherOptions.__annotations__))
            raise InvalidArgumentError(f"there is no argument {name!r}; further ones are {known}")
        if log_level != logging.WARNING:
            logging.getLogger("model_registry").setLevel(log_level)
        settings = resolve(
            _address(server_address, port, is_secure=is_secure),
            profile=profile,
            author=author,
            token=_token(user_token, user_token_envvar),
            ca=custom_ca or (os.environ.get(custom_ca_envvar) if custom_ca_envvar else None) or None,
            **options,
        )
        self._begin(ModelRegistryAPIClient(settings.connection), settings.author)

    def _begin(self, core: ModelRegistryAPIClient, author: str | None) -> None:
        self.core = core
        core.shown_as = (type(self).__name__, "async with")
        self._author = author
        self._planned: changes.PlannedUpdates | None = None  # of a dry run

    @classmethod
    def local(cls, path_or_url: str | os.PathLike[str] = ":memory:", *, author: str | None = None) -> Self:
        """Use a registry in this process, without a server. Needs the extra `server`.

        Args:
            path_or_url: Path of an SQLite file, which is created if it does not exist; a database URL; or
                `:memory:` for a registry that ends with this client.
            author: Author of registrations. The default is `MODEL_REGISTRY_AUTHOR`, then the user of this
                machine.

        Returns:
            The client. Its first call opens the database.

        Raises:
            InvalidArgumentError: `path_or_url` is neither a text nor a path.
            MissingExtraError: The extra `server` is not installed.

        Example:
            >>> from model_registry import AsyncModelRegistry
            >>> AsyncModelRegistry.local("registry.db")
            AsyncModelRegistry('registry.db')
        """
        self = cls.__new__(cls)
        self._begin(ModelRegistryAPIClient.local(path_or_url), author)
        return self

    @classmethod
    def over(cls, core: ModelRegistryAPIClient, *, author: str | None = None) -> Self:
        """Use a core client, which is closed with this client.

        Args:
            core: The core client.
            author: Author of registrations. The default is `MODEL_REGISTRY_AUTHOR`, then the user of this
                machine.

        Returns:
            The client.

        Raises:
            InvalidArgumentError: `author` is not a text.

        Example:
            >>> from model_registry import AsyncModelRegistry
            >>> from model_registry.core import ModelRegistryAPIClient
            >>> AsyncModelRegistry.over(ModelRegistryAPIClient.local("registry.db"))
            AsyncModelRegistry('registry.db')
        """
        self = cls.__new__(cls)
        self._begin(core, author)
        return self

    def _beside(self, core: ModelRegistryAPIClient) -> Self:
        """Return the same client over another core client."""
        other = type(self).__new__(type(self))
        vars(other).update(
            vars(self), core=core, _planned=changes.PlannedUpdates() if core.is_dry_run else None
        )
        return other

    def dry_run(self) -> Self:
        """Return a client that reads from the registry, and records what it would write.

        It has the same verbs, which return what they would return: nothing is written and no file is
        uploaded. Its reads find what it recorded. `plan` contains all that it recorded, also after the
        dry run is closed. Several dry runs at the same time are independent.

        The registry is asked whether names and external ids are taken, and limits such as the longest name
        are checked, so a call that would be refused for these reasons raises here, too. What only a write
        could show, such as missing permission to write, a dry run cannot know.

        Returns:
            The client, for `async with`. This client stays open when it is closed.

        Raises:
            StoreError: This client is closed.

        Example:
            >>> async with registry.dry_run() as trial:
            ...     done = await trial.register("iris", "1.0", "s3://models/iris")
            >>> done.version.name, len(trial.plan)
            ('1.0', 3)
            >>> print(await registry.find_model("iris"))
            None
        """
        return self._beside(self.core.dry_run())

    @property
    def plan(self) -> Plan:
        """The writes that a dry run recorded so far.

        Raises:
            StoreError: This client is not a dry run.
        """
        return self.core.plan

    @property
    def author(self) -> str:
        """The author of registrations that name no other author. The default is the user of this machine."""
        if self._author is None:
            self._author = os.environ.get("MODEL_REGISTRY_AUTHOR") or _user_of_this_machine()
        return self._author

    @property
    def connection(self) -> Connection | Local:
        """The address and options of the connection. As text, it shows where each value comes from."""
        return self.core.connection

    async def whoami(self) -> Account | None:
        """Return who this client is for the registry, by its token: name and role.

        Returns:
            Name, role, and how the registry knows them; `None` if the registry does not check who sends
            requests, or is another server.

        Raises:
            UnauthenticatedError: The registry requires a token, and this one is not valid.

        Example:
            >>> print(await registry.whoami())
            None
        """
        return await self.core.whoami()

    async def close(self) -> None:
        """Close connections and files. You can close twice; later calls raise `StoreError`."""
        await self.core.close()

    async def __aenter__(self) -> Self:
        await self.core.load()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    if not TYPE_CHECKING:  # type checkers refuse it by themselves

        def __enter__(self) -> NoReturn:
            raise only_async_with(self)

        def __exit__(self, *_: object) -> None:
            pass

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.connection.url!r})"

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
        usual = {"https://": "443", "http://": "80"}
        for scheme, ending in usual.items():
            if server_address.startswith(scheme) and not str(port).endswith(ending):
                logging.getLogger("model_registry").warning(
                    "port %s is unusual for %s, where it mostly ends with %s", port, scheme, ending
                )


def _address(server_address: str | None, port: int | str | None, *, is_secure: bool | None) -> str | None:
    """Return the URL of a registry, whose scheme, host and port may be given one by one."""
    if server_address is None:
        for name, value in {"port": port, "is_secure": is_secure}.items():
            if value is not None:
                raise InvalidArgumentError(f"{name}={value!r} needs a server_address beside it")
        return None
    from model_registry.connection.address import base_url

    if not isinstance(server_address, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(
            f"server_address must be a host or a URL, got {server_address!r}; "
            "for a file use ModelRegistry.local"
        )
    if _LOCAL.search(server_address):
        raise InvalidArgumentError(
            f"server_address={redacted_text(server_address)!r} is a file or a database, not a server: use "
            f"ModelRegistry.local({redacted_text(server_address)!r}), or AsyncModelRegistry.local(...)"
        )
    scheme = None if is_secure is None else "https" if is_secure else "http"
    return base_url(server_address, port, scheme=scheme, default_port=_DEFAULT_PORTS.get(str(port)))


_LOCAL = re.compile(
    r"^:memory:$|^(\.{1,2}|~)?[/\\]|^(sqlite|postgres(ql)?)(\+\w+)?:|\.(db|sqlite3?)$", re.IGNORECASE
)
"""What `local` takes: paths, URLs of databases, and names of files."""
_DEFAULT_PORTS = {"443": 443, "8080": 8080}
"""Ports that callers pass beside an address without meaning them, which any port in the address overrides."""


def _token(token: Token | None, variable: str | None) -> Token | None:
    if token is not None or variable is None:
        return token
    from model_registry.connection.tokens import token_from_variable

    found = token_from_variable(variable)
    if found is None:
        raise InvalidArgumentError(
            f"user_token_envvar names {variable!r}, but no such environment variable is set"
        )
    return found


def _user_of_this_machine() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # containers with a user id that has no name
        return "unknown"
