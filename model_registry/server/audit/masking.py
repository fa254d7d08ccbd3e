"""Changes without secrets, and with long texts cut."""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

from model_registry.types.redaction import redacted_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MASK: Final = "***"
"""Stands for a secret."""

PROPERTY: Final = "customProperties."
"""What the name of a change of a custom property begins with."""

MOST: Final = 1000
"""Maximum length of a stored text, in characters."""

_WINDOW: Final = 5 * MOST
"""How much of a text is searched for secrets: more than is stored, so that no secret is cut in two."""

_LONGEST_NAME: Final = len(PROPERTY) + 255

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_SECRET_WORDS: Final = frozenset(
    {
        *("token", "auth", "oauth", "bearer", "cookie", "cookies", "dsn", "jwt", "sas"),
        *("cred", "creds", "mnemonic", "otp", "pat", "pw", "totp"),
    }
)
# In lower case, and without what separates words. `tokens` and `max_tokens` are numbers of language models.
_SECRET_NAME: Final = re.compile(
    r"passwor|passwd|passphrase|passcode|pwd|secret|credential|authorization|webhook|connectionstr|connstr"
    r"|(access|account|aes|api|auth|client|deploy|encryption|hmac|host|license|master|pass|priv|private|service"
    r"|shared|signing|ssh|storage|subscription|tls)keys?"
    r"|(access|api|auth|bearer|deploy|github|gitlab|hf|personal|refresh|session|user|vault)tokens"
    r"|(admin|db|ftp|ldap|mail|mysql|pg|redis|root|smtp|sql|user)pass$|token$|seedphrase|sessionid|accesssig"
)
_SECRET_TEXT: Final = re.compile(
    r"\b(mrt|hf|api_org|gh[oprsu]|github_pat|[rs]k_live|[rs]k_test|whsec|npm|gsk|r8|sbp|lin_api|do[opr]_v1|dckr_pat"
    r"|shp(at|ca|pa|ss))_[0-9A-Za-z_]{16,}"
    r"|\b(gl(pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)|xox[a-z]|xapp|sk-(lf|ant|or|proj)|GOCSPX|nvapi|pypi|tskey)"
    r"-[\w-]{16,}|\bsk-(?=[a-zA-Z_-]*[0-9])[\w-]{16,}|\b(hv[bs]|ya29|SG)\.[\w.-]{16,}"
    r"|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bdapi[0-9a-f]{32}|\beyJ[\w-]{10,}(\.[\w-]+)*"
    r"|\b[Bb]earer [\w.~+/=-]{16,}|\b[Bb]asic [0-9A-Za-z+/]{16,}=*"
    r"|hooks\.slack\.com/\S+|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*-----)?"
)
_ASSIGNMENT: Final = re.compile(
    r"((?:passwor[dt]|passwd|passphrase|pwd|secret|(?:access|account|api|private|shared)[ _-]?key|token"
    r"|authorization)[\"']?\s{0,9}[:=]\s{0,9}(?:(?:bearer|basic)\s{1,9})?)(?:\"[^\"]*\"|'[^']*'|[^\s;,&]+)",
    re.IGNORECASE,
)
"""A name and its secret in a text, such as `password: secret` or `AccountKey=secret`."""
# Each branch begins with one character, so that `re` skips all others.
_MAY_BE_SECRET_IN_JSON: Final = re.compile(
    r"-[\w.-]{16}|_[\w.-]{16}|\.[\w.-]{16}|\.slack|=|//|\\\\|A[KS]IA|AIza|-----BEGIN"
)
_MAY_BE_SECRET: Final = re.compile(rf"{_MAY_BE_SECRET_IN_JSON.pattern}|:|\\")


def without_secrets(changes: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Return changes with masks in the place of secrets, and long texts cut."""
    values = (
        [_masked(each, is_secret=is_secret_change(name)) for each in both] for name, both in changes.items()
    )
    return dict(zip(_masked_names(changes), values, strict=True))


def text_without_secrets(text: str) -> str:
    """Return a text with masks in the place of secrets, and cut if it is long.

    Example:
        >>> from model_registry.server.audit.masking import text_without_secrets
        >>> text_without_secrets("a copy of https://ann:secret@example.org/m with hf_abcdefghijklmnopqrst")
        'a copy of https://example.org/m with ***'
    """
    found = text
    if len(text) > _WINDOW:
        found = text[:_WINDOW]
        last = found.rsplit(None, 1)[-1] if found.strip() else ""  # it may be part of a secret
        start = found.rindex(last)
        if start > MOST or _may_be_secret(_MAY_BE_SECRET, last):
            found = found[:start] + MASK
    if _may_be_secret(_MAY_BE_SECRET, found):
        found = _ASSIGNMENT.sub(rf"\1{MASK}", redacted_text(_SECRET_TEXT.sub(MASK, found)))
    return found if len(text) <= MOST else f"{found[:MOST]}... ({len(text)} characters)"


def is_harmless(text: str, count: int) -> bool:
    """Return whether the JSON of changes is short and holds no secrets, except for values of secret names.

    Args:
        text: The JSON.
        count: How many changes it holds. Further colons belong to objects, whose names may be secret, or to
            texts such as `password: secret`.
    """
    return len(text) < MOST and text.count(":") == count and not _may_be_secret(_MAY_BE_SECRET_IN_JSON, text)


def is_secret_change(name: str) -> bool:
    """Return whether a change is that of a custom property whose name says that its value is a secret.

    Fields of the contract hold no secrets: `storageKey` is the name of one.
    """
    return name.startswith(PROPERTY) and has_secret_name(name)


def has_secret_name(name: str) -> bool:
    """Return whether a name says that the value is a secret, or is too long to be a name."""
    return len(name) > _LONGEST_NAME or _has_secret_name(name)


@functools.lru_cache(maxsize=1024)
def _has_secret_name(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return not _SECRET_WORDS.isdisjoint(words) or _SECRET_NAME.search("".join(words)) is not None


def _may_be_secret(pattern: re.Pattern[str], text: str) -> bool:
    """Return quickly whether a text may hold a secret."""
    return (
        pattern.search(text) is not None
        or "eyJ" in text  # frequent first letters would slow down the pattern
        or "earer " in text
        or "asic " in text
        or "dapi" in text
    )


def _masked(value: Any, *, is_secret: bool) -> Any:  # noqa: ANN401  # a JSON value
    if value is None or isinstance(value, bool):
        return value
    if is_secret:
        return MASK
    if isinstance(value, str):
        return text_without_secrets(value)
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        values = (_masked(each, is_secret=has_secret_name(name)) for name, each in found.items())
        return dict(zip(_masked_names(found), values, strict=True))
    if isinstance(value, list):
        return [_masked(each, is_secret=False) for each in cast("list[object]", value)]
    return value


def _masked_names(names: Iterable[str]) -> Iterable[str]:
    """Return names without secrets, each one different from the others."""
    used: set[str] = set()
    counts: Counter[str] = Counter()
    for name in names:
        masked = one = text_without_secrets(name)
        while one in used:
            counts[masked] += 1
            one = f"{masked} ({counts[masked]})"
        used.add(one)
        yield one
