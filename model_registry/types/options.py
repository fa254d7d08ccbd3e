"""Options of lists: page size, order, filter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from model_registry.exceptions.base import InvalidArgumentError
from model_registry.types.arguments import check_count, check_text
from mr_openapi import ArtifactTypeQueryParam, OrderByField, SortOrder

if TYPE_CHECKING:
    from typing_extensions import Self

DEFAULT_PAGE_SIZE = 20

MemberT = TypeVar("MemberT", OrderByField, ArtifactTypeQueryParam)


@dataclass
class Walk:
    """A walk through the pages of one list, which share one bound of time.

    Attributes:
        spent: Seconds that it has waited for the registry so far.
    """

    spent: float = 0.0


@dataclass
class ListOptions:
    """Options of one list call.

    A call never changes the options that it is given: the same options give the same page again.

    Attributes:
        limit: Items on a page, at least 1; 20 when not given.
        order_by: Field to order by; the registry orders by id when not given.
        is_asc: Smallest or oldest first.
        next_page_token: Where to continue: `Page.next_page_token` of the page before, of the same list,
            order and filter.
        artifact_type_param: Kind of artifact to list; other lists ignore it.
        filter_query: Condition that items must match, such as `name LIKE 'fraud%' AND accuracy > 0.9`.

    Raises:
        InvalidArgumentError: A value is invalid.

    Example:
        >>> from model_registry.types import ListOptions
        >>> ListOptions.order_by_creation_time(is_asc=False, limit=50).as_options()["page_size"]
        '50'
    """

    limit: int | None = None
    order_by: OrderByField | None = None
    is_asc: bool = True
    next_page_token: str | None = None
    artifact_type_param: ArtifactTypeQueryParam | None = None
    filter_query: str | None = None
    walk: Walk | None = field(default=None, repr=False, compare=False)
    """The walk that this page belongs to, for `Pager`."""
    sorting: Any = field(default=None, repr=False, compare=False)
    """The order by name, property or metric, which not every registry has."""
    added_order: str | None = field(default=None, repr=False, compare=False)
    """An order that only the registry of this package has, as it names it."""
    following_page_token: str | None = field(default=None, init=False, repr=False, compare=False)
    """Token of the page after the last one that was listed with these options, for `Pager`."""

    def __post_init__(self) -> None:
        if self.limit is not None:
            check_count("limit", self.limit)
        if self.order_by is not None:
            self.order_by = checked_member(OrderByField, "order_by", self.order_by)
        if self.artifact_type_param is not None:
            self.artifact_type_param = checked_member(
                ArtifactTypeQueryParam, "artifact_type_param", self.artifact_type_param
            )
        if self.next_page_token is not None:
            check_text("next_page_token", self.next_page_token)
        if self.filter_query is not None:
            check_text("filter_query", self.filter_query)

    @classmethod
    def order_by_creation_time(cls, **kwargs: Any) -> Self:
        """Order by the time of creation; the keyword arguments are those of the class."""
        return cls(order_by=OrderByField.CREATE_TIME, **kwargs)

    @classmethod
    def order_by_update_time(cls, **kwargs: Any) -> Self:
        """Order by the time of the last change; the keyword arguments are those of the class."""
        return cls(order_by=OrderByField.LAST_UPDATE_TIME, **kwargs)

    @classmethod
    def order_by_id(cls, **kwargs: Any) -> Self:
        """Order by id, which is the order of creation; the keyword arguments are those of the class."""
        return cls(order_by=OrderByField.ID, **kwargs)

    @classmethod
    def artifact_type(cls, artifact_type: ArtifactTypeQueryParam, **kwargs: Any) -> Self:
        """List artifacts of one kind; the other keyword arguments are those of the class."""
        return cls(artifact_type_param=artifact_type, **kwargs)

    def as_options(self) -> dict[str, Any]:
        """Build the query parameters of the contract's lists, as the generated client names them.

        Raises:
            InvalidArgumentError: A field was set to an invalid value.
        """
        self.__post_init__()
        options: dict[str, Any] = {
            "page_size": str(self.limit or DEFAULT_PAGE_SIZE),
            "order_by": self.order_by or self.added_order,
            "sort_order": SortOrder.ASC if self.is_asc else SortOrder.DESC,
            "next_page_token": self.next_page_token,
            "artifact_type": self.artifact_type_param,
            "filter_query": self.filter_query,
        }
        return {name: value for name, value in options.items() if value is not None}


def checked_member(kind: type[MemberT], argument: str, value: MemberT | str) -> MemberT:
    """Return the member of an enum that an argument names."""
    if value in list(kind):
        return kind(value)
    raise InvalidArgumentError(f"{argument} must be one of {', '.join(kind)}, got {value!r}")
