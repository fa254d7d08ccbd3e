"""How many functions and files a call of the blocking client passes on its way to the socket.

For each of five walks, the table has the frames of this repository on the stack when a request is given to
aiohttp (of the deepest request), the files that these frames are in, the files that run from the verb to the
first request, and the requests.
"""

import inspect
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple
from unittest import mock

import aiohttp

from model_registry import F, ModelRegistry
from model_registry.exceptions import DuplicateError
from tests.support.backends import Server

ROOT = str(Path(__file__).parent.parent)
OURS = (f"{ROOT}/model_registry/", f"{ROOT}/mr_openapi/")


class Walk(NamedTuple):
    """What one call passes.

    Attributes:
        frames: Functions on the stack at the deepest request.
        files: Files that these functions are in.
        files_run: Files that run from the verb to the first request.
        requests: Requests of the call.
    """

    frames: int
    files: int
    files_run: int
    requests: int


def measure(call: Callable[[], object]) -> Walk:
    """Measure one call."""
    stacks: list[list[str]] = []
    run: set[str] = set()
    send = aiohttp.ClientSession.request

    def record(*arguments: Any, **named: Any) -> object:
        stacks.append(list(our_files(inspect.currentframe())))
        return send(*arguments, **named)

    def note(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and not stacks and name.startswith(OURS):
            run.add(name)

    with mock.patch.object(aiohttp.ClientSession, "request", record):
        threading.setprofile(note)  # of the thread that fetches ahead
        sys.setprofile(note)
        try:
            call()
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]  # undoes it
    deepest = max(stacks, key=len)
    return Walk(len(deepest), len(set(deepest)), len(run), len(stacks))


def our_files(frame: FrameType | None) -> Iterator[str]:
    """Return the file of each frame of this repository on a stack."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(OURS):
            yield frame.f_code.co_filename
        frame = frame.f_back


@contextmanager
def registry() -> Iterator[ModelRegistry]:
    """Run a registry in another process, with one version that has an alias."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(f"{folder}/registry.db")
        file = Path(folder, "model.onnx")
        file.write_bytes(b"weights")
        try:
            with ModelRegistry(server.url, author="ann") as client:
                client.register("fraud", "1.0", file.as_uri())
                client.set_alias("fraud", "champion", "1.0")
                client.get_model("fraud")
                yield client
        finally:
            server.stop()


def walks(client: ModelRegistry, folder: str) -> dict[str, Walk]:
    """Measure the five walks."""
    calls: dict[str, Callable[[], object]] = {
        "get_model": lambda: client.get_model("fraud"),
        "register": lambda: client.register("churn", "1.0", "s3://models/churn.onnx"),
        "register a duplicate": lambda: register_duplicate(client),
        "list with a filter": lambda: list(client.list_models(filter=F.name == "fraud")),
        "download by alias": lambda: client.download("fraud@champion", folder),
    }
    return {name: measure(call) for name, call in calls.items()}


def register_duplicate(client: ModelRegistry) -> None:
    """Register a version that exists."""
    with suppress(DuplicateError):
        client.register("churn", "1.0", "s3://models/churn.onnx")


def main() -> None:
    with registry() as client, tempfile.TemporaryDirectory() as folder:
        measured = walks(client, f"{folder}/model")
    print(f"{'':22}{'frames':>8}{'files':>8}{'files run':>11}{'requests':>10}")
    for name, walk in measured.items():
        print(f"  {name:20}{walk.frames:8}{walk.files:8}{walk.files_run:11}{walk.requests:10}")


if __name__ == "__main__":
    main()
