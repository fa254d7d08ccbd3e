"""Locations on the Hugging Face Hub: URIs of the form `hf://…`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from model_registry.exceptions import InvalidArgumentError
from model_registry.storage.schemes import redact

_KINDS = {"datasets": "dataset", "spaces": "space", "models": "model"}
_NAME = r"(?![.-])[A-Za-z0-9._-]{1,96}(?<![.-])"
_REPO = re.compile(rf"(?!.*(?:--|\.\.))(?:{_NAME}/)?{_NAME}")
_REVISION = re.compile(
    r"(?P<repo>[^@:/]+(?:/[^@:/]+)?)[@:](?P<revision>refs/[^/]+/[^/]+|[^/]*)(?:/(?P<path>.*))?"
)


@dataclass(frozen=True)
class HubLocation:
    """The parts of a URI `hf://[namespace/]repo[@revision][/path]`.

    A repository without a namespace needs a revision if a path follows: `hf://gpt2@main/config.json`.
    `datasets/` or `spaces/` before the namespace selects that kind of repository. A colon means the same as
    the `@`: KServe writes it so.

    Attributes:
        repo: Name of the repository, with its namespace.
        revision: Branch, tag or commit; `main` by default.
        path: File or folder in the repository; "" for the whole repository.
        kind: `model`, `dataset` or `space`.
    """

    repo: str
    revision: str = "main"
    path: str = ""
    kind: str = "model"

    @classmethod
    def of(cls, uri: str) -> HubLocation:
        """Parse a URI.

        Raises:
            InvalidArgumentError: The URI does not have this form.

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
        path, repo = unquote(path).strip("/"), unquote(repo)
        if scheme.lower() != "hf" or not separator or not _REPO.fullmatch(repo) or not revision:
            raise InvalidArgumentError(
                f"{redact(uri)} names no repository. Write hf://NAMESPACE/REPO[@REVISION][/PATH]"
            )
        if any(part in ("", ".", "..") for part in path.split("/") if path):
            raise InvalidArgumentError(f"{redact(uri)} has a path with an empty, '.' or '..' part")
        return cls(repo, revision, path, _KINDS[kind] if typed else "model")

    def __str__(self) -> str:
        kind = "" if self.kind == "model" else f"{self.kind}s/"
        path = f"/{quote(self.path)}" if self.path else ""
        return f"hf://{kind}{self.repo}@{quote(self.revision, safe='')}{path}"
