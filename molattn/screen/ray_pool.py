"""Chunks on a Ray cluster: the same stages as on one machine, wherever there is a free core.

A host, an actor of one core, keeps one process of `molattn.predict.process_pool`, so that records
are guarded as they are on one machine. When a node goes its hosts go with it, and what they were
at is handed to others; when nodes join, hosts are added. Ray belongs to the extra ``[ray]``.
"""

from __future__ import annotations

import logging
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from molattn.errors import MissingExtra, MolattnError, UsageError
from molattn.predict.process_pool import ProcessPool
from molattn.predict.process_task import Limits, Task
from molattn.screen.screener import screener

if TYPE_CHECKING:
    from molattn.screen.plan import ScreenSettings
    from molattn.screen.receptor import Receptor

_WAIT: Final = 1.0  # seconds between looks at the cluster
_PATIENCE: Final = 120.0  # seconds without any host before the run ends
_KNOCK: Final = 10.0  # seconds that a cluster has to answer
_AHEAD: Final = 2  # chunks handed to a host at once: one in work, one waiting
_LOSSES: Final = 8  # hosts lost in a row, no answer between, that end the run
_TRIES: Final = 3  # hosts lost at a chunk before its records are scored one by one


class Host:
    """Answers chunks on one core of a node; runs as a Ray actor."""

    def __init__(
        self, receptor: Receptor, settings: ScreenSettings, sha256: str, limits: Limits
    ) -> None:
        self._pool = ProcessPool(screener, (receptor, settings, sha256), 1, limits=limits)

    def ready(self) -> bool:
        """Return True, once the host has begun."""
        return True

    def answer(self, task: Task) -> Any:
        """Answer one chunk.

        Raises
        ------
        MolattnError
            If the work cannot begin on this node.
        """
        for _, answer in self._pool.run([task]):
            return answer
        raise MolattnError("A chunk came back without an answer.")


@dataclass(slots=True, eq=False)
class _Hand:
    """A host, the word that it has begun, and the chunks that it has in hand."""

    actor: Any
    begins: Any
    ready: bool = False
    tasks: dict[Any, Task] = field(default_factory=dict)


class RayPool:
    """Hosts on a cluster, one a core.

    Parameters
    ----------
    address
        ``auto``, ``host:port`` or ``ray://host:port`` of a running cluster.
    work
        Receptor, settings and the hash of the weights; kept once in the object store.
    most
        Most hosts; every core of the cluster without it.
    limits
        Of one record and one process.

    Raises
    ------
    MissingExtra
        Ray is not installed.
    UsageError
        There is no cluster at this address.
    """

    def __init__(
        self,
        address: str,
        work: tuple[Receptor, ScreenSettings, str],
        most: int | None,
        limits: Limits,
    ) -> None:
        try:
            import ray
        except ImportError:
            raise MissingExtra("ray", "ray") from None
        self._ray = ray
        try:
            _knock(address)
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(
                f"There is no Ray cluster at {address} ({_first_line(error)}); start one with "
                "`ray start --head` and give --ray auto or the address that it prints."
            ) from error
        self._work = [ray.put(part) for part in work]
        self._limits, self._most = limits, most
        self._hands: list[_Hand] = []
        self._again: deque[Task] = deque()
        self._alone_since: float | None = None
        self._losses = 0

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its answer, as they are finished.

        Raises
        ------
        MolattnError
            If the work cannot begin, or the cluster has no cores left.
        """
        stream = iter(tasks)
        while True:
            self._add_hosts()
            self._fill(stream)
            if any(hand.ready for hand in self._hands) and not (
                self._again or any(hand.tasks for hand in self._hands)
            ):
                return
            yield from self._collect()

    def stop(self) -> None:
        """End the hosts and leave the cluster."""
        for hand in self._hands:
            self._ray.kill(hand.actor)
        self._hands.clear()
        self._ray.shutdown()

    def _add_hosts(self) -> None:
        """Ask for a host on every free core that none is on its way to."""
        free = int(self._ray.available_resources().get("CPU", 0))  # type: ignore[no-untyped-call]
        room = free - sum(not hand.ready for hand in self._hands)
        if self._most is not None:
            room = min(room, self._most - len(self._hands))
        remote: Any = self._ray.remote(num_cpus=1, max_restarts=0)(Host)
        for _ in range(max(room, 0)):
            actor: Any = remote.remote(*self._work, self._limits)
            self._hands.append(_Hand(actor, actor.ready.remote()))

    def _fill(self, stream: Iterator[Task]) -> None:
        for _ in range(_AHEAD):  # every host gets one before any gets two
            for hand in self._hands:
                if not hand.ready or len(hand.tasks) >= _AHEAD:
                    continue
                task = self._again.popleft() if self._again else next(stream, None)
                if task is None:
                    return
                hand.tasks[hand.actor.answer.remote(task)] = task

    def _collect(self) -> Iterator[tuple[Task, Any]]:
        owner = {reference: hand for hand in self._hands for reference in hand.tasks}
        owner |= {hand.begins: hand for hand in self._hands if not hand.ready}
        if any(hand.ready for hand in self._hands):
            self._alone_since = None
        else:
            self._look_how_long_alone()
        if not owner:
            time.sleep(_WAIT)
            return
        ready, _ = self._ray.wait(list(owner), num_returns=1, timeout=_WAIT)
        for reference in ready:
            hand = owner[reference]
            if hand not in self._hands:
                continue  # lost; what it was at went to others
            try:
                answer = self._ray.get(reference)
            except self._ray.exceptions.RayTaskError as error:
                cause = error.cause
                raise cause if isinstance(cause, MolattnError) else error from None
            except self._ray.exceptions.RayError as error:
                self._lose(hand, _first_line(error))
                continue
            if reference == hand.begins:
                hand.ready = True
                continue
            self._losses = 0
            yield hand.tasks.pop(reference), answer

    def _lose(self, hand: _Hand, why: str) -> None:
        """Hand what a lost host was at to others, the first first."""
        self._hands.remove(hand)
        for task in list(hand.tasks.values())[:1]:
            task.blame(None, f"its host was lost ({why})", _TRIES)
        self._again.extendleft(reversed(hand.tasks.values()))
        self._losses += 1
        if self._losses >= _LOSSES:
            raise MolattnError(
                f"{_LOSSES} hosts of the Ray cluster were lost one after another ({why}); is the "
                "same molattn installed on every node? Nothing that was scored is lost, run the "
                "same command again."
            )

    def _look_how_long_alone(self) -> None:
        now = time.monotonic()
        self._alone_since = self._alone_since or now
        if now - self._alone_since > _PATIENCE:
            raise MolattnError(
                f"The Ray cluster has had no core for {_PATIENCE:.0f} s; nothing is lost, run the "
                "same command again when it has."
            )


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK).close()


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
