"""Aliases: who moved them, and who may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from model_registry import ModelRegistry
from model_registry.exceptions import ForbiddenError
from model_registry.server.audit.administration import read_trail
from model_registry.server.identity.administration import create_token
from model_registry.server.identity.roles import Role
from tests.cli.conftest import Cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Guarded


def connect(guarded: Guarded, token: str, author: str = "eve") -> ModelRegistry:
    return ModelRegistry(guarded.url, user_token=token, author=author)


def text(value: str) -> dict[str, str]:
    return {"metadataType": "MetadataStringValue", "string_value": value}


def number(value: int) -> dict[str, str]:
    return {"metadataType": "MetadataIntValue", "int_value": str(value)}


def test_moves_show_the_actor_and_protected_ones_are_refused(
    guard: Callable[..., Guarded], any_db: str
) -> None:
    guarded = guard("--audit", "--protected-aliases", "production=deployer,Gold")
    deployer = create_token(any_db, "deployer", Role.WRITER)
    with connect(guarded, guarded.tokens["writer"]) as writer:
        for version in ("1", "2"):
            writer.register("fraud", version, "s3://m")
        move = writer.set_alias("fraud", "champion", "1")
        assert (move.by, move.actor) == ("eve", "the-writer")
        assert str(move).startswith("champion of fraud: (none) -> 1 by eve (the-writer) at ")
        message = "alias 'production' may be moved by the role admin or 'deployer'"
        with pytest.raises(ForbiddenError, match=message):
            writer.set_alias("fraud", "production", "1")
        with pytest.raises(ForbiddenError, match="alias 'gold' may be moved by the role admin"):
            writer.set_alias("fraud", "gold", "1")
        with connect(guarded, deployer) as other:
            other.set_alias("fraud", "production", "1")
        with connect(guarded, guarded.tokens["admin"]) as admin:
            admin.set_alias("fraud", "production", "2")
        found = writer.whoami()
        assert found is not None
        assert (found.name, found.role, found.way, str(found)) == (
            "the-writer",
            "writer",
            "token",
            "the-writer (writer, by token)",
        )
        assert writer.get_alias("fraud", "production").name == "2"
        writer.set_alias("fraud", "champion", "2")  # it writes down where the others are, too
        with pytest.raises(ForbiddenError):
            writer.remove_alias("fraud", "production")
        assert [one.actor for one in writer.alias_history("fraud", "production")] == ["deployer", "the-admin"]
    entries = [one for one in read_trail(any_db) if (one.name or "").startswith("model-registry.alias-move/")]
    assert [(one.actor, one.author) for one in entries] == [
        ("the-writer", "eve"),
        ("deployer", "eve"),
        ("the-admin", "eve"),
        ("the-writer", "eve"),
    ]


def test_16_register_says_that_the_version_is_registered_without_its_alias(
    guard: Callable[..., Guarded], tmp_path: Path
) -> None:
    guarded = guard("--protected-aliases", "production")
    token = guarded.tokens["writer"]
    cli = Cli(tmp_path, {"MODEL_REGISTRY_URL": guarded.url, "MODEL_REGISTRY_TOKEN": token})
    options = ("--alias", "champion", "--alias", "production", "--alias", "beta")
    error = cli.fails(5, "register", "the fraud", "9.0", "--uri", "s3://m", *options)
    assert "the fraud/9.0 was registered, but the alias 'production' was not set: " in error
    assert (
        "Set it with `model-registry alias set 'the fraud/9.0' production` and"
        " `model-registry alias set 'the fraud/9.0' beta`."
    ) in error
    assert cli.ok("alias", "ls", "the fraud") == "champion\t9.0\n"


def test_16_an_alias_that_is_not_valid_registers_nothing(bare: Cli, tmp_path: Path) -> None:
    db = tmp_path / "registry.db"
    options = ("--uri", "s3://m", "--alias", "1st", "--registry", str(db))
    assert "an alias begins with a letter" in bare.fails(2, "register", "fraud", "1", *options)
    assert not db.exists()


def test_no_other_write_moves_a_protected_alias(guard: Callable[..., Guarded]) -> None:
    guarded = guard("--protected-aliases", "production")
    with connect(guarded, guarded.tokens["admin"]) as admin:
        for version in ("1", "2"):
            admin.register("fraud", version, "s3://m")
        admin.set_alias("fraud", "production", "1")
        model = admin.get_model("fraud")
        (artifact,) = [
            one
            for one in guarded.send("GET", "artifacts", role="reader").json["items"]
            if (one.get("externalId") or "").startswith("model-registry.alias-move/")
        ]
    stored = guarded.send("GET", f"registered_models/{model.id}", role="reader").json["customProperties"]

    for properties in (
        {**stored, "model-registry.alias.production": text("2")},
        {**stored, "model-registry.alias.Production": text("2")},
        {key: value for key, value in stored.items() if key != "model-registry.alias.production"},
        {},
    ):
        body: dict[str, Any] = {"customProperties": properties}
        assert guarded.send("PATCH", f"registered_models/{model.id}", body, role="writer").status == 403
    forged = {**artifact["customProperties"], "version": text("2")}
    for properties in (forged, {**forged, "alias": text("other")}):
        body = {"artifactType": "doc-artifact", "customProperties": properties}
        assert guarded.send("PATCH", f"artifacts/{artifact['id']}", body, role="writer").status == 403
    claim = {
        "artifactType": "doc-artifact",
        "name": "any",
        "externalId": "model-registry.alias-move/fraud/2",
        "customProperties": {**forged, "actor": text("the-admin")},
    }
    assert guarded.send("POST", "artifacts", claim, role="writer").status == 403
    body = {"description": "fine", "customProperties": stored}
    assert guarded.send("PATCH", f"registered_models/{model.id}", body, role="writer").status == 200


def test_the_actor_cannot_be_forged(guard: Callable[..., Guarded]) -> None:
    guarded = guard()
    forged = {"metadataType": "MetadataStringValue", "string_value": "the-admin"}
    made = guarded.make(
        "artifacts",
        artifactType="doc-artifact",
        name="n",
        externalId="model-registry.alias-move/fraud/1",
        customProperties={"model": text("fraud"), "alias": text("champion"), "actor": forged},
    )
    assert made["customProperties"]["actor"]["string_value"] == "the-writer"


def test_17_a_move_shows_who_recorded_it_until_its_record_changes(guard: Callable[..., Guarded]) -> None:
    guarded = guard()
    with connect(guarded, guarded.tokens["admin"]) as admin:
        admin.register("fraud", "1", "s3://m")
        admin.set_alias("fraud", "champion", "1")
        (move,) = guarded.send("GET", "artifacts?artifactType=doc-artifact", role="reader").json["items"]
        record = move["customProperties"]
        unchanged: list[dict[str, Any]] = [
            {"description": "x"},
            {"customProperties": {**record, "actor": text("the-reader")}},
            {"customProperties": {key: value for key, value in record.items() if key != "actor"}},
        ]
        for body in (*unchanged, {"customProperties": {**record, "version": text("2")}}):
            assert [one.actor for one in admin.alias_history("fraud")] == ["the-admin"]
            body = {"artifactType": "doc-artifact", **body}
            assert guarded.send("PATCH", f"artifacts/{move['id']}", body, role="writer").status == 200
        assert [one.actor for one in admin.alias_history("fraud")] == ["the-writer"]


@pytest.mark.parametrize("id_after", ["elsewhere", "", "model-registry.alias-move/fraud/9"])
def test_17_moves_are_numbered_without_a_gap_that_hides_later_ones(
    guard: Callable[..., Guarded], id_after: str
) -> None:
    guarded = guard("--protected-aliases", "production")
    with (
        connect(guarded, guarded.tokens["admin"]) as admin,
        connect(guarded, guarded.tokens["writer"]) as writer,
    ):
        for version in ("1", "2"):
            model = admin.register("fraud", version, "s3://m").model
        admin.set_alias("fraud", "production", "2")
        number_ = writer.set_alias("fraud", "champion", "1").number
        admin.set_alias("fraud", "production", "1")
        stored = guarded.send("GET", f"registered_models/{model.id}", role="reader").json["customProperties"]
        artifacts = guarded.send("GET", "artifacts", role="reader").json["items"]
        (move,) = [one for one in artifacts if (one.get("externalId") or "").endswith(f"fraud/{number_}")]

        def change(path: str, **body: Any) -> int:
            return guarded.send("PATCH", path, body, role="writer").status

        moves = {"model-registry.alias-moves": number(1)}
        change(f"registered_models/{model.id}", customProperties={**stored, **moves})
        path = f"artifacts/{move['id']}"
        assert change(path, artifactType="doc-artifact", externalId=id_after) == 403
        moves["model-registry.alias.production"] = text("2")
        assert change(f"registered_models/{model.id}", customProperties={**stored, **moves}) == 403
        assert writer.get_alias("fraud", "production").name == "1"
        sent = {"artifactType": "doc-artifact", "externalId": "elsewhere"}
        assert guarded.send("PATCH", path, sent, role="admin").status == 200


def test_whoami_without_callers_is_none() -> None:
    with ModelRegistry.local() as registry:
        assert registry.whoami() is None
        with registry.dry_run() as trial:
            assert trial.whoami() is None


@pytest.fixture
def moved(guard: Callable[..., Guarded]) -> tuple[Guarded, str, dict[str, Any], list[dict[str, Any]]]:
    """A model whose protected alias was moved twice: the server, its id and properties, and the moves."""
    guarded = guard("--protected-aliases", "production")
    with connect(guarded, guarded.tokens["admin"]) as admin:
        for version in ("1", "2"):
            admin.register("fraud", version, "s3://m")
            admin.set_alias("fraud", "production", version)
        id_ = admin.get_model("fraud").id
    stored = guarded.send("GET", f"registered_models/{id_}", role="reader").json["customProperties"]
    artifacts = guarded.send("GET", "artifacts", role="reader").json["items"]
    moves = [one for one in artifacts if "alias-move/" in (one.get("externalId") or "")]
    assert len(moves) == 2
    return guarded, str(id_), stored, sorted(moves, key=lambda one: int(one["id"]))


def test_17_an_older_move_of_a_protected_alias_cannot_be_written_down_again(
    moved: tuple[Guarded, str, dict[str, Any], list[dict[str, Any]]],
) -> None:
    """Whoever may write the model may also write how many moves it contains."""
    guarded, id_, stored, moves = moved
    older = moves[0]["customProperties"]["version"]
    alias = {"model-registry.alias.production": older}
    for count in (1, 0, -1, 2, 3, 10**18):
        properties = {**stored, **alias, "model-registry.alias-moves": number(count)}
        sent = {"customProperties": properties}
        assert guarded.send("PATCH", f"registered_models/{id_}", sent, role="writer").status == 403, count
    for counter in (text("1"), {"metadataType": "MetadataDoubleValue", "double_value": 1.0}):
        properties = {**stored, **alias, "model-registry.alias-moves": counter}
        sent = {"customProperties": properties}
        assert guarded.send("PATCH", f"registered_models/{id_}", sent, role="writer").status == 403
    with connect(guarded, guarded.tokens["reader"]) as reader:
        assert reader.get_alias("fraud", "production").name == "2"


@pytest.mark.parametrize(
    "change",
    [
        {"externalId": "elsewhere"},
        {"externalId": None},
        {"externalId": ""},
        {"externalId": "model-registry.alias-move/other/1"},
        {"externalId": "elsewhere", "customProperties": {}},
        {"customProperties": {}},
        {"description": "changed"},
        {"state": "MARKED_FOR_DELETION"},
    ],
)
def test_17_a_recorded_move_of_a_protected_alias_cannot_be_changed(
    moved: tuple[Guarded, str, dict[str, Any], list[dict[str, Any]]], change: dict[str, Any]
) -> None:
    guarded, id_, _, moves = moved
    move = moves[-1]
    versions = guarded.send("GET", f"registered_models/{id_}/versions", role="reader").json["items"]
    body = {"artifactType": "doc-artifact", **change}
    path = f"model_versions/{versions[0]['id']}/artifacts"
    guarded.send("POST", path, {**body, "id": move["id"]}, role="writer")
    assert guarded.send("PATCH", f"artifacts/{move['id']}", body, role="writer").status in {400, 403}
    after = guarded.send("GET", f"artifacts/{move['id']}", role="reader").json
    assert {key: after.get(key) for key in move} == move


@pytest.mark.parametrize("options", [(), ("--protected-aliases", "production")])
def test_17_what_takes_the_external_id_of_a_move_without_being_one_is_refused(
    guard: Callable[..., Guarded], options: tuple[str, ...]
) -> None:
    """Otherwise, it could move a protected alias, or take the number of the next move from everybody."""
    guarded = guard(*options)
    with connect(guarded, guarded.tokens["admin"]) as admin:
        for version in ("1", "2"):
            model = admin.register("fraud", version, "s3://m").model
        admin.set_alias("fraud", "production", "1")
        versions = guarded.send("GET", f"registered_models/{model.id}/versions", role="reader").json["items"]
        whole = {"model": text("fraud"), "alias": text("other"), "version": text("2"), "by": text("eve")}
        struct = {"metadataType": "MetadataStructValue", "struct_value": "InByb2R1Y3Rpb24i"}  # "production"
        proto = {"metadataType": "MetadataProtoValue", "type": "t", "proto_value": "InByb2R1Y3Rpb24i"}
        claim = "model-registry.alias-move/fraud/2"
        kinds = {
            "model-artifact": {},
            "dataset-artifact": {},
            "metric": {"value": 1},
            "parameter": {"value": "1"},
        }
        wrong: list[dict[str, Any]] = [
            *({"artifactType": kind, "customProperties": whole, **more} for kind, more in kinds.items()),
            {"customProperties": {}},
            *(
                {"customProperties": {**whole, "alias": alias}}
                for alias in (struct, proto, number(1), text(""))
            ),
            {"customProperties": {key: value for key, value in whole.items() if key != "model"}},
            {"customProperties": {**whole, "model": text("other")}},
            *({"customProperties": whole, "externalId": claim[:-1] + end} for end in ("x", "02", "2/2", "")),
        ]
        for each in wrong:
            body = {"artifactType": "doc-artifact", "name": "x", "externalId": claim, **each}
            for role in ("writer", "admin"):
                for path in ("artifacts", f"model_versions/{versions[0]['id']}/artifacts"):
                    response = guarded.send("POST", path, body, role=role)
                    assert response.status == 400, (body, response)
        body = {"artifactType": "model-artifact", "name": "x"}
        made = guarded.make("artifacts", **body)
        body = {"artifactType": "model-artifact", "externalId": claim, "customProperties": whole}
        assert guarded.send("PATCH", f"artifacts/{made['id']}", body, role="writer").status == 400
        body = {"artifactType": "doc-artifact", "externalId": claim, "customProperties": whole}
        made = guarded.make("artifacts", **body)
        body = {"artifactType": "doc-artifact", "customProperties": {**whole, "alias": number(1)}}
        assert guarded.send("PATCH", f"artifacts/{made['id']}", body, role="writer").status == 400
        admin.set_alias("fraud", "production", "2")
        assert admin.get_alias("fraud", "production").name == "2"


def test_17_the_number_of_moves_skips_none_and_hides_none(
    moved: tuple[Guarded, str, dict[str, Any], list[dict[str, Any]]],
) -> None:
    guarded, id_, stored, moves = moved

    def send(count: dict[str, str] | None, role: str = "writer", **aliases: str) -> int:
        properties = {key: value for key, value in stored.items() if not key.endswith("alias-moves")}
        properties |= {f"model-registry.alias.{alias}": text(version) for alias, version in aliases.items()}
        properties |= {} if count is None else {"model-registry.alias-moves": count}
        sent = {"customProperties": properties}
        status: int = guarded.send("PATCH", f"registered_models/{id_}", sent, role=role).status
        return status

    for jump in (3, 100, 10**18, -3):
        assert send(number(jump)) == 403, jump
    # No move is hidden: clients read the later ones.
    for lower in (number(1), number(0), text("2"), None, number(2)):
        assert send(lower) == 200, lower
    with connect(guarded, guarded.tokens["admin"]) as admin:
        assert admin.get_alias("fraud", "production").name == "2"
        # Numbers that were never used: an admin may do what it likes.
        assert send(number(100), "admin") == 200
        assert admin.set_alias("fraud", "production", "1").number == 101
        stored = guarded.send("GET", f"registered_models/{id_}", role="reader").json["customProperties"]
        for lower in (number(2), number(99), number(0), text("101"), None):
            assert send(lower, production="2") == 403, lower
            assert send(lower) == 403, lower
        assert admin.get_alias("fraud", "production").name == "1"
        # A move whose client died before it wrote it down.
        claim = {**moves[-1]["customProperties"], "previous": text("1"), "version": text("2")}
        external = "model-registry.alias-move/fraud/102"
        body = {
            "artifactType": "doc-artifact",
            "name": "x",
            "externalId": external,
            "customProperties": claim,
        }
        assert guarded.send("POST", "artifacts", body, role="admin").status == 201
        assert send(number(102)) == 403
        assert admin.get_alias("fraud", "production").name == "2"
        assert send(number(102), production="2") == 200
