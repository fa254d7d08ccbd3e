"""TLS settings made of what users give, and what its failures mean."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Protocol

from model_registry.connection.pem import is_pem
from model_registry.exceptions import InvalidArgumentError

_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.\d+")  # how OpenSSL finds a certificate in a folder
_CERTIFICATE_SUFFIXES = frozenset({".pem", ".crt", ".cer"})


class TLSSettings(Protocol):
    """What TLS needs of a connection; `Connection` describes it."""

    @property
    def ca(self) -> str | None:
        """Authorities to trust."""
        ...

    @property
    def client_cert(self) -> str | None:
        """Certificate to show to the server."""
        ...

    @property
    def client_key(self) -> str | None:
        """Its key."""
        ...

    @property
    def verify(self) -> bool:
        """Whether to check the certificate of the server."""
        ...


def client_context(connection: TLSSettings) -> ssl.SSLContext:
    """Build the TLS settings of a connection. Loading the system's authorities takes some 20 ms.

    Raises:
        InvalidArgumentError: A certificate or key cannot be used.
    """
    context = _trusting(connection.ca)
    if connection.client_cert is not None:
        _show(context, connection.client_cert, connection.client_key)
    if not connection.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def explained(error: ssl.SSLError, host: str, *, has_ca: bool = False) -> str:
    """Say why TLS with a host failed, and which argument mends it.

    Args:
        error: What the handshake raised.
        host: Name of the server.
        has_ca: Whether authorities were given with `ca`.

    Example:
        >>> import ssl
        >>> from model_registry.connection.tls import explained
        >>> print(explained(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "localhost"))
        localhost does not speak TLS on this port. Use http:// in the address, or another port.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        is_strict = any(words in error.verify_message.lower() for words in _STRICT_WORDS)
        unknown = _OTHER_AUTHORITY if has_ca else _PRIVATE_AUTHORITY
        advice = _BY_VERIFY_CODE.get(error.verify_code, _STRICT if is_strict else unknown)
        problem = error.verify_message.rstrip(".")
        return f"The certificate of {host} is not valid for us: {problem}. {advice} {_NO_CHECK}"
    text = str(error).lower().replace("_", " ")
    for words, meaning in _BY_TEXT:
        if words in text:
            return meaning.format(host=host)
    return f"TLS with {host} failed: {_reason(error)}. Is this a TLS port?"


_PRIVATE_AUTHORITY = (
    "If a private authority issued it, give its certificate: ca='/path/to/ca.pem' "
    "(custom_ca= of ModelRegistry and of secure_connection)."
)
_NO_CHECK = "verify=False connects without this check, but then others can read along."
_OTHER_AUTHORITY = (
    "None of the authorities given with ca= (custom_ca=) issued it: give the certificate of the one that did."
)
_STRICT = (
    "Python 3.13 and later refuse certificates that do not follow RFC 5280 in this. Have the certificate, or "
    "that of its authority, issued again with the standard extensions."
)
_STRICT_WORDS = ("key identifier", "not marked critical", "basic constraints", "key usage", "pathlen")
_OTHER_NAME = "Use a host name that the certificate holds, or have it issued for this one."
_BY_VERIFY_CODE = {  # X509_V_ERR_... of OpenSSL
    9: "Is this machine's clock right?",  # not yet valid
    10: "Have the server's certificate renewed, or check this machine's clock.",  # expired
    62: _OTHER_NAME,
    64: _OTHER_NAME,  # the same for an IP address
}
_NO_TLS = "{host} does not speak TLS on this port. Use http:// in the address, or another port."
_WANTS_CERTIFICATE = (
    "{host} wants a client certificate. Give client_cert='/path/to/cert.pem' "
    "and client_key='/path/to/key.pem'."
)
_BY_TEXT = (
    ("wrong version number", _NO_TLS),
    ("record layer failure", _NO_TLS),
    ("packet length too long", _NO_TLS),
    ("certificate required", _WANTS_CERTIFICATE),
    (
        "handshake failure",
        "{host} agreed to no way of encryption. Does it want a client certificate (client_cert=)?",
    ),
    (
        "unknown ca",
        "{host} does not trust the client certificate. Have it issued by an authority of the server's.",
    ),
    ("bad certificate", "{host} refused the client certificate. Is client_cert the right one, and current?"),
    ("certificate expired", "{host} refused the client certificate: it has expired. Renew client_cert."),
    ("protocol version", "{host} speaks only versions of TLS that this Python refuses. Update the server."),
)


def _trusting(ca: str | None) -> ssl.SSLContext:
    """Build settings that trust these authorities and no others."""
    if ca is None:
        return ssl.create_default_context()
    try:
        if is_pem(ca):
            return ssl.create_default_context(cadata=ca)
        path = Path(ca)
        if not path.is_dir():
            return ssl.create_default_context(cafile=ca)
        files = sorted(path.iterdir())
        if any(_HASHED_NAME.fullmatch(file.name) for file in files):
            return ssl.create_default_context(capath=ca)
        texts = [file.read_text("ascii", "ignore") for file in files if file.suffix in _CERTIFICATE_SUFFIXES]
        return ssl.create_default_context(cadata="\n".join(texts) or "no file in it")
    except FileNotFoundError:
        raise InvalidArgumentError(
            f"ca must be a PEM text, file or folder: there is no file or folder {ca!r}"
        ) from None
    except (OSError, ValueError) as error:  # SSLError is an OSError
        shown = "the PEM text" if is_pem(ca) else repr(ca)
        raise InvalidArgumentError(
            f"ca cannot be used, {shown} holds no certificate: {_reason(error)}"
        ) from None


def _show(context: ssl.SSLContext, client_cert: str, client_key: str | None) -> None:
    try:
        # An empty password keeps OpenSSL from asking for one at the terminal.
        context.load_cert_chain(client_cert, client_key, password="")
    except FileNotFoundError:
        missing = client_cert if client_key is None or not Path(client_cert).exists() else client_key
        argument = "client_cert" if missing == client_cert else "client_key"
        raise InvalidArgumentError(
            f"{argument} must be the path of a PEM file, there is none at {missing!r}"
        ) from None
    except OSError as error:
        raise InvalidArgumentError(
            f"client_cert {client_cert!r} with client_key {client_key!r} cannot be used: "
            f"{_reason(error)}. Both must be PEM and belong together, and the key must not be encrypted"
        ) from None


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
