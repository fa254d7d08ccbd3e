"""Signatures and documents that visitors have the pages read."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry, storage
from model_registry.exceptions import StorageAccessError, StorageError
from model_registry.signing import ModelSigner, create_key_pair
from model_registry.types import DocArtifact
from model_registry.web import file_reader
from model_registry.web.file_reader import FileReader
from tests.support.backends import Server
from tests.web.conftest import Visitor, _serve
from tests.web.ui import open_ui

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.conftest import Response, Site

CARD = "---\nlicense: mit\n---\n# Model card\n\n<script>alert(1)</script> *good*\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of a model, its card, and the keys of two people."""
    for name in ("ours", "theirs"):
        create_key_pair(tmp_path / f"{name}.key", tmp_path / f"{name}.pub")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "card.md").write_text(CARD)
    (tmp_path / "model.onnx").write_bytes(b"weights")
    return tmp_path


@pytest.fixture
def reading_site(folder: Path) -> Iterator[Site]:
    """Pages that may read the folder `models`, and trust the key `ours`."""
    options = ("--ui-files", str(folder / "models"), "--ui-public-key", str(folder / "ours.pub"))
    yield from _serve(folder, *options, fill=False)


def _register(registry: ModelRegistry, folder: Path, key: str = "ours") -> str:
    signer = ModelSigner.with_key(folder / f"{key}.key", folder / f"{key}.pub")
    made = registry.register(
        "fraud", "1.0", files=folder / "model.onnx", to=str(folder / "models" / "fraud"), signer=signer
    )
    return made.version.id or ""


def _verify(visitor: Visitor, version: str) -> Response:
    page = visitor.get(f"/versions/{version}")
    assert "/verify" in page.text
    return visitor.post(f"/versions/{version}/verify", page, artifact=page.field("artifact"))


def test_a_signature_is_verified_when_the_visitor_asks(reading_site: Site, folder: Path) -> None:
    version = _register(reading_site.registry, folder)
    visitor = reading_site.visitor()
    found = _verify(visitor, version)
    assert found.status == 200
    assert "The signature is valid" in found.text
    assert visitor.get(f"/versions/{version}/verify").status == 405
    forged = visitor.send(
        "POST",
        f"/versions/{version}/verify",
        "artifact=fraud",
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": visitor.url},
    )
    assert forged.status == 403


def test_a_signature_of_others_is_not_valid(reading_site: Site, folder: Path) -> None:
    version = _register(reading_site.registry, folder, "theirs")
    assert "The signature is not valid" in _verify(reading_site.visitor(), version).text


def test_changed_files_are_not_valid(reading_site: Site, folder: Path) -> None:
    version = _register(reading_site.registry, folder)
    (folder / "models" / "fraud").write_bytes(b"others!")
    assert "The signature is not valid" in _verify(reading_site.visitor(), version).text


def test_locations_that_the_operator_did_not_allow_are_not_read(reading_site: Site, folder: Path) -> None:
    registry, visitor = reading_site.registry, reading_site.visitor()
    (folder / "secret.md").write_text("secret")
    uris = [
        f"{folder}/secret.md",
        f"{folder}/models/../secret.md",
        f"file://{folder}/models/%2e%2e/secret.md",
        f"{folder}/models/card.md",
    ]
    version = registry.register(
        "fraud",
        "1.0",
        f"{folder}/models/../secret.md",
        artifacts=[
            DocArtifact(name=Path(uri).name + str(number), uri=uri) for number, uri in enumerate(uris)
        ],
    ).version
    page = visitor.get(f"/versions/{version.id}")
    assert page.text.count("/document") == 1
    assert "/verify" not in page.text
    for each in registry.list_artifacts(version, kind=DocArtifact):
        found = visitor.post(f"/artifacts/{each.id}/document", page, version=str(version.id))
        assert "secret</" not in found.text
        assert found.status == (200 if each.name == "card.md3" else 502)


def test_a_document_is_rendered_safely(reading_site: Site, folder: Path) -> None:
    registry, visitor = reading_site.registry, reading_site.visitor()
    document = DocArtifact(name="card", uri=f"{folder}/models/card.md")
    version = registry.register("fraud", "1.0", "s3://b/m", artifacts=[document]).version
    card = registry.get_artifact(version, "card")
    page = visitor.get(f"/versions/{version.id}")
    shown = visitor.post(f"/artifacts/{card.id}/document", page, version=str(version.id)).text
    for text in ("license: mit", "<em>good</em>", "&lt;script&gt;", f'href="/versions/{version.id}"'):
        assert text in shown
    (folder / "models" / "card.md").write_bytes(b"\xff" * 10)
    assert "no text in UTF-8" in visitor.post(f"/artifacts/{card.id}/document", page).text
    (folder / "models" / "card.md").write_text("x" * 200_001)
    assert "longer than 200000 bytes" in visitor.post(f"/artifacts/{card.id}/document", page).text
    model = registry.get_artifact(version, "fraud")
    assert visitor.post(f"/artifacts/{model.id}/document", page).status == 404


