"""Roots of trust, fetched from a TUF repository that is served over HTTP."""

import json
import logging
import os
import time

import pytest

from model_registry.signing import AlreadyInitializedError, InitializationError, TrustManager
from tests.support.sigstore import Deployment

LOG = logging.LoggerAdapter(logging.getLogger("tests"), {})
PUBLIC = "https://tuf-repo-cdn.sigstore.dev"


@pytest.fixture
def deployment(tmp_path):
    with Deployment(tmp_path / "tuf") as running:
        yield running


@pytest.fixture
def trust(tmp_path):
    return TrustManager(tmp_path / "trust", logger_adapter=LOG)


def test_fetched_and_kept(trust, deployment, tmp_path):
    config = trust.initialize(deployment.tuf_url, root_checksum=deployment.roots.checksum)
    folder = trust.get_tuf_cache_dir(deployment.tuf_url)
    assert folder.parent == tmp_path / "trust"
    assert config["trustedRoot"] == deployment.trusted_root()
    assert json.loads(trust.get_trust_config_path(deployment.tuf_url).read_text()) == config
    assert json.loads(trust.get_trust_root_path(deployment.tuf_url).read_text()) == config["trustedRoot"]
    assert trust.get_root_json_path(deployment.tuf_url).is_file()
    services = config["signingConfig"]
    assert [each["url"] for each in services["caUrls"]] == [deployment.url]
    assert [each["url"] for each in services["rekorTlogUrls"]] == [deployment.rekor_url]


def test_given_services(trust, deployment):
    config = trust.initialize(
        deployment.tuf_url,
        fulcio_url="https://f.example.org/",
        rekor_url="https://r.example.org",
        tsa_url="https://t.example.org",
        oidc_issuer="https://o.example.org",
    )
    services = config["signingConfig"]
    urls = [services[name][0]["url"] for name in ("caUrls", "rekorTlogUrls", "tsaUrls", "oidcUrls")]
    assert urls == [
        "https://f.example.org",
        "https://r.example.org",
        "https://t.example.org/api/v1/timestamp",
        "https://o.example.org",
    ]


def test_published_services(trust, deployment):
    published = {
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": [{"url": "https://published.example.org", "majorApiVersion": 1}],
    }
    targets = {
        "trusted_root.json": json.dumps(deployment.trusted_root()).encode(),
        "signing_config.v0.2.json": json.dumps(published).encode(),
    }
    deployment.roots.publish(targets, version=2)
    config = trust.initialize(deployment.tuf_url, rekor_url="https://r.example.org")
    assert config["signingConfig"]["caUrls"] == published["caUrls"]
    assert config["signingConfig"]["rekorTlogUrls"][0]["url"] == "https://r.example.org"


def test_older_name_of_a_field(trust, deployment):
    older = deployment.trusted_root()
    older["tlogs"][0]["checkpointKeyId"] = older["tlogs"][0].pop("logId")
    deployment.roots.publish({"trusted_root.json": json.dumps(older).encode()}, version=2)
    assert trust.initialize(deployment.tuf_url)["trustedRoot"] == deployment.trusted_root()


def test_not_replaced_without_being_told(trust, deployment):
    trust.initialize(deployment.tuf_url)
    with pytest.raises(AlreadyInitializedError) as raised:
        trust.initialize(deployment.tuf_url)
    assert isinstance(raised.value, FileExistsError)
    trust.initialize(deployment.tuf_url, force=True)


def test_root_from_a_file(trust, deployment, tmp_path):
    root = tmp_path / "kept.json"
    (deployment.roots.folder / "root.json").rename(root)
    trust.initialize(deployment.tuf_url, root_url=str(root))
    assert "GET /tuf/root.json" not in deployment.requests


def test_root_under_its_other_name(trust, deployment):
    (deployment.roots.folder / "root.json").unlink()
    trust.initialize(deployment.tuf_url)


def test_the_public_root_came_with_the_library(trust):
    root = json.loads(trust._first_root(PUBLIC, "http://127.0.0.1:1/root.json", None))
    assert root["signed"]["_type"] == "root"


def test_a_root_that_is_not_the_expected_one(trust, deployment):
    with pytest.raises(InitializationError, match="not the expected one"):
        trust.initialize(deployment.tuf_url, root_checksum="0" * 64)
    assert not trust.get_root_json_path(deployment.tuf_url).exists()


def test_a_kept_root_that_is_not_the_expected_one_is_fetched_anew(trust, deployment):
    trust.initialize(deployment.tuf_url)
    trust.get_root_json_path(deployment.tuf_url).write_text("{}")
    trust.initialize(deployment.tuf_url, root_checksum=deployment.roots.checksum.upper(), force=True)


