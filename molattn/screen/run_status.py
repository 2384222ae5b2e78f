"""How far a screen is, read from its folder while it runs or after it ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from molattn.screen.journal import Journal, Totals
from molattn.screen.run_folder import is_running


@dataclass(frozen=True, slots=True)
class Status:
    """How far a screen is.

    Attributes
    ----------
    folder
        Of the run.
    running
        Whether a process works on it now.
    expected
        Records that it will score: exact once all of the library was read, counted before.
    totals
        What is done.
    rate
        Records a second of the last session; None before any.
    finished
        Whether every record is scored.
    """

    folder: Path
    running: bool
    expected: int
    totals: Totals
    rate: float | None
    finished: bool

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end at this rate; None where there is no rate yet."""
        return None if not self.rate else (self.expected - self.totals.rows) / self.rate

    def __str__(self) -> str:
        totals = self.totals
        state = "running" if self.running else "finished" if self.finished else "stopped"
        lines = [
            f"{self.folder}: {state}",
            f"records   {totals.rows} of {self.expected}, {totals.failed} failed, "
            f"{totals.warned} with a warning",
        ]
        if self.rate is not None:
            lines.append(f"rate      {self.rate:.1f} records a second")
        if not self.finished and self.seconds_left is not None:
            lines.append(f"time left {_duration(self.seconds_left)}")
        spent = sum(totals.seconds.values())
        if spent:
            parts = ", ".join(
                f"{stage} {1000 * used / max(totals.rows, 1):.1f}"
                for stage, used in totals.seconds.items()
            )
            lines.append(f"cost      ms a record: {parts}")
        if not self.running and not self.finished:
            lines.append("Run the same command again to go on.")
        return "\n".join(lines)


def status(folder: Path) -> Status:
    """Return how far the screen in a folder is.

    Raises
    ------
    UsageError
        There is none.
    """
    with Journal(folder) as journal:
        about, totals, rate = journal.about(), journal.totals(), journal.rate()
    expected = about.get("records expected", 0)
    return Status(
        folder=folder,
        running=is_running(folder),
        expected=max(int(expected), totals.rows),
        totals=totals,
        rate=rate,
        finished="written" in about or ("total" in about and about.get("shard") != "1/1"),
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
