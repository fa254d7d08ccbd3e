"""Locations on the Hugging Face Hub: the URIs `hf://…`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from model_registry.exceptions import InvalidArgumentError
from model_registry.storage.schemes import redact

_KINDS = {"datasets": "dataset", "spaces": "space", "models": "model"}
_REVISION = re.compile(r"(?P<repo>[^@/]+(?:/[^@/]+)?)@(?P<revision>refs/[^/]+/[^/]+|[^/]*)(?:/(?P<path>.*))?")


@dataclass(frozen=True)
class HubLocation:
    """What a URI `hf://[namespace/]repo[@revision][/path]` names.

    A repository without a namespace is written with its revision (`hf://gpt2@main/config.json`) when a path
    follows. `datasets/` or `spaces/` before the namespace names one of those.

    Attributes:
        repo: The repository, with its namespace.
        revision: Branch, tag or commit; `main` when the URI names none.
        path: File or folder in it; "" for all of it.
        kind: `model`, `dataset` or `space`.
    """

    repo: str
    revision: str = "main"
    path: str = ""
    kind: str = "model"

    @classmethod
    def of(cls, uri: str) -> HubLocation:
        """Read a URI.

        Raises:
            InvalidArgumentError: It is none of this form.

        Example:
            >>> from model_registry.storage.hf.location import HubLocation
            >>> HubLocation.of("hf://acme/fraud@v1/onnx/model.onnx")
            HubLocation(repo='acme/fraud', revision='v1', path='onnx/model.onnx', kind='model')
        """
        scheme, separator, rest = uri.partition("://")
        kind, _, below = rest.partition("/")
        typed = kind in _KINDS and bool(below)
        if typed:
            rest = below
        match = _REVISION.fullmatch(rest)
        if match:
            repo, revision, path = match["repo"], unquote(match["revision"]), match["path"] or ""
        else:
            namespace, _, below = rest.partition("/")
            name, _, path = below.partition("/")
            repo, revision = (f"{namespace}/{name}" if name else namespace), "main"
        path = unquote(path).strip("/")
        if scheme.lower() != "hf" or not separator or not repo or not revision or repo.count("/") > 1:
            raise InvalidArgumentError(
                f"{redact(uri)} names no repository: write hf://NAMESPACE/REPO[@REVISION][/PATH]"
            )
        if any(part in ("", ".", "..") for part in path.split("/") if path):
            raise InvalidArgumentError(f"{redact(uri)} holds a path with empty parts or dots")
        return cls(unquote(repo), revision, path, _KINDS[kind] if typed else "model")

    def __str__(self) -> str:
        kind = "" if self.kind == "model" else f"{self.kind}s/"
        path = f"/{quote(self.path)}" if self.path else ""
        return f"hf://{kind}{self.repo}@{quote(self.revision, safe='')}{path}"
