"""One signer for the files of models and for images, configured once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .config import SigningConfig
from .image_signer import ImageSigner
from .model_signer import ModelSigner
from .signer_log import SignerLog

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path

    PathLike = str | os.PathLike[str]


class Signer:
    """Signs and verifies models and images, keyless, with settings from arguments and the environment.

    Args:
        tuf_url: Where the deployment's roots of trust are published; `SIGSTORE_TUF_URL` when not given.
        root_url: The first of them; `root.json` below `tuf_url` when not given.
        root_checksum: SHA-256 of the first root, in hexadecimal.
        identity_token_path: File of the identity token; that of the Kubernetes service account when not
            given.
        fulcio_url: The certificate authority; `SIGSTORE_FULCIO_URL` when not given.
        rekor_url: The transparency log; `SIGSTORE_REKOR_URL` when not given.
        tsa_url: The timestamp authority; `SIGSTORE_TSA_URL` when not given.
        certificate_identity: Who must have signed; the token's holder when not given.
        oidc_issuer: Who must have vouched for the signer; the token's issuer when not given.
        client_id: Whom the token was issued for; its audience when not given.
        cache_dir: Where roots of trust are kept.
        signature_filename: Name of signatures within the folder of a model.
        ignore_paths: What of a folder is not signed; `.cache` when not given.
        log_level: From which level on it logs; `WARNING` when not given.

    Attributes:
        config: The settings.
        model_signer: What signs models.
        image_signer: What signs images.
        logger: Where it logs.

    Example:
        >>> from model_registry.signing import Signer
        >>> Signer(tuf_url="https://tuf.example.org").model_signer.signature_filename
        'model.sig'
    """

    def __init__(
        self,
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
        signature_filename: str = "model.sig",
        ignore_paths: Iterable[PathLike] | None = None,
        log_level: int | None = None,
    ) -> None:
        self.logger = SignerLog(type(self).__name__, log_level)
        self.config = SigningConfig.create(
            tuf_url=tuf_url,
            root_url=root_url,
            root_checksum=root_checksum,
            identity_token_path=identity_token_path,
            fulcio_url=fulcio_url,
            rekor_url=rekor_url,
            tsa_url=tsa_url,
            certificate_identity=certificate_identity,
            oidc_issuer=oidc_issuer,
            client_id=client_id,
            cache_dir=cache_dir,
            signature_filename=signature_filename,
            ignore_paths=ignore_paths,
        )
        self.model_signer = ModelSigner.from_config(self.config)
        self.image_signer = ImageSigner.from_config(self.config)
        if log_level is not None:
            self.set_log_level(log_level)

    def set_log_level(self, level: int) -> None:
        """Set from which level on this signer and its two parts log.

        Args:
            level: The level, such as `logging.DEBUG`.
        """
        for log in (self.logger, self.model_signer.logger, self.image_signer.logger):
            log.set_log_level(level)

    def initialize(
        self,
        tuf_url: str | None = None,
        root_url: str | None = None,
        root_checksum: str | None = None,
        fulcio_url: str | None = None,
        rekor_url: str | None = None,
        tsa_url: str | None = None,
        oidc_issuer: str | None = None,
        force: bool = False,
    ) -> None:
        """Fetch the deployment's roots of trust, for models and for images.

        Args:
            tuf_url: Where they are published; the configured one when not given, as all of these.
            root_url: The first of them; an address or a file.
            root_checksum: SHA-256 of the first root, in hexadecimal.
            fulcio_url: The certificate authority.
            rekor_url: The transparency log.
            tsa_url: The timestamp authority.
            oidc_issuer: Who vouches for signers.
            force: Replace existing files.

        Raises:
            AlreadyInitializedError: There are some, and `force` was not given.
            InitializationError: They cannot be fetched, or are not what they should be.
        """
        self.model_signer.initialize(
            tuf_url, root_url, root_checksum, fulcio_url, rekor_url, tsa_url, oidc_issuer, force
        )
        self.image_signer.initialize(tuf_url, root_url, root_checksum, force)

    def sign_model(
        self,
        model_path: PathLike,
        signature_path: PathLike | None = None,
        identity_token_path: PathLike | None = None,
        fulcio_url: str | None = None,
        rekor_url: str | None = None,
        tsa_url: str | None = None,
        client_id: str | None = None,
        ignore_paths: Iterable[PathLike] | None = None,
    ) -> Path:
        """Sign a model; see `ModelSigner.sign`.

        Args:
            model_path: Its folder, or its only file.
            signature_path: Where the signature goes; in the folder when not given.
            identity_token_path: File of the identity token; the configured one when not given, as the
                following.
            fulcio_url: The certificate authority.
            rekor_url: The transparency log.
            tsa_url: The timestamp authority.
            client_id: Whom the identity token was issued for.
            ignore_paths: What of the folder is not signed, relative to it.

        Returns:
            Where the signature is.

        Raises:
            SigningError: It was not signed.
            InitializationError: The deployment's roots of trust cannot be fetched.
        """
        return self.model_signer.sign(
            model_path,
            signature_path,
            identity_token_path,
            fulcio_url,
            rekor_url,
            tsa_url,
            client_id,
            ignore_paths,
        )

    def verify_model(
        self,
        model_path: PathLike,
        signature_path: PathLike | None = None,
        certificate_identity: str | None = None,
        oidc_issuer: str | None = None,
    ) -> None:
        """Verify a model; see `ModelSigner.verify`.

        Args:
            model_path: Its folder, or its only file.
            signature_path: The signature; where `sign_model` puts it when not given.
            certificate_identity: Who must have signed; the configured one when not given.
            oidc_issuer: Who must have vouched for the signer; the configured one when not given.

        Raises:
            VerificationError: The signature is not valid, or files were changed, added, removed or renamed.
            InitializationError: The deployment's roots of trust cannot be fetched.
        """
        self.model_signer.verify(model_path, signature_path, certificate_identity, oidc_issuer)

    def sign_image(
        self,
        image: str,
        identity_token_path: PathLike | None = None,
        fulcio_url: str | None = None,
        rekor_url: str | None = None,
        client_id: str | None = None,
    ) -> None:
        """Sign an image; see `ImageSigner.sign`.

        Args:
            image: Its reference, with the digest: `quay.io/team/model@sha256:…`.
            identity_token_path: File of the identity token; the configured one when not given, as the
                following.
            fulcio_url: The certificate authority.
            rekor_url: The transparency log.
            client_id: Whom the identity token was issued for.

        Raises:
            SigningError: It was not signed.
        """
        self.image_signer.sign(image, identity_token_path, fulcio_url, rekor_url, client_id)

    def verify_image(
        self, image: str, certificate_identity: str | None = None, oidc_issuer: str | None = None
    ) -> None:
        """Verify an image; see `ImageSigner.verify`.

        Args:
            image: Its reference, with the digest.
            certificate_identity: Who must have signed; the configured one when not given.
            oidc_issuer: Who must have vouched for the signer; the configured one when not given.

        Raises:
            VerificationError: There is no such signature, or one of somebody else.
        """
        self.image_signer.verify(image, certificate_identity, oidc_issuer)
