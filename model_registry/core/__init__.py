"""The core client: every operation of the registry's contract, with friendly types."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from model_registry.connection import Connection, Local
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.redaction import redacted_text

from .base import check_extra_of_local
from .serving import ServingOperations
from .several import SeveralLists

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from typing_extensions import Self, Unpack

    from model_registry.connection import ConfigurationLike, ConnectionOptions
    from mr_openapi import Configuration, ModelRegistryServiceApi

__all__ = ["ModelRegistryAPIClient"]


class ModelRegistryAPIClient(SeveralLists, ServingOperations):
    """Asynchronous client of a model registry, one method for each thing that the registry can do.

    Building it sends nothing. It may be used from any number of event loops, and holds one connection pool
    for each; `async with` or `close()` releases them.

    Args:
        config: Where the registry is: a `Connection`, or a `mr_openapi.Configuration`.

    Raises:
        InvalidArgumentError: The configuration cannot be right.

    Example:
        >>> import asyncio
        >>> from model_registry.core import ModelRegistryAPIClient
        >>> from model_registry.types import RegisteredModel
        >>> async def main() -> None:
        ...     async with ModelRegistryAPIClient.local() as client:
        ...         model = await client.upsert_registered_model(RegisteredModel("fraud", owner="ann"))
        ...         print(model.name, model.state.value)
        >>> asyncio.run(main())
        fraud LIVE
    """

    def __init__(self, config: Connection | Local | ConfigurationLike) -> None:
        if isinstance(config, (Connection, Local)):
            super().__init__(config)
        else:
            super().__init__(Connection.from_configuration(config))

    @classmethod
    def connect(
        cls, address: str | None = None, *, profile: str | None = None, **options: Unpack[ConnectionOptions]
    ) -> Self:
        """Connect to the registry at an address, or to the one that environment or a profile name.

        What is not given is looked for in environment variables such as `MODEL_REGISTRY_URL` and
        `MODEL_REGISTRY_TOKEN`, then in the profile. `str(client.connection)` says what came from where.

        Args:
            address: Host or URL; `https` without a port means 443, everything else 8080.
            profile: Name of a profile in the configuration file.
            **options: Token, headers, certificates, timeouts, retries and API version, as
                `ConnectionOptions` describes them.

        Returns:
            The client.

        Raises:
            InvalidArgumentError: A value cannot be right, two contradict each other, or there is no address.

        Example:
            >>> from model_registry.core import ModelRegistryAPIClient
            >>> ModelRegistryAPIClient.connect("https://registry.example.org", token="secret")
            ModelRegistryAPIClient('https://registry.example.org:443')
        """
        from model_registry.connection.settings import resolve

        return cls(resolve(address, profile=profile, **options).connection)

    @classmethod
    def secure_connection(
        cls,
        server_address: str,
        port: int | str = 443,
        *,
        user_token: str,
        custom_ca: str | None = None,
    ) -> Self:
        """Connect over TLS.

        Args:
            server_address: Host, or `https` URL with or without port and base path.
            port: Port; one in the address wins over the default.
            user_token: Bearer token.
            custom_ca: PEM file of the certificate authorities to trust instead of the system's.

        Returns:
            The client.

        Raises:
            InvalidArgumentError: A value cannot be right, or two contradict each other.

        Example:
            >>> from model_registry.core import ModelRegistryAPIClient
            >>> ModelRegistryAPIClient.secure_connection("registry.example.org", user_token="secret")
            ModelRegistryAPIClient('https://registry.example.org:443')
        """
        connection = Connection.to(
            server_address, port, scheme="https", default_port=443, token=user_token, ca=custom_ca
        )
        if connection.token is None:
            raise InvalidArgumentError(
                "user_token must not be empty: a secure connection needs a token; "
                "use insecure_connection with an https address for a registry without tokens"
            )
        return cls(connection)

    @classmethod
    def insecure_connection(cls, server_address: str, port: int | str, user_token: str | None = None) -> Self:
        """Connect without TLS, unless the address says `https`; certificates are checked then.

        Args:
            server_address: Host, or URL with or without port and base path.
            port: Port.
            user_token: Bearer token, if the registry wants one.

        Returns:
            The client.

        Raises:
            InvalidArgumentError: A value cannot be right, or two contradict each other.

        Example:
            >>> from model_registry.core import ModelRegistryAPIClient
            >>> ModelRegistryAPIClient.insecure_connection("localhost", 8080)
            ModelRegistryAPIClient('http://localhost:8080')
        """
        return cls(Connection.to(server_address, port, scheme="http", token=user_token))

    @property
    def config(self) -> Configuration:
        """The settings as release 0.3 had them. Changes to them have no effect; see `connection`.

        Example:
            >>> from model_registry.core import ModelRegistryAPIClient
            >>> ModelRegistryAPIClient.insecure_connection("localhost", 8080).config.host
            'http://localhost:8080'
        """
        from mr_openapi import Configuration

        settings = self.connection
        if not isinstance(settings, Connection):
            return Configuration(host=settings.url)
        config = Configuration(
            host=settings.url,
            access_token=settings.token if isinstance(settings.token, str) else None,
            ssl_ca_cert=None if settings.ca is None else str(settings.ca),
        )
        config.verify_ssl = settings.verify
        return config

    @classmethod
    def local(cls, db: str | os.PathLike[str] = ":memory:") -> Self:
        """Use a registry in this process, without a server. Needs the extra `server`.

        Args:
            db: Path of an SQLite file, which is made when it is not there; a database URL; or `:memory:`
                for a registry that ends with this client.

        Returns:
            The client. The database is opened by its first call.

        Raises:
            InvalidArgumentError: `db` is neither a text nor a path.
            MissingExtraError: The extra `server` is not installed.

        Example:
            >>> from model_registry.core import ModelRegistryAPIClient
            >>> ModelRegistryAPIClient.local("registry.db")
            ModelRegistryAPIClient('registry.db')
        """
        if not isinstance(db, (str, os.PathLike)) or not os.fspath(db):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"db must be a path, a database URL or ':memory:', got {db!r}")
        if str(db).startswith(("http://", "https://")):
            raise InvalidArgumentError(
                f"{redacted_text(str(db))} is the address of a server: use ModelRegistry or "
                "AsyncModelRegistry without .local"
            )
        check_extra_of_local()
        return cls(Local(os.fspath(db)))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def get_client(self) -> AsyncGenerator[ModelRegistryServiceApi]:
        """Lend the generated client, for what this class does not offer.

        Example:
            >>> async def names(client: ModelRegistryAPIClient) -> list[str]:
            ...     async with client.get_client() as api:
            ...         return [model.name for model in (await api.get_registered_models()).items]
        """
        yield self.open_api()
