"""No cycles among the imports of the package, those of type annotations and inside functions included."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("model_registry", "mr_openapi")


def imported_by(module: str, file: Path, modules: dict[str, Path]) -> set[str]:
    """Return the modules of the packages that a module imports anywhere."""
    package = module.split(".") if file.stem == "__init__" else module.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:  # a module of a package, or a name of a module
                member = f"{source}.{alias.name}"
                found.add(member if member in modules else source)
    return found & modules.keys() - {module}


def imports_below(root: Path) -> tuple[dict[str, Path], dict[str, set[str]]]:
    """Return the modules of the packages in a folder: the file of each, and what each imports."""
    modules: dict[str, Path] = {}
    for file in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return modules, {module: imported_by(module, file, modules) for module, file in modules.items()}


def reached_from(module: str, imports: dict[str, set[str]]) -> set[str]:
    """Return the modules that a module imports, and those that these import, and so on."""
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        new = imports[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def cycles_below(root: Path) -> list[str]:
    """Describe each group of modules that import each other, with the imports that tie it."""
    modules, imports = imports_below(root)
    reached = {module: reached_from(module, imports) for module in modules}
    groups = {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in modules
        if module in reached[module]
    }

    def path(module: str) -> str:
        return modules[module].relative_to(root).as_posix()

    return sorted(
        "\n".join(
            f"{path(one)} -> {path(other)}" for one in sorted(group) for other in sorted(imports[one] & group)
        )
        for group in groups
    )


def test_no_module_imports_itself_by_way_of_others() -> None:
    cycles = cycles_below(ROOT)
    assert not cycles, "these files import each other:\n" + "\n\n".join(cycles)


@pytest.mark.parametrize(
    "imports",
    [
        "import model_registry.server.one",
        "from model_registry.server.one import name",
        "from model_registry.server import one",
        "from . import one",
        "from .one import name",
        "from ..server.one import name",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .one import name",
        "def late():\n    from .one import name",
    ],
)
def test_cycles_are_found(tmp_path: Path, imports: str) -> None:
    server = tmp_path / "model_registry" / "server"
    server.mkdir(parents=True)
    (tmp_path / "model_registry" / "__init__.py").touch()
    (server / "__init__.py").touch()
    (server / "one.py").write_text("from model_registry.server.two import other\nimport os\n")
    (server / "two.py").write_text("from model_registry.server import other\n")
    assert cycles_below(tmp_path) == []
    (server / "two.py").write_text(imports)
    assert cycles_below(tmp_path) == [
        "model_registry/server/one.py -> model_registry/server/two.py\n"
        "model_registry/server/two.py -> model_registry/server/one.py"
    ]


def test_a_cycle_may_pass_through_the_init_of_a_package(tmp_path: Path) -> None:
    package = tmp_path / "model_registry"
    package.mkdir()
    (package / "__init__.py").write_text("from .one import name\n")
    (package / "one.py").write_text("from model_registry import other\n")
    assert cycles_below(tmp_path) == [
        "model_registry/__init__.py -> model_registry/one.py\n"
        "model_registry/one.py -> model_registry/__init__.py"
    ]
