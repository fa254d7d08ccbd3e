"""Parts of files, and who helps with them."""

from __future__ import annotations

import threading

import pytest

from model_registry.storage import Transfer


class Busy:
    """Counts who is at work."""

    def __init__(self) -> None:
        self.done: list[tuple[int, int]] = []
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, part: tuple[int, int]) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        with self._lock:
            self._now -= 1
            self.done.append(part)


@pytest.mark.parametrize("files", [[1], [1, 2], [1, 2, 3, 4, 5, 6]], ids=len)
def test_every_part_is_done_once(files: list[int]) -> None:
    transfer = Transfer(concurrency=4)
    busy = Busy()
    wanted = [(file, part) for file in files for part in range(50)]
    transfer.each(lambda file: transfer.parts(busy, [each for each in wanted if each[0] == file]), files)
    assert sorted(busy.done) == wanted
    assert busy.most <= 4 + len(files)  # helpers step back after their part


def test_threads_without_a_file_help() -> None:
    together = threading.Barrier(4, timeout=30)  # breaks unless four do parts of the one file
    transfer = Transfer(concurrency=4)
    transfer.each(lambda _: transfer.parts(lambda _: together.wait(), range(8)), ["one file"])


def test_after_a_failure_no_further_parts_are_begun() -> None:
    begun: list[int] = []

    def fail(part: int) -> None:
        begun.append(part)
        raise ValueError(part)

    with pytest.raises(ValueError, match="0"):
        Transfer(concurrency=1).parts(fail, range(100))
    with pytest.raises(ValueError, match=r"\d"):
        Transfer(concurrency=4).parts(fail, range(100))
    assert len(begun) < 20