def test_without_locations_the_server_reads_nothing(site: Site, visitor: Visitor) -> None:
    document = DocArtifact(name="card", uri="https://example.org/card.md")
    version = site.registry.register("fraud", "2.0", "s3://b/m", artifacts=[document]).version
    card = site.registry.get_artifact(version, "card")
    page = visitor.get(f"/versions/{version.id}")
    assert "/document" not in page.text
    assert visitor.post(f"/artifacts/{card.id}/document", page).status == 404
    assert visitor.post(f"/versions/{version.id}/verify", page, artifact="fraud").status == 404


def test_ui_reads_paths_of_a_registry_in_a_file_but_none_of_another_registry(folder: Path) -> None:
    db = str(folder / "registry.db")
    with ModelRegistry.local(db) as registry:
        version = _register(registry, folder)
    with open_ui("--registry", db, "--public-key", str(folder / "ours.pub"), folder=folder) as url:
        assert "The signature is valid" in _verify(Visitor(url), version).text
    with open_ui("--registry", db, "--read-only", folder=folder) as url:
        assert "were given no public key" in _verify(Visitor(url), version).text
    server = Server(f"sqlite:///{db}")
    with open_ui("--registry", server.url, folder=folder) as url:
        assert "/verify" not in Visitor(url).get(f"/versions/{version}").text
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("uri", "may_read"),
    [
        ("s3://models", True),
        ("s3://models/fraud/1", True),
        ("s3://models2/fraud", False),
        ("s3://models/../other", False),
        ("https://files.example.org/a", True),
        ("https://files.example.org.evil.example/a", False),
        ("https://files.example.org@evil.example/a", False),
        ("https://files.example.org/%252e%252e/a", False),
        ("http://files.example.org/a", False),
        ("oci://registry.example.org/a", False),
        ("/etc/passwd", False),
        ("", False),
        (None, False),
    ],
)
async def test_locations(uri: str | None, may_read: bool) -> None:
    files = FileReader(["s3://models/", "https://files.example.org"])
    assert files.may_read(uri) is may_read
    if uri and not may_read:
        with pytest.raises(StorageAccessError, match="Nothing was read"):
            await files.read_text(uri)


async def test_files_that_are_too_large_or_too_slow_are_not_verified(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = FileReader(None, public_key=folder / "ours.pub")
    async with AsyncModelRegistry.local(folder / "registry.db") as registry:
        signer = ModelSigner.with_key(folder / "ours.key", folder / "ours.pub")
        made = await registry.register(
            "fraud", "1.0", files=folder / "model.onnx", to=str(folder / "models" / "fraud"), signer=signer
        )
        artifact = made.artifact
        assert (await files.verify(registry, made.version, artifact)).is_valid
        with monkeypatch.context() as patched:
            patched.setattr(file_reader, "MOST_BYTES", 3)
            outcome = await files.verify(registry, made.version, artifact)
            assert outcome.is_valid is None
            assert "are larger than" in outcome.message
        with monkeypatch.context() as patched:
            patched.setattr(file_reader, "_SECONDS", 0)
            outcome = await files.verify(registry, made.version, artifact)
            assert outcome.is_valid is None
            assert "took longer than" in outcome.message
            with pytest.raises(StorageError, match="was not read within"):
                await files.read_text(str(folder / "models" / "card.md"))


async def test_default_policy_refuses_paths_and_loopback() -> None:
    files = FileReader(None, allow=storage.Allow())
    assert not files.may_read("/srv/models")
    assert files.may_read("https://example.org/card.md")
    with pytest.raises(StorageError, match="not allowed"):
        await files.read_text("http://127.0.0.1:1/card.md")


async def test_a_key_that_is_none_is_reported(folder: Path) -> None:
    (folder / "none.pub").write_text("no key")
    files = FileReader(None, public_key=folder / "none.pub")
    async with AsyncModelRegistry.local(folder / "registry.db") as registry:
        signer = ModelSigner.with_key(folder / "ours.key", folder / "ours.pub")
        made = await registry.register(
            "fraud", "1.0", files=folder / "model.onnx", to=str(folder / "models" / "fraud"), signer=signer
        )
        outcome = await files.verify(registry, made.version, made.artifact)
    assert not outcome.is_valid
    assert "none.pub" in outcome.message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--ui-files", "models"), "'models' is not a location"),
        (("--ui-files", "s3://models?x=1"), "is not a location"),
        (("--ui-files", "s3://models", "--ui-public-key", "missing.pub"), "there is no file 'missing.pub'"),
        (("--ui-files", "s3://models", "--ui-public-key", __file__), "holds no public key in PEM"),
        (("--ui-public-key", __file__), "--ui-public-key needs --ui-files"),
    ],
)
def test_wrong_options_end_the_start(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "model_registry", "serve", "--port", "0", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert message in done.stderr


async def test_slow_servers_hold_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    opened: list[str] = []

    def slow(uri: str, **_: object) -> io.BytesIO:
        opened.append(uri)
        released.wait(30)
        return io.BytesIO(b"text")

    files = FileReader(["https://files.example.org"])
    monkeypatch.setattr(storage, "open", slow)
    monkeypatch.setattr(file_reader, "_SECONDS", 0.2)
    for _ in range(4):
        with pytest.raises(StorageError, match="was not read within"):
            await files.read_text("https://files.example.org/card.md")
    assert len(opened) == 2
    released.set()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
