"""References to versions, as text: `fraud/1.0`, `fraud@champion`, `model-registry://fraud/1.0`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote, unquote

from model_registry.exceptions.base import InvalidArgumentError

from .arguments import check_text

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEME = "model-registry://"
LATEST = "latest"
"""The alias that every model has: its newest version that is not archived."""

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")
_FORMS = "'fraud/1.0', 'fraud@champion', 'fraud@latest', an id, or one of these after 'model-registry://'"


@dataclass(frozen=True)
class Reference:
    """Names a version, by model and version, by model and alias, or by id.

    As text the parts are joined by `/` and `@`. Where a name holds one of these, `%` or a control
    character such as a line break, it is written as in URLs: `team%2Ffraud/1.0`. `uri` writes everything else
    that URLs cannot hold so, too.

    Attributes:
        model: Name of the model.
        version: Name of the version.
        alias: Alias of the version, such as `champion`; `latest` is the newest that is not archived.
        id: The registry's id of the version, instead of all that.
        registry: Host, and port if need be, of the registry that is meant; only URIs tell it.

    Raises:
        InvalidArgumentError: The parts name no version, or two.

    Example:
        >>> from model_registry.types import Reference
        >>> Reference("team/fraud", "1.0").uri
        'model-registry://team%2Ffraud/1.0'
        >>> Reference.parse("fraud@champion")
        Reference('fraud@champion')
        >>> Reference.parse("model-registry://fraud") == Reference("fraud", alias="latest")
        True
    """

    model: str | None = None
    version: str | None = None
    alias: str | None = None
    id: str | None = None
    registry: str | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("model", "version", "alias", "id") if getattr(self, name) is not None]
        if given not in (["model", "version"], ["model", "alias"], ["id"]):
            raise InvalidArgumentError(
                "a reference is model and version, model and alias, or an id, "
                f"got {' and '.join(given) or 'nothing'}"
            )
        for name in given:
            check_text(name, value := getattr(self, name))
            if not value:
                raise InvalidArgumentError(f"{name} must be a text of at least one character")
        if self.id is not None and not _is_id(self.id):
            raise InvalidArgumentError(f"id must be an id of the registry, such as '12', got {self.id!r}")
        if self.registry is not None and self.id is not None:
            raise InvalidArgumentError("a reference by id cannot name a registry: give model and version")
        if self.registry is not None and not _HOST.fullmatch(self.registry):
            raise InvalidArgumentError(
                f"registry must be a host, with or without a port, got {self.registry!r}"
            )

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference.

        After `model-registry://` a host may come first: `model-registry://registry.example.org/fraud/1.0`. A
        name alone means the latest version, digits alone an id.

        Args:
            text: The reference.

        Returns:
            What it says.

        Raises:
            InvalidArgumentError: It is none.
        """
        check_text("a reference", text)
        if not text.startswith(SCHEME):
            if "://" in text:
                _refuse(text, "it is a URI of another kind")
            return _read(text, text, None)
        host, slash, rest = text.removeprefix(SCHEME).partition("/")
        if "?" in text or "#" in text:
            _refuse(text, "such a URI has no query and no fragment")
        if slash and ("/" in rest or "@" in rest):
            return _read(text, rest, host)
        return _read(text, text.removeprefix(SCHEME), None)

    @property
    def uri(self) -> str:
        """The reference as a `model-registry://` URI."""
        host = f"{self.registry}/" if self.registry else ""
        return f"{SCHEME}{host}{self._joined(_quoted_for_uri)}"

    def __str__(self) -> str:
        return self.uri if self.registry else self._joined(_quoted)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def _joined(self, written: Callable[[str], str]) -> str:
        if self.id is not None:
            return self.id
        model = written(self.model or "")
        return f"{model}@{written(self.alias)}" if self.alias else f"{model}/{written(self.version or '')}"


def _read(whole: str, text: str, registry: str | None) -> Reference:
    """Read what is behind scheme and host."""
    if registry is not None and not _HOST.fullmatch(registry):
        _refuse(whole, f"{registry!r} is no host; a slash within a name is written %2F")
    if _is_id(text):
        return Reference(id=text)
    signs = [sign for sign in text if sign in "/@"]
    if len(signs) > 1:
        _refuse(whole, "within a name / is written %2F, and @ is written %40")
    model, _, rest = re.split("([/@])", text) if signs else (text, "@", LATEST)
    if not model or not rest:
        _refuse(whole, "a part is empty")
    names = [_unquoted(whole, each) for each in (model, rest)]
    if "/" in signs:
        return Reference(names[0], names[1], registry=registry)
    return Reference(names[0], alias=names[1], registry=registry)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _quoted(name: str) -> str:
    return re.sub(r"[%/@\x00-\x1f\x7f]", lambda sign: quote(sign[0], safe=""), name)


def _quoted_for_uri(name: str) -> str:
    return quote(name, safe="")


def _unquoted(whole: str, name: str) -> str:
    try:
        return unquote(name, errors="strict")
    except UnicodeDecodeError:
        _refuse(whole, "what is written with % is no UTF-8")


def _refuse(text: str, why: str) -> NoReturn:
    raise InvalidArgumentError(f"{text!r} does not name a version: {why}. It is one of {_FORMS}")
