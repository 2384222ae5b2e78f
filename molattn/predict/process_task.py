"""A task for another process, and the side of it that runs there; see `process_pool`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, Final

from molattn.errors import InternalError, MolattnError, OutputError

_MOST_ENDS: Final = 12  # of one task at one place; more are no fault of what it holds


@dataclass(slots=True, eq=False)
class Task:
    """Items that one process answers together.

    Attributes
    ----------
    number
        Counts from 0 in the order in which tasks are handed out.
    items
        What there is to do.
    faults
        Items that must be left out, by position, and why in a sentence.
    alone
        Work on one item at a time, for working on them together ended a process.
    """

    number: int
    items: Sequence[Any]
    faults: dict[int, str] = field(default_factory=dict)
    alone: bool = False
    _ends: list[int | None] = field(default_factory=list)

    def blame(self, item: int | None, reason: str, tries: int) -> None:
        """Note that a process ended at an item (None: at all of them together).

        The last of so many tries makes it a fault; the items together are then taken one by one.

        Raises
        ------
        InternalError
            Leaving out what is to blame does not help.
        """
        self._ends.append(item)
        if self._ends.count(item) > _MOST_ENDS:
            raise InternalError(f"A process ends at the same work again and again: {reason}")
        if self._ends.count(item) < tries:
            return
        if item is None:
            self.alone = True
        else:
            self.faults[item] = reason


Mark = Callable[[int | None], None]
"""Called with the item that is begun, or None when all are worked on together."""

Work = Callable[[Task, Mark], Any]
"""Answers a task; runs in its own process."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may take.

    Attributes
    ----------
    seconds
        For one item; without it no item is too slow.
    gigabytes
        Resident memory of one process (10⁹ bytes); looked at on Linux alone.
    """

    seconds: float | None = None
    gigabytes: float | None = None


def serve(pipe: Connection, make: Callable[..., Work], arguments: tuple[Any, ...]) -> None:
    """Answer tasks until the pipe closes; runs in its own process."""
    # an interruption is for the process that hands out the work, which ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)  # an orderly end, which gives back what libraries hold

    def say(kind: str, value: Any) -> None:
        try:
            pipe.send((kind, value))
        except OSError:
            raise SystemExit from None  # nobody listens any more

    def mark(item: int | None) -> None:
        say("at", item)

    try:
        work = make(*arguments)
        say("ready", None)
        while True:
            task: Task = pipe.recv()
            mark(None)
            say("answer", work(task, mark))
    except EOFError:
        return
    except MolattnError as error:
        say("error", error)
    except OSError as error:  # no room, no file handles: the machine's fault, and no record's
        say("error", OutputError(f"A process of this run failed ({error}); run it again."))


def _leave(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)