def test_unreachable(trust, tmp_path):
    with pytest.raises(InitializationError, match=r"No first root of trust at http://127.0.0.1:1"):
        trust.initialize("http://127.0.0.1:1")
    with pytest.raises(InitializationError, match="No such file"):
        trust.initialize("http://127.0.0.1:1", root_url=str(tmp_path / "missing"))


def test_not_published(trust, deployment):
    deployment.refuse["/tuf/timestamp.json"] = (404, b"")
    with pytest.raises(InitializationError, match="404"):
        trust.initialize(deployment.tuf_url)


def test_no_sigstore_deployment(trust, deployment):
    deployment.roots.publish({"other": b""}, version=2)
    with pytest.raises(InitializationError, match=r"publishes no trusted_root\.json"):
        trust.initialize(deployment.tuf_url)


def test_expired(trust, deployment):
    deployment.roots.publish({"trusted_root.json": b"{}"}, version=2, expires=-5)
    with pytest.raises(InitializationError, match="expired"):
        trust.initialize(deployment.tuf_url)


def test_older_than_before(trust, deployment):
    targets = {"trusted_root.json": json.dumps(deployment.trusted_root()).encode()}
    deployment.roots.publish(targets, version=3)
    trust.initialize(deployment.tuf_url)
    deployment.roots.publish(targets, version=2)
    with pytest.raises(InitializationError, match="version"):
        trust.initialize(deployment.tuf_url, force=True)


def test_signed_by_somebody_else(trust, deployment, tmp_path):
    trust.initialize(deployment.tuf_url)
    with Deployment(tmp_path / "other") as other:
        for path in other.roots.folder.glob("*.json"):
            if "root" not in path.name:
                (deployment.roots.folder / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InitializationError, match="signed by"):
        trust.initialize(deployment.tuf_url, force=True)


def test_changed_target(trust, deployment):
    (target,) = (deployment.roots.folder / "targets").iterdir()
    target.write_bytes(target.read_bytes().replace(b"stand-in", b"STAND-IN"))
    with pytest.raises(InitializationError):
        trust.initialize(deployment.tuf_url)


def test_asked_again_after_a_day(trust, deployment, caplog):
    url = deployment.tuf_url
    first = trust.current(url, None, None)
    requests = len(deployment.requests)
    assert trust.current(url, None, None) == first
    assert len(deployment.requests) == requests
    path = trust.get_trust_config_path(url)
    yesterday = time.time() - 25 * 60 * 60
    os.utime(path, (yesterday, yesterday))
    newer = {**deployment.trusted_root(), "ctlogs": []}
    deployment.roots.publish({"trusted_root.json": json.dumps(newer).encode()}, version=2)
    assert trust.current(url, None, None)["trustedRoot"] == newer
    os.utime(path, (yesterday, yesterday))
    deployment.refuse["/tuf"] = (503, b"")
    assert trust.current(url, None, None)["trustedRoot"] == newer
    assert "older than a day" in caplog.text


def test_no_stale_roots_when_something_is_wrong(trust, deployment):
    url = deployment.tuf_url
    trust.current(url, None, None)
    yesterday = time.time() - 25 * 60 * 60
    os.utime(trust.get_trust_config_path(url), (yesterday, yesterday))
    deployment.roots.publish({"trusted_root.json": b"{}"}, version=2, expires=-5)
    with pytest.raises(InitializationError, match="expired"):
        trust.current(url, None, None)


def test_a_checksum_that_is_given_later_counts(trust, deployment):
    url = deployment.tuf_url
    trust.current(url, None, None)
    trust.current(url, None, deployment.roots.checksum)
    with pytest.raises(InitializationError, match="not the expected one"):
        trust.current(url, None, "0" * 64)
    deployment.refuse["/tuf"] = (503, b"")
    with pytest.raises(InitializationError, match="503"):
        trust.current(url, None, "0" * 64)


def test_damaged(trust, deployment):
    trust.initialize(deployment.tuf_url)
    trust.get_trust_config_path(deployment.tuf_url).write_text("{")
    with pytest.raises(InitializationError, match="fetches it anew"):
        trust.current(deployment.tuf_url, None, None)


def test_cannot_be_kept(deployment, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InitializationError, match="cannot be kept"):
        TrustManager(tmp_path / "file", logger_adapter=LOG).initialize(deployment.tuf_url)


def test_where_it_is_kept_otherwise(home):
    folder = TrustManager(logger_adapter=LOG).get_tuf_cache_dir("https://a.example.org/x/")
    assert (
        folder == home / ".local" / "share" / "model-registry" / "signing" / "https%3A%2F%2Fa.example.org%2Fx"
    )
