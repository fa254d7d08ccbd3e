"""Names of images and artifacts in OCI registries."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model_registry.exceptions import InvalidArgumentError

SCHEME = "oci://"
DOCKER_HUB = "docker.io"

_REGISTRY = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?")
_MOST_PORT = 65535
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


@dataclass(frozen=True)
class ImageReference:
    """Name of an image or artifact, completed the way container runtimes complete it.

    Attributes:
        registry: Host, perhaps with a port.
        repository: Path of the repository in the registry.
        tag: Tag, if any.
        digest: `sha256:…` or `sha512:…` of the manifest, if pinned.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Read `[oci://][registry/]repository[:tag][@digest]`.

        Args:
            text: The name. Without a registry, Docker Hub is used.

        Returns:
            The parts.

        Raises:
            InvalidArgumentError: The text is not such a name.

        Example:
            >>> from model_registry.storage.oci.image_reference import ImageReference
            >>> ImageReference.parse("oci://quay.io/bank/fraud:1.0")
            ImageReference(registry='quay.io', repository='bank/fraud', tag='1.0', digest=None)
            >>> print(ImageReference.parse("busybox"))
            docker.io/library/busybox
        """
        rest, at, digest = text.removeprefix(SCHEME).partition("@")
        if at and not DIGEST.fullmatch(digest):
            # The text around the @ may be a user and a password, so the message omits it.
            raise InvalidArgumentError(
                "an OCI reference is registry/repository[:tag][@digest], and what follows the @ must be "
                "sha256: and 64 hexadecimal digits, or sha512: and 128; user and password are arguments of "
                "their own"
            )
        registry, repository = split_registry(rest)
        repository, colon, tag = repository.partition(":")
        if registry == DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        _check(text, "the registry", registry, _REGISTRY)
        port = registry.rpartition("]")[2].partition(":")[2]
        if port and int(port) > _MOST_PORT:
            raise InvalidArgumentError(f"{text!r} is not an OCI reference: the port cannot be {port}")
        _check(text, "the repository (lower case)", repository, _REPOSITORY)
        if colon:
            _check(text, "the tag", tag, _TAG)
        return cls(registry, repository, tag or None, digest or None)

    @property
    def target(self) -> str:
        """Return the digest, or else the tag, or else `latest`."""
        return self.digest or self.tag or "latest"

    def pinned(self, digest: str) -> ImageReference:
        """Return the reference with the digest of a manifest."""
        return replace(self, digest=digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"


def split_registry(text: str) -> tuple[str, str]:
    """Return the registry, by default Docker Hub, and the rest of a name."""
    if not names_registry(text):
        return DOCKER_HUB, text
    registry, _, rest = text.partition("/")
    return (DOCKER_HUB if registry == "index.docker.io" else registry), rest


def without_tag(text: str) -> str:
    """Return a name without tag and digest."""
    name = text.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(":")[0]


def names_registry(text: str) -> bool:
    """Return whether a name begins with a registry, not with a user of Docker Hub."""
    first, slash, _ = text.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")


def _check(text: str, what: str, part: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(part):
        raise InvalidArgumentError(
            f"{text!r} is not an OCI reference: {what} cannot be {part!r}. "
            "Write registry/repository, optionally with :tag or @sha256:…"
        )
