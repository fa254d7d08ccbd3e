"""What the errors of the library for object storage mean."""

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


def failure(error: Exception, shown: str, done: str, key: str | None) -> StorageError:
    """Make an error of ours from one of the library's, without what may be secret in its text.

    Args:
        error: What was raised.
        shown: The URI, for messages.
        done: What was to be done, such as `"uploaded"`.
        key: Object that it was about; `None` for the whole of the URI.
    """
    text = str(error)
    match = _CODE.search(text)
    code = match[1] if match else ""
    found = _STATUS.search(text)
    status = int(found[1] or found[2]) if found else None
    what = f"{shown} could not be {done}" + (f" (object {key!r})" if key else "")
    hint = code or (f"HTTP {status}" if status else "")
    if "token request" in text:
        return StorageAccessError(
            f"{what}: no credentials are set on this machine, and none came from the service that clouds "
            "have for that. Is this machine in that cloud? Else set them."
        )
    return (
        _denied(code, status, what, hint)
        or _missing(error, code, status, shown, what)
        or _misplaced(text, code, status, what)
        or _failed(error, text, code, status, what)
    )


def _denied(code: str, status: int | None, what: str, hint: str) -> StorageError | None:
    if code in _EXPIRED:
        return StorageAccessError(
            f"{what}: the credentials have expired ({code}). Get new ones and try again: what is complete is "
            "kept."
        )
    if code == "RequestTimeTooSkewed":
        return StorageAccessError(f"{what}: the clock of this machine is wrong ({code}). Set it.")
    if code in _WRONG or status == 401:
        return StorageAccessError(
            f"{what}: the store does not accept the credentials ({hint}). Are key and secret right, and of "
            "this store?"
        )
    if status == 403 and code not in _ELSEWHERE:
        return StorageAccessError(
            f"{what}: the store does not permit it ({hint}). Do the credentials belong to this store, and do "
            "they have the right to read, write and list in this bucket?"
        )
    return None


def _missing(error: Exception, code: str, status: int | None, shown: str, what: str) -> StorageError | None:
    if code in _NO_BUCKET:
        return StorageNotFoundError(
            f"There is no bucket for {shown} ({code}). Check its name and the endpoint; it is not made here."
        )
    if isinstance(error, FileNotFoundError) or status == 404:
        return StorageNotFoundError(f"{what}: there is no such object or bucket.")
    if status == 412 or type(error).__name__ == "PreconditionError":
        return StorageError(f"{what}: it was changed meanwhile. Try again.")
    return None


def _misplaced(text: str, code: str, status: int | None, what: str) -> StorageError | None:
    if code not in _ELSEWHERE and status not in (301, 307, 308) and "BareRedirect" not in text:
        return None
    region = _REGION.search(text)
    where = f"region {region[1]}" if region else "another region or at another endpoint"
    return StorageError(
        f"{what}: the bucket is in {where}. Name its region: region=, defaultRegion= in the URI, "
        "or AWS_REGION."
    )


def _failed(error: Exception, text: str, code: str, status: int | None, what: str) -> StorageError:
    if code in _FULL or status == 507:
        return StorageError(f"{what}: the store has no room for it ({code or status}).")
    if status in (408, 429) or (status or 0) >= 500 or code == "SlowDown":
        return StorageError(
            f"{what}: the store is too busy or failed, also after further attempts "
            f"({code or f'HTTP {status}'}). Try again later."
        )
    if status is not None:
        return StorageError(
            f"{what}: the store refuses the request ({code or f'HTTP {status}'}). Is the endpoint that of "
            "the service, and not of its web page?"
        )
    if isinstance(error, ValueError) or "InvalidPath" in type(error).__name__:
        return StorageError(
            f"{what}: a key has an empty, '.' or '..' part or a control character, which no path can have."
        )
    if reason := _reason(text):
        return StorageError(f"{what}: {reason}")
    return StorageError(
        f"{what}: the answer is not one of this kind of store. Is the endpoint right, and the address of the "
        "service itself?"
    )


def _reason(text: str) -> str | None:
    """Say why there was no answer."""
    for words, meaning in _NO_ANSWER:
        if re.search(words, text, re.IGNORECASE):
            return meaning
    return None


_NO_ANSWER = (
    (
        r"certificate|UnknownIssuer|invalid peer",
        "its certificate is not trusted. If a private authority issued it, give ca= or set AWS_CA_BUNDLE.",
    ),
    (
        r"dns error|failed to lookup",
        "the name of the endpoint is not known. Is it right, and this machine online?",
    ),
    (
        r"connection refused",
        "nobody listens at the endpoint (connection refused). Is it right, and its port?",
    ),
    (
        r"TimedOut|timed out|kind: Timeout",
        "it did not answer in time. Is the endpoint right? If so, try again.",
    ),
    (
        r"InvalidContentType|corrupt message|wrong version",
        "it does not speak TLS there. Use http:// in the endpoint, or another port.",
    ),
    (
        r"error sending request|connection (closed|reset)|broken pipe|error decoding response body|"
        r"incompletemessage|unexpected eof|end of file|request or response body",
        "the connection broke, also in further attempts. Try again: a download goes on where it stopped.",
    ),
)
