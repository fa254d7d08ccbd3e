"""What a download returns: where the files are, and what was verified of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

    _Path = Path
else:
    _Path = type(Path())  # before Python 3.12 only the class of the platform has subclasses


@dataclass(frozen=True)
class Verified:
    """What a download verified.

    Attributes:
        digests: Whether the files have the digest that was recorded at registration.
        signature: How the verified signature was made: `key`, `certificate` or `sigstore`; `None` if
            no signature was checked.
    """

    digests: bool = False
    signature: str | None = None

    def __str__(self) -> str:
        done = ["digests"] if self.digests else []
        done += [f"signature ({self.signature})"] if self.signature else []
        return " and ".join(done) or "nothing"


class DownloadedPath(_Path):
    """The path of a downloaded file or folder.

    Attributes:
        verified: What was verified of it.

    Example:
        >>> from model_registry.types import DownloadedPath, Verified
        >>> path = DownloadedPath.of("models/fraud", Verified(digests=True, signature="key"))
        >>> str(path.verified)
        'digests and signature (key)'
    """

    verified: Verified = Verified()

    @classmethod
    def of(cls, path: str | Path, verified: Verified) -> Self:
        """Return a path with what was verified of it."""
        self = cls(path)
        self.verified = verified
        return self

    def with_segments(self, *segments: str | Path) -> Path:
        """Return a plain path: a path that is derived from this one is not what was verified."""
        return Path(*segments)
