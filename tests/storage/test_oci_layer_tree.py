"""Layers merge as container tools merge them: `umoci` unpacks the same files from the same layers."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from model_registry.exceptions import StorageError
from model_registry.storage.oci import layer_tree
from model_registry.storage.oci.documents import CONFIG, INDEX, LAYER, MANIFEST
from model_registry.storage.oci.layer_tree import Folder, Member
from model_registry.storage.oci.unpacking import FileTree

Entry = tuple[str, bytes, "bytes | str"]
FILE, FOLDER, SYMBOLIC, HARD = tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE

needs_umoci = pytest.mark.skipif(shutil.which("umoci") is None, reason="umoci is not installed")


def layer(*entries: Entry) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = kind, 0o755 if kind == FOLDER else 0o644
            if isinstance(content, bytes):
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                entry.linkname = content
                archive.addfile(entry)
    return buffer.getvalue()


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def ours(layers: list[bytes]) -> dict[str, str]:
    tree = FileTree("models")
    for number, data in enumerate(layers):
        tree.add(number, iter([data]), digest(data))
    return {path: member.digest for path, member in tree.files()}


OLD, NEW = ("models/d/old", FILE, b"old"), ("models/d/new", FILE, b"new")
CASES: dict[str, tuple[list[list[Entry]], dict[str, bytes]]] = {
    "the folder of the model": (
        [[OLD], [("models/d/new", FILE, b"new"), (".wh.models", FILE, b"")]],
        {"d/new": b"new"},
    ),
    "all": ([[OLD], [(".wh..wh..opq", FILE, b""), NEW]], {"d/new": b"new"}),
    "opaque after its file": ([[OLD], [NEW, ("models/d/.wh..wh..opq", FILE, b"")]], {"d/new": b"new"}),
    "a folder becomes a file": ([[OLD], [("models/d", FILE, b"f")]], {"d": b"f"}),
    "a file becomes a folder": (
        [[("models/d", FILE, b"f")], [("models/d", FOLDER, b""), NEW]],
        {"d/new": b"new"},
    ),
    "a folder becomes a link": (
        [[OLD, ("models/e/f", FILE, b"f")], [("models/d", SYMBOLIC, "e")]],
        {"d/f": b"f", "e/f": b"f"},
    ),
    "a link becomes a folder": (
        [[OLD, ("models/l", SYMBOLIC, "d")], [("models/l", FOLDER, b""), ("models/l/x", FILE, b"x")]],
        {"d/old": b"old", "l/x": b"x"},
    ),
    "a file below a link": (
        [[OLD, ("models/l", SYMBOLIC, "d")], [("models/l/x", FILE, b"x")]],
        {"d/old": b"old", "d/x": b"x", "l/old": b"old", "l/x": b"x"},
    ),
    "a hard link into a lower layer": (
        [[OLD], [("models/h", HARD, "models/d/old")]],
        {"d/old": b"old", "h": b"old"},
    ),
    "a hard link outlives its file": (
        [[OLD, ("models/h", HARD, "models/d/old")], [("models/d/.wh.old", FILE, b"")]],
        {"h": b"old"},
    ),
    "a hard link to a file that the same layer deletes": (
        [[OLD], [("models/d/.wh.old", FILE, b""), ("models/h", HARD, "models/d/old")]],
        {"h": b"old"},
    ),
    "the folder of the model is a link": (
        [[("opt/m/x", FILE, b"x"), ("models", SYMBOLIC, "/opt/m")], [("models/y", FILE, b"y")]],
        {"x": b"x", "y": b"y"},
    ),
    "a link to the folder of the model": (
        [[NEW, ("models/l", SYMBOLIC, "/models")]],
        {"d/new": b"new", "l/d/new": b"new"},
    ),
    "a link to a folder above it": (
        [[NEW, ("models/e/l", SYMBOLIC, "../../models"), ("models/e/x", FILE, b"x")]],
        {"d/new": b"new", "e/x": b"x", "e/l/d/new": b"new", "e/l/e/x": b"x"},
    ),
    "a link to its own folder": (
        [[NEW, ("models/d/l", SYMBOLIC, ".")]],
        {"d/new": b"new", "d/l/new": b"new"},
    ),
    "folders with links to each other": (
        [[NEW, ("models/d/l", SYMBOLIC, "../e"), ("models/e/l", SYMBOLIC, "../d")]],
        dict.fromkeys(("d/new", "d/l/l/new", "e/l/new", "e/l/l/l/new"), b"new"),
    ),
    "a device elsewhere": ([[("dev/null", tarfile.FIFOTYPE, b""), NEW]], {"d/new": b"new"}),
}


@pytest.mark.parametrize("case", CASES)
def test_8_layers_change_what_is_below(case: str) -> None:
    layers, expected = CASES[case]
    assert ours([layer(*entries) for entries in layers]) == {
        path: digest(content) for path, content in expected.items()
    }


@pytest.mark.parametrize("target", ["..", "/", "../opt", "/models/l", "/models/../.."])
def test_8_links_to_folders_above_or_elsewhere_are_refused(target: str) -> None:
    with pytest.raises(StorageError, match="symbolic link to"):
        ours([layer(("opt/secret", FILE, b"s"), NEW, ("models/l", SYMBOLIC, target))])


def test_8_many_links_to_folders_above_end(monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[Entry] = [(f"models/{number}", SYMBOLIC, ".") for number in range(300)]
    assert len(ours([layer(NEW, *links)])) == 301
    across: list[Entry] = [
        (f"models/{folder}/{link}", SYMBOLIC, f"../{link}") for folder in range(20) for link in range(20)
    ]
    monkeypatch.setattr(layer_tree, "_MOST_FILES", 10_000)
    with pytest.raises(StorageError, match="10,000 files or folders, by links"):
        ours([layer(*across)])


def test_8_an_archive_that_is_no_layer_has_no_deletions() -> None:
    data = layer(("m/a", FILE, b"a"), ("m/.wh.a", FILE, b"b"))
    tree = FileTree("")
    tree.add(0, iter([data]), digest(data))
    assert [path for path, _ in tree.files()] == ["m/.wh.a", "m/a"]


def write_layout(folder: Path, layers: list[bytes]) -> None:
    """Write an image layout with the tag `1`."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(kind: str, data: bytes) -> dict[str, object]:
        (blobs / digest(data)[7:]).write_bytes(data)
        return {"mediaType": kind, "digest": digest(data), "size": len(data)}

    root = {"type": "layers", "diff_ids": [digest(data) for data in layers]}
    config = blob(CONFIG, json.dumps({"os": "linux", "architecture": "amd64", "rootfs": root}).encode())
    described = [blob(LAYER, data) for data in layers]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": described}
    named = blob(MANIFEST, json.dumps(manifest).encode())
    named["annotations"] = {"org.opencontainers.image.ref.name": "1"}
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def entries_of(layers: list[bytes]) -> dict[str, str]:
    """Return the entries of the merged layers: digests of files and targets of links."""
    tree = FileTree("models")
    for number, data in enumerate(layers):
        tree.add(number, iter([data]), digest(data))
    found: dict[str, str] = {}
    waiting = [("", tree._tree._root)]
    while waiting:
        above, folder = waiting.pop()
        for name, node in folder.entries.items():
            if isinstance(node, Folder):
                waiting.append((f"{above}{name}/", node))
            else:
                found[f"{above}{name}"] = node.digest if isinstance(node, Member) else f"to {node.target}"  # type: ignore[union-attr]
    return found


