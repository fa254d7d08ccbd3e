"""Scenarios that were recorded from the reference server, played against a registry.

A scenario is a JSON file with steps; a step is a request, what to expect, and what to remember for later
steps. `${name}` stands for what was remembered. In an expected body, a text in angle brackets stands for any
value of a sort (see `SORTS`), and an object with the key `...` may have more keys than those given.
"""

from __future__ import annotations

import functools
import json
import re
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.backends import Response, SyncBackend

VARIABLE = re.compile(r"\$\{(\w+)\}")
NOTHING = object()
SORTS: dict[str, Callable[[Any], bool]] = {
    "<any>": lambda value: value is not NOTHING,
    "<absent>": lambda value: value is NOTHING,
    "<id>": lambda value: isinstance(value, str) and re.fullmatch("[1-9][0-9]*", value) is not None,
    "<ms>": lambda value: isinstance(value, str) and re.fullmatch("[0-9]{13}", value) is not None,
    "<uuid>": lambda value: isinstance(value, str) and str(uuid.UUID(value)) == value,
}


class Scenario:
    """One recorded scenario.

    Args:
        text: The file's content.
    """

    def __init__(self, text: str) -> None:
        self.steps: list[dict[str, Any]] = json.loads(text)["steps"]

    def play(self, backend: SyncBackend, prefix: str) -> list[str]:
        """Play it once, with names that nothing else uses, and say what was not as expected."""
        known: dict[str, Any] = {"run": "r" + uuid.uuid4().hex[:12]}
        wrong: list[str] = []
        for number, step in enumerate(self.steps, 1):
            time.sleep(step.get("pause_ms", 0) / 1000)
            request, wanted = fill(step["do"], known), fill(step["expect"], known)
            answer = ask(backend, prefix, request)
            content = parsed(answer)
            where = f"step {number}, {request['method']} {request['path']} {request.get('query', '')}: "
            wrong += [where + one for one in unexpected(wanted, answer, content)]
            if wrong:
                break  # later steps build on this one
            known |= {name: at(content, path) for name, path in step.get("save", {}).items()}
        return wrong


def fill(value: Any, known: Mapping[str, Any], shown: Callable[[str], str] = str) -> Any:
    """`value` with what is known in the places of variables."""
    if isinstance(value, dict):
        return {fill(key, known): fill(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [fill(one, known) for one in value]
    if not isinstance(value, str):
        return value
    if value.startswith("<text:"):
        shown = re.escape
    return VARIABLE.sub(lambda match: shown(str(known[match[1]])), value)


def ask(backend: SyncBackend, prefix: str, request: Mapping[str, Any]) -> Response:
    target = quote(prefix + request["path"], safe="/%:@!$&'()*+,;=")
    if request.get("query"):
        target += "?" + urlencode(request["query"], doseq=True)
    body = None
    if "raw" in request:
        body = request["raw"].encode("utf-8", "surrogatepass")
    elif "body" in request:
        body = json.dumps(request["body"]).encode()
    return backend.send(request["method"], target, body)


def parsed(answer: Response) -> Any:
    try:
        return answer.json
    except ValueError:
        return answer.data.decode().strip()


def at(content: Any, path: str) -> Any:
    steps = [int(part) if part.isdigit() else part for part in path.split(".")]
    return functools.reduce(lambda inner, step: inner[step], steps, content)


def unexpected(wanted: Mapping[str, Any], answer: Response, content: Any) -> Iterator[str]:
    statuses = wanted["status"] if isinstance(wanted["status"], list) else [wanted["status"]]
    if answer.status not in statuses:
        yield f"status {answer.status} instead of {wanted['status']}: {answer.data[:300]!r}"
        return
    for name, value in wanted.get("headers", {}).items():
        yield from differences(value, answer.headers.get(name.lower(), NOTHING), name)
    if "body" in wanted:
        yield from differences(wanted["body"], content, "body")


def differences(wanted: Any, got: Any, place: str) -> Iterator[str]:
    """What `got` has that `wanted` does not allow."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        keys = wanted.keys() - {"..."}
        for key in sorted(keys | (set() if "..." in wanted else got.keys())):
            if key not in keys:
                yield f"{place}.{key} is there: {got[key]!r}"
            else:
                yield from differences(wanted[key], got.get(key, NOTHING), f"{place}.{key}")
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for index, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from differences(one, other, f"{place}[{index}]")
    elif not agrees(wanted, got):
        yield f"{place} is {'missing' if got is NOTHING else repr(got)[:300]} instead of {wanted!r}"


def agrees(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, str):
        if wanted in SORTS:
            return SORTS[wanted](got)
        if wanted.startswith("<text:"):
            return isinstance(got, str) and re.fullmatch(wanted[6:-1], got, re.DOTALL) is not None
        if wanted.startswith("<after:"):
            return SORTS["<ms>"](got) and int(got) > int(wanted[7:-1])
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    return bool(wanted == got)
