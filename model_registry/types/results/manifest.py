"""A manifest for Kubernetes, as a dictionary and as YAML."""

from __future__ import annotations

import copy
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_registry.types.formatting import HTMLTable

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Manifest(HTMLTable):
    """A manifest for Kubernetes. `print` shows it as YAML.

    Attributes:
        content: The manifest in JSON types.

    Example:
        >>> from model_registry.types import Manifest
        >>> print(Manifest({"kind": "InferenceService", "metadata": {"name": "fraud"}}))
        kind: InferenceService
        metadata:
          name: fraud
    """

    content: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return a copy of it as a dictionary."""
        return copy.deepcopy(dict(self.content))

    def to_yaml(self) -> str:
        """Return it as a YAML document."""
        from model_registry.types.yaml_text import to_yaml

        return to_yaml(self.content)

    def _repr_html_(self) -> str:
        """Return its YAML for notebooks."""
        return f'<pre style="font-family: monospace">{html.escape(self.to_yaml())}</pre>'

    def __str__(self) -> str:
        return self.to_yaml().rstrip("\n")

    def __repr__(self) -> str:
        return f"Manifest({self.content.get('kind')} {self.content.get('metadata', {}).get('name')})"
