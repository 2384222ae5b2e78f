"""Ctrl-C and SIGTERM while a screen runs: the first finishes what is begun, the second ends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether the user wants the run to end."""

    def __init__(self) -> None:
        self.wanted = False

    def __call__(self) -> bool:
        """Return whether no more work is to be begun."""
        return self.wanted


@contextmanager
def interruptible(told: Callable[[], None]) -> Iterator[Interruption]:
    """Note the first signal instead of ending at once.

    Parameters
    ----------
    told
        Called when the first signal comes.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption  # signals are the main thread's affair
        return

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        if interruption.wanted:
            raise KeyboardInterrupt
        interruption.wanted = True
        told()

    before = {one: signal.signal(one, note) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
