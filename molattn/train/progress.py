"""How far a long job is: a bar in a terminal, a line a minute in a pipe, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, TextIO

LINE_EVERY: Final = 60.0
"""Seconds between two lines in a pipe."""


class Progress:
    """Reports progress on a stream, standard error by default.

    Parameters
    ----------
    description
        What is being done.
    total, done
        Steps in all, and those already done before this run.
    quiet
        Report nothing.
    stream
        Where to write.
    clock
        Seconds, ever increasing.
    """

    def __init__(
        self,
        description: str,
        total: int,
        *,
        done: int = 0,
        quiet: bool = False,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.description = description
        self.total = total
        self.done = done
        self._first = done
        self._stream = stream if stream is not None else sys.stderr
        self._clock = clock
        self._started = self._last_line = clock()
        self._quiet = quiet
        self._bar: _Bar | None = None

    def __enter__(self) -> Progress:
        if not self._quiet and self._stream.isatty():
            self._bar = _Bar(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        elif not self._quiet and error is None:
            self._line("", force=True)

    def advance(self, steps: int = 1, detail: str = "") -> None:
        """Count steps as done; ``detail`` is shown beside them."""
        self.done += steps
        if self._bar is not None:
            self._bar.show(detail)
        elif not self._quiet:
            self._line(detail, force=False)

    def message(self, text: str) -> None:
        """Write one line, above the bar if there is one."""
        if self._quiet:
            return
        if self._bar is not None:
            self._bar.say(text)
        else:
            self._stream.write(text + "\n")
            self._stream.flush()

    def _line(self, detail: str, *, force: bool) -> None:
        now = self._clock()
        if not force and now - self._last_line < LINE_EVERY:
            return
        self._last_line = now
        share = self.done / max(self.total, 1)
        text = f"{self.description}: {self.done} of {self.total} ({share:.0%})"
        made = self.done - self._first
        if made and self.done < self.total:
            left = (now - self._started) * (self.total - self.done) / made
            text += f", {_duration(left)} left"
        self._stream.write(f"{text}, {detail}\n" if detail else f"{text}\n")
        self._stream.flush()


class _Bar:
    """The bar in a terminal, drawn by rich."""

    def __init__(self, owner: Progress) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._owner = owner
        self._rich = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}"),
            console=Console(file=owner._stream),
        )
        self._task = self._rich.add_task(
            owner.description, total=owner.total, completed=owner.done, detail=""
        )
        self._rich.start()

    def show(self, detail: str) -> None:
        self._rich.update(self._task, completed=self._owner.done, detail=detail)

    def say(self, text: str) -> None:
        self._rich.console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        self._rich.stop()


def _duration(seconds: float) -> str:
    """Return a duration as ``40 s``, ``12 min`` or ``1 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
