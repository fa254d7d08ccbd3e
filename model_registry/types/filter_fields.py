"""`F`: the fields that lists can be filtered by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from typing_extensions import override

from .filters import (
    DoubleField,
    Filter,
    IntegerField,
    MetricField,
    OrderedField,
    PatternField,
    PropertyField,
    TextField,
    TimeField,
)


class ValueField(OrderedField[str | float], PatternField):
    """The value of a metric, which is a number, or of a parameter, which the registry stores as text."""

    @override
    def compared(self, sign: str, value: object) -> Filter:
        if isinstance(value, str):
            return self._text_of_parameter.compared(sign, value)
        return DoubleField(self._text).compared(sign, value)

    @override
    def matched(self, sign: str, pattern: str) -> Filter:
        return self._text_of_parameter.matched(sign, pattern)

    @property
    def _text_of_parameter(self) -> TextField:
        return TextField(f"{self._text}.string_value", has_lists=False)


class Fields:
    r"""The fields that lists can be filtered by; `F` is the one to use.

    Resources without a value in a field never match. `F.property(name)` is a custom property.

    Example:
        >>> from model_registry import F
        >>> print(F.name.startswith("fraud_") & (F.property("accuracy") >= 1))
        name LIKE 'fraud\\_%' AND accuracy >= 1
        >>> print(F.state.in_(["LIVE", "REFERENCE"]))
        state = 'LIVE' OR state = 'REFERENCE'
        >>> print(F.property("top-1 accuracy") == 0.5)
        `top-1 accuracy` = 0.5
    """

    # Of all resources.
    id = IntegerField("id")
    name = TextField("name", has_lists=False)
    description = TextField("description")
    external_id = TextField("externalId")
    created = TimeField("createTimeSinceEpoch")
    updated = TimeField("lastUpdateTimeSinceEpoch")

    # Of models, versions and artifacts.
    state = TextField("state", has_lists=False)

    # Of models.
    owner = TextField("owner")
    readme = TextField("readme")
    maturity = TextField("maturity")
    provider = TextField("provider")
    license = TextField("license")
    license_link = TextField("license_link")
    library_name = TextField("library_name")

    # Of versions.
    author = TextField("author")
    model_id = IntegerField("registeredModelId")

    # Of artifacts.
    uri = TextField("uri")
    model_format_name = TextField("modelFormatName")
    model_format_version = TextField("modelFormatVersion")
    storage_key = TextField("storageKey")
    storage_path = TextField("storagePath")
    service_account_name = TextField("serviceAccountName")
    model_source_kind = TextField("modelSourceKind")
    model_source_class = TextField("modelSourceClass")
    model_source_group = TextField("modelSourceGroup")
    model_source_id = TextField("modelSourceId")
    model_source_name = TextField("modelSourceName")
    digest = TextField("digest")
    source_type = TextField("sourceType")
    source = TextField("source")
    profile = TextField("profile")
    value = ValueField("value")
    step = IntegerField("step")
    timestamp = TimeField("timestamp.string_value", "'{}'")
    parameter_type = TextField("parameterType")

    # Of inference services.
    runtime = TextField("runtime")
    desired_state = TextField("desiredState")
    last_known_state = TextField("lastKnownState")
    environment_id = IntegerField("servingEnvironmentId")
    version_id = IntegerField("modelVersionId")

    def property(self, name: str) -> PropertyField:
        """Return a custom property to filter by.

        Args:
            name: Its name, with any characters. Where the listed resources also have a field of that name,
                such as `owner`, the registry compares the field as well.

        Returns:
            The property, to be compared with a value.

        Raises:
            InvalidArgumentError: `name` is not a text of at least one character.
        """
        return PropertyField(name)

    def metric(self, name: str) -> MetricField:
        """Return a metric, to order versions by.

        Args:
            name: Its name.

        Returns:
            The metric, for `order_by` of `list_versions` and for `best`.

        Raises:
            InvalidArgumentError: `name` is not a text of at least one character.
        """
        return MetricField(name)

    if not TYPE_CHECKING:  # type checkers report this by themselves

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"F has no field {name!r}; for a custom property write F.property({name!r})")

    def __repr__(self) -> str:
        return "F"


F = Fields()
"""The fields that lists can be filtered by."""
