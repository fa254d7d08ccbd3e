"""Renew the files of other projects that the pages for browsers use.

`python scripts/renew_vendored.py` fetches the newest release with npm, and writes the files, their licence
and `vendored.json`. With `--check` it compares the files with the digests in `vendored.json`, and needs no
network.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

STATIC = Path(__file__).parent.parent / "model_registry" / "web" / "static"
MANIFEST = STATIC / "vendored.json"
PACKAGE = "htmx.org"
LICENCE = "0BSD"
FILES = {"htmx.min.js": "package/dist/htmx.min.js", "htmx.LICENSE.txt": "package/LICENSE"}


def main() -> int:
    """Renew the files, or check them."""
    if "--check" in sys.argv[1:]:
        problems = differences()
        print("\n".join(problems) or "all vendored files are as recorded")
        return 1 if problems else 0
    renew()
    return 0


def differences() -> list[str]:
    """Return what differs from the record."""
    recorded: dict[str, str] = json.loads(MANIFEST.read_text(encoding="utf-8"))["files"]
    return [
        f"{name} differs from the digest in {MANIFEST.name}: run python scripts/renew_vendored.py"
        for name in sorted({*recorded, *FILES})
        if digest_of(STATIC / name) != recorded.get(name)
    ]


def digest_of(path: Path) -> str:
    """Return the digest of a file; empty if there is no such file."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" if path.is_file() else ""


def renew() -> None:
    """Fetch the newest release and write its files."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--json", f"{PACKAGE}@latest"],  # noqa: S607  # npm of the PATH
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        (release,) = json.loads(packed.stdout)
        with tarfile.open(Path(folder) / release["filename"]) as archive:
            for name, inside in FILES.items():
                member = archive.extractfile(inside)
                assert member is not None, f"{PACKAGE} has no {inside}"  # noqa: S101
                (STATIC / name).write_bytes(member.read())
    record = {
        "package": PACKAGE,
        "version": release["version"],
        "licence": LICENCE,
        "integrity": release["integrity"],
        "files": {name: digest_of(STATIC / name) for name in FILES},
    }
    MANIFEST.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
