"""MLflow's searches of models and versions, run in the registry."""

from __future__ import annotations

from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from mlflow.utils.search_utils import SearchModelVersionUtils, SearchUtils

from model_registry import F, types
from model_registry.exceptions import InvalidRequestError
from model_registry.from_mlflow.names import VERSION

from .entities import is_prompt
from .errors import invalid
from .paging import collect, offset, page_token
from .queries import Comparison, all_of, models_query, names_filter, versions_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from model_registry.types import Page

    from .lists import Lists, Order

T = TypeVar("T")

_MOST_NAMED: Final = 100
"""Models that the filter of one request names."""

_MOST_SORTED: Final = 10_000
"""Results that the client sorts, if the registry does not have the order."""

_NATIVE: Final[dict[str, Order]] = {"creation_timestamp": "created", "last_updated_timestamp": "updated"}
"""Orders that all registries have."""

_OF_MODELS: Final[dict[str, Order]] = {**_NATIVE, "name": "name"}
"""Orders of models that our registry has."""

_OF_VERSIONS: Final[dict[str, Order]] = {**_NATIVE, "version_number": F.property(VERSION)}
"""Orders of versions that our registry has. One number is used once in a model."""

_TIES_OF_MODELS: Final = [("name", True)]
_TIES_OF_VERSIONS: Final = [("name", True), ("version_number", False)]

_SYNONYMS: Final = {"timestamp": "last_updated_timestamp"}
"""MLflow's short names of keys."""


class FoundVersion(NamedTuple):
    """A version that was found, with the name of its model."""

    model_name: str
    version: types.ModelVersion


class Search:
    """The searches of one registry.

    Args:
        lists: The lists of the registry.
    """

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._names: dict[str, str] = {}

    def models(
        self, text: str | None, limit: int, order_by: list[str] | None, token: str | None
    ) -> tuple[list[types.RegisteredModel], str | None]:
        """Return the models that match a filter of MLflow, and the token of the next page.

        Raises:
            MlflowException: The filter, the order or the token is invalid.
        """
        query = models_query(text)
        order = _order(SearchUtils.parse_order_by_for_search_registered_models, order_by or [])

        def fetch(
            order_by: Order, descending: bool, size: int, token: str | None
        ) -> Page[types.RegisteredModel]:
            return self._lists.models(
                query.filter, order_by=order_by, descending=descending, size=size, token=token
            )

        def keep(models: list[types.RegisteredModel]) -> list[bool]:
            return [is_prompt(each) == query.prompts for each in models]

        orders = _OF_MODELS if self._lists.has_all_orders() else _NATIVE
        return _listed(fetch, keep, order, orders, _TIES_OF_MODELS, _model_key, limit, token)

    def versions(
        self, text: str | None, limit: int, order_by: list[str] | None, token: str | None
    ) -> tuple[list[FoundVersion], str | None]:
        """Return the versions that match a filter of MLflow, and the token of the next page.

        Raises:
            MlflowException: The filter, the order or the token is invalid.
        """
        query = versions_query(text)
        order = _order(
            SearchModelVersionUtils.parse_order_by_for_search_model_versions,
            order_by or ["last_updated_timestamp DESC"],
        )
        models = self._models_named(query.names)
        if models == []:
            return [], None
        parents = None if models is None else F.model_id.in_(models)
        condition = all_of(each for each in (query.filter, parents) if each is not None)
        names = query.names if parents is None else ()

        def fetch(
            order_by: Order, descending: bool, size: int, token: str | None
        ) -> Page[types.ModelVersion]:
            return self._lists.versions(
                condition, order_by=order_by, descending=descending, size=size, token=token
            )

        def keep(versions: list[types.ModelVersion]) -> list[bool]:
            known = self.names_of(versions)
            return [
                is_prompt(each) == query.prompts and _meets(known[str(each.registered_model_id)], names)
                for each in versions
            ]

        def key(version: types.ModelVersion, order: str) -> Any:
            return _version_key(self.names_of([version])[str(version.registered_model_id)], version, order)

        is_of_one_model = models is not None and len(models) == 1
        if is_of_one_model:  # all versions have the same name
            order = [each for each in order if each[0] != "name"] or [("creation_timestamp", False)]
        may_decide = is_of_one_model or len(order) == 1
        orders = _OF_VERSIONS if may_decide and self._lists.has_all_orders() else _NATIVE
        found, following = _listed(fetch, keep, order, orders, _TIES_OF_VERSIONS, key, limit, token)
        known = self.names_of(found)
        return [FoundVersion(known[str(each.registered_model_id)], each) for each in found], following

    def names_of(self, versions: Sequence[types.ModelVersion]) -> dict[str, str]:
        """Return the names of the models of versions, by id. A model's name never changes."""
        wanted = {str(each.registered_model_id) for each in versions}
        missing = sorted(wanted - self._names.keys(), key=int)
        for begin in range(0, len(missing), _MOST_NAMED):
            some = missing[begin : begin + _MOST_NAMED]
            condition = F.id.in_([int(each) for each in some])
            for model in self._lists.models(condition, archived=None):
                self._names[str(model.id)] = model.name
        return {each: self._names[each] for each in wanted}

    def _models_named(self, names: tuple[Comparison, ...]) -> list[int] | None:
        """Return the ids of the models whose names meet comparisons; `None` for all, or if they are many."""
        if not names:
            return None
        models = self._lists.all_models(names_filter(names), size=_MOST_NAMED + 1)
        found = list(islice(models, _MOST_NAMED + 1))
        self._names.update({str(each.id): each.name for each in found})
        return [int(str(each.id)) for each in found] if len(found) <= _MOST_NAMED else None


