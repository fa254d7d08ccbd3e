"""The pages, each as a function of the site and the request."""

from __future__ import annotations

from .aliases import alias_history
from .changes import (
    change_model_state,
    change_version_state,
    edit_model,
    edit_version,
    move_alias,
    save_model,
    save_version,
)
from .comparison import compare
from .lineage import lineage
from .manifest import manifest
from .model import model
from .models import models
from .serving import serving
from .signing_in import sign_in, sign_in_form, sign_out
from .verifying import read_document, verify
from .version import version

__all__ = ["CHANGES", "FORMS", "PAGES", "READING", "SIGNING_IN"]

PAGES = {
    "/": models,
    "/models": models,
    "/models/{id:int}": model,
    "/models/{id:int}/aliases": alias_history,
    "/models/{id:int}/lineage": lineage,
    "/versions/{id:int}": version,
    "/versions/{id:int}/manifest": manifest,
    "/compare": compare,
    "/serving": serving,
    "/sign-in": sign_in_form,
}
"""What a page shows, by path."""

FORMS = {"/models/{id:int}/edit": edit_model, "/versions/{id:int}/edit": edit_version}
"""Forms that change something, by path."""

READING = {"/versions/{id:int}/verify": verify, "/artifacts/{id:int}/document": read_document}
"""What reads files of the registry, by path. A form asks for it, so that it never happens by itself."""

CHANGES = {
    "/models/{id:int}/aliases": move_alias,
    "/models/{id:int}/edit": save_model,
    "/models/{id:int}/state": change_model_state,
    "/versions/{id:int}/edit": save_version,
    "/versions/{id:int}/state": change_version_state,
}
"""What a form changes, by path."""

SIGNING_IN = {"/sign-in": sign_in, "/sign-out": sign_out}
"""What the forms of the session do, by path."""
