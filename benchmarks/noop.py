"""An ASGI application that does nothing: what the server under it can do at most."""

from __future__ import annotations

from typing import Any

BODY = b'{"id":"1","name":"nothing"}\n'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json; charset=UTF-8"),
        (b"content-length", str(len(BODY)).encode()),
    ],
}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
        return
    await receive()
    await send(START)
    await send({"type": "http.response.body", "body": BODY})
