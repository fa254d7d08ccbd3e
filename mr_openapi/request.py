# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Mapping,
    Optional,
    Protocol,
    Tuple,
    TypedDict,
    Union,
    runtime_checkable,
)

from typing_extensions import Unpack

if TYPE_CHECKING:
    from mr_openapi.api_client import ApiClient
    from mr_openapi.base import Body


class CallOptions(TypedDict, total=False):
    """The keyword arguments that every call takes besides its own."""

    _request_timeout: Union[None, float, Tuple[float, float]]
    """Seconds that the call may take, or the seconds to connect and to read."""
    _request_auth: Optional[Dict[str, Any]]
    """Authentication for this call instead of the configured one."""
    _headers: Optional[Dict[str, str]]
    """Headers for this call."""


@runtime_checkable
class Requester(Protocol):
    """Sends the requests of the operations. Pass one to an API class instead of an ``ApiClient``."""

    async def request(
        self,
        method: str,
        path: str,
        response_type: str,
        *,
        path_params: Optional[Mapping[str, str]] = None,
        query: Optional[Mapping[str, Optional[str]]] = None,
        body: Optional[Body] = None,
        **options: Unpack[CallOptions],
    ) -> Any:
        """Send a request and return the decoded response.

        Args:
            method: HTTP method.
            path: Path of the contract, with names in braces where ``path_params`` belong.
            response_type: Name of the class of a successful response.
            path_params: Texts to put into the path.
            query: Query parameters; those that are ``None`` are left out.
            body: JSON object to send.
            **options: See :class:`CallOptions`.
        """
        ...


async def request_with(
    api_client: ApiClient,
    method: str,
    path: str,
    response_type: str,
    *,
    path_params: Optional[Mapping[str, str]] = None,
    query: Optional[Mapping[str, Optional[str]]] = None,
    body: Optional[Body] = None,
    _request_timeout: Union[None, float, Tuple[float, float]] = None,
    _request_auth: Optional[Dict[str, Any]] = None,
    _headers: Optional[Dict[str, str]] = None,
) -> Any:
    """Send a request with an ``ApiClient`` and return the decoded response."""
    headers: Dict[str, str] = {"Accept": "application/json", **(_headers or {})}
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    request = api_client.param_serialize(
        method=method,
        resource_path=path,
        path_params=path_params,
        query_params=[(name, value) for name, value in (query or {}).items() if value is not None],
        header_params=headers,
        body=body,
        auth_settings=["Bearer"],
        _request_auth=_request_auth,
    )
    response = await api_client.call_api(*request, _request_timeout=_request_timeout)
    await response.read()
    types: Any = {"2XX": response_type, "4XX": "Error", "5XX": "Error"}
    return api_client.response_deserialize(response, types).data
