"""Many records on several processes: in order, and a process that dies costs one record.

Each process loads the predictor with one thread and answers chunks of requests from files to
scores. A chunk whose process died (a segmentation fault in a foreign library, no memory) is asked
again record by record in fresh processes; the record that kills its process again is the one that
fails.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, Final

from molattn.errors import MolattnError
from molattn.predict.request import Request, Settings, check_settings, check_temperature
from molattn.predict.score_record import Score
from molattn.predict.unanswered import failed

CHUNK: Final = 16  # requests; one batch of the network
AHEAD: Final = 8  # chunks a process may be ahead of the slowest
FEW: Final = 40  # requests; fewer are quicker in this process than in new ones


@dataclass(frozen=True, slots=True)
class Loading:
    """How each process loads its predictor."""

    weights: str | None = None
    temperature: float = 1.0
    calibration: str | None = None

    def __post_init__(self) -> None:
        check_temperature(self.temperature)


@dataclass(slots=True, eq=False)
class _Job:
    place: int  # of its first request in the whole run
    requests: list[Request]
    again: bool = False  # its process died once


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    job: _Job | None = None


def score_requests(
    requests: Iterable[Request],
    settings: Settings,
    loading: Loading,
    *,
    workers: int | None = None,
) -> Iterator[Score]:
    """Score requests on as many processes as there are cores, in order.

    Parameters
    ----------
    requests
        Read as they are needed.
    settings
        What holds for all of them.
    loading
        Weights and temperature.
    workers
        Processes; the number of cores without it. A single one, or few requests, stay in this
        process.

    Yields
    ------
    Score
        One for each request, in order.

    Raises
    ------
    WeightsError
        If the weights cannot be loaded.
    UsageError
        If the settings make no sense together.
    """
    check_settings(settings)
    stream = iter(requests)
    first = list(islice(stream, FEW + 1))
    count = workers or available_cores()
    if count == 1 or len(first) <= FEW:
        yield from _in_process(first, stream, settings, loading)
        return
    pool = _Pool(settings, loading, min(count, 64))
    try:
        yield from pool.run(_chained(first, stream))
    finally:
        pool.stop()


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _chained(first: list[Request], rest: Iterator[Request]) -> Iterator[Request]:
    yield from first
    yield from rest


def _in_process(
    first: list[Request], rest: Iterator[Request], settings: Settings, loading: Loading
) -> Iterator[Score]:
    from molattn.predict.predictor import Predictor

    predictor = Predictor.load(
        loading.weights, temperature=loading.temperature, calibration=loading.calibration
    )
    yield from predictor.score_many(_chained(first, rest), settings)


@dataclass(slots=True, eq=False)
class _Pool:
    """Processes with a pipe each; one job at a time on each."""

    settings: Settings
    loading: Loading
    size: int
    workers: list[_Worker] = field(default_factory=list)
    retries: deque[_Job] = field(default_factory=deque)
    done: dict[int, Score] = field(default_factory=dict)

    def run(self, requests: Iterator[Request]) -> Iterator[Score]:
        jobs = _jobs(requests)
        following = 0
        while True:
            while following in self.done:
                yield self.done.pop(following)
                following += 1
            while (worker := self._idle()) is not None:
                job = self._next_job(jobs, following)
                if job is None:
                    break
                self._give(worker, job)
            if not any(worker.job for worker in self.workers):
                if following not in self.done:
                    return
                continue
            self._collect()

    def _next_job(self, jobs: Iterator[_Job], following: int) -> _Job | None:
        if self.retries:
            return self.retries.popleft()
        waiting = len(self.done) > AHEAD * CHUNK * self.size and following not in self.done
        return None if waiting else next(jobs, None)

    def stop(self) -> None:
        """End every process: the idle ones by themselves, those at work at once."""
        for worker in self.workers:
            worker.pipe.close()
            if worker.job is not None:
                worker.process.terminate()
        for worker in self.workers:
            worker.process.join(5.0)
            if worker.process.is_alive():
                worker.process.kill()
        self.workers.clear()

    def _idle(self) -> _Worker | None:
        for worker in self.workers:
            if worker.job is None:
                return worker
        return self._start() if len(self.workers) < self.size else None

    def _start(self) -> _Worker:
        context: Any = multiprocessing.get_context(_start_method())
        if _start_method() == "forkserver":
            # the heavy imports happen once, in the server that the processes are forked from
            context.set_forkserver_preload(["molattn.predict.predictor", "molattn.model.members"])
        here, there = context.Pipe()
        process = context.Process(
            target=serve, args=(there, self.settings, self.loading), daemon=True
        )
        process.start()
        there.close()
        worker = _Worker(process, here)
        self.workers.append(worker)
        return worker

    def _give(self, worker: _Worker, job: _Job) -> None:
        worker.job = job
        # a process that is gone is found out when its answer is waited for
        with suppress(OSError):
            worker.pipe.send(job.requests)

    def _collect(self) -> None:
        busy = {worker.pipe: worker for worker in self.workers if worker.job is not None}
        for pipe in wait(list(busy)):
            worker = busy[pipe]  # type: ignore[index]
            try:
                answer = worker.pipe.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            if isinstance(answer, MolattnError):
                raise answer
            assert worker.job is not None
            self.done.update(enumerate(answer, worker.job.place))
            worker.job = None

    def _bury(self, worker: _Worker) -> None:
        """Take a dead process out and see to what it was working on."""
        worker.process.join(5.0)
        worker.pipe.close()
        self.workers.remove(worker)
        job = worker.job
        assert job is not None
        if not job.again:
            self.retries.extend(
                _Job(job.place + step, [request], again=True)
                for step, request in enumerate(job.requests)
            )
            return
        error = MolattnError(
            f"The process that scored this record ended ({_ending(worker.process.exitcode)}), "
            "twice; look at its files."
        )
        self.done[job.place] = failed(job.requests[0], error)


def _jobs(requests: Iterator[Request]) -> Iterator[_Job]:
    place = 0
    while chunk := list(islice(requests, CHUNK)):
        yield _Job(place, chunk)
        place += len(chunk)


def _start_method() -> str:
    known = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in known else "spawn"


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"


def serve(pipe: Connection, settings: Settings, loading: Loading) -> None:
    """Answer chunks of requests until the pipe closes; runs in its own process."""
    # an interruption is for the process that hands out the work, which ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)  # an orderly end, which gives back what libraries hold
    from molattn.predict.predictor import Predictor

    try:
        predictor = Predictor.load(
            loading.weights,
            threads=1,
            temperature=loading.temperature,
            calibration=loading.calibration,
        )
    except MolattnError as error:
        _send_error(pipe, error)
        return
    with suppress(EOFError, OSError):
        while True:
            requests: list[Request] = pipe.recv()
            pipe.send(predictor.score_chunk(requests, settings))


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)


def _send_error(pipe: Connection, error: MolattnError) -> None:
    with suppress(EOFError, OSError):
        pipe.recv()
        pipe.send(error)
