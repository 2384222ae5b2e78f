"""Many records on several processes: in order, and a process that dies costs one record.

Each process loads the predictor with one thread and answers chunks of requests from files to
scores; see `molattn.predict.process_pool` for what happens when one ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from typing import Final

from molattn.errors import MolattnError
from molattn.predict.process_pool import ProcessPool, available_cores
from molattn.predict.process_task import Mark, Task, Work
from molattn.predict.request import Request, Settings, check_settings, check_temperature
from molattn.predict.score_record import Score
from molattn.predict.unanswered import failed

CHUNK: Final = 16  # requests; one batch of the network
AHEAD: Final = 8  # chunks a process may be ahead of the slowest
FEW: Final = 40  # requests; fewer are quicker in this process than in new ones
_MOST_PROCESSES: Final = 64


@dataclass(frozen=True, slots=True)
class Loading:
    """How each process loads its predictor; see `molattn.predict.predictor.Predictor.load`."""

    weights: str | None = None
    temperature: float = 1.0
    calibration: str | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        check_temperature(self.temperature)


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
    processes = workers or available_cores()
    if processes == 1 or len(first) <= FEW:
        yield from _in_process(first, stream, settings, loading)
        return
    processes = min(processes, _MOST_PROCESSES)
    pool = ProcessPool(scorer, (settings, loading), processes, ahead=AHEAD * processes)
    try:
        yield from _in_order(pool, _chained(first, stream))
    finally:
        pool.stop()


def _chained(first: list[Request], rest: Iterator[Request]) -> Iterator[Request]:
    yield from first
    yield from rest


def _in_process(
    first: list[Request], rest: Iterator[Request], settings: Settings, loading: Loading
) -> Iterator[Score]:
    from molattn.predict.predictor import Predictor

    predictor = Predictor.load(
        loading.weights,
        temperature=loading.temperature,
        calibration=loading.calibration,
        device=loading.device,
    )
    yield from predictor.score_many(_chained(first, rest), settings)


def _in_order(pool: ProcessPool, requests: Iterator[Request]) -> Iterator[Score]:
    done: dict[int, list[Score]] = {}
    following = 0
    for task, scores in pool.run(_tasks(requests)):
        done[task.number] = scores
        while following in done:
            yield from done.pop(following)
            following += 1


def _tasks(requests: Iterator[Request]) -> Iterator[Task]:
    for number in count():
        chunk = list(islice(requests, CHUNK))
        if not chunk:
            return
        yield Task(number, chunk)


def scorer(settings: Settings, loading: Loading) -> Work:
    """Return what scores chunks of requests; called in each process.

    Raises
    ------
    WeightsError
        If the weights cannot be loaded.
    """
    from molattn.predict.predictor import Predictor

    predictor = Predictor.load(
        loading.weights,
        threads=1,
        temperature=loading.temperature,
        calibration=loading.calibration,
        device=loading.device,
    )

    def one_by_one(task: Task, mark: Mark) -> Iterator[Score]:
        for place, request in enumerate(task.items):
            if place in task.faults:
                yield failed(request, MolattnError(task.faults[place]))
            else:
                mark(place)
                yield from predictor.score_chunk([request], settings)

    def work(task: Task, mark: Mark) -> list[Score]:
        if task.alone:
            return list(one_by_one(task, mark))
        return predictor.score_chunk(task.items, settings)

    return work
