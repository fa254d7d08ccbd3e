"""Send the spans of a process to a collector of OpenTelemetry. Needs the extra `otel`."""

from __future__ import annotations

from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import set_tracer_provider

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.server.http.asgi import Application

_SERVICE: Final = "model-registry"


def traced(create: Callable[[], Application]) -> Application:
    """Start to export spans from this process, and create an application.

    The environment variables of OpenTelemetry say where to, such as `OTEL_EXPORTER_OTLP_ENDPOINT`.

    Args:
        create: Creates the application.
    """
    # The environment (OTEL_SERVICE_NAME) precedes the name here.
    resource = Resource.create({SERVICE_NAME: _SERVICE}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    set_tracer_provider(provider)
    # Unlike `atexit`, this runs at the end of child processes, too.
    Finalize(None, provider.shutdown, exitpriority=1)
    return create()
