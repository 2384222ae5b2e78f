"""How far a run is: a bar in a terminal, a line a minute in a pipe, nothing when quiet."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from molattn.cli.messages import Messages

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SECONDS_BETWEEN_LINES: Final = 60.0


class ProgressLine:
    """Counts records as they are finished.

    Parameters
    ----------
    messages
        Decides whether anything is shown, and where.
    total
        Records to do, None where that is not known beforehand.
    """

    def __init__(self, messages: Messages, total: int | None) -> None:
        self._messages = messages
        self._total = total
        self._done = 0
        self._started = time.monotonic()
        self._said = self._started
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not self._messages.quiet and not self._messages.as_json:
            self._open_bar()
        return self

    def _open_bar(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("scoring"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("scoring", total=self._total)
        self._bar.start()

    def step(self) -> None:
        """Count one finished record."""
        self._done += 1
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)
            return
        now = time.monotonic()
        if now - self._said >= SECONDS_BETWEEN_LINES:
            self._said = now
            rate = self._done / (now - self._started)
            known = f" of {self._total}" if self._total is not None else ""
            self._messages.info(
                f"{self._done}{known} records done, {rate:.1f} a second.",
                event="progress",
                done=self._done,
                total=self._total,
            )

    @property
    def done(self) -> int:
        """Records finished so far."""
        return self._done

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
