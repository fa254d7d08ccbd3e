"""Folders of files, and what is in them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "model.onnx": b"weights" * 100_000,
    "empty": b"",
    "tokenizer/vocab.txt": b"a\nb\n",
    "tokenizer/deep/er/x": b"x",
    "with blank/and ünïcode ☃.json": b"{}",
}


def write_files(root: Path, files: dict[str, bytes]) -> Path:
    """Make a folder of files."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def read_files(root: Path) -> dict[str, bytes]:
    """Give the content of every file below a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def sha256(content: bytes) -> str:
    """Take a digest as the package writes it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()
