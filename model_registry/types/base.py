"""What all things in a registry have in common."""

from __future__ import annotations

import copy
import uuid
from abc import ABC
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError
from typing_extensions import TypeVar

import mr_openapi as contract
from model_registry.exceptions.base import InvalidArgumentError

from . import formatting
from .equality import equal
from .field_errors import invalid_fields
from .limits import problems_of_texts
from .missing import Missing
from .properties import PropertyValue, checked_properties, from_wire, to_wire

if TYPE_CHECKING:
    from typing_extensions import Self

    from mr_openapi import MetadataValue

EnumT = TypeVar("EnumT", bound=Enum)
ReadT = TypeVar("ReadT", bound=BaseModel, default=Any)
CreateT = TypeVar("CreateT", bound=BaseModel, default=Any)
UpdateT = TypeVar("UpdateT", bound=BaseModel, default=Any)

READ_ONLY = frozenset({"id", "create_time_since_epoch", "last_update_time_since_epoch"})
"""Fields that only the registry sets."""

_NOT_IN_TABLES = frozenset({"custom_properties", "create_time_since_epoch", "last_update_time_since_epoch"})
"""Fields that a table shows in another form."""

_INTERNAL = frozenset(
    [
        "received_fields",
        "as_basemodel",
        "changed_fields",
        "copy_read_as",
        "create",
        "create_body",
        "create_under_model",
        "facts",
        "from_artifact",
        "from_basemodel",
        "from_wire",
        "settle",
        "settle_properties",
        "update",
        "update_body",
        "upsert_body",
        "validate_artifact",
        "wrap",
        "writable_fields",
    ]
)
"""Methods that this package calls, which `dir` does not list."""

# The reference server sets these back to their defaults when a PATCH leaves them out; null keeps them.
_KEPT_BY_NULL = ("state", "desired_state")

if TYPE_CHECKING:

    class Properties:
        """The type of `custom_properties`: any mapping can be assigned, and a dictionary is read."""

        def __get__(self, resource: object, owner: object = None) -> dict[str, PropertyValue]: ...
        def __set__(self, resource: object, value: Mapping[str, PropertyValue] | None) -> None: ...

else:
    Properties = Annotated[
        Mapping[str, PropertyValue] | None,
        BeforeValidator(
            lambda given: {} if given is None else checked_properties(given),
            json_schema_input_type=dict[str, Any] | None,
        ),
    ]


