"""Roots of trust of a sigstore deployment: fetched by TUF, and kept per deployment."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from platformdirs import user_data_dir

from model_registry.exceptions import AlreadyInitializedError, BaseSigningError, InitializationError

from . import oms
from .file_signatures import reason

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    Adapter = logging.LoggerAdapter[logging.Logger]

_FRESH = 24 * 60 * 60
"""Seconds for which roots of trust are used without asking whether they changed."""

_LIMIT = 512_000
_SERVICES = {
    "fulcio_url": "caUrls",
    "oidc_issuer": "oidcUrls",
    "rekor_url": "rekorTlogUrls",
    "tsa_url": "tsaUrls",
}


class TrustManager:
    """Fetches and keeps the roots of trust of sigstore deployments.

    Args:
        cache_dir: Where; a folder of the user's own data when not given.
        logger_adapter: Where it logs.
    """

    def __init__(self, cache_dir: str | os.PathLike[str] | None = None, *, logger_adapter: Adapter) -> None:
        self.base_cache_dir = (
            Path(cache_dir) if cache_dir else Path(user_data_dir("model-registry")) / "signing"
        )
        self._log = logger_adapter

    def get_tuf_cache_dir(self, tuf_url: str) -> Path:
        """Return the folder of one deployment.

        Args:
            tuf_url: Where its roots of trust are published.
        """
        return self.base_cache_dir / quote(tuf_url.rstrip("/"), safe="")

    def get_root_json_path(self, tuf_url: str) -> Path:
        """Return the file of the first root, which everything else is checked with.

        Args:
            tuf_url: Where the deployment's roots of trust are published.
        """
        return self.get_tuf_cache_dir(tuf_url) / "root.json"

    def get_trust_root_path(self, tuf_url: str) -> Path:
        """Return the file of certificates and keys that are trusted.

        Args:
            tuf_url: Where the deployment's roots of trust are published.
        """
        return self.get_tuf_cache_dir(tuf_url) / "root" / "targets" / "trusted_root.json"

    def get_trust_config_path(self, tuf_url: str) -> Path:
        """Return the file of these and of the services to sign with.

        Args:
            tuf_url: Where the deployment's roots of trust are published.
        """
        return self.get_tuf_cache_dir(tuf_url) / "trust_config.json"

    def initialize(
        self,
        tuf_url: str,
        root_url: str | None = None,
        root_checksum: str | None = None,
        fulcio_url: str | None = None,
        rekor_url: str | None = None,
        tsa_url: str | None = None,
        oidc_issuer: str | None = None,
        force: bool = False,
    ) -> dict[str, Any]:
        """Fetch the roots of trust of a deployment, and keep them.

        The first root of sigstore's public deployments came with the library; that of others is fetched from
        `root_url` once, and stored. Its checksum protects that download.

        Args:
            tuf_url: Where they are published.
            root_url: The first root, an address or a file; `root.json` below `tuf_url` when not given.
            root_checksum: SHA-256 of the first root, in hexadecimal.
            fulcio_url: The certificate authority; what is published when not given, as all of these.
            rekor_url: The transparency log.
            tsa_url: The timestamp authority.
            oidc_issuer: Who vouches for signers.
            force: Replace existing files.

        Returns:
            The client trust configuration, as its file has it.

        Raises:
            AlreadyInitializedError: There are roots of trust, and `force` was not given.
            InitializationError: They cannot be fetched, or are not what they should be.
        """
        path = self.get_trust_config_path(tuf_url)
        if path.exists() and not force:
            raise AlreadyInitializedError(f"Roots of trust are in {path} already: force=True replaces them.")
        oms.require_extra()
        try:
            root = self._first_root(tuf_url, root_url, root_checksum)
            trusted, services = self._download(tuf_url, root)
        except BaseSigningError:
            raise
        except OSError as error:
            raise InitializationError(
                f"Roots of trust cannot be kept: {error.strerror}: {error.filename}."
            ) from error
        except Exception as error:
            raise _failure(f"No roots of trust from {tuf_url}", error) from error
        config = {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": trusted,
            "signingConfig": services or _services_of(trusted),
        }
        config = with_services(
            config, fulcio_url=fulcio_url, rekor_url=rekor_url, tsa_url=tsa_url, oidc_issuer=oidc_issuer
        )
        _write(path, json.dumps(config, indent=2).encode())
        return config

    def current(self, tuf_url: str, root_url: str | None, root_checksum: str | None) -> dict[str, Any]:
        """Return the trust configuration of a deployment; check once a day whether it changed.

        Args:
            tuf_url: Where it is published.
            root_url: The first root, for when there is none yet.
            root_checksum: SHA-256 of the first root.

        Raises:
            InitializationError: There is none, and it cannot be fetched.
        """
        path = self.get_trust_config_path(tuf_url)
        kept = self.get_root_json_path(tuf_url)
        known = path.exists() and (not kept.exists() or _matches(kept.read_bytes(), root_checksum))
        if known and time.time() - path.stat().st_mtime < _FRESH:
            return _parsed(path)
        try:
            return self.initialize(tuf_url, root_url, root_checksum, force=True)
        except _UnreachableError as error:
            if not known:
                raise
            self._log.warning("Roots of trust are used that are older than a day: %s", error)
            return _parsed(path)

    def _first_root(self, tuf_url: str, root_url: str | None, checksum: str | None) -> bytes:
        kept = self.get_root_json_path(tuf_url)
        if kept.exists() and _matches(root := kept.read_bytes(), checksum):
            return root
        known = files("sigstore") / "_store" / quote(tuf_url.rstrip("/"), safe="") / "root.json"
        if known.is_file() and _matches(root := known.read_bytes(), checksum):
            return root
        places = (
            [root_url]
            if root_url
            else [f"{tuf_url.rstrip('/')}/{name}" for name in ("root.json", "1.root.json")]
        )
        root = _fetch_first(places)
        if not _matches(root, checksum):
            raise InitializationError(
                f"The root of trust at {' or '.join(places)} is not the expected one: its SHA-256 is "
                f"{hashlib.sha256(root).hexdigest()}, not {checksum}."
            )
        _write(kept, root)
        return root

    def _download(self, tuf_url: str, root: bytes) -> tuple[dict[str, Any], dict[str, Any] | None]:
        from tuf.ngclient.updater import Updater

        folder = self.get_tuf_cache_dir(tuf_url)
        targets = self.get_trust_root_path(tuf_url).parent
        metadata = folder / "metadata"
        for path in (targets, metadata):
            path.mkdir(parents=True, exist_ok=True)
        url = tuf_url.rstrip("/")
        updater = Updater(
            metadata_dir=str(metadata),
            metadata_base_url=url,
            target_dir=str(targets),
            target_base_url=f"{url}/targets",
            bootstrap=root,
        )
        updater.refresh()
        found: list[dict[str, Any] | None] = []
        for name in ("trusted_root.json", "signing_config.v0.2.json"):
            info = updater.get_targetinfo(name)
            place = info and (updater.find_cached_target(info) or updater.download_target(info))
            found.append(_parsed(Path(place)) if place else None)
        trusted, services = found
        if trusted is None:
            raise InitializationError(
                f"{tuf_url} publishes no trusted_root.json: is it of a sigstore deployment?"
            )
        for log in [*trusted.get("tlogs", []), *trusted.get("ctlogs", [])]:
            # Older deployments name the field otherwise.
            if "checkpointKeyId" in log:
                log.setdefault("logId", log.pop("checkpointKeyId"))
        return trusted, services


def with_services(config: Mapping[str, Any], **urls: str | None) -> dict[str, Any]:
    """Put services into a trust configuration, in place of those that it names.

    Args:
        config: The configuration; it stays as it is.
        **urls: `fulcio_url`, `rekor_url`, `tsa_url` and `oidc_issuer`; `None` keeps the value.
    """
    services = {_SERVICES[name]: [_service(name, url)] for name, url in urls.items() if url}
    return {**config, "signingConfig": {**config["signingConfig"], **services}}


def _service(name: str, url: str) -> dict[str, Any]:
    url = url.rstrip("/")
    if name == "tsa_url" and not url.endswith("/timestamp"):
        url += "/api/v1/timestamp"
    return {"url": url, "majorApiVersion": 1, "validFor": {"start": "2020-01-01T00:00:00Z"}, "operator": ""}


def _services_of(trusted: Mapping[str, Any]) -> dict[str, Any]:
    """Take the services from the addresses that stand beside their keys."""

    def named(kind: str, key: str, service: str) -> list[dict[str, Any]]:
        urls = [entry[key] for entry in trusted.get(kind, []) if entry.get(key)]
        return [_service(service, urls[0])] if urls else []

    return {
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": named("certificateAuthorities", "uri", "fulcio_url"),
        "oidcUrls": [],
        "rekorTlogUrls": named("tlogs", "baseUrl", "rekor_url"),
        "tsaUrls": named("timestampAuthorities", "uri", "tsa_url"),
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaConfig": {"selector": "ANY"},
    }


def _fetch_first(places: list[str]) -> bytes:
    from tuf.api.exceptions import DownloadError
    from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher

    place, *others = places
    try:
        if "://" not in place:
            return Path(place).read_bytes()
        return Urllib3Fetcher().download_bytes(place, _LIMIT)
    except (DownloadError, OSError) as error:
        if others:
            return _fetch_first(others)
        raise _failure(f"No first root of trust at {place}", error) from error


class _UnreachableError(InitializationError):
    """No server responded."""


def _failure(what: str, error: Exception) -> InitializationError:
    """Say why; what a network said is at the bottom of the library's errors."""
    from tuf.api.exceptions import DownloadError, DownloadHTTPError

    if isinstance(error, DownloadHTTPError):
        kind = _UnreachableError if error.status_code >= 500 else InitializationError
        return kind(f"{what}: {reason(error)}")
    if not isinstance(error, DownloadError):
        return InitializationError(f"{what}: {reason(error)}")
    bottom: BaseException = error
    while (cause := bottom.__cause__ or bottom.__context__) is not None:
        bottom = cause
    return _UnreachableError(f"{what}: {getattr(bottom, 'strerror', None) or bottom}.")


def _matches(data: bytes, checksum: str | None) -> bool:
    return checksum is None or hashlib.sha256(data).hexdigest() == checksum.lower().removeprefix("sha256:")


def _parsed(path: Path) -> dict[str, Any]:
    try:
        value: object = json.loads(path.read_bytes())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InitializationError(f"{path} is damaged: initialize(force=True) fetches it anew.")
    return cast("dict[str, Any]", value)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    partial.write_bytes(data)
    partial.replace(path)
