"""The folder of a run: made, and held by one process at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from molattn.errors import OutputError, UsageError

LOCK: Final = "lock"
_TRIES: Final = 3  # of the lock: `is_running` holds it for an instant
_PAUSE: Final = 0.1  # seconds between them


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises
    ------
    OutputError
        If that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error.strerror or str(error)) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run folder; the lock goes with the process, however that ends.

    Raises
    ------
    UsageError
        Another process holds it.
    OutputError
        The folder cannot be written.
    """
    make_folder(folder)
    try:
        stream: IO[str] = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise cannot_write(folder, error.strerror or str(error)) from error
    with stream:
        if not _take(stream):
            raise UsageError(f"Another process is screening into {folder}; wait for it, or end it.")
        with suppress(OSError):
            stream.truncate(0)
            stream.write(f"{os.getpid()}\n")
            stream.flush()
        yield


def is_running(folder: Path) -> bool:
    """Return whether a process is screening into a folder."""
    try:
        with (folder / LOCK).open("r+", encoding="utf-8") as stream:
            return not _take_once(stream, fcntl.LOCK_SH)
    except OSError:
        return False


def _take(stream: IO[str]) -> bool:
    for _ in range(_TRIES):
        if _take_once(stream, fcntl.LOCK_EX):
            return True
        time.sleep(_PAUSE)
    return False


def _take_once(stream: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True


def cannot_write(folder: Path, why: str) -> OutputError:
    """Return what to raise where a folder cannot be written."""
    return OutputError(
        f"{folder} cannot be written ({why}); make room, allow writing or choose another place, "
        "then run the same command again: nothing that was scored is lost."
    )
