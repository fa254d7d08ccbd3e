"""Every check of this repository: `nox -l` lists them, `nox -s NAME` runs one.

Sessions install the versions in `requirements-dev.txt`. `nox --no-venv --no-install -s NAME` runs a session
with what the current environment has.
"""

import os
import shutil
import subprocess
from pathlib import Path

import nox

LOCK = "requirements-dev.txt"
MLFLOW = [
    "2.20",
    "2.21",
    "2.22",
    "3.0",
    "3.1",
    "3.2",
    "3.3",
    "3.4",
    "3.5",
    "3.6",
    "3.7",
    "3.8",
    "3.9",
    "3.10",
    "3.11",
    "3.12",
    "3.13",
    "3.14",
    "3.15",
    "3.16",
    "3.17",
]
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
# A session whose interpreter the machine lacks is skipped, and nox says so; this holds in CI too.
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "typing", "public_api", "regenerate_check", "docs", "tests", "tests_lowest"]
# What must work on macOS and Windows, too: the client, storage and a registry in this process.
PORTABLE = ("changes", "client", "connection", "core", "storage", "transport", "types")
# One worker for each processor; `-n 0` after `--` runs the tests in one process.
PYTEST = ("python", "-m", "pytest", "-n", "auto")


def offer_pyenv_interpreters() -> None:
    """Let `python3.10` and the like resolve where pyenv has them installed but not switched on."""
    pyenv = shutil.which("pyenv")
    if pyenv is None or "PYENV_VERSION" in os.environ:
        return
    listing = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True, check=False)
    installed = listing.stdout.split()
    names = [name for python in PYTHONS for name in installed if name.startswith(f"{python}.")]
    if names:
        os.environ["PYENV_VERSION"] = ":".join([*names, "system"])


offer_pyenv_interpreters()


def install(session: nox.Session) -> None:
    """Install the locked development environment and this package."""
    session.install("-r", LOCK)
    session.install("--no-deps", "-e", ".")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the test suite; arguments after `--` go to pytest."""
    install(session)
    session.run(*PYTEST, *session.posargs)


@nox.session
def tests_portable(session: nox.Session) -> None:
    """Run the tests of what must work on every operating system, without servers of Linux."""
    install(session)
    folders = [f"tests/{name}" for name in PORTABLE]
    session.run(*PYTEST, "-m", "not postgres", *folders, *session.posargs)


@nox.session(python=PYTHONS[0], venv_backend="uv")
def tests_lowest(session: nox.Session) -> None:
    """Run the test suite on the oldest Python with the oldest versions that pyproject.toml admits."""
    session.install("--resolution=lowest-direct", "--group=test", "-e", ".[all]")
    session.run(*PYTEST, *session.posargs)


@nox.session
@nox.parametrize("mlflow", MLFLOW)
def tests_mlflow(session: nox.Session, mlflow: str) -> None:
    """Run the tests of the bridge to MLflow with each of its releases."""
    # MLflow's own stores, which the tests use beside ours, need an older SQLAlchemy before 3.10.
    older = [] if MLFLOW.index(mlflow) >= MLFLOW.index("3.10") else ["sqlalchemy<2.1"]
    session.install("--group=test", "-e", ".[server,mlflow]", f"mlflow-skinny=={mlflow}.*", *older)
    session.run("pytest", "tests/mlflow", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the test suite and report which lines of the package it runs; also as docs/_build/coverage."""
    install(session)
    report = ("--cov-report=term:skip-covered", "--cov-report=html:docs/_build/coverage")
    session.run(*PYTEST, "--cov", *report, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(name="format")
def reformat(session: nox.Session) -> None:
    """Apply the fixes that `lint` would ask for."""
    install(session)
    session.run("ruff", "check", "--fix", ".")
    session.run("ruff", "format", ".")


@nox.session
def typing(session: nox.Session) -> None:
    """Check the package, tests/typed and the documentation with mypy and pyright, both strict."""
    install(session)
    session.run("mypy")
    session.run("pyright")
    session.run("python", "scripts/type_check_docs.py")


@nox.session
def public_api(session: nox.Session) -> None:
    """Fail when the public API differs from tests/packaging/public_api.txt."""
    install(session)
    session.run("python", "scripts/record_public_api.py", "--check")


@nox.session
def regenerate(session: nox.Session) -> None:
    """Write all produced files: generated client, blocking client and record of the public API."""
    install(session)
    session.run("python", "scripts/regenerate.py")
    session.run("python", "scripts/produce_blocking.py")
    session.run("python", "scripts/record_public_api.py")


@nox.session
def regenerate_check(session: nox.Session) -> None:
    """Fail when the generated client or the blocking client differs from its source."""
    install(session)
    session.run("python", "scripts/regenerate.py", "--check")
    session.run("python", "scripts/produce_blocking.py", "--check")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into docs/_build/html; a warning is an error."""
    install(session)
    shutil.rmtree(Path("docs/_build"), ignore_errors=True)
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure; arguments after `--` name single benchmarks."""
    install(session)
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Write requirements-dev.txt from pyproject.toml; `-- --upgrade` takes the newest versions."""
    session.install("uv")
    session.run(
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--no-config",
        "--group=dev",
        "--all-extras",
        "--universal",
        f"--python-version={PYTHONS[0]}",
        # No hashes: with them, older versions of pip refuse what one package asks of another with an extra
        # as soon as there is a newer version than the pinned one.
        "--no-emit-index-url",
        "--no-annotate",
        f"--output-file={LOCK}",
        "--custom-compile-command=nox -s lock",
        *session.posargs,
        silent=True,
    )
