"""Updates that the reference server refuses, because the resource has a struct as a custom property.

Where a dictionary or list is stored, it accepts a PATCH only if that brings all custom properties again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from model_registry.exceptions import InvalidRequestError
from model_registry.types.diff import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.types import BaseResourceModel

ResourceT = TypeVar("ResourceT", bound="BaseResourceModel")
T = TypeVar("T")

_REFUSAL = "illegal base64"


async def update_with_structs(
    resource: ResourceT,
    send: Callable[[ResourceT], Awaitable[T]],
    read: Callable[[str], Awaitable[BaseResourceModel | None]],
) -> T:
    """Update a resource; if that is refused because of a struct, bring its custom properties again.

    Args:
        resource: The resource, with an id.
        send: Sends the update of a resource.
        read: Reads a resource by id, for its custom properties, if the object has none.

    Raises:
        RequestError: The update failed.
    """
    try:
        return await send(resource)
    except InvalidRequestError as error:
        is_struct = _REFUSAL in (error.server_message or "")
        if not is_struct or PROPERTIES in resource.changed_fields():
            raise
        properties = resource.custom_properties
        if not properties:
            current = await read(resource.id or "")
            properties = current.custom_properties if current else {}
        if not any(isinstance(value, (dict, list)) for value in (properties or {}).values()):
            raise
    again: Any = resource.model_copy()
    again.custom_properties = properties
    return await send(again)
