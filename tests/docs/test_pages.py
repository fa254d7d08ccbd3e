"""Every Python block of the documentation runs, and prints what the page says that it prints."""

from __future__ import annotations

import itertools
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from model_registry.cli.app import root
from model_registry.cli.session import Session as CliSession
from tests.support.pages import Block, Session, blocks_of

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if any(block.language == "python" for block in blocks_of(page))
]
WRITTEN_PORT = "8080"
WRITTEN_OCI_REGISTRY = "localhost:5000"
WRITTEN_TLS_ADDRESS = "https://registry.example.org"
WRITTEN_S3_ADDRESS = "https://minio.example.org"
WRITTEN_FILES_ADDRESS = "https://models.example.org"


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")  # MLflow's tracking store
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
async def test_page(
    page: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = blocks_of(page)
    session = Session(page, replace=stand_ins(blocks, request))
    monkeypatch.chdir(tmp_path)
    for block, following in itertools.zip_longest(blocks, blocks[1:]):
        if block.language != "python":
            continue
        printed = await session.run(block)
        if following is not None and following.language == "text":
            assert printed.rstrip() == following.text.rstrip(), f"{page.name}, line {block.line}"


def stand_ins(blocks: list[Block], request: pytest.FixtureRequest) -> dict[str, str]:
    """Start what the page connects to; say what stands for the addresses that it names."""
    code = "".join(block.text for block in blocks if block.language == "python")
    found: dict[str, str] = {}
    if WRITTEN_PORT in code:
        found[WRITTEN_PORT] = str(urlsplit(request.getfixturevalue("served")).port)
    if WRITTEN_OCI_REGISTRY in code:
        found[WRITTEN_OCI_REGISTRY] = request.getfixturevalue("oci_registry").host
    if WRITTEN_TLS_ADDRESS in code:
        found[WRITTEN_TLS_ADDRESS] = request.getfixturevalue("served_over_tls")
    if WRITTEN_FILES_ADDRESS in code:
        found[WRITTEN_FILES_ADDRESS] = request.getfixturevalue("web_files")
    if WRITTEN_S3_ADDRESS in code:
        found[WRITTEN_S3_ADDRESS] = request.getfixturevalue("s3_files")
    return found


COMMANDS = [
    line.removeprefix("$ ")
    for page in sorted((ROOT / "docs").rglob("*.md"))
    for block in blocks_of(page)
    if block.language == "console"
    for line in block.text.splitlines()
    if line.startswith("$ model-registry ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_understood(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "team.pub").touch()
    words = list(itertools.takewhile(lambda word: word != ">", shlex.split(command)[1:]))
    context = root.make_context("model-registry", words, obj=CliSession())
    while words := [*context._protected_args, *context.args]:
        assert isinstance(context.command, click.Group)
        name, found, words = context.command.resolve_command(context, words)
        assert found is not None
        context = found.make_context(name, words, parent=context)
        if not isinstance(found, click.Group):
            break


def test_the_readme_lists_all_guides() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [*(ROOT / "docs" / "guide").glob("*.md"), *(ROOT / "docs" / "explanation").glob("*.md")]
    assert [page.name for page in pages if f"({page.relative_to(ROOT)})" not in readme] == []
