"""One run of the command: which registry it uses, and how it reads, writes and prints."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from model_registry.exceptions import DatabaseError, InvalidArgumentError, NotFoundError

from .output import Output
from .startup import load_aiohttp, no_plugins
from .terminal import can_ask

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from model_registry import AsyncModelRegistry, ModelRegistry
    from model_registry.types import Change

T = TypeVar("T")

DEFAULT_FILE: Final = "registry.db"
"""The local registry that is used if nothing else is named, and it exists."""

_SERVER: Final = ("http://", "https://")
_SQLITE: Final = "sqlite:///"
_SECONDS_TO_WAIT: Final = 20.0
_HOST_AND_PORT: Final = re.compile(r"[A-Za-z0-9.-]+:[0-9]+(/.*)?")


def _file_of(registry: str) -> Path | None:
    """Return the file of a local registry; `None` if it is in memory or in PostgreSQL."""
    path = registry.removeprefix(_SQLITE).partition("?")[0] if registry.startswith(_SQLITE) else registry
    return None if path == ":memory:" or "://" in path else Path(path).expanduser()


def is_server(registry: str) -> bool:
    """Return whether what the user named is the URL of a server, and not a local registry."""
    return registry.startswith(_SERVER)


@dataclass
class Session:
    """One run of the command.

    Attributes:
        registry: URL of a server, or path or URL of a local registry, as the user gave it.
        profile: Name of the profile to use.
        output: Output format; the default depends on who reads it.
        quiet: Print no notes and no progress.
        debug: Show the traceback of an error.
        dry_run: Print what would be written instead of writing it.
        yes: Do not ask.
    """

    registry: str | None = None
    profile: str | None = None
    output: str | None = None
    quiet: bool = False
    debug: bool = False
    dry_run: bool = False
    yes: bool = False

    @property
    def out(self) -> Output:
        """Where the command prints its results."""
        return Output(self.output, quiet=self.quiet)

    @property
    def progress(self) -> bool:
        """Whether to show progress bars, where a person looks."""
        from .terminal import is_agent

        return not self.quiet and not is_agent()

    @contextmanager
    def client(self, *, creates: bool = False) -> Generator[ModelRegistry]:
        """Open the registry.

        Args:
            creates: Whether to create a local registry that does not exist.

        Raises:
            InvalidArgumentError: No registry is named, or what is named is none.
            NotFoundError: There is no local registry of this name.
        """
        from model_registry.connection import Local

        with no_plugins(), self._open(creates=creates) as registry:
            if not isinstance(registry.connection, Local):
                load_aiohttp()
            try:
                yield registry
            except NotFoundError as error:
                from .nearest import hint

                if "did you mean" not in str(error):
                    error.args = (f"{error}{hint(registry, click.get_current_context().params)}",)
                raise

    def async_client(self) -> AsyncModelRegistry:
        """Return an asynchronous client of the registry, which gives up sooner than others.

        Raises:
            InvalidArgumentError: No registry is named, or what is named is none.
            NotFoundError: There is no local registry of this name.
        """
        from dataclasses import replace

        from model_registry import AsyncModelRegistry
        from model_registry.connection import Local
        from model_registry.core import ModelRegistryAPIClient

        with self._open(creates=False) as registry:
            target, author = registry.connection, registry.author
        if not isinstance(target, Local):
            target = replace(target, retries=1, total_timeout=_SECONDS_TO_WAIT)
        return AsyncModelRegistry.over(ModelRegistryAPIClient(target), author=author)

    def _open(self, *, creates: bool) -> ModelRegistry:
        if self.registry is not None:
            return self.open_other(self.registry, creates=creates)
        from model_registry import ModelRegistry

        if self.names_server():
            return ModelRegistry(profile=self.profile)
        if Path(DEFAULT_FILE).is_file():
            return ModelRegistry.local(DEFAULT_FILE)
        raise InvalidArgumentError(
            "no registry is named: use --registry URL|FILE, set MODEL_REGISTRY_URL, or store a server with "
            f"`model-registry login URL` (without these, {DEFAULT_FILE} in this folder is used, if it exists)"
        )

    def names_server(self) -> bool:
        """Return whether the environment or a profile names a server."""
        from model_registry.connection.settings import DEFAULT_PROFILE, profiles

        if self.profile or os.environ.get("MODEL_REGISTRY_URL") or os.environ.get("MODEL_REGISTRY_PROFILE"):
            return True
        return bool(profiles().get(DEFAULT_PROFILE, {}).get("url"))

    def open_other(self, text: str, *, creates: bool = False) -> ModelRegistry:
        """Open a registry that the user names by a URL or a path.

        Raises:
            InvalidArgumentError: It is neither.
            NotFoundError: There is no local registry of this name.
            DatabaseError: The folder that it would be created in does not exist.
        """
        from model_registry import ModelRegistry

        if is_server(text):
            return ModelRegistry(text, profile=self.profile)
        if _HOST_AND_PORT.fullmatch(text) and not Path(text).exists():
            raise InvalidArgumentError(
                f"registry {text!r} is neither a URL nor a file: write http://{text} for a server, "
                f"or ./{text} for a file"
            )
        if "://" in text and not text.startswith(("sqlite", "postgres")):
            raise InvalidArgumentError(
                f"registry {text!r} has an unknown scheme: use http://, https://, sqlite:/// or a path"
            )
        file = _file_of(text)
        if file is not None and not file.is_file():
            if not text or file.is_dir():
                raise InvalidArgumentError(
                    f"registry {text!r} is a folder: name the file of a local registry in it"
                    if text
                    else "the name of a registry is empty: give the URL of a server, or the path of a file"
                )
            if not creates:
                raise NotFoundError(
                    f"there is no registry {text!r}: register a model to create it, or name another one with "
                    "--registry",
                    sent=False,
                )
            if not file.parent.is_dir():
                raise DatabaseError(
                    f"cannot create a registry at {text}: the folder {file.parent} does not exist"
                )
            if self.dry_run:
                text = ":memory:"
        return ModelRegistry.local(text)

    def write(
        self,
        do: Callable[[ModelRegistry], T],
        show: Callable[[T], object],
        *,
        creates: bool = False,
    ) -> None:
        """Write to the registry and show the result; in a dry run show what would be written.

        Args:
            do: Writes, and returns the result.
            show: Prints the result.
            creates: Whether to create a local registry that does not exist.
        """
        with self.client(creates=creates) as registry:
            if not self.dry_run:
                result = do(registry)
            else:
                with registry.dry_run() as trial:
                    do(trial)
                self.show_plan(trial.plan)
                return
        show(result)

    def show_plan(self, changes: Iterable[Change]) -> None:
        """Print what would be written."""
        from model_registry.types import Plan

        plan = Plan(list(changes))
        if self.output == "csv":
            self.out.rows([each.to_dict() for each in plan], ("verb", "kind", "name", "fields"))
        else:
            self.out.document(plan.to_dict(), str(plan))

    def confirm(self, question: str) -> None:
        """Ask before a change, if there is a person who can answer.

        Raises:
            click.Abort: The answer is no.
        """
        if not self.yes and not self.dry_run and can_ask():
            click.confirm(question, abort=True, err=True)
