"""`F`: the fields that lists can be filtered by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from typing_extensions import override

from .filters import DoubleField, Filter, IntegerField, PropertyField, TextField, TimeField

if TYPE_CHECKING:
    from collections.abc import Iterable


class ValueField(DoubleField):
    """The value of a metric, which is a number, or of a parameter, which the registry keeps as text."""

    @override
    def compared(self, sign: str, value: object) -> Filter:
        if isinstance(value, str):
            return self._text_of_parameter.compared(sign, value)
        return super().compared(sign, value)

    def __lt__(self, value: str | float) -> Filter:
        return self.compared("<", value)

    def __le__(self, value: str | float) -> Filter:
        return self.compared("<=", value)

    def __gt__(self, value: str | float) -> Filter:
        return self.compared(">", value)

    def __ge__(self, value: str | float) -> Filter:
        return self.compared(">=", value)

    def in_(self, choices: Iterable[str | float]) -> Filter:
        """Be one of several values."""
        return self._one_of(choices)

    def like(self, pattern: str) -> Filter:
        """Fit a pattern, as the value of a parameter can."""
        return self._text_of_parameter.like(pattern)

    @property
    def _text_of_parameter(self) -> TextField:
        return TextField(f"{self._text}.string_value", has_lists=False)


class Fields:
    r"""The fields that lists can be filtered by; `F` is the one to use.

    A field that things of a list do not have finds none of them. Custom properties are `F.property(name)`.

    Example:
        >>> from model_registry import F
        >>> print(F.name.startswith("fraud_") & (F.property("accuracy") >= 1))
        name LIKE 'fraud\\_%' AND accuracy >= 1
        >>> print(F.state.in_(["LIVE", "REFERENCE"]))
        state = 'LIVE' OR state = 'REFERENCE'
        >>> print(F.property("top-1 accuracy") == 0.5)
        `top-1 accuracy` = 0.5
    """

    # Of everything.
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

    # Of what is served.
    runtime = TextField("runtime")
    desired_state = TextField("desiredState")
    environment_id = IntegerField("servingEnvironmentId")
    version_id = IntegerField("modelVersionId")

    def property(self, name: str) -> PropertyField:
        """Name a custom property.

        Args:
            name: Its name, whatever characters it has. Where the list's things have a field of that name,
                such as `owner`, that is looked at as well.

        Returns:
            What can be compared.

        Raises:
            InvalidArgumentError: It is no name.
        """
        return PropertyField(name)

    if not TYPE_CHECKING:  # type checkers see that there is no such thing

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"F has no field {name!r}; for a custom property write F.property({name!r})")

    def __repr__(self) -> str:
        return "F"


F = Fields()
"""The fields that lists can be filtered by."""
