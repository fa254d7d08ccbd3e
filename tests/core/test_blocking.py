"""Blocking calls from scripts, threads, running loops and forks, and as the interpreter ends."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistryAPIClient
from model_registry.blocking import BlockingRunner, runner_for, shared_loop
from model_registry.blocking.private_loop import PrivateLoop
from model_registry.exceptions import InvalidArgumentError, NotFoundError, StoreError
from tests.support.servers import CannedServer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTHING = {"items": [], "size": 0, "pageSize": 20, "nextPageToken": ""}
EMPTY = "Page(empty)\n"  # how an empty page is shown
SECONDS = 30
FORKING = ("-W", "ignore:This process")
"""Python warns of every fork beside threads, for good reasons."""


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        server.reply = Reply(NOTHING)
        yield server


@pytest.fixture
def run() -> Iterator[BlockingRunner]:
    runner = BlockingRunner()
    yield runner
    runner.close()


@pytest.fixture
def client(canned: CannedServer, run: BlockingRunner) -> Iterator[ModelRegistryAPIClient]:
    client = ModelRegistryAPIClient.connect(canned.url, retries=0)
    yield client
    run(client.close())


def runner_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "model-registry"]


def test_nothing_starts_before_the_first_call():
    before = runner_threads()
    runner = BlockingRunner()
    assert runner_threads() == before
    runner.close()


def test_calls_return_and_raise_as_awaited_ones_do(client: ModelRegistryAPIClient, run: BlockingRunner):
    async def fail() -> None:
        raise NotFoundError("no such thing")

    assert run(client.get_registered_models()) == []
    with pytest.raises(NotFoundError, match="no such thing"):
        run(fail())


def test_a_hundred_threads_share_one_client(
    client: ModelRegistryAPIClient, run: BlockingRunner, canned: CannedServer
):
    start = threading.Barrier(100)

    def call(_: int) -> list[object]:
        start.wait(SECONDS)
        return [run(client.get_registered_models()) for _ in range(3)]

    before = set(runner_threads())
    with ThreadPoolExecutor(100) as pool:
        assert list(pool.map(call, range(100))) == [[[], [], []]] * 100
    assert len(set(runner_threads()) - before) <= 1
    assert len(canned.requests) == 300
    assert canned.connections <= 100


async def test_a_call_inside_a_running_loop_leaves_that_loop_alone(canned: CannedServer):
    here = asyncio.get_running_loop()
    run = BlockingRunner()
    client = ModelRegistryAPIClient.connect(canned.url)
    assert run(client.get_registered_models()) == []
    assert asyncio.get_running_loop() is here
    # The same client awaited: another loop, another connection.
    assert await client.get_registered_models() == []
    assert canned.connections == 2
    await client.close()
    assert await asyncio.to_thread(canned.wait_until_left)
    run.close()


def test_the_callers_loop_may_be_uvloop(canned: CannedServer):
    uvloop = pytest.importorskip("uvloop")
    run = BlockingRunner()
    client = ModelRegistryAPIClient.connect(canned.url)

    async def main() -> list[object]:
        return [*run(client.get_registered_models()), *await client.get_registered_models()]

    loop = uvloop.new_event_loop()
    try:
        assert loop.run_until_complete(main()) == []
        run(client.get_registered_models())
        loop.run_until_complete(client.close())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    run.close()
    assert canned.wait_until_left()


def test_neither_policy_nor_loop_of_the_caller_is_used():
    script = """
        import asyncio

        def refuse(*_):
            raise AssertionError("a loop of the program was used")

        for name in ("get_event_loop", "new_event_loop", "set_event_loop"):
            setattr(asyncio, name, refuse)
            setattr(asyncio.events, name, refuse)
        if sys.version_info < (3, 14):  # later versions deprecate event loop policies
            asyncio.set_event_loop_policy(policy := asyncio.AbstractEventLoopPolicy())
        assert run(client.get_registered_models()) == []
        if sys.version_info < (3, 14):
            assert asyncio.get_event_loop_policy() is policy
        run(client.close())
        run.close()
    """
    assert python(script) == ""


@pytest.mark.parametrize("helped", [False, True], ids=["alone", "helped"])
def test_a_token_function_may_call_but_not_wait_for_itself(
    run: BlockingRunner, canned: CannedServer, helped: bool
):
    async def token() -> str:
        return run(as_secret())

    async def as_secret() -> str:
        return "secret"

    async def circular() -> str:
        run(asked.get_registered_models())
        return "secret"

    def call(client: ModelRegistryAPIClient) -> object:
        request = client.get_registered_models()
        return run.start(request).result() if helped else run(request)

    client = ModelRegistryAPIClient.connect(canned.url, token=token)
    asked = ModelRegistryAPIClient.connect(canned.url, token=circular)
    assert call(client) == []
    with pytest.raises(StoreError, match="wait for itself"):
        call(asked)
    for each in (client, asked):
        run(each.close())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_handler_may_call_during_a_call():
    script = """
        import asyncio, os, signal, time

        async def wait():
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)  # the handler has run when this returns
            return "waited"

        signal.signal(signal.SIGTERM, lambda *_: print(run(client.get_registered_models())))
        print(run(wait()))
        print(run.start(wait()).result())
        run(client.close())
        run.close()
    """
    assert python(script) in (f"{EMPTY}waited\n{EMPTY}waited\n", f"{EMPTY}waited\nwaited\n{EMPTY}")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.filterwarnings("ignore:unclosed transport")  # Python 3.10 says it of what the server closed
def test_a_connection_that_the_server_closed_meanwhile_is_not_used(
    run: BlockingRunner, tmp_path, tls: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shared_loop, "_IDLE", 0.0)  # every pause is long
    context, ca = None, None
    if tls:
        trustme = pytest.importorskip("trustme")
        import ssl

        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        ca = tmp_path / "ca.pem"
    with CannedServer(context) as server:
        server.reply = Reply(NOTHING)
        client = ModelRegistryAPIClient.connect(server.url, ca=ca, retries=0)
        for number in (1, 2, 3):
            assert run(client.get_registered_models()) == []
            assert server.connections == number
            server.hang_up()
        run(client.close())


def test_threads_that_call_alone_and_together_take_turns(client: ModelRegistryAPIClient, run: BlockingRunner):
    async def where() -> int:
        return threading.get_ident()

    assert run(where()) == threading.get_ident()
    begun, end = threading.Event(), threading.Event()

    async def wait() -> int:
        begun.set()
        await asyncio.to_thread(end.wait, SECONDS)
        return threading.get_ident()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run, wait())
        assert begun.wait(SECONDS)
        run(where())  # by the one who was alone, perhaps
        helper = run(where())
        end.set()
        assert waiting.result(SECONDS) == helper
    assert helper != threading.get_ident()
    assert run(where()) == threading.get_ident()  # alone again


@pytest.mark.parametrize("idle", [3600.0, 0.0], ids=["busy", "idle"])
@pytest.mark.parametrize("how", ["alone", "helped"])
def test_a_task_that_cannot_be_created_fails_the_call_alone(
    run: BlockingRunner, monkeypatch: pytest.MonkeyPatch, how: str, idle: float
):
    async def answer() -> int:
        return 42

    assert run(answer()) == 42
    monkeypatch.setattr(shared_loop, "_IDLE", idle)
    outcome: list[object] = []

    def call() -> None:
        try:
            outcome.append(run(answer()) if how == "alone" else run.start(answer()).result())
        except MemoryError as error:
            outcome.append(str(error))

    def refuse(*_: object, **__: object) -> None:
        raise MemoryError("no task today")

    with monkeypatch.context() as refusing:
        refusing.setattr(PrivateLoop, "create_task", refuse)
        thread = threading.Thread(target=call, daemon=True)  # a daemon, or a failure would hang the tests
        thread.start()
        thread.join(SECONDS)
    assert outcome == ["no task today"]
    call()
    assert outcome == ["no task today", 42]


def test_closing_ends_what_waits_and_a_later_call_works(run: BlockingRunner):
    started = threading.Event()

    async def forever() -> None:
        started.set()
        await asyncio.Event().wait()

    async def answer() -> int:
        return 42

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run, forever())
        assert started.wait(SECONDS)
        run.close()
        with pytest.raises(StoreError, match="closed during a call"):
            waiting.result(SECONDS)
    assert run(answer()) == 42


def test_a_call_that_was_started_goes_on_while_the_caller_works(run: BlockingRunner):
    begun, end = threading.Event(), threading.Event()

    async def work() -> int:
        begun.set()
        await asyncio.to_thread(end.wait, SECONDS)
        return 42

    async def fail() -> None:
        raise NotFoundError("no such thing")

    call, failing = run.start(work()), run.start(fail())
    assert begun.wait(SECONDS)  # nobody asked for its result
    end.set()
    assert call.result() == call.result() == 42
    for _ in range(2):
        with pytest.raises(NotFoundError, match="no such thing"):
            failing.result()
    assert run(asyncio.sleep(0, "others")) == "others"


def test_a_call_that_was_started_ends_with_the_runner_or_by_itself(run: BlockingRunner):
    ended = [threading.Event(), threading.Event()]

    async def forever(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended[number].set()

    first, second = run.start(forever(0)), run.start(forever(1))
    run(asyncio.sleep(0))
    first.cancel()
    assert ended[0].wait(SECONDS)
    assert not ended[1].is_set()
    run.close()
    assert ended[1].wait(SECONDS)
    for call in (first, second):
        with pytest.raises(StoreError, match="closed"):
            call.result()


def test_a_runner_that_nobody_holds_ends_its_thread():
    async def answer() -> threading.Thread:
        return threading.current_thread()

    runner = BlockingRunner()
    thread = runner.start(answer()).result()
    del runner
    gc.collect()
    thread.join(SECONDS)
    assert not thread.is_alive()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_an_interrupt_cancels_the_call():
    script = """
        import asyncio, os, signal, threading

        async def wait():
            try:
                threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
                await asyncio.Event().wait()
            finally:
                print("cancelled", flush=True)
                ended.set()

        ended = threading.Event()
        try:
            run(wait())
        except KeyboardInterrupt:
            ended.wait(30)
            print("interrupted")
        print(run(client.get_registered_models()))
        run(client.close())
    """
    assert python(script) == f"cancelled\ninterrupted\n{EMPTY}"


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("run(client.get_registered_models())", ["-X", "dev"]),
        ("threading.Thread(target=lambda: run(asyncio.sleep(3600)), daemon=True).start()", []),
        ("atexit.register(lambda: print(run(client.get_registered_models())))", ["-X", "dev"]),
        ("run(asyncio.sleep(0)); atexit.register(lambda: print(run(client.get_registered_models())))", []),
        ("run(client.get_registered_models()); raise SystemExit(0)", []),
        ("run(client.get_registered_models()); run(client.close()); run.close()", []),
    ],
    ids=["open", "a call under way", "call at exit", "started, call at exit", "exit", "closed"],
)
def test_the_interpreter_ends_without_delay_or_traceback(script: str, options: list[str]):
    printed = python(f"import asyncio, atexit, threading\n{script}", *options)
    assert printed == (EMPTY if "atexit" in script else "")


def test_a_call_at_exit_works_after_the_runner_has_ended():
    script = """
        import atexit
        atexit.register(lambda: print(run(client.get_registered_models())))  # runs after the runner's own
        run(client.get_registered_models())
    """
    assert python(script) == EMPTY


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
class TestFork:
    def test_a_child_has_connections_of_its_own_and_leaves_the_parents_alone(self):
        script = """
            import os
            print(run(client.get_registered_models()), flush=True)
            for how in ("used", "unused", "closed"):
                child = os.fork()
                if not child:
                    if how == "used":
                        print(run(client.get_registered_models()), flush=True)
                    if how != "unused":
                        run(client.close())
                        run.close()
                    sys.exit()  # in order: everything is finalised
                assert os.waitpid(child, 0)[1] == 0
                print(run(client.get_registered_models()), flush=True)
            run(client.close())
        """
        with CannedServer() as server:
            server.reply = Reply(NOTHING)
            assert python(script, *FORKING, server=server) == EMPTY * 5
            # One of the parent's, which outlived three children, and one of the child that called.
            assert server.connections == 2

    def test_the_same_over_tls(self, tmp_path):
        trustme = pytest.importorskip("trustme")
        import ssl

        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        script = f"""
            import os
            client = ModelRegistryAPIClient.connect(sys.argv[1], ca={str(tmp_path / "ca.pem")!r})
            run(client.get_registered_models())
            child = os.fork()
            if not child:
                run(client.get_registered_models())
                run(client.close())
                sys.exit()
            assert os.waitpid(child, 0)[1] == 0
            run(client.get_registered_models())
            run(client.close())
        """
        with CannedServer(context) as server:
            server.reply = Reply(NOTHING)
            assert python(script, *FORKING, server=server) == ""
            assert server.connections == 2

    def test_a_fork_while_others_call(self):
        script = """
            import os, threading
            run(client.get_registered_models())
            stop = threading.Event()

            def call():
                while not stop.is_set():
                    run(client.get_registered_models())

            threads = [threading.Thread(target=call) for _ in range(4)]
            for thread in threads:
                thread.start()
            for _ in range(20):
                child = os.fork()
                if not child:
                    assert run(client.get_registered_models()) == []
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
            stop.set()
            for thread in threads:
                thread.join()
            run(client.close())
        """
        assert python(script, *FORKING) == ""

    def test_multiprocessing_pools_inherit_a_client(self):
        script = """
            import multiprocessing

            def call(_):
                return run(client.get_registered_models())

            run(client.get_registered_models())
            with multiprocessing.get_context("fork").Pool(4) as pool:
                print(pool.map(call, range(8)) == [[]] * 8)
            run(client.close())
        """
        assert python(script, *FORKING) == "True\n"


def test_any_callable_may_run_coroutines(canned: CannedServer):
    import functools

    used = []

    def own(coroutine):
        used.append(coroutine)
        return asyncio.run(coroutine)

    class Runner:
        def __call__(self, coroutine):
            return own(coroutine)

    client = ModelRegistryAPIClient.connect(canned.url)
    for runner in (own, asyncio.run, functools.partial(asyncio.run, debug=False), Runner()):
        run = runner_for(runner)
        assert run is runner
        assert run(client.get_registered_models()) == []
    asyncio.run(client.close())
    assert len(used) == 2
    assert canned.wait_until_left()


def test_what_cannot_be_called_is_no_runner():
    with pytest.raises(InvalidArgumentError, match="async_runner must be a function"):
        runner_for(5)  # type: ignore[arg-type]  # that is the point
    default = runner_for(None)
    assert isinstance(default, BlockingRunner)


def python(script: str, *options: str, server: CannedServer | None = None) -> str:
    """Run a script that has a client `client` of a server, and a runner `run`; give what it printed.

    It must end by itself, with status 0, and write nothing to standard error.
    """
    if server is None:
        with CannedServer() as server:
            server.reply = Reply(NOTHING)
            return python(script, *options, server=server)
    begin = (
        "import sys\n"
        "from model_registry import ModelRegistryAPIClient\n"
        "from model_registry.blocking import BlockingRunner\n"
        "run = BlockingRunner()\n"
        "client = ModelRegistryAPIClient.connect(sys.argv[1])\n"
    )
    ended = subprocess.run(
        [sys.executable, *options, "-c", begin + textwrap.dedent(script), server.url],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    # Development mode reports clients that were not closed, and what took long.
    expected = ("was not closed", "Executing <")
    unexpected = [line for line in ended.stderr.splitlines() if not any(part in line for part in expected)]
    assert (ended.returncode, unexpected) == (0, [])
    return ended.stdout


def test_clients_that_failed_and_are_forgotten_print_nothing(served: str):
    script = """
        import sys
        from model_registry import ModelRegistry
        from model_registry.exceptions import RequestError
        for address in sys.argv[1:]:
            registry = ModelRegistry(address, author="ann", retries=0)
            try:
                registry.get_model("m")
            except RequestError as error:
                print(type(error).__name__)
    """
    addresses = ["http://host.invalid", served.replace("http", "https"), "http://127.0.0.1:1"]
    command = [sys.executable, "-c", textwrap.dedent(script), *addresses]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    expected = ["RegistryConnectionError", "RegistryTLSError", "RegistryConnectionError"]
    assert (done.stdout.split(), done.stderr) == (expected, "")
