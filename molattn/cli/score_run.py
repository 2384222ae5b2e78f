"""The run of ``molattn score``: requests in, table and messages out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import typer

from molattn.cli.best_pose import BestPoses
from molattn.cli.messages import Messages
from molattn.cli.progress import ProgressLine
from molattn.cli.terminal_table import show_table
from molattn.errors import EXIT_INTERRUPTED, UsageError
from molattn.predict.attention_file import AttentionFile
from molattn.predict.manifest import read_manifest
from molattn.predict.request import Request, Settings, check_settings
from molattn.predict.score_record import Score
from molattn.predict.structure_requests import structure_requests
from molattn.predict.table import columns, write_csv
from molattn.predict.table_file import TableFile
from molattn.predict.workers import Loading, score_requests

FAILURES_TOLD = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will score.

    Attributes
    ----------
    requests
        One for each record.
    total
        Their number; None where only reading will tell.
    carried
        Columns carried through.
    skip
        Records left out at the start.
    shown
        Those of the carried columns that the table in a terminal shows.
    ligands
        Which ligand each request is a pose of, as far as they have been read; then only the best
        pose of each goes into the table. None keeps every row.
    """

    requests: Iterator[Request]
    total: int | None
    carried: tuple[str, ...]
    skip: int
    shown: tuple[str, ...] = ()
    ligands: Sequence[int] | None = None


class Sink(Protocol):
    """Something that takes scores and puts them somewhere at the end."""

    @property
    def count(self) -> int:
        """Scores taken so far."""

    def add(self, score: Score) -> None:
        """Take a score."""

    def close(self) -> None:
        """Put them where they belong."""


class StandardOutput:
    """A table for a person at a terminal, CSV for a pipe."""

    def __init__(self, carried: Sequence[str], shown: Sequence[str] = ()) -> None:
        self._names = columns(carried)
        self._shown = shown
        self._scores: list[Score] = []

    def add(self, score: Score) -> None:
        """Take a score."""
        self._scores.append(score)

    @property
    def count(self) -> int:
        """Scores taken so far."""
        return len(self._scores)

    def close(self) -> None:
        """Write the table."""
        if sys.stdout.isatty():
            show_table(self._scores, self._shown)
        else:
            write_csv(sys.stdout, (score.to_row() for score in self._scores), self._names)
        sys.stdout.flush()


def make_plan(
    protein: str | None,
    ligands: Sequence[str],
    *,
    codes: Sequence[str],
    template: str,
    manifest: Path | None,
    skip: int,
) -> Plan:
    """Turn the arguments into requests.

    Raises
    ------
    UsageError, InputError
        If they name nothing that can be scored.
    """
    if manifest is not None:
        if protein or ligands or codes or template:
            raise UsageError(
                "--manifest names all complexes itself: leave out PROTEIN, LIGAND, --ligand and "
                "--template."
            )
        rows = read_manifest(manifest)
        left = rows.requests[skip:]
        return Plan(iter(left), len(left), rows.carried, skip)
    if protein is None:
        raise UsageError("Nothing to score: give PROTEIN and LIGAND, or --manifest PAIRS.csv.")
    requests = structure_requests(protein, ligands, codes, template)
    return Plan(islice(requests, skip, None), None, (), skip)


def run(
    plan: Plan,
    settings: Settings,
    loading: Loading,
    *,
    out: Path | None,
    attention: Path | None,
    workers: int | None,
    messages: Messages,
) -> int:
    """Score everything and return how many records failed."""
    check_settings(settings)
    table, sinks = _sinks(plan, out, attention)
    failures = warnings = 0
    interrupted = False
    with ProgressLine(messages, plan.total) as progress:
        try:
            for score in score_requests(plan.requests, settings, loading, workers=workers):
                for sink in sinks:
                    sink.add(score)
                failures += score.status == "failed"
                warnings += score.status == "warning"
                if score.status == "failed":
                    _tell_failure(score, failures, messages)
                progress.step()
        except KeyboardInterrupt:
            interrupted = True
    for sink in sinks:
        sink.close()
    where = "standard output" if out is None else str(out)
    if interrupted:
        _tell_interruption(plan, table.count, where, messages)
        raise typer.Exit(EXIT_INTERRUPTED)
    kept = "" if plan.ligands is None else f" of the best pose of each ligand ({table.count})"
    _tell_end(progress, failures, warnings, f"the table{kept} is in {where}", messages)
    return failures


def _sinks(plan: Plan, out: Path | None, attention: Path | None) -> tuple[Sink, list[Sink]]:
    """Return the table, and everything that takes scores."""
    table: Sink
    if out is None:
        table = StandardOutput(plan.carried, plan.shown)
    else:
        table = TableFile(out, plan.carried)
    # the table comes last: what it holds after an interruption, the attention file holds too
    sinks: list[Sink] = [table] if attention is None else [AttentionFile(attention), table]
    if plan.ligands is not None:
        sinks = [BestPoses(sink, plan.ligands) for sink in sinks]
    return sinks[-1], sinks


def _tell_failure(score: Score, failures: int, messages: Messages) -> None:
    if failures <= FAILURES_TOLD:
        record = "" if score.record is None else f", record {score.record}"
        messages.warning(
            f"{score.id} ({score.ligand}{record}) failed: {score.reason}",
            event="failed",
            id=score.id,
            reason=score.reason,
        )
    elif failures == FAILURES_TOLD + 1:
        messages.warning("More records failed; the column reason of the table says why.")


def _tell_interruption(plan: Plan, done: int, where: str, messages: Messages) -> None:
    known = "" if plan.total is None else f" of {plan.total}"
    if plan.ligands is not None:
        messages.error(
            f"Interrupted: the best poses so far (ligands: {done}) are in {where}; run the same "
            "command again to score all.",
            event="interrupted",
            done=done,
        )
        return
    messages.error(
        f"Interrupted: {done}{known} records are finished and in {where}; go on with the same "
        f"command, --skip {plan.skip + done} and another --out.",
        event="interrupted",
        done=done,
    )


def _tell_end(
    progress: ProgressLine, failures: int, warnings: int, table: str, messages: Messages
) -> None:
    done = progress.done
    parts = [f"{done} record{'' if done == 1 else 's'}: {done - failures} scored"]
    if warnings:
        parts.append(f"{warnings} of them with a warning")
    if failures:
        parts.append(f"{failures} failed")
    messages.info(
        f"{', '.join(parts)}, in {progress.seconds:.1f} s; {table}.",
        event="end",
        done=done,
        failed=failures,
        warnings=warnings,
        seconds=round(progress.seconds, 3),
    )
