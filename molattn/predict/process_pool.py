"""Work in several processes, where a process that dies, hangs or swells costs one item at most.

A task is a short list of items that one process answers as a whole. While it works the process
says which item it is at; when it dies (a segmentation fault in a foreign library, a kill) the task
is asked again, as it was, in a fresh process. The item at which a process ended twice, or which
took too long, is a *fault*: it goes along with the task as a sentence, and whoever does the work
leaves it out. Where processes end while items are worked on together, they are taken one by one.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from molattn.errors import MolattnError, UsageError
from molattn.predict.process_task import Limits, Task, Work, serve

_POLL: Final = 1.0  # seconds between looks at clocks and memory
_STARTS: Final = 5  # processes in a row that may end before they began
_FULL: Final = 0.8  # share of the memory limit above which a process is replaced between tasks
_ROOM: Final = 0.2  # share of the memory limit that must be left when work begins
_TRIES: Final = 2  # of an item at which a process ends
_TIMES: Final = {2: "twice", 3: "three times"}
_KILLS: Final = (-signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGTERM, 255)
_PAUSE: Final = 5.0  # seconds between two looks above which the machine, or we, stood still
PRELOADED: Final = ("molattn.predict.predictor", "molattn.model.members")
"""Modules that the processes share, having been imported before they were forked."""


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    ready: bool = False
    task: Task | None = None
    item: int | None = None
    since: float = 0.0  # monotonic seconds at which the item was begun
    fault: str = ""  # why we ended it
    tries: int = 0  # that an item then has


class ProcessPool:
    """Processes with a pipe each; one task at a time on each.

    Parameters
    ----------
    make
        Called in each process with ``arguments``; returns what does the work.
    arguments
        Sent to each process once.
    size
        Number of processes.
    limits
        What a process may take.
    ahead
        Tasks that may be handed out beyond the first that is not finished; no limit without it.
    preload
        Modules imported once, in the server that the processes are forked from.
    """

    def __init__(
        self,
        make: Callable[..., Work],
        arguments: tuple[Any, ...],
        size: int,
        *,
        limits: Limits | None = None,
        ahead: int | None = None,
        preload: Sequence[str] = PRELOADED,
    ) -> None:
        self._make, self._arguments = make, arguments
        self._size, self._limits, self._ahead = size, limits or Limits(), ahead
        self._preload = list(preload)
        self._workers: list[_Worker] = []
        self._waiting: deque[Task] = deque()  # handed out to nobody yet, or asked again
        self._open: set[int] = set()  # numbers of the tasks that are not finished
        self._latest = 0  # number of the task handed out last
        self._failed_starts = 0
        self._watched = 0.0  # monotonic seconds of the last look at clocks

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its answer, as they are finished.

        Raises
        ------
        MolattnError
            If the work cannot begin, or processes end before it begins, time after time.
        """
        stream = iter(tasks)
        self._watched = time.monotonic()
        while True:
            self._hand_out(stream)
            self._staff(stream)
            if not self._open:
                return
            yield from self._collect()
            self._watch()

    def stop(self) -> None:
        """End every process: the idle ones by themselves, those at work at once."""
        for worker in self._workers:
            worker.pipe.close()
            if worker.task is not None or not worker.ready:
                worker.process.terminate()
        until = time.monotonic() + _PAUSE
        for worker in self._workers:
            worker.process.join(max(0.0, until - time.monotonic()))
        for worker in self._workers:
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join(_PAUSE)
        self._workers.clear()

    def _hand_out(self, stream: Iterator[Task]) -> None:
        """Give a task to every process that has begun and is idle."""
        for worker in self._workers:
            if worker.ready and worker.task is None:
                task = self._waiting.popleft() if self._waiting else self._next(stream)
                if task is None:
                    return
                self._give(worker, task)

    def _staff(self, stream: Iterator[Task]) -> None:
        """Start processes, all at once, as long as there is a task for each."""
        while len(self._workers) < self._size:
            if len(self._waiting) <= sum(not worker.ready for worker in self._workers):
                task = self._next(stream)
                if task is None:
                    return
                self._waiting.append(task)
            self._start()

    def _next(self, stream: Iterator[Task]) -> Task | None:
        first = min(self._open, default=self._latest)
        if self._ahead is not None and self._latest - first >= self._ahead:
            return None
        task = next(stream, None)
        if task is not None:
            self._open.add(task.number)
            self._latest = task.number
        return task

    def _start(self) -> None:
        problem = ""
        for _ in range(_STARTS):
            try:
                self._start_once()
                return
            # the server that processes are forked from was killed; the next try has another
            except (OSError, EOFError) as error:
                problem = str(error) or type(error).__name__
                time.sleep(_POLL)  # it takes a moment until its end is known
        raise MolattnError(f"No process can be started ({problem}); run the same command again.")

    def _start_once(self) -> None:
        context: Any = multiprocessing.get_context(_start_method())
        if _start_method() == "forkserver":
            # the heavy imports happen once, in the server that the processes are forked from
            context.set_forkserver_preload(self._preload)
        here, there = context.Pipe()
        process = context.Process(
            target=serve, args=(there, self._make, self._arguments), daemon=True
        )
        try:
            process.start()
        finally:
            there.close()
        self._workers.append(_Worker(process, here))

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task, worker.item, worker.since = task, None, time.monotonic()
        # a process that is gone is found out when its answer is waited for
        with suppress(OSError):
            worker.pipe.send(task)

    def _collect(self) -> Iterator[tuple[Task, Any]]:
        at_work = {
            worker.pipe: worker
            for worker in self._workers
            if worker.task is not None or not worker.ready
        }
        for pipe in wait(list(at_work), timeout=_POLL):
            worker = at_work[pipe]  # type: ignore[index]
            try:
                while worker.pipe.poll():
                    kind, value = worker.pipe.recv()
                    if kind == "answer":
                        yield self._finished(worker), value
                        break
                    self._note(worker, kind, value)
            except (EOFError, OSError):
                self._bury(worker)

    def _note(self, worker: _Worker, kind: str, value: Any) -> None:
        if kind == "error":
            raise value
        if kind == "ready":
            worker.ready, self._failed_starts = True, 0
            self._check_room(worker)
        elif not worker.fault:  # what is said after the verdict changes nothing
            worker.item = value
        worker.since = time.monotonic()

    def _check_room(self, worker: _Worker) -> None:
        """Refuse a limit that a process reaches with nothing to do: it would fail every item."""
        limit, taken = self._limits.gigabytes, _gigabytes(worker.process)
        if limit is not None and taken > (1.0 - _ROOM) * limit:
            raise UsageError(
                f"A process needs {taken:.1f} GB before it begins its work; with --memory "
                f"{limit:g} there is no room for a record, allow {2 * taken:.0f} or more."
            )

    def _finished(self, worker: _Worker) -> Task:
        task = worker.task
        assert task is not None
        worker.task = None
        self._open.discard(task.number)
        if worker.fault or self._is_full(worker):
            worker.pipe.close()
            self._workers.remove(worker)
        return task

    def _watch(self) -> None:
        """End processes that take too long or too much; what they were at is to blame."""
        now, limits = time.monotonic(), self._limits
        pause = now - self._watched
        self._watched = now
        for worker in self._workers:
            if worker.task is None or worker.fault or worker.pipe.poll():
                continue
            if pause > _PAUSE:
                worker.since += pause  # suspended, or busy with results: nobody looked
            allowed = limits.seconds
            if allowed is not None and worker.item is None:
                allowed *= len(worker.task.items)
            if allowed is not None and now - worker.since > allowed:
                worker.fault = (
                    f"This record took longer than {limits.seconds:g} s and was given up; "
                    "allow more with --timeout."
                )
                worker.tries = 1  # it would take as long again
                worker.process.kill()
            elif limits.gigabytes is not None and _gigabytes(worker.process) > limits.gigabytes:
                worker.fault = (
                    f"This record needs more memory than {limits.gigabytes:g} GB; "
                    "allow more with --memory."
                )
                worker.tries = _TRIES
                worker.process.kill()

    def _is_full(self, worker: _Worker) -> bool:
        """Return whether a process has grown too much: libraries do not give all memory back."""
        limit = self._limits.gigabytes
        return limit is not None and _gigabytes(worker.process) > _FULL * limit

    def _bury(self, worker: _Worker) -> None:
        """Take a dead process out and see to what it was working on."""
        worker.process.join(5.0)
        worker.pipe.close()
        self._workers.remove(worker)
        task, ending = worker.task, _ending(worker.process.exitcode)
        if task is None:  # it never began
            self._failed_starts += 1
            if self._failed_starts >= _STARTS:
                raise MolattnError(
                    f"Processes end before they begin their work ({ending}): too little memory, "
                    "or an installation that changed meanwhile; run the same command again."
                )
            return
        # a kill may be meant for the process, whatever it was at
        tries = worker.tries or (_TRIES + (worker.process.exitcode in _KILLS))
        reason = worker.fault or (
            f"The process that scored this record ended ({ending}), {_TIMES[tries]}; look at "
            "its files."
        )
        task.blame(worker.item, reason, tries)
        self._waiting.appendleft(task)


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_method() -> str:
    known = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in known else "spawn"


def _gigabytes(process: BaseProcess) -> float:
    """Return the resident memory of a process, 10⁹ bytes; 0 where it cannot be known."""
    try:
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e9


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"
