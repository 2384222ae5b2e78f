"""The run of ``molattn screen``: inputs checked, progress shown, the end told."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from molattn.cli.messages import Messages
from molattn.cli.progress import ProgressLine
from molattn.errors import UsageError
from molattn.screen.identity import Inputs
from molattn.screen.outcome import Outcome, OutcomeSettings
from molattn.screen.plan import ScreenSettings
from molattn.screen.run import RunSettings, screen


class _Report:
    """Shows the progress of a screen."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._line: ProgressLine | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self._close()

    def begin(self, total: int, done: int) -> None:
        """Open the progress."""
        if done:
            self.say(f"Going on: {done} of {total} records are scored already.")
        self._line = ProgressLine(self._messages, total, done=done)
        self._line.__enter__()

    def advance(self, rows: int) -> None:
        """Count finished records."""
        if self._line is not None:
            self._line.step(rows)

    def say(self, text: str) -> None:
        """Say a sentence between the lines of progress."""
        self._messages.info(text, event="screen")

    def _close(self) -> None:
        if self._line is not None:
            self._line.__exit__(None, None, None)
            self._line = None


def run(
    receptor: str | None,
    library: Sequence[str],
    reference: str | None,
    center: tuple[float, float, float] | None,
    out: Path | None,
    settings: ScreenSettings,
    running: RunSettings,
    outcome: OutcomeSettings,
    messages: Messages,
) -> int:
    """Screen and return how many records failed."""
    if receptor is None or not library:
        raise UsageError("Nothing to screen: give RECEPTOR and LIBRARY, as in --help.")
    out = _required(out)
    with _Report(messages) as report:
        found = screen(
            Inputs(receptor, library, reference, center),
            out,
            settings,
            running,
            outcome,
            report=report,
            enrichment=_enrichment,
        )
    if found is None:
        messages.info(
            f"Share {running.share} is scored; when all are, join them: molattn screen "
            f"--merge {out} --merge … --out RESULTS.",
            event="end",
        )
        from molattn.screen.run_status import status

        return status(out).totals.failed
    return _tell_end(found, out, messages)


def merge_shares(
    folders: Sequence[Path], out: Path | None, outcome: OutcomeSettings, messages: Messages
) -> int:
    """Join shares and return how many records failed."""
    from molattn.screen.merge_shares import merge

    out = _required(out)
    return _tell_end(merge(folders, out, outcome, enrichment=_enrichment), out, messages)


def show_status(folder: Path) -> None:
    """Write how far a run is to standard output."""
    from molattn.screen.run_status import status

    sys.stdout.write(f"{status(folder)}\n")


def _required(out: Path | None) -> Path:
    if out is None:
        raise UsageError("Results need a folder: give --out DIR.")
    return out


def _enrichment(scores: Any, active: Any) -> Mapping[str, float]:
    from molattn.evaluate.enrichment import enrichment

    found = enrichment(scores, active)
    return {name: estimate.value for name, estimate in found.figures.items()}


def _tell_end(found: Outcome, out: Path, messages: Messages) -> int:
    parts = [f"{found.records} records: {found.scored} scored"]
    if found.warnings:
        parts.append(f"{found.warnings} of them with a warning")
    if found.failed:
        parts.append(f"{found.failed} failed (failed.csv says why)")
    messages.info(
        f"{', '.join(parts)}; {found.hits} hits and the rest are in {out} (see summary.html).",
        event="end",
        records=found.records,
        scored=found.scored,
        warnings=found.warnings,
        failed=found.failed,
    )
    return found.failed
