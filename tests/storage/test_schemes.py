"""Which store a URI belongs to, and stores that other packages bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

PLUG_IN = """
class Plugged:
    def list_files(self, uri):
        from model_registry.storage import StoredFile
        return [StoredFile("x", 3, single=True)]
    def put(self, uri, files, transfer):
        return uri
    def get(self, uri, file, target, transfer):
        target.write(b"abc")
"""


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a package installed that brings stores."""
    site = tmp_path / "site"
    (site / "plug_in-1.0.dist-info").mkdir(parents=True)
    (site / "plug_in_of_tests.py").write_text(PLUG_IN)
    (site / "plug_in-1.0.dist-info" / "METADATA").write_text("Name: plug-in\nVersion: 1.0\n")
    (site / "plug_in-1.0.dist-info" / "entry_points.txt").write_text(
        "[model_registry.storage]\nplugged = plug_in_of_tests:Plugged\nbroken = plug_in_of_tests:Nothing\n"
        "file = plug_in_of_tests:Plugged\n"
    )
    monkeypatch.syspath_prepend(site)


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("models/x", "FileStore"),
        ("/models/x", "FileStore"),
        ("C:\\models", "FileStore"),
        ("a:b", "FileStore"),
        ("file:/models", "FileStore"),
        ("FILE:///models", "FileStore"),
        ("http://x/y", "HTTPStore"),
        ("HTTPS://x/y", "HTTPStore"),
    ],
)
def test_built_in(uri: str, kind: str) -> None:
    assert type(storage.store_for(uri)).__name__ == kind


@pytest.mark.usefixtures("plugged")
def test_plugged_in(tmp_path: Path) -> None:
    assert storage.download("plugged://anything", tmp_path / "back").read_bytes() == b"abc"
    assert type(storage.store_for("file:///x")).__name__ == "FileStore", "those of the package come first"
    with pytest.raises(StorageError, match=r"plug_in_of_tests:Nothing, cannot be loaded: .*Nothing"):
        storage.store_for("broken://x")
    with pytest.raises(InvalidArgumentError, match="az, broken, file, gs, hf, http, https, oci, plugged, s3"):
        storage.store_for("unknown://x")


def test_unknown_scheme_shows_no_secret() -> None:
    with pytest.raises(InvalidArgumentError, match="unknown scheme 'ftp'") as raised:
        storage.download("ftp://ann:s3cret@x/y?s3cret", "back")
    assert "s3cret" not in str(raised.value)
