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
    done
        Records that were done before.
    """

    def __init__(self, messages: Messages, total: int | None, *, done: int = 0) -> None:
        self._messages = messages
        self._total = total
        self._before = done
        self._done = done
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
            TextColumn("{task.fields[rate]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("scoring", total=self._total, completed=self._done, rate="")
        self._bar.start()

    def step(self, records: int = 1) -> None:
        """Count finished records."""
        self._done += records
        if self._bar is not None and self._task is not None:
            rate = (self._done - self._before) / max(self.seconds, 1e-9)
            self._bar.update(self._task, advance=records, rate=f"{rate:.1f}/s")
            return
        now = time.monotonic()
        if now - self._said >= SECONDS_BETWEEN_LINES:
            self._said = now
            rate = (self._done - self._before) / (now - self._started)
            known = f" of {self._total}" if self._total is not None else ""
            self._messages.info(
                f"{self._done}{known} records done, {rate:.1f} a second{self._left(rate)}.",
                event="progress",
                done=self._done,
                total=self._total,
            )

    def _left(self, rate: float) -> str:
        if self._total is None or rate <= 0:
            return ""
        minutes = (self._total - self._done) / rate / 60.0
        return f", about {minutes:.0f} min left"

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
