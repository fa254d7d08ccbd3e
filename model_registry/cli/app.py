"""The command's root: its commands, the options before them, and how it ends."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any, Final

import click

from model_registry import __version__

from .failures import run_reporting_errors
from .groups import Entry, LazyGroup
from .options import everywhere
from .session import Session
from .terminal import escaping_what_cannot_be_encoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM: Final = "model-registry"
COMPLETION: Final = "_MODEL_REGISTRY_COMPLETE"
"""The environment variable with which a shell asks for completions."""

SECTIONS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "Models": {
        "register": Entry("register", "Register a version of a model, and upload its files."),
        "register-many": Entry(
            "register_many", "Register a version for each line of a file.", "register_many"
        ),
        "hf": Entry("hub", "Register a model of the Hugging Face Hub."),
        "models": Entry("models", "List, show, change and archive models."),
        "versions": Entry("versions", "List, show, change and archive versions of models."),
        "artifacts": Entry("artifacts", "List and show artifacts."),
        "alias": Entry("aliases", "Set, remove and list aliases of versions."),
    },
    "Find and compare": {
        "search": Entry("search", "Search versions, models or artifacts."),
        "resolve": Entry("aliases", "Print name, id and location of a version."),
        "latest": Entry("aliases", "Print name, id and location of the latest version."),
        "compare": Entry("comparing", "Compare versions."),
        "lineage": Entry("comparing", "Show where versions came from, and where they are served."),
    },
    "Files": {
        "download": Entry("transfers", "Download the files of a version, and verify them."),
        "cat": Entry("transfers", "Print a file of a version."),
        "files": Entry("transfers", "List the files of a version."),
        "verify": Entry("transfers", "Check that local files are those of a version."),
        "upload": Entry("transfers", "Upload files, without registering them."),
        "transfer": Entry("transfers", "Move files between two stores."),
        "sign": Entry("signing", "Sign files with a key."),
        "keys": Entry("signing", "Create keys to sign models with."),
    },
    "Serving": {
        "environments": Entry("serving", "List, show and create serving environments."),
        "services": Entry("serving", "List, show, create and change inference services."),
        "manifest": Entry("comparing", "Print a KServe manifest that serves a version."),
    },
    "Between registries": {
        "copy": Entry("copying", "Copy models to another registry."),
        "export": Entry("copying", "Write models to a file."),
        "import": Entry("copying", "Read models from a file.", "import_"),
        "import-mlflow": Entry("copying", "Read models from a store of MLflow.", "import_mlflow"),
    },
    "Settings": {
        "login": Entry("account", "Store the URL and token of a server."),
        "logout": Entry("account", "Remove a profile, with its token."),
        "whoami": Entry("account", "Show which registry is used, and as whom."),
        "config": Entry("account", "List and change profiles."),
        "completion": Entry("completion", "Print the completion script for a shell."),
        "skill": Entry("completion", "Print how to do common tasks, for agents."),
    },
    "Servers": {
        "serve": Entry("serve", "Run a registry server until it is interrupted."),
        "ui": Entry("ui", "Show a registry in the browser of this machine."),
        "mcp": Entry("mcp", "Offer a registry to agents, as tools of the Model Context Protocol."),
        "db": Entry("database", "Back up or upgrade the database of a registry."),
        "audit": Entry("audit", "Show who did what in the registry of a server."),
        "token": Entry("tokens", "Create, list and revoke tokens of a server."),
        "doctor": Entry("doctor", "Find out why a registry cannot be reached, and what to do."),
        "demo": Entry("demo", "Fill a registry with a small example."),
    },
}


@click.group(
    PROGRAM,
    cls=LazyGroup,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MODEL_REGISTRY"},
    epilog="Options can also be set by environment variables: MODEL_REGISTRY_OUTPUT for --output, and"
    " MODEL_REGISTRY_MODELS_LS_LIMIT for --limit of `models ls`.",
)
@everywhere
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def root() -> None:
    """Work with a registry of machine-learning models from the terminal.

    The registry is the one of --registry, --profile, MODEL_REGISTRY_URL or the default profile; else the file
    registry.db in this folder.
    """


def _advice(message: Warning | str) -> str:
    """Return what a warning says to users of the command only."""
    from model_registry.exceptions import UnknownPropertyWarning

    if not isinstance(message, UnknownPropertyWarning):
        return ""
    return "; metrics are artifacts: sort by them (--sort -accuracy), or search them with --artifacts"


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    if COMPLETION in os.environ:
        from .bash_completion import register

        register()
    session = Session()

    def note_warning(message: Warning | str, *_: Any, **__: Any) -> None:
        session.out.note(f"Warning: {message}{_advice(message)}")

    with warnings.catch_warnings(), escaping_what_cannot_be_encoded():
        warnings.showwarning = note_warning
        return run_reporting_errors(
            lambda: root.main(arguments, PROGRAM, standalone_mode=False, obj=session),
            debug=lambda: session.debug,
        )
