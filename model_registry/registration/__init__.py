"""What `register` does: check its arguments, upload files, and create a model, a version and artifacts."""

from __future__ import annotations

from .arguments import FurtherFields, RegisterArguments
from .batch import RegistrationBatch
from .files import FileSigner
from .register import not_registered, register
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
]
