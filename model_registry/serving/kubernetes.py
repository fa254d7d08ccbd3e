"""Checks of names, labels, quantities and other values that Kubernetes would refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from model_registry.exceptions import InvalidArgumentError
from model_registry.types.arguments import check_text

Quantities: TypeAlias = "Mapping[str, str | int | float]"
"""Amounts of resources by name, such as `{"cpu": "500m", "memory": "2Gi"}`."""

_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_NAMESPACE = re.compile(_LABEL)
_NAME_PART = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))(?P<unit>[KMGTPE]i|[numkMGTPE]?|[eE][+-]?\d{1,3})"
)
_DECIMAL_UNITS = dict(zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True))
_ANNOTATIONS = 256 * 1024
"""Longest annotations of one object, in bytes, names included."""

_TOLERATION: Mapping[str, tuple[type, tuple[str, ...]]] = {
    "key": (str, ()),
    "operator": (str, ("Exists", "Equal")),
    "value": (str, ()),
    "effect": (str, ("NoSchedule", "PreferNoSchedule", "NoExecute")),
    "tolerationSeconds": (int, ()),
}
"""Fields of a toleration: type, and possible values where there are few."""


def checked_namespace(value: str | None) -> str | None:
    """Return the name of a namespace, or `None`.

    Raises:
        InvalidArgumentError: Kubernetes does not accept it.
    """
    return _matching(
        "namespace", value, _NAMESPACE, "at most 63 small letters, digits and dashes, no dash at the ends"
    )


def checked_object_name(argument: str, value: str | None) -> str | None:
    """Return the name of an object such as a service account, or `None`.

    Raises:
        InvalidArgumentError: Kubernetes does not accept it.
    """
    rule = "at most 253 small letters, digits, dashes and dots, with a letter or digit at the ends"
    return _matching(argument, value, _SUBDOMAIN, rule)


def checked_text(argument: str, value: str | None) -> str | None:
    """Return a text that is not empty, or `None`.

    Raises:
        InvalidArgumentError: The value is empty or no text.
    """
    if value is None:
        return None
    check_text(argument, value)
    if not value:
        raise InvalidArgumentError(f"{argument} must be a text of at least one character, or left out")
    return value


def checked_labels(given: Mapping[str, str]) -> dict[str, str]:
    """Return labels.

    Raises:
        InvalidArgumentError: Kubernetes does not accept a name or a value.
    """
    for name, value in given.items():
        _check_qualified_name("labels", name)
        check_text(f"labels[{name!r}]", value)
        if value and not _NAME_PART.fullmatch(value):
            raise InvalidArgumentError(
                f"labels[{name!r}] must have at most 63 letters, digits, '-', '_' and '.', with a letter or "
                f"digit at the ends, got {value!r}: use an annotation for other texts"
            )
    return dict(given)


def checked_annotations(given: Mapping[str, str]) -> dict[str, str]:
    """Return annotations.

    Raises:
        InvalidArgumentError: Kubernetes does not accept a name or a value, or they are too long.
    """
    for name, value in given.items():
        _check_qualified_name("annotations", name)
        check_text(f"annotations[{name!r}]", value)
    size = sum(len(name.encode()) + len(value.encode()) for name, value in given.items())
    if size > _ANNOTATIONS:
        raise InvalidArgumentError(
            f"annotations have {size} bytes, and Kubernetes stores at most {_ANNOTATIONS}"
        )
    return dict(given)


def checked_resources(given: Mapping[str, Quantities] | None) -> dict[str, Any] | None:
    """Return requests and limits, or `None`.

    Raises:
        InvalidArgumentError: A name or a quantity is not valid, or a request is beyond its limit.
    """
    if given is None:
        return None
    if unknown := given.keys() - {"requests", "limits"}:
        raise InvalidArgumentError(
            f"resources has requests and limits, got {', '.join(sorted(map(str, unknown)))}"
        )
    amounts = {
        (part, name): _amount(f"resources[{part!r}][{name!r}]", name, value)
        for part, quantities in given.items()
        for name, value in quantities.items()
    }
    for (part, name), amount in amounts.items():
        if part == "requests" and amount > amounts.get(("limits", name), amount):
            requested, limit = given["requests"][name], given["limits"][name]
            raise InvalidArgumentError(
                f"resources requests {name} {requested!r}, which is more than the limit {limit!r}"
            )
    return {part: dict(quantities) for part, quantities in given.items()}


def checked_args(given: Sequence[str] | None) -> list[str] | None:
    """Return the arguments of a program, or `None` if there are none.

    Raises:
        InvalidArgumentError: It is one text, or an argument is no text.
    """
    if isinstance(given, str):
        raise InvalidArgumentError(f"args must be a list of texts, such as [{given!r}], got {given!r}")
    for position, each in enumerate(given or ()):
        check_text(f"args[{position}]", each)
    return list(given) if given else None


def checked_env(given: Mapping[str, str | Mapping[str, object]] | None) -> list[dict[str, Any]] | None:
    """Return environment variables as Kubernetes writes them, or `None` if there are none.

    Raises:
        InvalidArgumentError: A name or a value is not valid.
    """
    variables: list[dict[str, Any]] = []
    for name, value in (given or {}).items():
        check_text("a name in env", name)
        if not _VARIABLE.fullmatch(name):
            raise InvalidArgumentError(
                "a name in env must have letters, digits, '_', '-' and '.' and not begin with a digit, got "
                f"{name!r}"
            )
        if isinstance(value, Mapping):
            variables.append({"name": name, "valueFrom": dict(value)})
        else:
            check_text(f"env[{name!r}]", value)
            variables.append({"name": name, "value": value})
    return variables or None


def checked_tolerations(given: Sequence[Mapping[str, object]] | None) -> list[dict[str, Any]] | None:
    """Return tolerations, or `None` if there are none.

    Raises:
        InvalidArgumentError: A field is unknown or has an invalid value.
    """
    if isinstance(given, (str, Mapping)):
        raise InvalidArgumentError(f"tolerations must be a list of dictionaries, got {given!r}")
    for position, each in enumerate(given or ()):
        argument = f"tolerations[{position}]"
        if not isinstance(each, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"{argument} must be a dictionary, got {each!r}")
        _check_toleration(argument, each)
    return [dict(each) for each in given] if given else None


def _check_toleration(argument: str, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if name not in _TOLERATION:
            raise InvalidArgumentError(f"{argument} has {', '.join(_TOLERATION)}, got {name!r}")
        kind, choices = _TOLERATION[name]
        if not isinstance(value, kind) or isinstance(value, bool) or (choices and value not in choices):
            rule = " or ".join(choices) or ("a text" if kind is str else "a whole number")
            raise InvalidArgumentError(f"{argument}[{name!r}] must be {rule}, got {value!r}")
    if given.get("key"):
        _check_qualified_name(argument, given["key"])
    elif given.get("operator") != "Exists":
        raise InvalidArgumentError(f"{argument} without a key needs the operator 'Exists'")
    if given.get("operator") == "Exists" and given.get("value"):
        raise InvalidArgumentError(f"{argument} has the operator 'Exists', which takes no value")
    if "tolerationSeconds" in given and given.get("effect") != "NoExecute":
        raise InvalidArgumentError(f"{argument} has tolerationSeconds, which needs the effect 'NoExecute'")


def _matching(argument: str, value: str | None, pattern: re.Pattern[str], rule: str) -> str | None:
    checked = checked_text(argument, value)
    if checked is not None and not pattern.fullmatch(checked):
        raise InvalidArgumentError(f"{argument} must have {rule}, got {checked!r}")
    return checked


def _check_qualified_name(argument: str, name: str) -> None:
    """Check a name that may have a prefix: `nvidia.com/gpu`."""
    check_text(f"a name in {argument}", name)
    prefix, slash, own = name.rpartition("/")
    if not _NAME_PART.fullmatch(own) or (slash and not _SUBDOMAIN.fullmatch(prefix)):
        raise InvalidArgumentError(
            f"a name in {argument} must have at most 63 letters, digits, '-', '_' and '.', after an optional "
            f"prefix such as example.org/, got {name!r}"
        )


def _amount(argument: str, name: str, value: object) -> Decimal:
    """Return a quantity as a number."""
    _check_qualified_name("resources", name)
    match = _QUANTITY.fullmatch(str(value))
    if not isinstance(value, (str, int, float)) or isinstance(value, bool) or match is None:
        raise InvalidArgumentError(
            f"{argument} must be a quantity such as 2, '500m', '2Gi' or '1e3', got {value!r}"
        )
    number, unit = Decimal(match["number"]), match["unit"]
    if unit.endswith("i"):
        number *= Decimal(1024) ** ("KMGTPE".index(unit[0]) + 1)
    elif len(unit) > 1:
        number = number.scaleb(int(unit[1:]))
    elif unit:
        number = number.scaleb(_DECIMAL_UNITS[unit])
    if number < 0:
        raise InvalidArgumentError(f"{argument} must not be negative, got {value!r}")
    if "/" in name and number % 1:
        raise InvalidArgumentError(
            f"{argument} must be a whole number, got {value!r}: devices cannot be divided"
        )
    return number
