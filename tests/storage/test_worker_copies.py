"""Stores that are sent to other processes."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError
from model_registry.storage.oci import OCIStore
from tests.support.range_server import RangeServer

SETTINGS = {
    storage.S3Store: {"access_key_id": "key", "secret_access_key": "secret", "region": "eu-west-1"},
    storage.GSStore: {"anonymous": True},
    storage.AZStore: {"account": "models", "account_key": "c2VjcmV0"},
    storage.HTTPStore: {"token": "secret", "host": "models.example.org"},
    storage.HFStore: {"token": "hf_secret", "endpoint": "https://hub.example.org"},
    OCIStore: {"username": "ann", "password": "secret", "registry": "quay.io"},
}


@pytest.mark.parametrize("store", SETTINGS, ids=lambda store: store.__name__)
def test_15_9_a_store_travels_by_its_settings(store):
    created = store(**SETTINGS[store])
    for other in (pickle.loads(pickle.dumps(created)), copy.deepcopy(created)):
        assert type(other) is store
        assert other is not created
        assert other._arguments.values == created._arguments.values
        assert SETTINGS[store].items() <= other._arguments.values.items()
        assert pickle.dumps(other) == pickle.dumps(created)
    assert set(inspect.signature(store).parameters) == set(created._arguments.values)


@pytest.mark.parametrize("store", [storage.S3Store, storage.HTTPStore, OCIStore])
def test_15_9_a_store_for_one_entry_stays_where_it_is(store):
    limited = store().for_entry(storage.Allow(schemes=["https"]))
    with pytest.raises(InvalidArgumentError, match="send the store that you created"):
        pickle.dumps(limited)


def fetch(store: storage.HTTPStore, uri: str) -> bytes:
    with storage.open(uri, store=store) as file:
        return file.read()


def test_15_9_a_worker_reads_with_the_store():
    context = multiprocessing.get_context("spawn")
    with RangeServer() as server, ProcessPoolExecutor(1, mp_context=context) as pool:
        server.files["model.onnx"] = b"weights"
        store = storage.HTTPStore(token="secret")
        uri = f"{server.url}/model.onnx"
        assert fetch(store, uri) == b"weights"
        assert pool.submit(fetch, store, uri).result(60) == b"weights"
