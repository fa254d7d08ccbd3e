"""Spans of OpenTelemetry: of calls of the client, and of requests to the server."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.support.backends import SECONDS, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

export = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="the extra `otel` is not installed"
)

# In a process of its own: OpenTelemetry has one provider for the whole process.
PROGRAM = """
import json, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from model_registry import ModelRegistry

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
with trace.get_tracer("program").start_as_current_span("work"):
    with ModelRegistry(sys.argv[1], author="ann") as registry:
        registry.register("fraud", "1.0", "s3://models/fraud.onnx")
print(json.dumps([
    {
        "name": span.name,
        "kind": span.kind.name,
        "trace": format(span.context.trace_id, "032x"),
        "id": format(span.context.span_id, "016x"),
    }
    for span in exporter.get_finished_spans()
]))
"""


class Span(NamedTuple):
    """A span that the collector received."""

    name: str
    trace: str
    parent: str
    status: int
    service: str


class Collector(http.server.ThreadingHTTPServer):
    """Receives spans as a collector of OpenTelemetry does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        super().__init__(("127.0.0.1", 0), _Receiver)


class _Receiver(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        for group in export.ExportTraceServiceRequest.FromString(data).resource_spans:
            about = {one.key: one.value.string_value for one in group.resource.attributes}
            for span in group.scope_spans[0].spans:
                facts = {one.key: one.value for one in span.attributes}
                self.server.spans.append(
                    Span(
                        span.name,
                        span.trace_id.hex(),
                        span.parent_span_id.hex(),
                        facts["http.response.status_code"].int_value,
                        about["service.name"],
                    )
                )
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    try:
        yield collector
    finally:
        collector.shutdown()
        collector.server_close()
        thread.join()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_13_11_a_call_is_followed_from_the_program_to_the_server(
    collector: Collector, workers: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    db = tmp_path_factory.mktemp("registry") / "registry.db"
    server = Server(str(db), "--otel", "--workers", workers)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, server.url],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert server.stop() == 0  # sends the last spans
    ours = json.loads(ran.stdout)
    calls = {span["id"]: span for span in ours if span["kind"] == "CLIENT"}
    assert len({span["trace"] for span in ours}) == 1
    assert "POST /api/model_registry/v1/registered_models" in {span["name"] for span in calls.values()}
    received = [span for span in collector.spans if span.parent]
    assert {span.parent for span in received} == set(calls)
    assert {span.trace for span in received} == {ours[0]["trace"]}
    assert {span.service for span in received} == {"model-registry"}
    assert "createRegisteredModel" in {span.name for span in received}
    assert {span.status for span in received} <= {200, 201, 404}


@pytest.mark.parametrize("module", ["model_registry.server.app", "model_registry"])
def test_13_11_nothing_of_opentelemetry_is_imported_otherwise(module: str) -> None:
    program = (
        f"import sys, {module}\n"
        "from model_registry import ModelRegistry\n"
        "with ModelRegistry.local(author='ann') as registry:\n"
        "    registry.register('fraud', '1.0', 's3://models/fraud.onnx')\n"
        "from model_registry.server import create_app\n"
        "create_app(':memory:', metrics=True, access_log=True)\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=SECONDS, check=False).returncode == 0


def test_13_11_an_application_that_has_opentelemetry_gets_spans() -> None:
    program = """
import asyncio
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from model_registry.server import create_app

exporter = InMemorySpanExporter()
trace.set_tracer_provider(TracerProvider())
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exporter))

async def get(app, path):
    async def receive():
        await asyncio.sleep(3600)
    async def send(message):
        pass
    await app({"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
               "root_path": "", "headers": [(b"host", b"localhost")], "client": None, "scheme": "http"},
              receive, send)

asyncio.run(get(create_app(":memory:"), "/api/model_registry/v1/registered_models"))
asyncio.run(get(create_app(":memory:", otel=False), "/api/model_registry/v1/registered_models"))
(span,) = exporter.get_finished_spans()
assert span.name == "getRegisteredModels", span.name
assert span.attributes["http.response.status_code"] == 200
"""
    subprocess.run([sys.executable, "-c", program], timeout=SECONDS, check=True)
