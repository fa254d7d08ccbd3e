"""Check the filter that a visitor wrote, to show where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from model_registry.server.filters.plan import plan
from model_registry.server.filters.query import FilterError, parse
from model_registry.server.kinds import REGISTERED_MODEL

if TYPE_CHECKING:
    from model_registry.web.site import Site

_PREFIXES: Final = (
    "invalid filter query syntax: error parsing filter query: ",
    "invalid filter query, type mismatch or invalid value in comparison: ",
)


@dataclass(frozen=True)
class WrongFilter:
    """What is wrong with a filter.

    Attributes:
        message: What is wrong.
        text: The filter as the visitor wrote it.
        position: Where it is wrong, in characters from 0; `None` if that is unknown.
    """

    message: str
    text: str
    position: int | None = None

    @property
    def before(self) -> str:
        """The text before the position; all of it if the position is unknown."""
        return self.text[: self.position]

    @property
    def word(self) -> str:
        """The text at the position, up to a space."""
        return self._rest.partition(" ")[0]

    @property
    def after(self) -> str:
        """The text after the word."""
        return self._rest[len(self.word) :]

    @property
    def _rest(self) -> str:
        return "" if self.position is None else self.text[self.position :]


def is_empty(text: str) -> bool:
    """Return whether a filter has nothing but comments."""
    try:
        return parse(text) is None
    except FilterError:
        return False


async def wrong_filter(site: Site, text: str) -> WrongFilter | None:
    """Return what is wrong with a filter on models, as far as that can be known without the registry.

    Args:
        site: The site.
        text: The filter.
    """
    if not text:
        return None
    try:
        expression = parse(text)
        if expression is not None and not await site.registry.core.ask_foreign():
            plan(expression, (REGISTERED_MODEL,))
    except FilterError as error:
        message = error.message
        for prefix in _PREFIXES:
            message = message.removeprefix(prefix)
        return WrongFilter(message, text, error.position)
    return None