class BaseResourceModel(BaseModel, ABC, Generic[ReadT, CreateT, UpdateT]):
    """One thing in a registry.

    Objects remember what the registry last said, so that an update sends only what was changed since.

    Attributes:
        id: The registry's number for it, in decimal; `None` until it is registered.
        description: Free text.
        external_id: Your own id for it, unique among things of its family in one registry.
        create_time_since_epoch: When it was registered, in milliseconds since 1970, as text. Set by the
            registry.
        last_update_time_since_epoch: When it was last changed, likewise.
        custom_properties: Your own values by name: `bool`, `int`, `float`, `str`, `dict` or `list`. It is a
            dictionary, empty if there are none, and can be changed. An update replaces them as a whole.
    """

    model_config = ConfigDict(
        extra="forbid", validate_assignment=True, protected_namespaces=(), hide_input_in_errors=False
    )

    id: str | None = None
    description: str | None = None
    external_id: str | None = None
    create_time_since_epoch: str | None = None
    last_update_time_since_epoch: str | None = None
    custom_properties: Properties = Field(default=None, validate_default=True)

    _containers: ClassVar[tuple[str, ...]] = ("custom_properties",)
    """Fields whose values can change in place."""

    _facts: ClassVar[tuple[str, ...]] = ()
    """Fields that say most, besides name and id."""

    _received: dict[str, object] = PrivateAttr(default_factory=dict)
    """What the registry returned: copies of these fields, and the previous values of fields set since."""

    if not TYPE_CHECKING:  # type checkers take the signature from the fields

        def __class_getitem__(cls, _contract_classes: object) -> type[Self]:
            """Return the class itself: which contract classes belong to it is for type checkers alone."""
            return cls

        def __init__(self, *args: Any, **fields: Any) -> None:
            if args:
                fields = _with_positional_name(type(self), args, fields)
            if fields.get("custom_properties", True) is None:  # not given
                del fields["custom_properties"]
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise invalid_fields(type(self), error) from None

        def __setattr__(self, name: str, value: object) -> None:
            before = self.__dict__.get(name)
            try:
                super().__setattr__(name, value)
            except ValidationError as error:
                raise invalid_fields(type(self), error) from None
            if self._received and name in type(self).model_fields:
                self._received.setdefault(name, before)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and equal(vars(self), vars(other))

    def __repr__(self) -> str:
        facts = {fact: getattr(self, fact) for fact in ("id", *self.facts())}
        name = getattr(self, "name", None)
        return formatting.line(type(self).__name__, None if name is None else str(name), facts)

    def __str__(self) -> str:
        return repr(self)

    def __dir__(self) -> list[str]:
        """Return the names that are for users: not those of pydantic, nor those between our own parts."""
        hidden = (set(dir(BaseModel)) | _INTERNAL) - type(self).model_fields.keys()
        return [name for name in super().__dir__() if name not in hidden or name.startswith("__")]

    def _repr_html_(self) -> str:
        """Return an HTML table for notebooks."""
        fields = {name: getattr(self, name) for name in type(self).model_fields if name not in _NOT_IN_TABLES}
        times = {"create_time": self.create_time, "last_update_time": self.last_update_time}
        return formatting.table_of_resource(type(self).__name__, fields | times, self.custom_properties)

    @classmethod
    def facts(cls) -> tuple[str, ...]:
        """Return the fields that a short text shows, besides name and id."""
        return cls._facts

    @property
    def create_time(self) -> datetime | None:
        """When it was registered, in UTC; `None` until then, and for what is no time."""
        return _utc(self.create_time_since_epoch)

    @property
    def last_update_time(self) -> datetime | None:
        """When it was last changed, in UTC; `None` until it is registered."""
        return _utc(self.last_update_time_since_epoch)

    @classmethod
    def from_basemodel(cls, source: ReadT) -> Self:
        """Build the friendly object from the contract's, as a registry returned it."""
        received = source.__dict__
        values = {
            name: default if (value := received.get(_contract_name(name))) is None else value
            for name, default in _defaults(cls).items()
        }
        properties: Mapping[str, MetadataValue] = values["custom_properties"] or {}
        values["custom_properties"] = {name: from_wire(value) for name, value in properties.items()}
        return cls._trusted(cls._from_wire(values))

    def changed_fields(self) -> set[str]:
        """Name the fields that were given or changed since the registry returned this object."""
        in_place = {name for name in self._containers if self._changed_in_place(name)}
        return self.model_fields_set | in_place

    def _changed_in_place(self, name: str) -> bool:
        if name in self._received:
            return not equal(getattr(self, name), self._received[name])
        return name == "custom_properties" and not self._received and bool(self.custom_properties)

    def received_fields(self) -> dict[str, Any]:
        """Return what the registry returned in each field, as far as this object remembers it.

        Returns:
            Values by field; none of an object that no registry returned.
        """
        if not self._received:
            return {}
        untouched = type(self).model_fields.keys() - self.model_fields_set
        return {name: getattr(self, name) for name in untouched} | self._received

    def copy_read_as(self, other: Self) -> Self:
        """Return a copy with these values, which counts as read what another object counts as read, too.

        Args:
            other: An object of the same resource, such as an earlier copy.
        """
        result = self.model_copy()
        read = {**self._received, **other._received}  # noqa: SLF001  # another of this class
        result._received = {name: _copied(value) for name, value in read.items()}  # noqa: SLF001
        return result

    def settle(self, written: Mapping[str, object]) -> None:
        """Take its values for what the registry says, because they were written.

        Args:
            written: Fields of which another value was written than it has.
        """
        if not self._received:
            return  # it remembers nothing of a registry
        for name in self.changed_fields() | set(self._containers):
            self._received[name] = written.get(name, _copied(getattr(self, name)))
        object.__setattr__(self, "__pydantic_fields_set__", set())

    def settle_properties(self, written: Mapping[str, object]) -> None:
        """Take single custom properties for what the registry says; `Missing.ABSENT` for none."""
        known = self._received.get("custom_properties")
        if isinstance(known, dict):
            merged = {**cast("dict[str, object]", known), **written}
            self._received["custom_properties"] = {
                key: value for key, value in merged.items() if value is not Missing.ABSENT
            }

    @classmethod
    def writable_fields(cls) -> set[str]:
        """Name the fields that the registry lets one change."""
        known = cls._schema("Update").model_fields.keys()
        return {name for name in cls.model_fields if _contract_name(name) in known}

    @classmethod
    def _trusted(cls, values: dict[str, Any]) -> Self:
        """Build an object from values for all fields without checking them.

        What `model_construct` does, in a third of its time: a page of models is built of these.
        """
        answered = {name: _copied(values[name]) for name in cls._containers}
        result = cls.__new__(cls)
        object.__setattr__(result, "__dict__", values)
        object.__setattr__(result, "__pydantic_fields_set__", set())
        object.__setattr__(result, "__pydantic_extra__", None)
        object.__setattr__(result, "__pydantic_private__", {"_received": answered})
        return result

    @classmethod
    def _schema(cls, suffix: str) -> type[BaseModel]:
        """Get the contract's class of the same name, loaded on first use."""
        schema: type[BaseModel] = getattr(contract, cls.__name__ + suffix)
        return schema

    def create(self, **kwargs: Any) -> CreateT:
        """Build the contract's body that creates it; keyword arguments override fields."""
        body: CreateT = self._built("Create", {**self._create_values(), **kwargs})
        return body

    def _create_values(self) -> dict[str, Any]:
        values = {
            name: value
            for name, value in self._wire_values().items()
            if value not in (None, {}) and name not in READ_ONLY
        }
        # The registry would make a name up too, but one that we cannot look for when its answer is lost.
        return {"name": str(uuid.uuid4()), **values}

    def update(self, **kwargs: Any) -> UpdateT:
        """Build the contract's body with the changed fields; keyword arguments override them."""
        wire_values = self._wire_values()
        writable = self.writable_fields()
        changed = self.changed_fields() & writable
        values: dict[str, Any] = {name: None for name in _KEPT_BY_NULL if name in writable}
        values.update((name, value) for name, value in wire_values.items() if name in changed)
        body: UpdateT = self._built("Update", {**values, **kwargs})
        return body

    def as_basemodel(self) -> ReadT:
        """Build the contract's object with the same values."""
        values = {name: value for name, value in self._wire_values().items() if value not in (None, {})}
        resource: ReadT = self._built("", values)
        return resource

    def _built(self, suffix: str, values: dict[str, Any]) -> Any:  # noqa: ANN401  # each kind has its types
        """Build the contract's object; lists that were changed in place may hold what it refuses."""
        for name, problem in problems_of_texts(values):
            raise InvalidArgumentError(f"{type(self).__name__}.{name} {problem}")
        try:
            return self._schema(suffix)(**values)
        except ValidationError as error:
            raise invalid_fields(type(self), error) from None

    def _wire_values(self) -> dict[str, Any]:
        """Return the fields as the contract's types."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        checked = checked_properties(values["custom_properties"] or {})
        return {**values, "custom_properties": {name: to_wire(value) for name, value in checked.items()}}

    @classmethod
    def _from_wire(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Turn the contract's values into the friendly ones, where a kind has more than custom properties."""
        return values


