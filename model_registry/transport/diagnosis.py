"""What a failed response means, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

import mr_openapi
from model_registry.exceptions import (
    DuplicateError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    RequestError,
    ServerError,
    UnauthenticatedError,
    UnexpectedResponseError,
)
from model_registry.exceptions.base import sentence
from model_registry.transport.retry import seconds_asked
from model_registry.types.redaction import without_secrets

if TYPE_CHECKING:
    from model_registry.transport.backend import Response


class Meaning(NamedTuple):
    """What a response means.

    Attributes:
        kind: The class of error.
        advice: What the user can do.
    """

    kind: type[RequestError]
    advice: str


def failure(response: Response) -> RequestError | None:
    """Return the error of a failed response; `None` for a success."""
    if 200 <= response.status < 300 and not _is_html(response):
        return None
    said = server_message(response)
    kind, advice = _by_text(response) or _by_status(response.status, said)
    return kind(
        f"{response.request.method} {response.url} returned {response.status}: "
        f"{said or beginning(response) or _destination(response) or 'an empty response'}. {advice}",
        method=response.request.method,
        url=response.url,
        status=response.status,
        server_message=said,
        request_id=response.headers.get("x-request-id"),
        retry_after=seconds_asked(response.headers.get("retry-after")),
        body=response.data.decode("utf-8", "replace"),
        headers=response.headers,
    )


def uncertain(error: RequestError) -> RequestError:
    """Add to an error that the request may have been processed."""
    copy = type(error)(f"{sentence(error)} The request may have been processed: check before you repeat it.")
    vars(copy).update(vars(error))
    return copy


def unreadable(response: Response, schema: str, problem: ValidationError) -> UnexpectedResponseError:
    """Return the error for a success whose body does not follow the contract."""
    first = problem.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the body"
    return UnexpectedResponseError(
        f"{response.request.method} {response.url} returned {response.status}, but no {schema}: "
        f"{where}: {first['msg']}; it begins {beginning(response)!r}. Is this the address of a model "
        "registry, and of a version that this client knows?",
        method=response.request.method,
        url=response.url,
        status=response.status,
        request_id=response.headers.get("x-request-id"),
        body=response.data.decode("utf-8", "replace"),
        headers=response.headers,
    )


def is_missing_route(response: Response) -> bool:
    """Check whether the path is unknown, and not only the resource."""
    return response.status == 404 and server_message(response) is None


def server_message(response: Response) -> str | None:
    """Read the message of the contract's `Error`; `None` if the body is something else."""
    try:
        return mr_openapi.Error.model_validate_json(response.data).message
    except ValidationError:
        return None


def beginning(response: Response) -> str:
    """Return the first words of a body, for messages."""
    return " ".join(response.data[:200].decode("utf-8", "replace").split())


_PROXY = "The response comes from a proxy or service mesh in front of the registry: "
_NO_REGISTRY = Meaning(
    UnexpectedResponseError,
    "Is this the address of a model registry (API v1 or v1alpha3): host, port, base path?",
)
_TEXTS: tuple[tuple[str, Meaning], ...] = (
    (
        "rbac: access denied",
        Meaning(ForbiddenError, f"{_PROXY}its authorization policy does not let you in with this token."),
    ),
    ("jwt is expired", Meaning(UnauthenticatedError, "The token has expired: give a fresh user_token.")),
    ("jwt", Meaning(UnauthenticatedError, "The token is not one that this registry's mesh accepts.")),
    ("http request to an https server", Meaning(UnexpectedResponseError, "Use https:// in the address.")),
    ("http request was sent to https port", Meaning(UnexpectedResponseError, "Use https:// in the address.")),
    (
        "no healthy upstream",
        Meaning(ServerError, f"{_PROXY}it has no registry to send to. Is the registry running?"),
    ),
    (
        "upstream connect error",
        Meaning(ServerError, f"{_PROXY}it could not reach the registry. Is the registry running?"),
    ),
)
"""What proxies and meshes write, in lower case, the most specific first."""

_LOGIN_WORDS = ("login", "log in", "sign in", "signin", "oauth2", "dex", "password")

_STATUSES: dict[int, Meaning] = {
    400: Meaning(InvalidRequestError, "Correct the request."),
    401: Meaning(
        UnauthenticatedError, "Give a valid user_token, or set MODEL_REGISTRY_TOKEN_FILE; tokens expire."
    ),
    403: Meaning(ForbiddenError, "The token, or a rule of the service mesh, does not allow this."),
    407: Meaning(
        UnauthenticatedError,
        "A forward proxy requires a login: put it into the proxy's address, such as "
        "HTTP_PROXY=http://user:password@proxy.example.org:3128, or list the registry's host in NO_PROXY.",
    ),
    404: Meaning(NotFoundError, "Check the id or name."),
    409: Meaning(DuplicateError, "Use another name or external_id, or look up the one that exists."),
    413: Meaning(InvalidRequestError, "Send less in one request."),
    422: Meaning(InvalidRequestError, "Give every required field a value."),
}


def _by_text(response: Response) -> Meaning | None:
    """Recognise responses that do not come from the registry, whose errors are JSON."""
    if server_message(response) is not None:
        return None
    text = f"{_destination(response)} {response.data[:4000].decode('utf-8', 'replace')}".lower()
    for words, meaning in _TEXTS:
        if words in text:
            return meaning
    is_page = _is_html(response) or 300 <= response.status < 400
    if is_page and response.status < 500 and any(word in text for word in _LOGIN_WORDS):
        return Meaning(
            UnauthenticatedError, "This is a login page: give a user_token that its proxy accepts."
        )
    return None


def _by_status(status: int, said: str | None) -> Meaning:
    if status == 403 and said is not None:
        return Meaning(ForbiddenError, "Use a token with that right, or ask who runs the registry.")
    if status in (401, 403, 407) or (said is not None and status in _STATUSES):
        return _STATUSES[status]
    if status >= 500:
        by = "The registry failed: " if said is not None else _PROXY
        return Meaning(ServerError, f"{by}try again later.")
    if 300 <= status < 400:
        return Meaning(UnexpectedResponseError, "Use the address that it redirects to.")
    return (
        _NO_REGISTRY
        if said is None
        else Meaning(UnexpectedResponseError, "Is this client older than the registry?")
    )


def _destination(response: Response) -> str:
    """Return the location of a redirect, without a query, which may contain secrets."""
    location = without_secrets(response.headers.get("location", ""))
    return f"redirected to {location}" if location else ""


def _is_html(response: Response) -> bool:
    return "html" in response.headers.get("content-type", "") or response.data[:20].lstrip().startswith(b"<")
