"""Metrics, parameters and tags of a registration, which callers give as plain Python values."""

from __future__ import annotations

import json
import math
import numbers
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from model_registry import types
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.arguments import unboxed
from model_registry.types.formatting import short

if TYPE_CHECKING:
    from model_registry.types import Artifact, ParameterValue

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def metrics_of(given: object) -> list[Artifact]:
    """Return a metric for each name and number.

    Raises:
        InvalidArgumentError: It is not a dictionary of numbers.
    """
    return [types.Metric(name=name, value=_number(name, value)) for name, value in _named("metrics", given)]


def params_of(given: object) -> list[Artifact]:
    """Return a parameter for each name and value.

    Text, booleans, numbers, `None`, and lists and dictionaries of these are stored as they are. What JSON
    cannot store, such as NaN or an object, is stored as its text.

    Raises:
        InvalidArgumentError: It is not a dictionary.
    """
    return [
        types.Parameter(name=name, value=_parameter_value(value)) for name, value in _named("params", given)
    ]


def tags_of(given: object) -> list[str]:
    """Return tags without repetitions.

    Raises:
        InvalidArgumentError: It is not a list of texts.
    """
    shown = short(given)
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        hint = "; use properties= for names with values" if isinstance(given, Mapping) else ""
        raise InvalidArgumentError(f"tags must be a list of texts, got {shown}{hint}")
    tags = list(cast("Iterable[object]", given))
    for index, tag in enumerate(tags):
        if not isinstance(tag, str) or not tag:
            raise InvalidArgumentError(
                f"tags[{index}] must be a text of at least one character, got {short(tag)}"
            )
    texts = cast("list[str]", tags)
    return list(dict.fromkeys(sorted(texts) if isinstance(given, (set, frozenset)) else texts))


def _named(argument: str, given: object) -> Iterable[tuple[str, object]]:
    if not isinstance(given, Mapping):
        raise InvalidArgumentError(f"{argument} must be a dictionary of values by name, got {short(given)}")
    for name, value in cast("Mapping[object, object]", given).items():
        if not isinstance(name, str) or not name:
            raise InvalidArgumentError(
                f"{argument} must have texts of at least one character as names, got {short(name)}"
            )
        yield name, value


def _number(name: str, value: object) -> float:
    number = unboxed(value)
    if isinstance(number, (numbers.Real, Decimal)):
        try:
            converted = float(number)
        except OverflowError:
            converted = math.inf
        if math.isfinite(converted):
            return converted
    raise InvalidArgumentError(f"metrics[{name!r}] must be a finite number, got {short(value)}")


def _parameter_value(value: object) -> ParameterValue:
    value = _json_value(unboxed(value))
    try:
        text = json.dumps(value, allow_nan=False, default=_json_value)
    except (TypeError, ValueError, RecursionError):
        return _text(value)
    stored: ParameterValue = json.loads(text)
    if isinstance(value, (dict, list, tuple)) and not _has_text_keys(cast("object", value)):
        return _text(cast("object", value))
    return stored


def _has_text_keys(value: object) -> bool:
    """Return whether all keys are texts: JSON changes others to texts."""
    if isinstance(value, Mapping):
        given = cast("Mapping[object, object]", value)
        return all(isinstance(key, str) for key in given) and all(map(_has_text_keys, given.values()))
    return not isinstance(value, (list, tuple)) or all(map(_has_text_keys, cast("list[object]", value)))


def _json_value(value: object) -> object:
    """Convert values of other libraries to those of JSON."""
    value = unboxed(value)
    to_list = getattr(value, "tolist", None)
    if callable(to_list):  # an array of NumPy and the like
        return to_list()
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    if value is None or isinstance(value, (str, bool, int, float, list, tuple)):
        return cast("object", value)
    return int(value) if isinstance(value, numbers.Integral) else _text(value)


def _text(value: object) -> str:
    """Return the text of a value without addresses in memory, which differ in each process."""
    return _ADDRESS.sub("", str(value))
