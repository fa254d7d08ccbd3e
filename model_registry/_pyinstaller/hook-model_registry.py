"""What a program that PyInstaller builds needs of this package, besides what it imports by name."""

from __future__ import annotations

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

_LOADED_BY_OTHERS = ("model_registry.mlflow", "model_registry.pytest_plugin", "model_registry._pyinstaller")


def _is_needed(name: str) -> bool:
    return not name.startswith(_LOADED_BY_OTHERS)


# Most names are imported when they are first used.
hiddenimports = [*collect_submodules("model_registry", filter=_is_needed), *collect_submodules("mr_openapi")]
# The contract, pages and schemas; Alembic runs the migrations from their files.
datas = [
    *collect_data_files("model_registry"),
    *collect_data_files("model_registry", subdir="server/database/migrations", include_py_files=True),
    *copy_metadata("model-registry"),
]
