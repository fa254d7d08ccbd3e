"""The certificate of a server."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NoReturn

from model_registry.exceptions import InvalidArgumentError


def server_context(certificate: str, key: str | None) -> ssl.SSLContext:
    """Return the context of a server with a certificate.

    Args:
        certificate: PEM file with the certificate and its intermediate certificates.
        key: PEM file with its private key; None when it is in the same file.

    Raises:
        InvalidArgumentError: A file cannot be read or is not PEM, or the key does not match the certificate.
    """
    _check_readable(certificate)
    if key is not None:
        _check_readable(key)
    both = f"{certificate} and {key}" if key else certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a function, OpenSSL would ask for the password on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: _refuse_password(key or certificate))
    except ssl.SSLError as error:
        raise InvalidArgumentError(
            f"cannot use {both} for TLS ({error.reason or error}): use a certificate and its key (PEM)"
        ) from error
    return context


def _check_readable(path: str) -> None:
    try:
        Path(path).read_bytes()
    except OSError as error:
        raise InvalidArgumentError(f"cannot read {path}: {error.strerror}") from error


def _refuse_password(path: str) -> NoReturn:
    raise InvalidArgumentError(f"the private key in {path} is encrypted: use a key without a password")
