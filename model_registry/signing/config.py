"""Where a sigstore deployment is, and who signs: from arguments, the environment, and the identity token."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence  # noqa: TC003  # pydantic reads them
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel
from typing_extensions import Self

from model_registry.connection.tokens import SERVICE_ACCOUNT_FILE
from model_registry.exceptions import IdentityTokenError

from .identity_tokens import certificate_identity_of, decode_jwt_payload, extract_client_id

PathLike: TypeAlias = str | os.PathLike[str]

DEFAULT_IGNORE_PATHS = (".cache",)
"""What `create` leaves out of signatures: downloads keep their own notes there."""

VARIABLES = {
    "tuf_url": "SIGSTORE_TUF_URL",
    "fulcio_url": "SIGSTORE_FULCIO_URL",
    "rekor_url": "SIGSTORE_REKOR_URL",
    "tsa_url": "SIGSTORE_TSA_URL",
}
"""Environment variables of the services."""


class SigningConfig(BaseModel):
    """Settings of keyless signing. `create` fills them from the environment; the constructor does not.

    Attributes:
        tuf_url: Where the deployment's roots of trust are published.
        root_url: The first of them; an address or a file.
        root_checksum: SHA-256 of the first root, in hexadecimal.
        identity_token_path: File of the identity token.
        fulcio_url: The certificate authority.
        rekor_url: The transparency log.
        tsa_url: The timestamp authority.
        certificate_identity: Who must have signed.
        oidc_issuer: Who must have vouched for the signer.
        client_id: Whom the identity token was issued for.
        cache_dir: Where roots of trust are kept.
        cosign_bin_url: Where cosign can be had; kept for programs that set it.
        signature_filename: Name of signatures within the folder of a model.
        ignore_paths: What of a folder is not signed.
    """

    tuf_url: str | None = None
    root_url: str | None = None
    root_checksum: str | None = None
    identity_token_path: Path | None = None
    fulcio_url: str | None = None
    rekor_url: str | None = None
    tsa_url: str | None = None
    certificate_identity: str | None = None
    oidc_issuer: str | None = None
    client_id: str | None = None
    cache_dir: Path | None = None
    cosign_bin_url: str | None = None
    signature_filename: str | None = None
    ignore_paths: Sequence[Path] | None = None

    @classmethod
    def create(
        cls,
        tuf_url: str | None = None,
        root_url: str | None = None,
        root_checksum: str | None = None,
        identity_token_path: PathLike | None = None,
        fulcio_url: str | None = None,
        rekor_url: str | None = None,
        tsa_url: str | None = None,
        certificate_identity: str | None = None,
        oidc_issuer: str | None = None,
        client_id: str | None = None,
        cache_dir: PathLike | None = None,
        cosign_bin_url: str | None = None,
        signature_filename: str | None = None,
        ignore_paths: Iterable[PathLike] | None = None,
    ) -> Self:
        """Take what is given, and the rest from the environment.

        The addresses are in `SIGSTORE_TUF_URL`, `SIGSTORE_FULCIO_URL`, `SIGSTORE_REKOR_URL` and
        `SIGSTORE_TSA_URL`; the token is that of the Kubernetes service account, and names who signs.

        Args:
            tuf_url: Where the deployment's roots of trust are published.
            root_url: The first of them; `root.json` below `tuf_url` when not given.
            root_checksum: SHA-256 of the first root, in hexadecimal.
            identity_token_path: File of the identity token; "" for none.
            fulcio_url: The certificate authority.
            rekor_url: The transparency log.
            tsa_url: The timestamp authority.
            certificate_identity: Who must have signed; the token's holder when not given.
            oidc_issuer: Who must have vouched for the signer; the token's issuer when not given.
            client_id: Whom the token was issued for; its audience when not given.
            cache_dir: Where roots of trust are kept.
            cosign_bin_url: Where cosign can be had.
            signature_filename: Name of signatures within the folder of a model.
            ignore_paths: What of a folder is not signed; `.cache` when not given.

        Returns:
            The settings.

        Example:
            >>> from model_registry.signing import SigningConfig
            >>> SigningConfig.create(tuf_url="https://tuf.example.org/").root_url
            'https://tuf.example.org/root.json'
        """
        given = {"tuf_url": tuf_url, "fulcio_url": fulcio_url, "rekor_url": rekor_url, "tsa_url": tsa_url}
        services = {
            name: os.environ.get(VARIABLES[name]) or None if value is None else value
            for name, value in given.items()
        }
        if root_url is None and services["tuf_url"]:
            root_url = services["tuf_url"].rstrip("/") + "/root.json"
        token_path = _token_path(identity_token_path)
        claims = _claims(token_path)
        return cls(
            **services,
            root_url=root_url,
            root_checksum=root_checksum,
            identity_token_path=token_path,
            certificate_identity=certificate_identity or certificate_identity_of(claims),
            oidc_issuer=oidc_issuer or claims.get("iss"),
            client_id=client_id or extract_client_id(claims),
            cache_dir=Path(cache_dir).absolute() if cache_dir else None,
            cosign_bin_url=cosign_bin_url,
            signature_filename=signature_filename,
            ignore_paths=[
                Path(path) for path in (DEFAULT_IGNORE_PATHS if ignore_paths is None else ignore_paths)
            ],
        )


def _token_path(given: PathLike | None) -> Path | None:
    if given is not None:
        return Path(given) if os.fspath(given) else None
    return SERVICE_ACCOUNT_FILE if SERVICE_ACCOUNT_FILE.exists() else None


def _claims(path: Path | None) -> dict[str, Any]:
    # Signing reports a token that cannot be read; verifying needs none.
    try:
        return decode_jwt_payload(path.read_text(encoding="ascii")) if path else {}
    except (OSError, ValueError, IdentityTokenError):
        return {}
