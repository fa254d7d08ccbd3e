"""MLflow's filters, in the query language of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from mlflow.utils.search_utils import SearchModelUtils, SearchModelVersionUtils

from model_registry import F
from model_registry.from_mlflow.names import RUN_ID, SOURCE, VERSION

from .entities import IS_PROMPT
from .errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from model_registry.types import Filter

_TEXT_COMPARATORS: Final = ("=", "!=", "LIKE", "ILIKE", "IN", "NOT IN")
_TAG_COMPARATORS: Final = ("=", "!=", "LIKE", "ILIKE")


@dataclass(frozen=True)
class Comparison:
    """One comparison of MLflow's grammar: `key comparator value`.

    Attributes:
        key: Name of an attribute or of a tag.
        comparator: `=`, `!=`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE`, `IN` or `NOT IN`.
        value: A text, a number, or several texts.
        is_tag: Whether it compares a tag.
    """

    key: str
    comparator: str
    value: Any
    is_tag: bool = False

    def on(self, field: Any) -> Filter:
        """Return the comparison of a field of `F`.

        Raises:
            MlflowException: The field has no such comparison.
        """
        build = _BUILDERS[self.comparator]
        return build(field, self.value)


@dataclass(frozen=True)
class Query:
    """A parsed filter.

    Attributes:
        filter: Condition for the registry; `None` for all.
        names: Comparisons of the model's name that the list of versions cannot contain.
        prompts: Whether prompts are wanted, instead of models.
    """

    filter: Filter | None
    names: tuple[Comparison, ...]
    prompts: bool


def models_query(text: str | None) -> Query:
    """Return the query of a filter on registered models.

    Raises:
        MlflowException: The filter is invalid.
    """
    comparisons = _parsed(SearchModelUtils, text)
    for each in comparisons:
        _check(each, _TAG_COMPARATORS if each.is_tag else _TEXT_COMPARATORS)
    rest, prompts = _without_prompts(comparisons)
    return Query(
        all_of(each.on(F.property(each.key) if each.is_tag else F.name) for each in rest), (), prompts
    )


def versions_query(text: str | None) -> Query:
    """Return the query of a filter on model versions.

    Raises:
        MlflowException: The filter is invalid.
    """
    rest, prompts = _without_prompts(_parsed(SearchModelVersionUtils, text))
    names = tuple(each for each in rest if each.key == "name" and not each.is_tag)
    for each in names:
        _check(each, _TEXT_COMPARATORS)
    return Query(all_of(_on_version(each) for each in rest if each not in names), names, prompts)


def all_of(filters: Iterable[Filter]) -> Filter | None:
    """Return the condition that all conditions hold; `None` if there are none."""
    each = list(filters)
    return reduce(lambda left, right: left & right, each) if each else None


def names_filter(names: Iterable[Comparison]) -> Filter | None:
    """Return the condition for the models whose names meet comparisons."""
    return all_of(each.on(F.name) for each in names)


def _parsed(grammar: Any, text: str | None) -> list[Comparison]:
    return [
        Comparison(each["key"], each["comparator"].upper(), each["value"], each["type"] == "tag")
        for each in grammar.parse_search_filter(text)
    ]


def _without_prompts(comparisons: list[Comparison]) -> tuple[list[Comparison], bool]:
    """Return the comparisons without those of the tag that marks prompts, and whether prompts are wanted."""
    marks = [each for each in comparisons if each.is_tag and each.key == IS_PROMPT]
    rest = [each for each in comparisons if each not in marks]
    wanted = bool(marks) and (marks[0].comparator, str(marks[0].value).lower()) in (
        ("=", "true"),
        ("!=", "false"),
    )
    return ([*rest, Comparison(IS_PROMPT, "=", "true", is_tag=True)] if wanted else rest), wanted


def _on_version(comparison: Comparison) -> Filter:
    if comparison.is_tag:
        _check(comparison, _TAG_COMPARATORS)
        return comparison.on(F.property(comparison.key))
    if comparison.key == "version_number":
        return _on_number(comparison)
    _check(comparison, _TEXT_COMPARATORS if comparison.key == "run_id" else _TAG_COMPARATORS)
    return comparison.on(F.property(RUN_ID if comparison.key == "run_id" else SOURCE))


def _on_number(comparison: Comparison) -> Filter:
    """Compare the number of a version: its name, or for ranges the property, which is an integer."""
    _check(comparison, ("=", "!=", "<", "<=", ">", ">="))
    try:
        number = int(comparison.value) if not isinstance(comparison.value, float) else None
    except (TypeError, ValueError):
        number = None
    if number is None:
        raise invalid(f"Invalid value for numeric attribute 'version_number': {comparison.value!r}")
    if comparison.comparator in ("=", "!="):
        return Comparison("name", comparison.comparator, str(number)).on(F.name)
    return Comparison(VERSION, comparison.comparator, number).on(F.property(VERSION).as_int)


def _check(comparison: Comparison, allowed: tuple[str, ...]) -> None:
    if comparison.comparator not in allowed:
        kind = "tag" if comparison.is_tag else f"attribute {comparison.key}"
        raise invalid(f"Invalid comparator for {kind}: {comparison.comparator}")


def _pattern(text: str) -> str:
    return text.replace("\\", "\\\\")


def _none_of(field: Any, values: Iterable[str]) -> Filter:
    found = all_of(field != value for value in values)
    if found is None:
        raise invalid("NOT IN needs at least one value")
    return found


_BUILDERS: Final[dict[str, Callable[[Any, Any], Filter]]] = {
    "=": lambda field, value: field == value,
    "!=": lambda field, value: field != value,
    "<": lambda field, value: field < value,
    "<=": lambda field, value: field <= value,
    ">": lambda field, value: field > value,
    ">=": lambda field, value: field >= value,
    "LIKE": lambda field, value: field.like(_pattern(value)),
    "ILIKE": lambda field, value: field.ilike(_pattern(value)),
    "IN": lambda field, value: field.in_(list(value)),
    "NOT IN": _none_of,
}
