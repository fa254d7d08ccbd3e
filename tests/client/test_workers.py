"""Clients that are sent to other processes."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry, ModelRegistryAPIClient
from model_registry.exceptions import InvalidArgumentError
from model_registry.types import ListOptions, Page, Pager


def names(registry: ModelRegistry) -> list[str]:
    with registry:
        return [model.name for model in registry.list_models()]


def test_a_worker_process(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    context = multiprocessing.get_context("spawn")
    with (
        ModelRegistry.local("registry.db", author="ann") as registry,
        ProcessPoolExecutor(1, mp_context=context) as pool,
    ):
        registry.register("fraud", "1")
        assert pool.submit(names, registry).result(60) == ["fraud"]
        assert names(registry) == ["fraud"]


@pytest.mark.parametrize("kind", [ModelRegistry, AsyncModelRegistry])
def test_settings_travel_as_they_were_given(kind, tmp_path):
    token = tmp_path / "token"
    token.write_text("secret")
    registry = kind("http://127.0.0.1:1", author="ann", user_token=token, read_timeout=7)
    data = pickle.dumps(registry)
    assert b"secret" not in data
    other = pickle.loads(data)
    assert type(other) is kind
    assert other.author == "ann"
    assert other.connection == registry.connection
    assert other.connection.token == token


def test_core_clients():
    client = ModelRegistryAPIClient.connect("http://127.0.0.1:1", token="secret")
    assert pickle.loads(pickle.dumps(client)).connection == client.connection
    assert copy.deepcopy(client).connection == client.connection


def test_what_cannot_travel_says_why(tmp_path):
    with ModelRegistry.local(author="ann") as registry:
        with pytest.raises(InvalidArgumentError, match="in memory exists only in its process"):
            pickle.dumps(registry)
        with pytest.raises(InvalidArgumentError, match="send the client and list there"):
            pickle.dumps(registry.list_models())
    with (
        ModelRegistry.local(tmp_path / "registry.db", author="ann") as registry,
        registry.dry_run() as trial,
        pytest.raises(InvalidArgumentError, match="a dry run cannot be sent"),
    ):
        pickle.dumps(trial)


def numbers(options: ListOptions) -> Page[int]:
    return Page([1, 2])


def test_a_pager_of_a_function_that_can_travel():
    assert list(pickle.loads(pickle.dumps(Pager(numbers)))) == [1, 2]
