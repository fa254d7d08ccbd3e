"""Write the file of profiles."""

from __future__ import annotations

import configparser
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from model_registry.connection.settings import SETTING_NAMES, check_settings, profiles, profiles_file
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_profile(name: str, settings: Mapping[str, str]) -> Path:
    """Write a profile; an older one of the name is replaced. Only the user can read the file.

    Args:
        name: Name of the profile.
        settings: Its settings, as the file has them.

    Returns:
        The path of the file.

    Raises:
        InvalidArgumentError: The profile is not valid, or the file cannot be written.
    """
    check_profile(name, settings)
    return _write({**profiles(), name: dict(settings)})


def check_profile(name: str, settings: Mapping[str, str]) -> None:
    """Check the name and the settings of a profile.

    Raises:
        InvalidArgumentError: The name is not valid, there is no such setting, or a value has several lines.
    """
    for setting, value in settings.items():
        if setting not in SETTING_NAMES:
            raise InvalidArgumentError(
                f"there is no setting {setting!r}; a profile may have: {', '.join(SETTING_NAMES)}"
            )
        if not value.isprintable():
            raise InvalidArgumentError(f"the value of {setting} must be one line without control characters")
    if not name.strip() or not name.isprintable() or "]" in name:
        raise InvalidArgumentError(f"a profile cannot be named {name!r}")
    check_settings(name, settings)


def remove_profile(name: str) -> bool:
    """Remove a profile, and return whether there was one."""
    found = profiles()
    if found.pop(name, None) is None:
        return False
    _write(found)
    return True


def _write(sections: Mapping[str, Mapping[str, str]]) -> Path:
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    for name, settings in sections.items():
        parser[name] = dict(settings)
    path = profiles_file()
    if path.exists() and not path.is_file():
        raise InvalidArgumentError(f"{str(path)!r} is no file that can hold profiles")
    path = path.resolve()  # a link stays
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # for the user alone
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            parser.write(file)
        Path(temporary).replace(path)
    except OSError as error:
        raise InvalidArgumentError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    return path
