"""Signing and verifying container images with the program `cosign`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import Self

from model_registry.exceptions import (
    AlreadyInitializedError,
    BaseSigningError,
    InitializationError,
    InvalidArgumentError,
    SigningError,
    SigningFileNotFoundError,
    VerificationError,
)

from .commands import NOT_FOUND, CommandError, CommandRunner
from .identity_tokens import read_identity_token
from .keyless import NOBODY_EXPECTED
from .signer_log import SignerLog

if TYPE_CHECKING:
    import os

    from .config import SigningConfig

    PathLike = str | os.PathLike[str]

HOW_TO_INSTALL = (
    "cosign signs images, and is not on the PATH: install it "
    "(https://docs.sigstore.dev/cosign/system_config/installation/)."
)


class ImageSigner:
    """Signs and verifies container images, keyless, by running `cosign`.

    Args:
        tuf_url: Where the deployment's roots of trust are published.
        root: The first of them; an address or a file.
        root_checksum: SHA-256 of the first root, in hexadecimal.
        identity_token_path: File of the identity token.
        fulcio_url: The certificate authority.
        rekor_url: The transparency log.
        certificate_identity: Who must have signed.
        oidc_issuer: Who must have vouched for the signer.
        client_id: Whom the identity token was issued for.
        log_level: From which level on this signer logs; `WARNING` when not given.

    Attributes:
        logger: Where it logs.
        runner: What runs `cosign`.

    Raises:
        SigningFileNotFoundError: There is no such token.
    """

    def __init__(
        self,
        tuf_url: str | None = None,
        root: str | None = None,
        root_checksum: str | None = None,
        identity_token_path: PathLike | None = None,
        fulcio_url: str | None = None,
        rekor_url: str | None = None,
        certificate_identity: str | None = None,
        oidc_issuer: str | None = None,
        client_id: str | None = None,
        log_level: int | None = None,
    ) -> None:
        self.logger = SignerLog(type(self).__name__, log_level)
        self.runner = CommandRunner(self.logger)
        if identity_token_path is not None and not Path(identity_token_path).exists():
            raise SigningFileNotFoundError(f"There is no identity token at {identity_token_path}.")
        self.tuf_url = tuf_url
        self.root = root
        self.root_checksum = root_checksum
        self.identity_token_path = identity_token_path
        self.fulcio_url = fulcio_url
        self.rekor_url = rekor_url
        self.certificate_identity = certificate_identity
        self.oidc_issuer = oidc_issuer
        self.client_id = client_id

    @classmethod
    def from_config(cls, config: SigningConfig) -> Self:
        """Build one from settings.

        Args:
            config: The settings.
        """
        return cls(
            tuf_url=config.tuf_url,
            root=config.root_url,
            root_checksum=config.root_checksum,
            identity_token_path=config.identity_token_path,
            fulcio_url=config.fulcio_url,
            rekor_url=config.rekor_url,
            certificate_identity=config.certificate_identity,
            oidc_issuer=config.oidc_issuer,
            client_id=config.client_id,
        )

    def initialize(
        self,
        tuf_url: str | None = None,
        root: str | None = None,
        root_checksum: str | None = None,
        force: bool = False,
    ) -> None:
        """Have `cosign` fetch the roots of trust into `~/.sigstore`.

        Signing and verifying do it when need be.

        Args:
            tuf_url: Where they are published; the signer's own when not given, as all of these.
            root: The first of them; an address or a file.
            root_checksum: SHA-256 of the first root, in hexadecimal.
            force: Replace existing files.

        Raises:
            AlreadyInitializedError: There are some, and `force` was not given.
            InitializationError: They cannot be fetched.
        """
        home = _home()
        if home.exists():
            if not force:
                raise AlreadyInitializedError(
                    f"Roots of trust are in {home} already: force=True replaces them."
                )
            shutil.rmtree(home)
        self._cosign(
            "initialize",
            {
                "--mirror": tuf_url or self.tuf_url,
                "--root": root or self.root,
                "--root-checksum": root_checksum or self.root_checksum,
            },
            failure=InitializationError,
            task="Fetching roots of trust",
        )

    def sign(
        self,
        image: str,
        identity_token_path: PathLike | None = None,
        fulcio_url: str | None = None,
        rekor_url: str | None = None,
        client_id: str | None = None,
    ) -> None:
        """Sign an image; the signature goes to the image's registry.

        Args:
            image: Its reference, with the digest: `quay.io/team/model@sha256:…`.
            identity_token_path: File of the identity token; the signer's own when not given, as all of these.
            fulcio_url: The certificate authority.
            rekor_url: The transparency log.
            client_id: Whom the identity token was issued for.

        Raises:
            SigningError: It was not signed.
        """
        image = _checked(image)
        token_path = identity_token_path or self.identity_token_path
        if token_path is not None:
            read_identity_token(token_path)
        fulcio_url, rekor_url = fulcio_url or self.fulcio_url, rekor_url or self.rekor_url
        self._ensure_initialized()
        self._cosign(
            "sign",
            {
                # The path and not the token, which other users of the machine could read in the process list.
                "--identity-token": None if token_path is None else str(token_path),
                "--fulcio-url": fulcio_url,
                "--rekor-url": rekor_url,
                "--oidc-issuer": self.oidc_issuer,
                "--oidc-client-id": client_id or self.client_id,
            },
            # From cosign 3 on the published list of services would win over these addresses.
            flags=["--yes", *(["--use-signing-config=false"] if fulcio_url or rekor_url else [])],
            image=image,
            failure=SigningError,
            task=f"Signing {image}",
        )

    def verify(
        self, image: str, certificate_identity: str | None = None, oidc_issuer: str | None = None
    ) -> None:
        """Verify the signature of an image.

        Args:
            image: Its reference, with the digest.
            certificate_identity: Who must have signed; the signer's own setting when not given.
            oidc_issuer: Who must have vouched for the signer; likewise.

        Raises:
            VerificationError: There is no such signature, or one of somebody else.
        """
        image = _checked(image)
        identity = certificate_identity or self.certificate_identity
        issuer = oidc_issuer or self.oidc_issuer
        if not identity or not issuer:
            raise VerificationError(NOBODY_EXPECTED)
        self._ensure_initialized()
        self._cosign(
            "verify",
            {"--certificate-identity": identity, "--certificate-oidc-issuer": issuer},
            image=image,
            failure=VerificationError,
            task=f"Verifying {image}",
        )

    def _ensure_initialized(self) -> None:
        if not _home().exists():
            self.initialize()

    def _cosign(
        self,
        command: str,
        options: dict[str, str | None],
        *,
        flags: list[str] | None = None,
        image: str | None = None,
        failure: type[BaseSigningError],
        task: str,
    ) -> None:
        given = [f"{name}={value}" for name, value in options.items() if value is not None]
        self.logger.info(task)
        try:
            self.runner.run(["cosign", command, *(flags or []), *given, *([image] if image else [])])
        except CommandError as error:
            if error.returncode == NOT_FOUND:
                raise failure(f"{task} failed: {HOW_TO_INSTALL}") from error
            raise failure(f"{task} failed: {error}") from error


def _home() -> Path:
    return Path.home() / ".sigstore"


def _checked(image: str) -> str:
    if not image or image.startswith("-") or any(sign.isspace() for sign in image):
        raise InvalidArgumentError(f"{image!r} names no image: give NAME@sha256:DIGEST.")
    return image
