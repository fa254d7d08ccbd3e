"""Signing and verifying the files of models."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import Self

from model_registry.exceptions import (
    InitializationError,
    InvalidArgumentError,
    SigningError,
    VerificationError,
)

from .bundles import VERSION_URI, Bundle, check_version
from .file_signatures import Method, sign_files, verify_files
from .keyless import KeylessMethod
from .keys import CertificateMethod, KeyMethod
from .signer_log import SignerLog
from .trust import TrustManager, with_services

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from .config import SigningConfig

    PathLike = str | os.PathLike[str]

DEFAULT_FILENAME = "model.sig"


class ModelSigner:
    """Signs and verifies models: keyless when built by its constructor, or `with_key` or `with_certificate`.

    A signature covers the bytes and names of all files of a folder, but for what is ignored: the signature
    itself, `ignore_paths`, and what belongs to git (`.git`, `.gitattributes`, `.github`, `.gitignore`).

    Args:
        tuf_url: Where the deployment's roots of trust are published.
        root_url: The first of them; an address or a file.
        root_checksum: SHA-256 of the first root, in hexadecimal.
        identity_token_path: File of the identity token.
        fulcio_url: The certificate authority; what the deployment publishes when not given, as with the next
            two.
        rekor_url: The transparency log.
        tsa_url: The timestamp authority.
        certificate_identity: Who must have signed.
        oidc_issuer: Who must have vouched for the signer.
        cache_dir: Where roots of trust are kept.
        signature_filename: Name of signatures within the folder of a model; `model.sig` when not given.
        ignore_paths: What of a folder is not signed, relative to it.
        log_level: From which level on this signer logs; `WARNING` when not given.

    Attributes:
        logger: Where it logs.
        trust_manager: What keeps the roots of trust.
        version: URI of the version of a registry that signatures are for; `None` for any.
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
        cache_dir: PathLike | None = None,
        signature_filename: str | None = None,
        ignore_paths: Iterable[PathLike] | None = None,
        log_level: int | None = None,
    ) -> None:
        self.logger = SignerLog(type(self).__name__, log_level)
        self.trust_manager = TrustManager(cache_dir, logger_adapter=self.logger)
        self.tuf_url = tuf_url
        self.root_url = root_url
        self.root_checksum = root_checksum
        self.identity_token_path = identity_token_path
        self.fulcio_url = fulcio_url
        self.rekor_url = rekor_url
        self.tsa_url = tsa_url
        self.certificate_identity = certificate_identity
        self.oidc_issuer = oidc_issuer
        self.client_id: str | None = None
        self.signature_filename = signature_filename or DEFAULT_FILENAME
        self.ignore_paths = None if ignore_paths is None else tuple(ignore_paths)
        self.version: str | None = None
        self._version_required = False
        self._own: Method | None = None
        if Path(self.signature_filename).name != self.signature_filename:
            raise InvalidArgumentError(
                f"signature_filename is a name without a folder, not {signature_filename!r}."
            )

    @classmethod
    def from_config(cls, config: SigningConfig) -> Self:
        """Build a keyless one from settings.

        Args:
            config: The settings.
        """
        signer = cls(
            tuf_url=config.tuf_url,
            root_url=config.root_url,
            root_checksum=config.root_checksum,
            identity_token_path=config.identity_token_path,
            fulcio_url=config.fulcio_url,
            rekor_url=config.rekor_url,
            tsa_url=config.tsa_url,
            certificate_identity=config.certificate_identity,
            oidc_issuer=config.oidc_issuer,
            cache_dir=config.cache_dir,
            signature_filename=config.signature_filename,
            ignore_paths=config.ignore_paths,
        )
        signer.client_id = config.client_id
        return signer

    @classmethod
    def with_key(
        cls,
        private_key: PathLike | None = None,
        public_key: PathLike | None = None,
        password: str | bytes | None = None,
        *,
        signature_filename: str | None = None,
        ignore_paths: Iterable[PathLike] | None = None,
        log_level: int | None = None,
    ) -> Self:
        """Sign and verify with a key of one's own. No service is asked.

        Args:
            private_key: File of the private key (P-256, P-384 or P-521, PEM), to sign.
            public_key: File of the public key, to verify.
            password: Of the private key, when it is encrypted.
            signature_filename: Name of signatures within the folder of a model; `model.sig` when not given.
            ignore_paths: What of a folder is not signed, relative to it.
            log_level: From which level on this signer logs.

        Raises:
            InvalidArgumentError: Neither key was given.

        Example:
            >>> from pathlib import Path
            >>> from model_registry.signing import ModelSigner, create_key_pair
            >>> Path("churn").mkdir(); _ = Path("churn/model.onnx").write_bytes(b"weights")
            >>> create_key_pair("churn.key", "churn.pub")
            >>> ModelSigner.with_key(private_key="churn.key").sign("churn").name
            'model.sig'
            >>> ModelSigner.with_key(public_key="churn.pub").verify("churn")
        """
        signer = cls(signature_filename=signature_filename, ignore_paths=ignore_paths, log_level=log_level)
        signer._own = KeyMethod(private_key, public_key, password)
        return signer

    @classmethod
    def with_certificate(
        cls,
        private_key: PathLike | None = None,
        certificate: PathLike | None = None,
        chain: Iterable[PathLike] = (),
        *,
        roots: Iterable[PathLike] = (),
        identity: str | None = None,
        allow_expired: bool = False,
        signature_filename: str | None = None,
        ignore_paths: Iterable[PathLike] | None = None,
        log_level: int | None = None,
    ) -> Self:
        """Sign with a certificate, and verify that an authority of one's own issued it. No service is asked.

        Certificates that have expired or are not yet valid are refused. Revocation is not checked.

        Args:
            private_key: File of the certificate's key (P-256, P-384 or P-521, PEM, not encrypted), to sign.
            certificate: File of the certificate, to sign.
            chain: Files of the certificates between it and the root.
            roots: Files of the authorities that are trusted, to verify.
            identity: Who must have signed: a common name, email address, host name or URI of the certificate.
                When not given, anyone with a certificate of these authorities that is valid for signing.
            allow_expired: Accept signatures whose certificate has expired since, for archives: nothing proves
                that they were made before.
            signature_filename: Name of signatures within the folder of a model; `model.sig` when not given.
            ignore_paths: What of a folder is not signed, relative to it.
            log_level: From which level on this signer logs.

        Raises:
            InvalidArgumentError: There is nothing to sign or verify with.
        """
        signer = cls(signature_filename=signature_filename, ignore_paths=ignore_paths, log_level=log_level)
        signer._own = CertificateMethod(
            private_key, certificate, chain, roots, identity, allow_expired=allow_expired
        )
        return signer

    def for_version(self, version: str, *, required: bool = False) -> Self:
        """Return the same signer for one version of a registry.

        Its signatures name the version. It refuses signatures that name another one, so that an older version
        with a valid signature cannot pass as this one. `register` and `download` of the client do this.

        Args:
            version: The URI of the version, such as `model-registry://fraud/1.0`.
            required: Refuse signatures that name no version, too, such as those of other tools. By default,
                they are accepted.

        Raises:
            InvalidArgumentError: It is no such URI.
        """
        if not version.startswith(VERSION_URI):
            raise InvalidArgumentError(
                f"version must be a URI such as {VERSION_URI}fraud/1.0, got {version!r}"
            )
        bound = copy(self)
        bound.version = version
        bound._version_required = required  # noqa: SLF001  # a copy
        return bound

    def get_trust_config_path(self) -> Path:
        """Return the file that the deployment's roots of trust are kept in.

        Raises:
            SigningError: No deployment is known.
        """
        return self.trust_manager.get_trust_config_path(self._tuf_url())

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
        """Fetch the deployment's roots of trust. Signing and verifying do it when need be.

        Args:
            tuf_url: Where they are published; the signer's own when not given, as all of these.
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
        tuf_url = tuf_url or self.tuf_url
        if not tuf_url:
            raise InitializationError(_NO_DEPLOYMENT)
        self.trust_manager.initialize(
            tuf_url,
            root_url or self.root_url,
            root_checksum or self.root_checksum,
            fulcio_url or self.fulcio_url,
            rekor_url or self.rekor_url,
            tsa_url or self.tsa_url,
            oidc_issuer or self.oidc_issuer,
            force,
        )

    def sign(
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
        """Sign a model.

        Args:
            model_path: Its folder, or its only file.
            signature_path: Where the signature goes; `signature_filename` in the folder when not given, or
                beside the file with `.sig` added to its name.
            identity_token_path: File of the identity token; this and the next four for keyless signatures
                only, the signer's own when not given.
            fulcio_url: The certificate authority.
            rekor_url: The transparency log.
            tsa_url: The timestamp authority.
            client_id: Whom the identity token was issued for; its audience when not given.
            ignore_paths: What of the folder is not signed, relative to it; the signer's own when not given.

        Returns:
            Where the signature is.

        Raises:
            SigningError: It was not signed.
            InitializationError: The deployment's roots of trust cannot be fetched.
        """
        model = Path(model_path)
        method = self._own
        if method is None:
            token_path = identity_token_path or self.identity_token_path
            trust = with_services(
                self._trust(),
                fulcio_url=fulcio_url or self.fulcio_url,
                rekor_url=rekor_url or self.rekor_url,
                tsa_url=tsa_url or self.tsa_url,
            )
            method = KeylessMethod(
                trust, identity_token_path=token_path, client_id=client_id or self.client_id
            )
        elif any((identity_token_path, fulcio_url, rekor_url, tsa_url, client_id)):
            raise InvalidArgumentError(f"This signer signs with a {method.name}: it asks no service.")
        if ignore_paths is None:
            ignore_paths = self.ignore_paths or ()
        if model.is_dir():
            # A signature that was made elsewhere may be put there later.
            ignore_paths = [*ignore_paths, self.signature_filename]
        self.logger.info("Signing %s", model)
        signature = self.signature_path(model, signature_path)
        return sign_files(method, model, signature, ignore_paths, self.version)

    def signature_path(self, model_path: PathLike, given: PathLike | None = None) -> Path:
        """Return where the signature of a model is.

        Args:
            model_path: Its folder, or its only file.
            given: Where the caller wants it.
        """
        if given is not None:
            return Path(given)
        model = Path(model_path)
        if model.is_file():
            return model.with_name(f"{model.name}.sig")
        return model / self.signature_filename

    def verify(
        self,
        model_path: PathLike,
        signature_path: PathLike | None = None,
        certificate_identity: str | None = None,
        oidc_issuer: str | None = None,
    ) -> None:
        """Verify a model: the signature is valid, and the files are exactly those that were signed.

        Args:
            model_path: Its folder, or its only file.
            signature_path: The signature; where `sign` puts it when not given.
            certificate_identity: Who must have signed, for keyless signatures; the signer's own when not
                given.
            oidc_issuer: Who must have vouched for the signer; likewise.

        Raises:
            SignatureNotFoundError: There are no such files, or no signature.
            VerificationError: The signature is not valid, or files were changed, added, removed or renamed.
            InitializationError: The deployment's roots of trust cannot be fetched.
        """
        model = Path(model_path)
        method = self._own
        if method is None:
            identity, issuer = (
                certificate_identity or self.certificate_identity,
                oidc_issuer or self.oidc_issuer,
            )
            if not self.tuf_url:
                raise VerificationError(_NO_DEPLOYMENT)
            method = KeylessMethod(self._trust(), identity=identity, issuer=issuer)
        elif certificate_identity or oidc_issuer:
            raise InvalidArgumentError(f"This signer verifies with a {method.name}: it knows no issuers.")
        self.logger.info("Verifying %s", model)
        signature = self.signature_path(model, signature_path)
        verify_files(method, model, signature)
        if self.version is not None:
            check_version(Bundle(signature.absolute()), self.version, required=self._version_required)

    def _tuf_url(self) -> str:
        if not self.tuf_url:
            raise SigningError(_NO_DEPLOYMENT)
        return self.tuf_url

    def _trust(self) -> dict[str, object]:
        return self.trust_manager.current(self._tuf_url(), self.root_url, self.root_checksum)


_NO_DEPLOYMENT = (
    "No sigstore deployment is known: give tuf_url or set SIGSTORE_TUF_URL (the public one is "
    "https://tuf-repo-cdn.sigstore.dev), or use ModelSigner.with_key."
)
