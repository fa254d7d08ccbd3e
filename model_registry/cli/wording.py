"""What messages of the client say to users of the command: options instead of arguments."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ARGUMENT: Final = re.compile(r"\b(?P<name>[a-z_]+)=(?:'(?P<text>[^']*)'|(?P<word>[A-Za-z]*))")
"""An argument in a message of the client, such as `if_exists='return'`."""

_SUBJECT: Final = re.compile(r"\b(?P<name>[a-z_]+)(?:\['(?P<key>[^']+)'\])?(?= (?:must|is|cannot) )")
"""What a message of the client is about, such as `min_replicas` or `metrics['accuracy']`."""


_QUERY: Final = re.compile(r"(?<=[a-z])\?[\w%=&.+-]+(?=[ :])")
"""The query of a URL in a message: what the command asks for, which the user did not write."""

_INVALID_FILTER: Final = re.compile(
    r"invalid filter query[^:]*: (?:error parsing filter query: (?P<line>\d+):\d+: )?"
    r"(?P<reason>.*?)(?=\. (?:Hint: )?Check that |\. Hint: |: bad request|$)"
)
_COMMON_WORDS: Final = {
    "Give access_key_id and secret_access_key, set AWS_ACCESS_KEY_ID": "Set AWS_ACCESS_KEY_ID",
    "choose a profile with AWS_PROFILE, or read public files with storage.S3Store(anonymous=True)": (
        "or choose a profile with AWS_PROFILE"
    ),
    "give one of name, id, external_id": "give one of NAME, --id and --external-id",
    "give one of version, id, external_id": "give one of REF, --id and --external-id",
    "needs its environment as well": "needs --environment, too",
    "list_artifacts lists the artifacts of a version": "`model-registry artifacts ls` lists them",
    "Give a valid user_token, or set": "Store a valid one with `model-registry login`, or set",
    "give a fresh user_token": "store a fresh one with `model-registry login`",
    "give a user_token that its proxy accepts": (
        "store a token that its proxy accepts with `model-registry login`"
    ),
    "user_token holds characters": "the token holds characters",
    "give a token as user_token": "store a token with `model-registry login`",
    "ca='/path/to/ca.pem' (custom_ca= of ModelRegistry and of secure_connection)": (
        "`model-registry config set ca FILE`, or MODEL_REGISTRY_CA"
    ),
    "given with ca= (custom_ca=)": "of the setting ca",
    " verify=False connects without this check, but then others can read along.": "",
}
"""What messages of the client say to users of the command."""


_FOR_PROFILE: Final = re.compile("model-registry (login|config set ca FILE)(?=`)")
"""Commands that change the profile `default`, unless they name another one."""

_ADDED: Final = re.compile(r"(?:\\n|\n)\) AND \(.*(?=\")")
"""The condition that the client adds to a filter, where a message quotes the rest of it."""

_FILTER_EXAMPLE: Final = "Write it as in \"owner = 'ann' AND accuracy > 0.9\""


def for_user_of_command(
    text: str,
    options: Mapping[str, str],
    words: Mapping[str, str],
    *,
    filter: object,
    profile: str | None,
) -> str:
    """Return a message of the client in the words of a command.

    Args:
        text: The message.
        options: The options of the command by the names of their arguments.
        words: What the command says for words of the client.
        filter: The filter that the user gave, if the command takes one.
        profile: The profile that the user chose, for which commands in the message work.
    """
    refused = _INVALID_FILTER.search(text) if isinstance(filter, str) else None
    if refused is not None:
        return _of_filter(filter, refused)

    def argument(found: re.Match[str]) -> str:
        name = options.get(found["name"])
        if name is None:
            return found[0]
        value = found["text"] if found["text"] is not None else found["word"]
        return name if value in ("True", "None", "") else f"{name} {value}"

    def subject(found: re.Match[str]) -> str:
        name = options.get(found["name"])
        if name is None or not (found["key"] or "_" in found["name"]):
            return found[0]
        return f"{name} {found['key']}" if found["key"] else name

    for word, own in {**_COMMON_WORDS, **words}.items():
        text = text.replace(word, own)
    if profile is not None:
        text = _FOR_PROFILE.sub(lambda found: f"{found[0]} --profile {shlex.quote(profile)}", text)
    return _ARGUMENT.sub(argument, _SUBJECT.sub(subject, _QUERY.sub("", text)))


def _of_filter(given: object, found: re.Match[str]) -> str:
    """Return the message for a filter that the registry refused; the client adds conditions below it."""
    reason = _ADDED.sub("", found["reason"])
    if found["line"] not in (None, "1"):
        reason = reason.replace('unexpected token ")"', "unexpected end")
    return f"the filter {given!r} is not valid: {reason}. {_FILTER_EXAMPLE}"
