"""What `register` does: check its arguments, upload files, and create a model, a version and artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .arguments import FurtherFields, RegisterArguments
    from .batch import RegistrationBatch
    from .files import FileSigner
    from .legacy import register_hf_model, upload, upload_and_register
    from .registering import not_registered, register
    from .run import RegistrationRun
    from .spec import RegistrationSpec

__all__ = [
    "FileSigner",
    "FurtherFields",
    "RegisterArguments",
    "RegistrationBatch",
    "RegistrationRun",
    "RegistrationSpec",
    "not_registered",
    "register",
    "register_hf_model",
    "upload",
    "upload_and_register",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}.arguments": ["FurtherFields", "RegisterArguments"],
        f"{__name__}.batch": ["RegistrationBatch"],
        f"{__name__}.files": ["FileSigner"],
        f"{__name__}.legacy": ["register_hf_model", "upload", "upload_and_register"],
        f"{__name__}.registering": ["not_registered", "register"],
        f"{__name__}.run": ["RegistrationRun"],
        f"{__name__}.spec": ["RegistrationSpec"],
    },
)
