"""Write every public name of the package, with its signature, to tests/packaging/public_api.txt.

`--check` writes nothing and fails when the file differs from the code: a change of the public API then always
shows in a diff. The code is read, not imported.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

Member: TypeAlias = "griffe.Object | griffe.Alias"

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "tests" / "packaging" / "public_api.txt"
PACKAGE = "model_registry"
MODULES = [
    "",
    "blocking",
    "connection",
    "core",
    "doctor",
    "exceptions",
    "mcp",
    "pytest_plugin",
    "server",
    "signing",
    "storage",
    "types",
    "utils",
]
SPECIAL = {"__call__", "__getitem__", "__init__", "__iter__", "__aiter__", "__len__"}


def main() -> int:
    """Write the record, or compare it with the code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the record is out of date")
    check = parser.parse_args().check
    lines = list(public_api())
    if not check:
        RECORD.write_text("".join(lines), encoding="utf-8")
        return 0
    recorded = RECORD.read_text(encoding="utf-8").splitlines(keepends=True)
    if lines == recorded:
        return 0
    sys.stdout.writelines(difflib.unified_diff(recorded, lines, RECORD.name, "the code", n=0))
    print("The public API changed. If this is intended, run `python scripts/record_public_api.py`.")
    return 1


def public_api() -> Iterator[str]:
    """Read the code, and describe each public name in a line."""
    loader = griffe.GriffeLoader(search_paths=[ROOT])
    loader.load("mr_openapi")
    package = loader.load(PACKAGE)
    loader.resolve_aliases(implicit=True)
    public = {
        f"{module.path}.{name}": member
        for module in (package[name] if name else package for name in MODULES)
        for name, member in sorted(module.members.items())
        if is_public(module, name, member)
    }
    classes = {member.canonical_path for member in public.values() if member.is_class}
    for path, member in public.items():
        yield from describe(path, member, classes)


def is_public(module: Member, name: str, member: Member) -> bool:
    """Whether a module offers a name: it is in `__all__`; without `__all__`, the module defines it."""
    if module.exports is not None:
        return name in module.exports
    return not (name.startswith("_") or member.is_alias or member.is_module)


def describe(path: str, member: Member, classes: set[str]) -> Iterator[str]:
    """Describe a name and the members of a class, without those of its public bases."""
    if member.is_class:
        yield f"class {path}({', '.join(str(base) for base in member.bases)})\n"
        for name, inner in sorted(member.all_members.items()):
            origin = inner.final_target.parent if inner.is_alias else None
            inherited = inner.inherited and origin is not None and origin.canonical_path in classes
            if not inherited and (not name.startswith("_") or name in SPECIAL):
                yield from describe(f"{path}.{name}", inner, classes)
    elif member.is_function:
        for function in overloads(member):
            prefix = "async def" if "async" in function.labels else "def"
            yield f"{prefix} {function.signature(name=path)}\n"
    elif member.is_attribute and member.annotation is not None:
        yield f"{path}: {member.annotation}\n"
    elif member.is_attribute and member.name.isupper():
        yield f"{path} = {member.value}\n"
    else:
        yield f"{path}\n"


def overloads(member: Member) -> list[griffe.Function]:
    """Return the overloads of a function, or the function itself."""
    function = member.final_target if member.is_alias else member
    return function.parent.overloads.get(function.name) or [function]


if __name__ == "__main__":
    sys.exit(main())
