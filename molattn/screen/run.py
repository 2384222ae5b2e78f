"""The run of a screen: chunks handed out, shards and journal written, the outcome at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from molattn.errors import OutputError
from molattn.predict.process_pool import PRELOADED, ProcessPool, available_cores
from molattn.predict.process_task import Limits, Task
from molattn.predict.weights import read_info
from molattn.screen.chunks import Chunks, Share, of_share
from molattn.screen.identity import Inputs, identity, shown, shown_about
from molattn.screen.interruption import interruptible
from molattn.screen.journal import Journal
from molattn.screen.kept_poses import POSES_FILE, write_poses
from molattn.screen.library import LibraryFingerprint, inspect_library, read_library
from molattn.screen.library_files import LibraryFile, find_files
from molattn.screen.outcome import Outcome, OutcomeSettings, write_outcome
from molattn.screen.plan import ScreenSettings, check
from molattn.screen.receptor import Receptor, read_receptor
from molattn.screen.run_folder import locked
from molattn.screen.screener import screener
from molattn.screen.summary import Enrich

_SHARING: Final = 2  # processes that compute on one GPU
_PRELOADED: Final = (
    *PRELOADED,
    "molattn.screen.screener",
    "molattn.pose.place",
    "molattn.pose.plausibility",
)


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a screen runs; changes nothing in its numbers.

    Attributes
    ----------
    workers
        Processes; without it the number of cores, and no more than two that share a GPU.
    ray
        Address of a Ray cluster to run on instead.
    share
        Which chunks of the library this run scores.
    limits
        Of one record and one process.
    """

    workers: int | None = None
    ray: str | None = None
    share: Share = field(default_factory=Share)
    limits: Limits = field(default_factory=Limits)


class Report(Protocol):
    """Is told how a screen goes."""

    def begin(self, total: int, done: int) -> None:
        """Know the records of this run, and how many of them were done before."""

    def advance(self, rows: int) -> None:
        """Count finished records."""

    def say(self, text: str) -> None:
        """Pass on a sentence."""


class Silent:
    """A report that tells nobody."""

    def begin(self, total: int, done: int) -> None:
        """Do nothing."""

    def advance(self, rows: int) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""


class Executor(Protocol):
    """Answers tasks somewhere."""

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its answer, as they are finished."""

    def stop(self) -> None:
        """End at once."""


def screen(
    inputs: Inputs,
    folder: Path,
    settings: ScreenSettings | None = None,
    running: RunSettings | None = None,
    outcome: OutcomeSettings | None = None,
    *,
    report: Report | None = None,
    enrichment: Enrich | None = None,
) -> Outcome | None:
    """Screen a library, or go on with a screen that was begun in the same folder.

    Parameters
    ----------
    inputs
        Receptor, library, reference.
    folder
        Of the run and its results.
    settings
        What decides the numbers.
    running
        Processes and limits.
    outcome
        What is written at the end.
    report
        Told how it goes.
    enrichment
        Figures of early recognition, from scores [n] and which are active [n].

    Returns
    -------
    Outcome or None
        None for one share of several, whose outcome comes with `molattn.screen.merge_shares`.

    Raises
    ------
    MolattnError
        Of any kind, with a sentence; what was scored before stays and the same call goes on.
    KeyboardInterrupt
        With a sentence, after an interruption; the same call goes on.
    """
    settings, running = settings or ScreenSettings(), running or RunSettings()
    report = report or Silent()
    check(settings, reference=inputs.reference is not None, center=inputs.center is not None)
    files = find_files(inputs.library, skip=folder)
    receptor = read_receptor(inputs.receptor, inputs.reference, inputs.center)
    library = inspect_library(files)
    with ExitStack() as held:
        held.enter_context(locked(folder))
        journal = held.enter_context(Journal(folder, create=True))
        journal.begin(
            identity(inputs, library, settings, running.share),
            shown(inputs, library, settings, running.share),
        )
        if groups := receptor.groups():
            report.say(
                f"Part of the pocket: {', '.join(groups)}; take out of the receptor what is a "
                "ligand and no cofactor."
            )
        total = _score_all(files, receptor, settings, running, journal, library, report)
        if running.share.of > 1:
            return None
        about = shown_about(journal)
        report.say("All records are scored; writing the results.")
        with _going_on():
            if settings.pose.keep:
                write_poses(journal.pose_shards(), folder / POSES_FILE)
            written = write_outcome(
                journal.shards(),
                folder,
                outcome or OutcomeSettings(),
                records=total,
                about=about,
                enrichment=enrichment,
            )
            journal.note("written", True)
        return written


def _score_all(
    files: Sequence[LibraryFile],
    receptor: Receptor,
    settings: ScreenSettings,
    running: RunSettings,
    journal: Journal,
    library: LibraryFingerprint,
    report: Report,
) -> int:
    """Score every chunk that is not done and return the number of records of the library."""
    done = journal.done()
    total = journal.about().get("total")
    if total is not None and _complete(done, total, settings.records, running.share):
        return int(total)
    records = read_library(
        files, smiles_column=settings.smiles_column, id_column=settings.id_column
    )
    report.begin(of_share(library.records, settings.records, running.share), journal.totals().rows)
    sha256 = read_info(settings.loading.weights).sha256
    executor = _executor((receptor, settings, sha256), running)
    with interruptible(
        lambda: report.say("Interrupted: finishing what is begun; once more ends it at once.")
    ) as interrupted:
        chunks = Chunks(records, settings.records, running.share, done, interrupted)
        journal.begin_session()
        try:
            for task, answer in executor.run(chunks):
                with _going_on():
                    journal.add(task.number, answer)
                report.advance(answer.rows)
        finally:
            executor.stop()
    if chunks.total is None:
        rows = journal.totals().rows
        raise KeyboardInterrupt(
            f"Interrupted: {rows} records are scored and kept in {journal.folder}; run the same "
            "command again to go on."
        )
    journal.note("total", chunks.total)
    return chunks.total


@contextmanager
def _going_on() -> Iterator[None]:
    """Say where nothing could be written that nothing is lost."""
    try:
        yield
    except OutputError as error:
        text = str(error).rstrip(".")
        if "the same command" not in text:
            text += "; what was scored is kept, run the same command again to go on"
        raise OutputError(f"{text}.") from error


def _executor(work: tuple[Receptor, ScreenSettings, str], running: RunSettings) -> Executor:
    """Return what answers chunks, given the arguments of `molattn.screen.screener.screener`."""
    if running.ray is not None:
        from molattn.screen.ray_pool import RayPool

        return RayPool(running.ray, work, running.workers, running.limits)
    return ProcessPool(
        screener,
        work,
        running.workers or _processes(work[1].loading.device),
        limits=running.limits,
        preload=_PRELOADED,
    )


def _processes(device: str) -> int:
    """Return how many processes to start: each has its own copy of the networks."""
    cores = available_cores()
    return cores if device == "cpu" else min(cores, _SHARING)


def _complete(done: set[int], total: int, size: int, share: Share) -> bool:
    wanted = {number for number in range(-(-total // size)) if share.has(number)}
    return wanted <= done
