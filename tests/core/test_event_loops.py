"""Connections: how many there are, who may use them, when they end."""

import asyncio
import gc
import pickle
import ssl
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
import trustme

from model_registry import ModelRegistryAPIClient
from model_registry.exceptions import RegistryConnectionError, StoreError
from model_registry.types import RegisteredModel
from tests.support.backends import Server
from tests.support.clients import connect
from tests.support.servers import CannedServer, Reply, unused_port

EMPTY = Reply({"items": [], "nextPageToken": "", "pageSize": 0, "size": 0})


async def call(client):
    return await client.get_registered_models()


async def test_twenty_calls_open_one_connection(proxy):
    async with connect(proxy.url) as client:
        for _ in range(20):
            await call(client)
    assert len(proxy.requests) == 20
    assert proxy.connections == 1
    assert proxy.wait_until_left()


async def test_building_sends_nothing_and_needs_no_server(canned):
    client = connect(canned.url)
    assert repr(client) == f"ModelRegistryAPIClient({canned.url!r})"
    await client.close()
    async with connect(f"http://127.0.0.1:{unused_port()}"):
        pass
    assert canned.connections == 0


def test_building_needs_no_loop_and_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ModelRegistryAPIClient.local("registry.db")
    ModelRegistryAPIClient.secure_connection("registry.example.org", user_token="secret")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def clients(served, in_process):
    """A client of each way, to be used from loops that the test makes."""
    over_http = connect(served)
    yield [over_http, in_process]
    asyncio.run(over_http.close())


def test_one_loop_after_the_other(clients):
    for client in clients:
        for _ in range(3):
            asyncio.run(call(client))


def test_one_loop_after_the_other_has_a_connection_each(proxy):
    client = connect(proxy.url)

    async def twice():
        await call(client)
        await call(client)

    for rounds in (1, 2, 3):
        asyncio.run(twice())
        assert proxy.connections == rounds
        assert proxy.wait_until_left()
    asyncio.run(client.close())


def test_many_loops_at_once(clients, unique):
    count = 6
    barrier = threading.Barrier(count)

    def register(client, number):
        barrier.wait()
        given = RegisteredModel(f"{unique}{number}")
        return asyncio.run(client.upsert_registered_model(given)).name

    for client in clients:
        with ThreadPoolExecutor(count) as pool:
            names = list(pool.map(lambda n, c=client: register(c, n), range(count)))
        assert names == [f"{unique}{number}" for number in range(count)]


async def test_many_first_calls_at_once_over_tls_build_the_context_once(monkeypatch, tmp_path):
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with CannedServer(context) as server:
        server.reply = EMPTY
        client = ModelRegistryAPIClient.secure_connection(
            "localhost", server.port, user_token="t", custom_ca=str(ca_file)
        )
        contexts = []
        build = ssl.SSLContext.load_verify_locations

        def count(context, *args, **kwargs):
            contexts.append(context)
            return build(context, *args, **kwargs)

        monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", count)
        async with client:
            await asyncio.gather(*(call(client) for _ in range(20)))
            opened = server.connections
            for _ in range(5):
                await call(client)
            await asyncio.to_thread(asyncio.run, call(client))
        assert server.connections == opened + 1
        assert len(server.requests) == 26
    assert len(contexts) == 1


async def test_closing_releases_the_sockets(proxy):
    client = connect(proxy.url)
    await asyncio.gather(*(call(client) for _ in range(5)))
    assert proxy.open_connections > 0
    await client.close()
    assert proxy.wait_until_left()
    await client.close()


def test_closing_releases_the_sockets_of_other_loops_too(proxy):
    client = connect(proxy.url)
    called, may_end = threading.Event(), threading.Event()

    async def stay():
        await call(client)
        called.set()
        await asyncio.to_thread(may_end.wait, 30)

    thread = threading.Thread(target=lambda: asyncio.run(stay()))
    thread.start()
    assert called.wait(30)
    assert proxy.open_connections == 1
    asyncio.run(client.close())
    assert proxy.wait_until_left()
    may_end.set()
    thread.join(30)


async def test_calls_after_closing_are_refused(served, in_process):
    for client in (connect(served), ModelRegistryAPIClient.local()):
        async with client:
            await call(client)
        with pytest.raises(StoreError, match="is closed: create a new client"):
            await call(client)


async def test_closing_during_a_call_ends_it_with_an_error_of_ours():
    with CannedServer() as server:
        arrived, may_answer = threading.Event(), threading.Event()

        def wait(request):
            arrived.set()
            may_answer.wait(30)
            return EMPTY

        server.reply = wait
        client = connect(server.url)
        task = asyncio.create_task(call(client))
        await asyncio.to_thread(arrived.wait, 30)
        await client.close()
        may_answer.set()
        with pytest.raises(StoreError):
            await task


@pytest.mark.parametrize("way", ["http", "in-process"])
@pytest.mark.filterwarnings("default")
def test_forgetting_to_close_warns_once(served, way):
    async def forget():
        client = connect(served) if way == "http" else ModelRegistryAPIClient.local()
        await call(client)

    gc.collect()  # what other tests forgot
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(forget())
        while not caught:  # a collection does nothing while another thread collects
            gc.collect()
    [warning] = caught
    assert warning.category is ResourceWarning
    assert "was not closed: use `async with`, or close()" in str(warning.message)


def test_a_client_that_was_never_used_is_forgotten_without_a_word(served):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connect(served)
        ModelRegistryAPIClient.local()
        gc.collect()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.Runner is of Python 3.11")
def test_one_loop_used_in_turns(proxy):
    with asyncio.Runner() as runner:
        client = connect(proxy.url)
        for _ in range(3):
            runner.run(call(client))
        runner.run(client.close())
    assert proxy.connections == 1


async def test_a_registry_that_ends_is_a_connection_error(tmp_path):
    server = Server(str(tmp_path / "registry.db"))
    async with connect(server.url) as client:
        await call(client)
        server.process.kill()
        server.process.communicate()
        with pytest.raises(RegistryConnectionError, match="Is the registry running") as raised:
            await call(client)
        assert isinstance(raised.value, ConnectionError)
        again = pickle.loads(pickle.dumps(raised.value))
        assert (str(again), again.url) == (str(raised.value), raised.value.url)


async def test_the_generated_client_can_be_borrowed(client, model):
    async with client.get_client() as api:
        answer = await api.get_registered_model(model.id)
    assert (answer.id, answer.name) == (model.id, model.name)
    assert await client.get_registered_model_by_id(model.id) == model