def umoci(folder: Path, layers: list[bytes]) -> dict[str, str] | None:
    """Return the entries that umoci unpacks; `None` if it refuses the layers."""
    write_layout(folder / "image", layers)
    command = ["umoci", "unpack", "--rootless", "--image", f"{folder}/image:1", f"{folder}/bundle"]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        return None
    root = folder / "bundle" / "rootfs"
    found: dict[str, str] = {}
    for above, folders, names in os.walk(root):
        for path in [Path(above, name) for name in (*folders, *names)]:
            if path.is_symlink() or path.is_file():
                content = f"to {path.readlink()}" if path.is_symlink() else digest(path.read_bytes())
                found[path.relative_to(root).as_posix()] = content
    return found


TARGETS = ["a", "b", ".", "..", "../a", "../b", "a/b", "/models", "/models/a", "/models/b/a", "/", "../.."]


def random_layers(chosen: random.Random) -> list[bytes]:
    """Return layers of files, folders, links and deletions with colliding names.

    Deletions come first, as the specification advises: umoci applies the entries of a layer one after the
    other, and does otherwise what one says of the links of its own layer.
    """

    def path() -> str:
        return "/".join(["models", *chosen.choices("ab", k=chosen.randint(1, 3))])

    layers: list[bytes] = []
    files: list[str] = []
    for _ in range(chosen.randint(2, 4)):
        entries: dict[str, Entry] = {}
        for _ in range(chosen.randint(1, 5)):
            name = path()
            above, _, last = name.rpartition("/")
            kind = chosen.choice("fffdhwwoss")
            if kind == "w":
                name = chosen.choice([f"{above}/.wh.{last}", f"{above}/.wh.{last}", ".wh.models"])
            elif kind == "o":
                name = f"{above}/.wh..wh..opq"
            if kind == "d":
                entries[name] = (name, FOLDER, b"")
            elif kind == "s":
                entries[name] = (name, SYMBOLIC, chosen.choice(TARGETS))
            elif kind == "h" and files:
                entries[name] = (name, HARD, chosen.choice(files))
            else:
                entries[name] = (name, FILE, chosen.randbytes(8) if kind in "fh" else b"")
                files += [name] if kind in "fh" else []
        layers.append(layer(*sorted(entries.values(), key=lambda entry: "/.wh." not in f"/{entry[0]}")))
    return layers


@needs_umoci
def test_8_random_layers_give_the_files_that_umoci_unpacks(tmp_path: Path) -> None:
    compared = 0
    for seed in range(160):
        layers = random_layers(random.Random(seed))
        expected = umoci(tmp_path / str(seed), layers)
        if expected is not None:
            assert entries_of(layers) == expected, f"seed {seed}"
            compared += 1
    assert compared >= 30
