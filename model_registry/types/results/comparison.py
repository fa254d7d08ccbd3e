"""What two versions have in common, and what not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from model_registry.types import formatting
from model_registry.types.diff import IDENTITY, values_of
from model_registry.types.equality import equal
from model_registry.types.formatting import content_of, plain, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from model_registry.types.artifacts import Artifact

NOT_COMPARED = IDENTITY | {"name", "external_id", "registered_model_id", "timestamp"}
"""Fields that differ between any two versions or artifacts."""


class Sides(NamedTuple):
    """The values of both sides."""

    left: Any
    right: Any


@dataclass(frozen=True)
class Differences:
    """How values by name differ.

    Attributes:
        only_left: What the left side alone has.
        only_right: What the right side alone has.
        changed: What both have, with different values.
    """

    only_left: Mapping[str, Any] = field(default_factory=dict[str, Any])
    only_right: Mapping[str, Any] = field(default_factory=dict[str, Any])
    changed: Mapping[str, Sides] = field(default_factory=dict[str, Sides])

    def __bool__(self) -> bool:
        return bool(self.only_left or self.only_right or self.changed)

    def __iter__(self) -> Iterator[tuple[str, Sides]]:
        """Return each name with the values of both sides, `None` where one has none."""
        for name in dict.fromkeys([*self.only_left, *self.changed, *self.only_right]):
            yield name, self.changed.get(name) or Sides(self.only_left.get(name), self.only_right.get(name))

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with a row for each value that differs."""
        rows = [row for name, sides in self for row in _rows(name, sides)]
        return formatting.table(("name", "left", "right"), rows)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "only_left": plain(self.only_left),
            "only_right": plain(self.only_right),
            "changed": {
                name: {"left": plain(sides.left), "right": plain(sides.right)}
                for name, sides in self.changed.items()
            },
        }


@dataclass(frozen=True)
class ArtifactDifferences:
    """How the artifacts of two versions differ, by kind and name, such as `Metric accuracy`.

    Attributes:
        only_left: Artifacts that the left version alone has.
        only_right: Artifacts that the right version alone has.
        changed: How those differ that both have; custom properties are `custom_properties.…`.
    """

    only_left: Mapping[str, Artifact] = field(default_factory=dict[str, "Artifact"])
    only_right: Mapping[str, Artifact] = field(default_factory=dict[str, "Artifact"])
    changed: Mapping[str, Differences] = field(default_factory=dict[str, Differences])

    def __bool__(self) -> bool:
        return bool(self.only_left or self.only_right or self.changed)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "only_left": {name: _flat(each) for name, each in self.only_left.items()},
            "only_right": {name: _flat(each) for name, each in self.only_right.items()},
            "changed": {name: each.to_dict() for name, each in self.changed.items()},
        }


@dataclass(frozen=True)
class Comparison:
    """How two versions differ. Ids, names and times, which always do, are not compared.

    `print` shows it like a difference between two texts.

    Attributes:
        left: Model and name of one version, such as `fraud/1.0`.
        right: Model and name of the other.
        fields: How their fields differ.
        properties: How their custom properties differ.
        artifacts: How their artifacts differ.

    Example:
        >>> from model_registry.types import Comparison
        >>> from model_registry.types.results.comparison import Differences, Sides
        >>> properties = Differences(changed={"accuracy": Sides(0.9, 0.94)})
        >>> print(Comparison("fraud/1.0", "fraud/2.0", properties=properties))
        --- fraud/1.0
        +++ fraud/2.0
        - custom_properties.accuracy: 0.9
        + custom_properties.accuracy: 0.94
    """

    left: str
    right: str
    fields: Differences = field(default_factory=Differences)
    properties: Differences = field(default_factory=Differences)
    artifacts: ArtifactDifferences = field(default_factory=ArtifactDifferences)

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.fields or self.properties or self.artifacts)

    def __repr__(self) -> str:
        artifacts = self.artifacts
        counts = {
            "fields": len(list(self.fields)),
            "properties": len(list(self.properties)),
            "artifacts": len(artifacts.only_left) + len(artifacts.only_right) + len(artifacts.changed),
        }
        shown = ", ".join(f"{what} {count}" for what, count in counts.items() if count)
        return f"Comparison({self.left} and {self.right}: {shown or 'no difference'})"

    def __str__(self) -> str:
        lines = [f"--- {self.left}", f"+++ {self.right}"]
        for name, sides in self._values():
            lines += _lines(name, sides)
        lines += [f"- {name}" for name in self.artifacts.only_left]
        for artifact, differences in self.artifacts.changed.items():
            lines.append(f"  {artifact}")
            for name, sides in differences:
                lines += _lines(f"    {name}", sides)
        lines += [f"+ {name}" for name in self.artifacts.only_right]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with a row for each difference."""
        rows: list[tuple[object, ...]] = [row for name, sides in self._values() for row in _rows(name, sides)]
        rows += [(name, content_of(each), None) for name, each in self.artifacts.only_left.items()]
        for artifact, differences in self.artifacts.changed.items():
            for name, sides in differences:
                rows += _rows(artifact if name == "value" else f"{artifact}: {name}", sides)
        rows += [(name, None, content_of(each)) for name, each in self.artifacts.only_right.items()]
        return formatting.table(("field", self.left, self.right), rows)

    def _values(self) -> Iterator[tuple[str, Sides]]:
        yield from self.fields
        for name, sides in self.properties:
            yield f"custom_properties.{name}", sides

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "left": self.left,
            "right": self.right,
            "is_same": self.is_same,
            "fields": self.fields.to_dict(),
            "properties": self.properties.to_dict(),
            "artifacts": self.artifacts.to_dict(),
        }


def _rows(name: str, sides: Sides) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a difference: one for each key that differs in two dictionaries."""
    if not (isinstance(sides.left, Mapping) and isinstance(sides.right, Mapping)):
        yield (name, *sides)
        return
    left, right = (cast("Mapping[str, object]", side) for side in sides)
    for key in dict.fromkeys([*left, *right]):
        if not equal(left.get(key), right.get(key)):
            yield from _rows(f"{name}[{key!r}]", Sides(left.get(key), right.get(key)))


def _lines(name: str, sides: Sides) -> list[str]:
    signed = zip("-+", sides, strict=True)
    return [f"{sign} {name}: {short(value)}" for sign, value in signed if value is not None]


def _flat(artifact: Artifact) -> dict[str, Any]:
    """Return the values of an artifact by name; custom properties are `custom_properties.…`."""
    return {path.dotted: plain(value) for path, value in values_of(artifact, NOT_COMPARED).items()}
