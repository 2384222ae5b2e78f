"""Which copy of its id a record is, counted on disk: a library may have more ids than memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from molattn.errors import OutputError

_CACHE: Final = 32 << 20
"""Bytes of the database that are kept in memory."""


class CopyCounter:
    """Counts how often each id has come; made by :func:`counting_copies`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def number(self, ids: Sequence[str]) -> list[int]:
        """Return for each id which copy it is, counted from 1.

        Raises
        ------
        OutputError
            If the disk is full.
        """
        try:
            return self._number(ids)
        except sqlite3.Error as error:
            raise OutputError(
                f"The temporary table of ids cannot be written ({error}); free some space where "
                "temporary files go (TMPDIR)."
            ) from error

    def _number(self, ids: Sequence[str]) -> list[int]:
        counts = {one: self._before(one) for one in dict.fromkeys(ids)}
        numbers = []
        for one in ids:
            counts[one] += 1
            numbers.append(counts[one])
        self._database.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", counts.items())
        return numbers

    def _before(self, one: str) -> int:
        row = self._database.execute("SELECT count FROM seen WHERE id = ?", (one,)).fetchone()
        return 0 if row is None else int(row[0])


@contextmanager
def counting_copies(cache: int = _CACHE) -> Iterator[CopyCounter]:
    """Open a counter whose temporary file has no name, so that nothing is left of it, ever.

    Parameters
    ----------
    cache
        Bytes of it that are kept in memory.
    """
    database = sqlite3.connect("", isolation_level=None)  # "": private, on disk once it is large
    try:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA cache_size = -{max(1, cache >> 10)}")
        database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID")
        yield CopyCounter(database)
    finally:
        database.close()
