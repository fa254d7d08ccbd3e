"""The types that all rules share: a request that was read, its response, and a rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from model_registry.server.queries.listing import BodyPart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from model_registry.server.database.protocol import Session

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Body: TypeAlias = dict[str, Json]


@dataclass(frozen=True)
class OperationRequest:
    """A request for an operation, checked against the contract.

    Attributes:
        path: The path below the API's prefix.
        id: The path parameter as it was sent, or an empty text.
        query: The query parameters that the operation has.
        body: The fields of the body.
    """

    path: str
    id: str = ""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Body = field(default_factory=dict[str, Any])


class OperationResponse(NamedTuple):
    """The response of an operation.

    Attributes:
        status: The HTTP status.
        body: The body, or its first part.
    """

    status: int
    body: BodyPart


class Rule(NamedTuple):
    """What an operation does.

    Attributes:
        run: The function, to be called in a transaction.
        writes: Whether it changes the database.
    """

    run: Callable[[Session, OperationRequest], OperationResponse]
    writes: bool = False


def respond(document: str, status: int = 200) -> OperationResponse:
    """Return the response with one resource, given as JSON text."""
    return OperationResponse(status, BodyPart(document.encode() + b"\n"))