def _meets(name: str, comparisons: tuple[Comparison, ...]) -> bool:
    return all(SearchUtils.get_comparison_func(each.comparator)(name, each.value) for each in comparisons)


def _order(parse: Any, clauses: list[str]) -> list[tuple[str, bool]]:
    """Return the keys of an order, each with whether it ascends."""
    parsed: list[tuple[str, bool]] = [parse(clause)[-2:] for clause in clauses]
    keys = [(_SYNONYMS.get(key, key), is_ascending) for key, is_ascending in parsed]
    if len({key for key, _ in keys}) < len(keys):
        raise invalid(f"`order_by` contains duplicate fields: {clauses}")
    return keys


def _listed(
    fetch: Callable[[Order, bool, int, str | None], Page[T]],
    keep: Callable[[list[T]], list[bool]],
    order: list[tuple[str, bool]],
    orders: Mapping[str, Order],
    ties: list[tuple[str, bool]],
    key_of: Callable[[T, str], Any],
    limit: int,
    token: str | None,
) -> tuple[list[T], str | None]:
    """Return a page of the items that are kept, and the token of the next one.

    Args:
        fetch: Returns a page, from its order, whether that descends, its size and a token of the registry.
        keep: Says which items of a page are kept.
        order: The keys to order by; by name without any.
        orders: The orders that the registry has, by their keys.
        ties: The keys of items that are equal in these.
        key_of: Returns the value of a key; `None` if an item has none, which then comes last.
        limit: Number of items to return.
        token: A token that this function returned for the same list; `None` for its begin.
    """
    given = order or [("name", True)]
    named = {key for key, _ in given}
    keys = [*given, *(each for each in ties if each[0] not in named)]
    first, ascending = keys[0]
    if first in orders:
        try:
            found, following = collect(partial(fetch, orders[first], not ascending), keep, limit, token)
        except InvalidRequestError:  # an older release of our registry has only those
            if first in _NATIVE:
                raise
        else:
            equal = groupby(found, key=lambda item: key_of(item, first))
            return [item for _, group in equal for item in _sorted(list(group), keys[1:], key_of)], following
    by_id = partial(fetch, "id", False)
    found, rest = collect(by_id, keep, _MOST_SORTED, None)
    if rest is not None and not order:  # MLflow's default is the name, which few programs need
        return collect(by_id, keep, limit, token)
    if rest is not None:
        raise invalid(
            f"more than {_MOST_SORTED:,} results cannot be ordered by {first}: order by "
            "last_updated_timestamp or creation_timestamp, or narrow the filter"
        )
    found = _sorted(found, keys, key_of)
    begin = offset(token)
    following = page_token(begin + limit) if begin + limit < len(found) else None
    return found[begin : begin + limit], following


def _sorted(items: list[T], keys: list[tuple[str, bool]], key_of: Callable[[T, str], Any]) -> list[T]:
    """Return items in the order of keys, each with whether it ascends."""
    for key, is_ascending in reversed(keys):
        with_value = [item for item in items if key_of(item, key) is not None]
        without = [item for item in items if key_of(item, key) is None]
        with_value.sort(key=lambda item, key=key: key_of(item, key), reverse=not is_ascending)  # type: ignore[misc]
        items = with_value + without
    return items


def _model_key(model: types.RegisteredModel, order: str) -> Any:
    return model.name if order == "name" else _milliseconds(model, order)


def _version_key(model_name: str, version: types.ModelVersion, order: str) -> Any:
    if order == "name":
        return model_name
    if order == "version_number":
        number = version.custom_properties.get(VERSION)
        return number if isinstance(number, int) else None
    return _milliseconds(version, order)


def _milliseconds(resource: types.RegisteredModel | types.ModelVersion, order: str) -> int:
    created = order == "creation_timestamp"
    return int((resource.create_time_since_epoch if created else resource.last_update_time_since_epoch) or 0)
