"""The settings that say how a server knows its callers, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from model_registry.server.database.protocol import Database
    from model_registry.server.identity.caller import Authenticator


@dataclass(frozen=True)
class Identity:
    """How a server knows its callers.

    Attributes:
        named_tokens: Whether it accepts the tokens that `model-registry token create` creates.
        token_file: A file with tokens that it accepts as those of writers.
    """

    named_tokens: bool = False
    token_file: str | os.PathLike[str] | None = None

    @property
    def sources(self) -> list[str]:
        """What a caller needs, in words."""
        tokens = [f"a token of {self.token_file}"] if self.token_file is not None else []
        return ["a named token", *tokens] if self.named_tokens else tokens

    def check(self) -> None:
        """Check the files of the settings.

        Raises:
            InvalidArgumentError: The token file cannot be used.
        """
        if self.token_file is not None:
            from model_registry.server.identity.token_file import TokenFile

            TokenFile(self.token_file)

    def authenticators(self, database: Database) -> list[Authenticator]:
        """Return the ways to know a caller; none if the server does not check who sends requests.

        Raises:
            InvalidArgumentError: The token file cannot be used.
        """
        found: list[Authenticator] = []
        if self.named_tokens:
            from model_registry.server.identity.named_tokens import NamedTokens

            found.append(NamedTokens(database))
        if self.token_file is not None:
            from model_registry.server.identity.token_file import TokenFileCallers

            found.append(TokenFileCallers(self.token_file))
        return found
