"""The matrix of operations and roles, generated from the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_registry.server.contract import OWN_OPERATIONS, load_contract
from model_registry.server.identity.operations import IDENTITY_OPERATIONS
from model_registry.server.identity.permissions import OPERATION_ROLES
from model_registry.server.identity.roles import Role

if TYPE_CHECKING:
    from .conftest import Guarded

OPERATIONS = {**load_contract().operations, **OWN_OPERATIONS}


def test_each_operation_has_a_role() -> None:
    assert OPERATION_ROLES.keys() == OPERATIONS.keys() | IDENTITY_OPERATIONS.keys()


def test_readers_have_all_operations_that_only_read() -> None:
    readable = {name for name, one in OPERATIONS.items() if one.method == "GET"}
    readers = {name for name, role in OPERATION_ROLES.items() if role is Role.READER}
    assert readers == readable | {"getCaller"}


@pytest.mark.parametrize("prefix", ["v1", "v1alpha3"])
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_allowed_from_its_role_on(
    guarded: Guarded, operation: str, role: Role, prefix: str
) -> None:
    one = OPERATIONS[operation]
    path = f"/api/model_registry/{prefix}{one.path}".replace("{", "").replace("}", "")
    body = {} if one.body else None
    response = guarded.send(one.method, path, body, role=role.word)
    if role >= OPERATION_ROLES[operation]:
        assert response.status in {400, 404, 422, 200, 201}, response
    else:
        needed = OPERATION_ROLES[operation].word
        assert response.status == 403
        assert response.message == (
            f"token 'the-{role.word}' has the role {role.word}: {operation} needs the role {needed}"
        )


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("operation", IDENTITY_OPERATIONS)
def test_an_operation_beside_the_contract_is_allowed_from_its_role_on(
    guarded: Guarded, operation: str, role: Role
) -> None:
    one = IDENTITY_OPERATIONS[operation]
    path, body = one.path.format("nobody"), {} if one.method == "POST" else None
    assert guarded.send(one.method, path, body).status == 401
    response = guarded.send(one.method, path, body, role=role.word)
    if role >= OPERATION_ROLES[operation]:
        assert response.status in {200, 400, 404}, response
    else:
        assert response.status == 403
        assert response.message == (
            f"token 'the-{role.word}' has the role {role.word}: {operation} needs the role admin"
        )


@pytest.mark.parametrize(
    "path", ["/openapi.json", "/", "/api/model_registry/v1", "/api/identity/whoami", "/metrics"]
)
def test_other_paths_need_a_token(guarded: Guarded, path: str) -> None:
    assert guarded.send("GET", path).status == 401
    assert guarded.send("GET", path, role="reader").status == 200


def test_probes_need_no_token(guarded: Guarded) -> None:
    for path in ("/livez", "/readyz/isDirty", "/readyz/health"):
        assert guarded.send("GET", path).status == 200


def test_whoami_names_the_caller(guarded: Guarded) -> None:
    found = guarded.send("GET", "/api/identity/whoami", role="writer")
    assert found.json == {"name": "the-writer", "role": "writer", "way": "token"}
    assert guarded.send("POST", "/api/identity/whoami", role="writer").status == 405
