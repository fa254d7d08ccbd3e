"""What all pages share: the registry, the sessions, and what visitors may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry import AsyncModelRegistry

    from .file_reader import FileReader
    from .sessions import Sessions


@dataclass(frozen=True)
class Site:
    """What all pages share.

    Attributes:
        registry: The registry that the pages show.
        sessions: Signs cookies and forms.
        name: What visitors know the registry by, such as its address.
        name_of_visitor: Returns the name of the visitor, or `None` if it is unknown.
        address: The address or file of the registry for commands; `None` if it is the address of the pages.
        files: Reads files that entries name; `None` if the pages read no files.
        read_only: Whether the pages leave out all changes.
        signs_in: Whether visitors can sign in with a token.
    """

    registry: AsyncModelRegistry
    sessions: Sessions
    name: str
    name_of_visitor: Callable[[], Awaitable[str | None]] | None = None
    address: str | None = None
    files: FileReader | None = None
    read_only: bool = False
    signs_in: bool = False

    async def registry_of_visitor(self) -> AsyncModelRegistry:
        """Return the registry with the visitor as the author of changes, if the name is known."""
        name = None if self.name_of_visitor is None else await self.name_of_visitor()
        return self.registry if name is None else type(self.registry).over(self.registry.core, author=name)


@dataclass(frozen=True)
class Page:
    """A page before it is rendered, as HTML or as JSON.

    Attributes:
        template: Name of the template.
        title: Title of the page.
        values: Values of the template.
        data: The same content as JSON types; `None` if the page has no JSON form.
        command: The command that prints the same.
        status: HTTP status.
    """

    template: str
    title: str
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    data: object = None
    command: str | None = None
    status: int = 200
