"""Processes that die, hang or swell: one item pays, everything else comes back as it was."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from molattn.errors import MolattnError, UsageError
from molattn.predict.process_pool import ProcessPool
from molattn.predict.process_task import Limits, Mark, Task, Work


def maker(folder: str) -> Work:
    """Return work that doubles numbers and does what words say."""

    def work(task: Task, mark: Mark) -> list[object]:
        answers: list[object] = []
        for place, item in enumerate(task.items):
            if place in task.faults:
                answers.append(task.faults[place])
                continue
            mark(place)
            if callable(item):
                item(Path(folder))
            answers.append(2 * item if isinstance(item, int) else "done")
        return answers

    return work


def dies(folder: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def dies_once(folder: Path) -> None:
    marker = folder / "died"
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def ends_the_server_and_itself(folder: Path) -> None:
    marker = folder / "ended"
    if not marker.exists():
        marker.touch()
        os.kill(os.getppid(), signal.SIGKILL)  # what processes are forked from
        os.kill(os.getpid(), signal.SIGKILL)


def hangs(folder: Path) -> None:
    time.sleep(60.0)


def swells(folder: Path) -> None:
    held = bytearray(900_000_000)
    time.sleep(20.0)
    del held


def fails_to_begin() -> Work:
    raise UsageError("There is nothing to begin with.")


def ends_at_once() -> Work:
    os._exit(7)


Run = Callable[..., dict[int, object]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    pools: list[ProcessPool] = []

    def start(
        *tasks: list[object], size: int = 2, limits: Limits | None = None
    ) -> dict[int, object]:
        pool = ProcessPool(
            maker, (str(tmp_path),), size, limits=limits or Limits(), preload=("molattn.errors",)
        )
        pools.append(pool)
        stream = (Task(number, items) for number, items in enumerate(tasks))
        return {task.number: answer for task, answer in pool.run(stream)}

    yield start
    for pool in pools:
        pool.stop()


def test_every_task_is_answered_once(run: Run) -> None:
    assert run(*[[number, number + 1] for number in range(9)]) == {
        number: [2 * number, 2 * number + 2] for number in range(9)
    }


def test_an_item_that_ends_its_process_is_the_only_fault(run: Run) -> None:
    found = run([1, 2], [3, dies, 5], [6])
    assert found[0] == [2, 4]
    assert found[2] == [12]
    first, fault, last = found[1]  # type: ignore[misc]
    assert (first, last) == (6, 10)
    assert "SIGSEGV" in fault
    assert "twice" in fault


def test_a_process_that_was_killed_costs_nothing(run: Run) -> None:
    assert run([1, dies_once, 3], [4]) == {0: [2, "done", 6], 1: [8]}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_server_of_processes_may_be_killed_too(run: Run) -> None:
    found = run([1, ends_the_server_and_itself, 3], *[[number] for number in range(6)])
    assert found == {0: [2, "done", 6]} | {1 + number: [2 * number] for number in range(6)}


def test_an_item_that_takes_too_long_is_given_up(run: Run) -> None:
    found = run([1, hangs, 3], limits=Limits(seconds=1.0), size=1)
    first, fault, last = found[0]  # type: ignore[misc]
    assert (first, last) == (2, 6)
    assert "longer than 1 s" in fault
    assert "--timeout" in fault


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is looked at on Linux")
def test_an_item_that_needs_too_much_memory_is_given_up(run: Run) -> None:
    found = run([1, swells], limits=Limits(gigabytes=0.7), size=1)
    first, fault = found[0]  # type: ignore[misc]
    assert first == 2
    assert "more memory than 0.7 GB" in fault


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is looked at on Linux")
def test_a_limit_below_what_a_process_needs_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="before it begins its work"):
        run([1], limits=Limits(gigabytes=0.02))


def test_what_cannot_begin_says_so() -> None:
    pool = ProcessPool(fails_to_begin, (), 1, preload=("molattn.errors",))
    with pytest.raises(UsageError, match="nothing to begin with"):
        list(pool.run([Task(0, [1])]))
    pool.stop()


def test_processes_that_end_before_they_begin_end_the_run() -> None:
    pool = ProcessPool(ends_at_once, (), 1, preload=("molattn.errors",))
    with pytest.raises(MolattnError, match="exit code 7"):
        list(pool.run([Task(0, [1])]))
    pool.stop()


def test_no_task_is_far_ahead_of_the_first_open_one(tmp_path: Path) -> None:
    pool = ProcessPool(maker, (str(tmp_path),), 2, ahead=2, preload=("molattn.errors",))
    open_tasks: set[int] = set()
    farthest = 0

    def tasks() -> Iterator[Task]:
        nonlocal farthest
        for number in range(12):
            open_tasks.add(number)
            farthest = max(farthest, number - min(open_tasks))
            yield Task(number, [number])

    for task, _ in pool.run(tasks()):
        open_tasks.discard(task.number)
    pool.stop()
    assert farthest <= 3
