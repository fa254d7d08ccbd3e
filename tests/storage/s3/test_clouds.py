"""Google's and Azure's storage: what can be seen without them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError, StorageAccessError, StorageError
from model_registry.storage import AZStore, GSStore
from tests.support.folders import FILES, read_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.s3_faults import FaultyS3


def google(url: str, folder: Path) -> GSStore:
    """Build a store for another address than Google's, without signatures."""
    account = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
    place = folder / "account.json"
    place.write_text(json.dumps({**account, "gcs_base_url": url, "disable_oauth": True}))
    return GSStore(service_account=str(place))


def test_google_there_and_back(folder: Path, proxy: FaultyS3, tmp_path: Path) -> None:
    """Google's XML interface is that of S3, with tokens instead of signatures; they are dropped here."""
    proxy.dropped = frozenset({"authorization"})
    (folder / "big").write_bytes(os.urandom(1024 * 1024) * 12)
    store = google(proxy.url, tmp_path)
    uploaded = storage.upload(folder, "gs://open/fraud 1", store=store)
    assert uploaded.uri == "gs://open/fraud%201"
    back = storage.download(uploaded.uri, tmp_path / "back", store=store, expected=uploaded.digest)
    assert read_files(back) == {**FILES, "big": (folder / "big").read_bytes()}


def test_schemes_are_known() -> None:
    assert isinstance(storage.store_for("gs://models/x"), GSStore)
    assert isinstance(storage.store_for("az://models/x"), AZStore)


def test_azure_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    store = AZStore(account_key="c2VjcmV0")
    with pytest.raises(InvalidArgumentError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        store.list_files("az://models/x")
    assert store._locate("az://models/x y?account=here").uri == "az://models/x%20y?account=here"
    with pytest.raises(InvalidArgumentError, match="'sig'"):
        store.list_files("az://models/x?account=here&sig=secret")


@pytest.mark.parametrize("variable", [None, "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY"])
def test_14_12_azure_key_that_is_not_base64(
    variable: str | None, proxy: FaultyS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable is not None:
        monkeypatch.setenv(variable, "not-base64!")
    given = "not-base64!" if variable is None else None
    with pytest.raises(StorageAccessError, match=f"The {variable or 'account_key'} is not base64") as caught:
        AZStore(account="here1", account_key=given, endpoint=proxy.url).list_files("az://models/x")
    assert "not-base64" not in str(caught.value)
    assert proxy.seen == []


def test_nobody_at_the_endpoint(folder: Path, tmp_path: Path) -> None:
    for store, uri in (
        (AZStore(account="here", account_key="c2VjcmV0", endpoint="http://127.0.0.1:9"), "az://models/x"),
        (google("http://127.0.0.1:9", tmp_path), "gs://models/x"),
    ):
        with pytest.raises(StorageError, match="no server listens") as caught:
            storage.upload(folder, uri, store=store)
        assert "c2VjcmV0" not in str(caught.value)
