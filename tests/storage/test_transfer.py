"""Several things at once, until one fails."""

from __future__ import annotations

import threading

import pytest

from model_registry import storage
from model_registry.exceptions import StorageError


def test_results_come_in_order() -> None:
    assert storage.Transfer(concurrency=4).each(lambda item: item * 2, range(100)) == list(range(0, 200, 2))


def test_no_more_at_once_than_allowed() -> None:
    together = threading.Barrier(3)
    lock = threading.Lock()
    running = most = 0

    def work(item: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(30)  # three are there, or this fails
        with lock:
            running -= 1

    storage.Transfer(concurrency=3).each(work, range(30))
    assert most == 3


def test_the_first_failure_is_told_and_nothing_further_is_begun() -> None:
    begun: list[tuple[int, int]] = []
    transfer = storage.Transfer(concurrency=3)
    cut, lock = threading.Event(), threading.Lock()

    def part(file: int, number: int) -> None:
        with lock:
            begun.append((file, number))
            is_third = len(begun) == 3
        if is_third:  # of the three that run at once, whatever their files
            cut.set()
            raise ConnectionResetError("cut")
        assert cut.wait(30)
        transfer.pause(0.2)  # a part that runs may end; one of another file ends when the transfer stops

    with pytest.raises(ConnectionResetError, match="cut"):
        transfer.each(lambda file: transfer.each(lambda number: part(file, number), range(50)), range(50))
    assert len(begun) < 10
    with pytest.raises(StorageError, match="was stopped"):
        transfer.check()


def test_a_pause_ends_when_stopped() -> None:
    transfer = storage.Transfer()
    threading.Timer(0.01, transfer.stop).start()
    with pytest.raises(StorageError, match="was stopped"):
        transfer.pause(60)


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_each_within_each_never_waits_for_itself(concurrency: int) -> None:
    transfer = storage.Transfer(concurrency=concurrency)
    found = transfer.each(
        lambda file: transfer.each(lambda part: (file, part), range(5)), range(2 * concurrency)
    )
    assert found == [[(file, part) for part in range(5)] for file in range(2 * concurrency)]
