"""Translate the errors of the library for object storage."""

from __future__ import annotations

import re

from model_registry.exceptions import StorageAccessError, StorageError, StorageNotFoundError

_CODE = re.compile(r"<Code>([A-Za-z0-9_.-]{1,80})</Code>")
_STATUS = re.compile(r"status code: (\d{3})|status: (\d{3})")
_REGION = re.compile(r"<Region>([a-z0-9-]{1,40})</Region>")

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"})
_WRONG = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidToken",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "AuthenticationFailed",
        "InvalidSecurity",
    }
)
_NO_BUCKET = frozenset({"NoSuchBucket", "ContainerNotFound"})
_ELSEWHERE = frozenset(
    {"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IncorrectEndpoint"}
)
_FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge"})


def failure(error: Exception, display: str, done: str, key: str | None) -> StorageError:
    """Return our error for one of the library, without the secrets that its text may contain.

    Args:
        error: The error of the library.
        display: The URI, for messages.
        done: The failed action, such as `"uploaded"`.
        key: Key of the object; `None` for the whole URI.
    """
    text = str(error)
    match = _CODE.search(text)
    code = match[1] if match else ""
    found = _STATUS.search(text)
    status = int(found[1] or found[2]) if found else None
    what = f"{display} could not be {done}" + (f" (object {key!r})" if key else "")
    hint = code or (f"HTTP {status}" if status else "")
    if "token request" in text:
        return StorageAccessError(
            f"{what}: this machine has no credentials, and the cloud's metadata service returned none. Set "
            "credentials, or run on a machine of that cloud."
        )
    return (
        _denied(code, status, what, hint)
        or _missing(error, code, status, display, what)
        or _misplaced(text, code, status, what)
        or _failed(error, text, code, status, what)
    )


def _denied(code: str, status: int | None, what: str, hint: str) -> StorageError | None:
    if code in _EXPIRED:
        return StorageAccessError(
            f"{what}: the credentials have expired ({code}). Get new ones and try again. Complete files "
            "are not transferred again."
        )
    if code == "RequestTimeTooSkewed":
        return StorageAccessError(f"{what}: the clock of this machine is wrong ({code}). Correct it.")
    if code in _WRONG or status == 401:
        return StorageAccessError(
            f"{what}: the store refuses the credentials ({hint}). Check that key and secret belong to this "
            "store."
        )
    if status == 403 and code not in _ELSEWHERE:
        return StorageAccessError(
            f"{what}: the store denies access ({hint}). Check that the credentials belong to this store and "
            "may read, write and list in this bucket."
        )
    return None


def _missing(error: Exception, code: str, status: int | None, display: str, what: str) -> StorageError | None:
    if code in _NO_BUCKET:
        return StorageNotFoundError(
            f"There is no bucket for {display} ({code}). Check its name and the endpoint. "
            "Buckets are not created automatically."
        )
    if isinstance(error, FileNotFoundError) or status == 404:
        return StorageNotFoundError(f"{what}: there is no such object or bucket.")
    if status == 412 or type(error).__name__ == "PreconditionError":
        return StorageError(f"{what}: it changed meanwhile. Try again.")
    return None


def _misplaced(text: str, code: str, status: int | None, what: str) -> StorageError | None:
    if code not in _ELSEWHERE and status not in (301, 307, 308) and "BareRedirect" not in text:
        return None
    region = _REGION.search(text)
    where = f"region {region[1]}" if region else "another region or at another endpoint"
    return StorageError(
        f"{what}: the bucket is in {where}. Give its region with region=, with defaultRegion= in "
        "the URI, or with AWS_REGION."
    )


def _failed(error: Exception, text: str, code: str, status: int | None, what: str) -> StorageError:
    if code in _FULL or status == 507:
        return StorageError(f"{what}: the store has no space for it ({code or status}).")
    if status in (408, 429) or (status or 0) >= 500 or code == "SlowDown":
        return StorageError(
            f"{what}: the store is too busy or failed, even after several attempts "
            f"({code or f'HTTP {status}'}). Try again later."
        )
    if status is not None:
        return StorageError(
            f"{what}: the store refuses the request ({code or f'HTTP {status}'}). Check that the endpoint "
            "is the service, not its web console."
        )
    if isinstance(error, ValueError) or "InvalidPath" in type(error).__name__:
        return StorageError(
            f"{what}: a key has an empty, '.' or '..' part or a control character, which no path can have."
        )
    if reason := _reason(text):
        return StorageError(f"{what}: {reason}")
    return StorageError(
        f"{what}: the response is not from this kind of store. Check that the endpoint is the service, "
        "not its web console."
    )


def _reason(text: str) -> str | None:
    """Return why there was no response."""
    for words, meaning in _NO_RESPONSE:
        if re.search(words, text, re.IGNORECASE):
            return meaning
    return None


_NO_RESPONSE = (
    (
        r"certificate|UnknownIssuer|invalid peer",
        "its certificate is not trusted. If a private authority issued it, give ca= or set AWS_CA_BUNDLE.",
    ),
    (
        r"dns error|failed to lookup",
        "the host name of the endpoint cannot be resolved. Check the name and the network.",
    ),
    (
        r"connection refused",
        "no server listens at the endpoint (connection refused). Check the address and its port.",
    ),
    (
        r"TimedOut|timed out|kind: Timeout",
        "it did not respond in time. Check the endpoint, or try again.",
    ),
    (
        r"InvalidContentType|corrupt message|wrong version",
        "it does not speak TLS there. Use http:// in the endpoint, or another port.",
    ),
    (
        r"error sending request|connection (closed|reset)|broken pipe|error decoding response body|"
        r"incompletemessage|unexpected eof|end of file|request or response body",
        "the connection broke in every attempt. Try again: a download continues where it stopped.",
    ),
)
