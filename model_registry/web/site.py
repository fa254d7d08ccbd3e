"""What all pages share: the registry, the sessions, and what visitors may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model_registry import AsyncModelRegistry

    from .sessions import Sessions


@dataclass(frozen=True)
class Site:
    """What all pages share.

    Attributes:
        registry: The registry that the pages show.
        sessions: Signs cookies and forms.
        name: What visitors know the registry by, such as its address.
        read_only: Whether the pages leave out all changes.
        signs_in: Whether visitors can sign in with a token.
    """

    registry: AsyncModelRegistry
    sessions: Sessions
    name: str
    read_only: bool = False
    signs_in: bool = False


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
