"""Create a span of OpenTelemetry for each call, if the program uses OpenTelemetry."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, MutableMapping


@contextlib.contextmanager
def client_span(method: str, path: str, headers: MutableMapping[str, str]) -> Generator[None]:
    """Run a call in a span, and name the span in the headers of its requests.

    Nothing happens unless the program has imported `opentelemetry.trace`.

    Args:
        method: The HTTP method.
        path: The path, with the names of its parameters instead of their values.
        headers: The headers of the requests.
    """
    if "opentelemetry.trace" not in sys.modules:
        yield
        return
    from opentelemetry.propagate import inject
    from opentelemetry.trace import SpanKind, get_tracer

    attributes = {"http.request.method": method, "url.template": path}
    with get_tracer("model_registry").start_as_current_span(
        f"{method} {path}", kind=SpanKind.CLIENT, attributes=attributes
    ):
        inject(headers)
        yield
