"""Check the files of an upload as release 0.3 does: what does not exist is an invalid argument."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    import os


def check_exists(argument: str, path: str | os.PathLike[str]) -> None:
    """Check that there is a file or folder to upload.

    Args:
        argument: Name of the argument, for the message.
        path: The file or folder.

    Raises:
        InvalidArgumentError: There is none.
    """
    if not Path(path).exists():
        raise InvalidArgumentError(f"{argument}: there is no file or folder {str(path)!r}")
