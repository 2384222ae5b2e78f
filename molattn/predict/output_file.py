"""Files that are written whole or not at all, and known to be writable before work begins."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from molattn.errors import OutputError

_PROBE = b"\0" * 4096  # a file system without room takes an empty file


def check_writable(path: Path) -> None:
    """Make sure, as far as it can be known, that a file can be written at this place.

    Raises
    ------
    OutputError
        If the folder is missing or no folder, cannot be written, has no room, or the path is a
        folder itself.
    """
    target = _target(path)
    if target.is_dir():
        raise OutputError(f"{path} is a folder; name a file inside it.")
    folder = target.parent
    if not folder.exists():
        raise OutputError(f"The folder {folder} does not exist; create it or choose another.")
    if not folder.is_dir():
        raise OutputError(f"{folder} is a file, so nothing can be written inside it.")
    if target.exists() and not target.is_file():
        _probe_device(path, target)
        return
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=folder)
    except OSError as error:
        raise _refusal(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_PROBE)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that replaces ``path`` only when the block ends without an error.

    Yields
    ------
    IO[bytes]
        A temporary file in the same folder, flushed to disk before it is renamed.

    Raises
    ------
    OutputError
        If it cannot be written; ``path`` is then as it was.
    """
    target = _target(path)
    try:
        if target.exists() and not target.is_file():
            with target.open("wb") as device:
                yield device
            return
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise _refusal(path, error) from error


def write_atomically(path: Path, data: bytes) -> None:
    """Write a whole file at once; see `atomic`."""
    with atomic(path) as stream:
        stream.write(data)


def _target(path: Path) -> Path:
    # a link keeps leading where it led
    with suppress(OSError):
        return path.resolve()
    return path


def _probe_device(path: Path, target: Path) -> None:
    """Find out that a device such as /dev/full takes nothing, without leaving a byte in others."""
    try:
        with target.open("wb"):
            pass
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written ({error.strerror or error}); free some space or choose another "
        "place."
    )
