"""Long jobs in pieces: a piece that is done is never done again, a killed run goes on.

A job is cut into shards. Each shard is built into one file that appears whole or not at all,
together with its *account*: what became of every record. The folder remembers what it was made
of, so that a second run does nothing and a run with other settings is refused, not mixed in.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Final, Literal

from molattn.errors import MolattnError, OutputError, UsageError
from molattn.train.progress import Progress

SETTINGS_FILE: Final = "settings.json"
PARTS_FOLDER: Final = "parts"
SHARDS_A_PROCESS: Final = 16
"""After so many, new processes take over: foreign libraries do not give all memory back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record.

    Attributes
    ----------
    id
        Of the record.
    status
        ``kept`` as it was, ``repaired`` (kept, and what was put right), or ``dropped``.
    reason
        A few words that are the same for all records of one kind, so that they can be counted.
    detail
        What is particular to this record.
    """

    id: str
    status: Literal["kept", "repaired", "dropped"]
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Shard:
    """A piece of a job.

    Attributes
    ----------
    name
        File name of the piece, without its suffix.
    task
        What the builder needs; travels to another process.
    records
        How many records it stands for, for the progress.
    """

    name: str
    task: Any
    records: int = 1


Build = Callable[[Any, Path], Sequence[Outcome]]
"""Builds a task into a file and returns its account; runs in another process."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job in shards.

    Attributes
    ----------
    folder
        Of the results; the pieces lie in ``parts/`` below it.
    suffix
        Of the files of the pieces, such as ``.npz``.
    settings
        Everything that decides the result, as JSON values; written to ``settings.json``.
    description
        Said by the progress.
    crashed
        Makes the account of a task whose process died (say, inside a foreign library) twice; the
        task then leaves no file.
    """

    folder: Path
    suffix: str
    settings: dict[str, Any]
    description: str
    crashed: Callable[[Any], Sequence[Outcome]]

    def part(self, shard: Shard) -> Path:
        """Return the file of a piece."""
        return self.folder / PARTS_FOLDER / f"{shard.name}{self.suffix}"

    def account(self, shard: Shard) -> Path:
        """Return the account of a piece; where it is there, the piece is done."""
        return self.folder / PARTS_FOLDER / f"{shard.name}.account.json"


def run_job(
    job: Job, shards: Sequence[Shard], build: Build, *, workers: int, quiet: bool = False
) -> list[Outcome]:
    """Build every shard that is not there yet and return the account of all, in order.

    Raises
    ------
    UsageError
        The folder holds results of other settings.
    OutputError
        The folder cannot be written.
    """
    open_folder(job)
    missing = [shard for shard in shards if not _done(job.account(shard))]
    if missing:
        total = sum(shard.records for shard in shards)
        done = total - sum(shard.records for shard in missing)
        with Progress(job.description, total, done=done, quiet=quiet) as progress:
            for shard in _build_all(job, missing, build, workers):
                progress.advance(shard.records)
    for partial in (job.folder / PARTS_FOLDER).iterdir():
        if ".partial" in partial.name or partial.suffix == ".begun":
            partial.unlink(missing_ok=True)  # left by a run that was killed
    return [outcome for shard in shards for outcome in _read_account(job.account(shard))]


def open_folder(job: Job) -> None:
    """Make the folder, or see that it was made with the same settings."""
    path = job.folder / SETTINGS_FILE
    text = json.dumps(job.settings, indent=1, sort_keys=True) + "\n"
    try:
        (job.folder / PARTS_FOLDER).mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write_whole(path, text)
            return
        known = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise OutputError(f"{job.folder} cannot be written ({fault.strerror}).") from fault
    except ValueError as fault:
        raise UsageError(f"{path} is damaged; delete the folder {job.folder}.") from fault
    now = json.loads(text)
    changed = sorted(key for key in known.keys() | now.keys() if known.get(key) != now.get(key))
    if changed:
        raise UsageError(
            f"{job.folder} was made with another {', '.join(changed)}; "
            "name another folder, or delete this one."
        )


def write_whole(path: Path, text: str) -> None:
    """Write a text file that is there whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _build_all(job: Job, shards: Sequence[Shard], build: Build, workers: int) -> Iterator[Shard]:
    """Build shards in rounds, each with processes of its own, yielding each when it is done.

    When a process dies, the shards of its round are tried again, each in a process of its own; the
    one whose process dies again is given up.
    """
    size = workers * SHARDS_A_PROCESS
    for start in range(0, len(shards), size):
        together = shards[start : start + size]
        try:
            yield from _one_round(job, together, build, workers)
        except BrokenProcessPool:
            for shard in together:
                if not job.account(shard).exists():
                    yield _tried_alone(job, shard, build)


def _tried_alone(job: Job, shard: Shard, build: Build) -> Shard:
    """Build one shard in a process of its own, or write that it cannot be built.

    Raises
    ------
    MolattnError
        The process died before it began, which is no fault of the shard.
    """
    begun = _begun(job.part(shard))
    begun.unlink(missing_ok=True)
    try:
        list(_one_round(job, [shard], build, 1))
    except BrokenProcessPool:
        if not begun.exists():
            raise MolattnError(
                "A process of this job ended before it began its work (too little memory, or an "
                "installation that changed meanwhile); nothing is lost, run the same command again."
            ) from None
        _write_account(job.account(shard), job.crashed(shard.task))
        begun.unlink()
    return shard


def _begun(part: Path) -> Path:
    """Return the file that is there while a process builds a part."""
    return part.with_name(f"{part.name}.begun")


def _one_round(job: Job, shards: Sequence[Shard], build: Build, workers: int) -> Iterator[Shard]:
    # a fork of a process that has used torch's threads may hang
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin) as pool:
        running: dict[Future[None], Shard] = {
            pool.submit(_build_one, build, shard.task, job.part(shard), job.account(shard)): shard
            for shard in shards
        }
        try:
            for future in as_completed(running):
                future.result()
                yield running[future]
        except BaseException:
            _stop(pool)
            raise


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the workers at once; what they were building is built again next time."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()


def _build_one(build: Build, task: Any, part: Path, account: Path) -> None:
    # the suffix stays, since libraries choose a format by it
    partial = part.with_name(f"{os.getpid()}.partial.{part.name}")
    begun = _begun(part)
    try:
        begun.touch()
        outcomes = build(task, partial)
        if partial.exists():
            partial.replace(part)
        _write_account(account, outcomes)
    except OSError as fault:
        raise OutputError(f"{part} cannot be written ({fault.strerror}).") from fault
    finally:
        partial.unlink(missing_ok=True)
        begun.unlink(missing_ok=True)


def _write_account(path: Path, outcomes: Sequence[Outcome]) -> None:
    write_whole(path, json.dumps([asdict(one) for one in outcomes]) + "\n")


def _done(account: Path) -> bool:
    """Return whether an account is there and whole."""
    try:
        _read_account(account)
    except (OSError, ValueError, TypeError):
        account.unlink(missing_ok=True)
        return False
    return True


def _read_account(path: Path) -> list[Outcome]:
    return [Outcome(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def _begin() -> None:
    """Keep the libraries of a worker to one thread, and end it when its parent is gone."""
    os.environ["OMP_NUM_THREADS"] = "1"
    # an interruption is for the parent, which ends its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
