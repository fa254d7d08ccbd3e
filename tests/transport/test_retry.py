"""What is repeated, when, and how a lost write is recognised."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry.exceptions import (
    DuplicateError,
    InvalidRequestError,
    RegistryConnectionError,
    RegistryTimeoutError,
    ServerError,
)
from model_registry.transport import retry
from model_registry.transport.backend import Request, Response
from model_registry.transport.recovery import look_up
from model_registry.transport.retry import Verdict

V1 = "/api/model_registry/v1/"


@pytest.mark.parametrize(
    ("error", "read", "write"),
    [
        (RegistryConnectionError("", sent=False), Verdict.REPEAT, Verdict.REPEAT),
        (RegistryConnectionError("", sent=True), Verdict.REPEAT, Verdict.LOOK_UP),
        (RegistryTimeoutError("", sent=True), Verdict.REPEAT, Verdict.LOOK_UP),
        (ServerError("", status=500), Verdict.REPEAT, Verdict.LOOK_UP),
        (ServerError("", status=503), Verdict.REPEAT, Verdict.LOOK_UP),
        (ServerError("", status=501), Verdict.GIVE_UP, Verdict.GIVE_UP),
        (InvalidRequestError("", status=429), Verdict.REPEAT, Verdict.REPEAT),
        (InvalidRequestError("", status=400), Verdict.GIVE_UP, Verdict.GIVE_UP),
        (DuplicateError("", status=409), Verdict.GIVE_UP, Verdict.GIVE_UP),
    ],
)
def test_verdicts(error: ServerError, read: Verdict, write: Verdict) -> None:
    assert retry.verdict("GET", error) is read
    assert retry.verdict("POST", error) is write
    assert retry.verdict("PATCH", error) is write


@given(st.integers(1, 1000))
def test_waits_grow_to_a_bound(attempt: int) -> None:
    bound = min(retry.LONGEST_WAIT, retry.FIRST_WAIT * 2 ** (attempt - 1))
    assert 0 <= retry.wait(attempt, None) <= bound


def test_a_server_is_obeyed() -> None:
    assert retry.wait(1, 7.5) == 7.5


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("12", 12),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 -0000", 0),
    ],
)
def test_retry_after_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry.seconds_asked(header) == seconds


def answer(body: object, *, age: float = 0.0) -> Response:
    now = time.time()
    item = {"lastUpdateTimeSinceEpoch": str(int((now - age) * 1000)), **body}  # type: ignore[dict-item]
    headers = {"date": formatdate(now, usegmt=True)}
    return Response(Request("GET", "", {}, None), "", 200, headers, json.dumps(item).encode())


def create(target: str, **body: object) -> Request:
    return Request("POST", V1 + target, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("request_", "target"),
    [
        (create("registered_models", name="a b"), "registered_model?name=a+b"),
        (
            create("registered_models/7/versions", name="1", registeredModelId="7"),
            "model_version?name=1&parentResourceId=7",
        ),
        (
            create("model_versions", name="1", registeredModelId="7"),
            "model_version?name=1&parentResourceId=7",
        ),
        (create("serving_environments", name="x"), "serving_environment?name=x"),
        (
            create("serving_environments/3/inference_services", name="x", registeredModelId="7"),
            "inference_service?name=x&parentResourceId=3",
        ),
        (
            create("model_versions/4/artifacts", name="x", artifactType="metric"),
            "model_versions/4/artifacts?orderBy=LAST_UPDATE_TIME&sortOrder=DESC&pageSize=100",
        ),
        (create("model_versions/4/artifacts", id="9", artifactType="metric"), "artifacts/9"),
        (Request("PATCH", V1 + "artifacts/9", {}, b'{"uri":"x"}'), "artifacts/9"),
    ],
)
def test_where_a_lost_write_is_looked_for(request_: Request, target: str) -> None:
    found = look_up(request_)
    assert found is not None
    assert found.target == V1 + target


def test_what_has_no_name_cannot_be_looked_for() -> None:
    assert look_up(create("model_artifacts", uri="s3://a")) is None
    assert look_up(Request("POST", "/api/identity/tokens", {}, b'{"name": "ci"}')) is None
    assert look_up(Request("DELETE", "/api/identity/tokens/ci", {}, None)) is None


def test_what_was_there_before_is_not_taken_for_ours() -> None:
    sought = look_up(create("registered_models", name="a", owner="ann"))
    assert sought is not None
    there = {"id": "1", "name": "a", "owner": "ann", "state": "LIVE", "customProperties": {}}
    assert sought.landed(answer(there), elapsed=1.0)
    assert not sought.landed(answer(there, age=60), elapsed=1.0)
    assert not sought.landed(answer({**there, "owner": "bob"}), elapsed=1.0)


def test_structs_are_the_same_in_both_forms() -> None:
    base64 = {"metadataType": "MetadataStructValue", "struct_value": "eyJhIjogMX0="}
    text = {"metadataType": "MetadataStructValue", "struct_value": '{"a":1}'}
    sought = look_up(create("registered_models", name="a", customProperties={"s": base64}))
    assert sought is not None
    assert sought.landed(answer({"name": "a", "customProperties": {"s": text}}), elapsed=1.0)
    other = {**text, "struct_value": '{"a":1.0}'}
    assert not sought.landed(answer({"name": "a", "customProperties": {"s": other}}), elapsed=1.0)
    assert not sought.landed(answer({"name": "a", "customProperties": {}}), elapsed=1.0)
    assert not sought.landed(answer({"name": "a", "customProperties": {"s": text, "t": text}}), elapsed=1.0)


def test_a_change_landed_when_it_can_be_read_and_nulls_change_nothing() -> None:
    sought = look_up(Request("PATCH", V1 + "registered_models/1", {}, b'{"owner":"ann","state":null}'))
    assert sought is not None
    assert sought.landed(answer({"name": "a", "owner": "ann", "state": "ARCHIVED"}, age=60), elapsed=1.0)
    assert not sought.landed(answer({"name": "a", "owner": "bob"}), elapsed=1.0)


def test_an_artifact_is_found_among_others_by_its_kind_and_values() -> None:
    sought = look_up(create("model_versions/4/artifacts", name="x", artifactType="metric", value=1.0))
    assert sought is not None
    now = str(int(time.time() * 1000))
    common = {"name": "x", "lastUpdateTimeSinceEpoch": now, "customProperties": {}}
    metric = {**common, "artifactType": "metric", "value": 1}  # not 1.0: some servers write it so
    others = [
        {**common, "artifactType": "of the future"},
        {**common, "artifactType": "doc-artifact"},
        {**metric, "name": "y"},
        {**metric, "value": 2},
    ]
    assert not sought.landed(answer({"items": others}), elapsed=1.0)
    found = sought.landed(answer({"items": [*others, metric]}), elapsed=1.0)
    assert found is not None
    assert json.loads(found) == metric