def known_member(value: EnumT) -> EnumT:
    """Refuse an enum value that the contract does not have: answers may hold new ones, callers may not."""
    if value.name in type(value).__members__:
        return value
    raise ValueError(f"must be one of {', '.join(type(value).__members__)}")


def _contract_name(name: str) -> str:
    """Say how the contract's class calls a field: the generator renames what hides a method of pydantic."""
    return "var_schema" if name == "schema" else name


@cache
def _defaults(cls: type[BaseResourceModel]) -> dict[str, Any]:
    return {
        name: None if field.is_required() or field.default_factory else field.default
        for name, field in cls.model_fields.items()
    }


def _copied(value: Any) -> Any:  # noqa: ANN401  # any field's value
    if not isinstance(value, dict):
        return list(cast("list[str]", value)) if isinstance(value, list) else value
    for inner in cast("dict[str, Any]", value).values():
        if isinstance(inner, (dict, list)):  # few custom properties are structs
            return copy.deepcopy(cast("dict[str, Any]", value))
    return cast("dict[str, Any]", value).copy()


def _with_positional_name(
    cls: type[BaseResourceModel], args: Sequence[Any], fields: dict[str, Any]
) -> dict[str, Any]:
    name = cls.model_fields["name"]
    if not name.is_required() or len(args) > 1:
        allowed = "only the name" if name.is_required() else "no argument"
        raise InvalidArgumentError(f"{cls.__name__} takes {allowed} by position; give the others by keyword")
    if "name" in fields:
        raise InvalidArgumentError(f"{cls.__name__} got its name twice: {args[0]!r} and {fields['name']!r}")
    return {"name": args[0], **fields}


def _utc(milliseconds: str | None) -> datetime | None:
    if not milliseconds:
        return None
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, timezone.utc)
    except (ValueError, OverflowError, OSError):  # no number, or a year beyond 9999
        return None
