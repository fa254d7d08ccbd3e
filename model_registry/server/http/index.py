"""Links to what the registry serves, for people who open its address in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from model_registry.server.contract import PREFIX
from model_registry.server.http.health import LIVE_PATH, READY_PATHS

if TYPE_CHECKING:
    from model_registry.server.contract import Contract

_API_VERSIONS: Final = {"v1": PREFIX, "v1alpha3": f"{PREFIX}alpha3"}


def index_page(contract: Contract, path: str, root: str) -> bytes | None:
    """Return the links below a path, or None if the path is neither `/` nor the beginning of the API.

    Args:
        contract: The contract of the API.
        path: The path of the request.
        root: The path at which a larger application mounts the registry.
    """
    path = path.rstrip("/")
    if not path:
        links = {**_API_VERSIONS, "contract": "/openapi.json", "ready": READY_PATHS[1], "alive": LIVE_PATH}
    elif path in _API_VERSIONS.values():
        links = {
            operation.path.strip("/"): path + operation.path
            for operation in contract.operations.values()
            if operation.method == "GET" and "{" not in operation.path and "pageSize" in operation.query
        }
    else:
        return None
    links = {name: root + link for name, link in links.items()}
    return msgspec.json.encode({"service": "Kubeflow Model Registry", "links": links}) + b"\n"
