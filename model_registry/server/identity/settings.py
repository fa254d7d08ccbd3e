"""The settings that say how a server knows its callers, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from ssl import SSLError
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError, MissingExtraError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from model_registry.server.database.protocol import Database
    from model_registry.server.identity.caller import Authenticator
    from model_registry.server.identity.oidc import Issuer
    from model_registry.server.identity.proxy_header import TrustedHeader


@dataclass(frozen=True)
class Identity:
    """How a server knows its callers.

    Attributes:
        named_tokens: Whether it accepts the tokens that `model-registry token create` creates.
        token_file: A file with tokens that it accepts as those of writers.
        issuers: Issuers of OpenID Connect whose tokens it accepts.
        header: A header of proxies that it trusts.
        grants: The roles of callers that issuers and proxies name: `reader`, `writer` or `admin` by name, by
            `group:NAME`, or for all by `*`.
        protected_aliases: Names of those who may move an alias, besides admins, by alias in lower case.
    """

    named_tokens: bool = False
    token_file: str | os.PathLike[str] | None = None
    issuers: tuple[Issuer, ...] = ()
    header: TrustedHeader | None = None
    grants: Mapping[str, str] = field(default_factory=dict[str, str])
    protected_aliases: Mapping[str, frozenset[str]] = field(default_factory=dict[str, "frozenset[str]"])

    @property
    def sources(self) -> list[str]:
        """What a caller needs, in words."""
        return [
            *(["a named token"] if self.named_tokens else []),
            *([f"a token of {self.token_file}"] if self.token_file is not None else []),
            *(f"a token of {one.url}" for one in self.issuers),
            *([f"the header {self.header.name} of a trusted proxy"] if self.header else []),
        ]

    def check(self) -> None:
        """Check that the settings fit together, and their files.

        Raises:
            InvalidArgumentError: They do not, or a file cannot be used.
            MissingExtraError: A package that they need is not installed.
        """
        if (self.issuers or self.header) and not self.grants:
            raise InvalidArgumentError("no caller has a role: use --grant, such as --grant '*=reader'")
        if self.grants and not (self.issuers or self.header):
            raise InvalidArgumentError(
                "--grant needs --oidc-issuer or --trusted-header: named tokens have roles of their own"
            )
        if self.protected_aliases and not self.sources:
            raise InvalidArgumentError("protected aliases need callers with names: use --named-tokens")
        if self.token_file is not None:
            from model_registry.server.identity.token_file import TokenFile

            TokenFile(self.token_file)
        if self.issuers:
            self._check_issuers()

    def _check_issuers(self) -> None:
        try:
            import jwt  # noqa: F401  # pyright: ignore[reportUnusedImport]

            from model_registry.server.identity.fetch import check_address, trusting
        except ImportError as error:
            raise MissingExtraError.for_extra("oidc", "Tokens of OpenID Connect", error) from error
        for issuer in self.issuers:
            if not issuer.audiences:
                raise InvalidArgumentError(
                    f"tokens of {issuer.url} for other services would be accepted: use --oidc-audience"
                )
            try:
                check_address(issuer.url)
                trusting(issuer.ca)
            except ValueError as error:
                raise InvalidArgumentError(str(error)) from None
            except OSError as error:
                reason = "it is not PEM" if isinstance(error, SSLError) else error.strerror
                raise InvalidArgumentError(f"cannot use --oidc-ca {issuer.ca}: {reason}") from None

    def authenticators(self, database: Database) -> list[Authenticator]:
        """Return the ways to know a caller; none if the server does not check who sends requests.

        Raises:
            InvalidArgumentError: The settings do not fit together, or a file cannot be used.
            MissingExtraError: A package that they need is not installed.
        """
        self.check()
        found: list[Authenticator] = []
        if self.header is not None:
            from model_registry.server.identity.proxy_header import HeaderCallers

            found.append(HeaderCallers(self.header, self.grants))
        if self.named_tokens:
            from model_registry.server.identity.named_tokens import NamedTokens

            found.append(NamedTokens(database))
        if self.token_file is not None:
            from model_registry.server.identity.token_file import TokenFileCallers

            found.append(TokenFileCallers(self.token_file))
        if self.issuers:
            from model_registry.server.identity.oidc import OIDCCallers

            found.append(OIDCCallers(self.issuers, self.grants))
        return found
