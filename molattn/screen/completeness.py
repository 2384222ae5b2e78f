"""The check that a screen answers for every record of its library, and for none twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molattn.errors import InternalError


class PlaceCheck:
    """Counts the places of shards, which come in the order of the library.

    Parameters
    ----------
    records
        How many records the library has.
    """

    def __init__(self, records: int) -> None:
        self._records = records
        self._next = 0

    def add(self, places: NDArray[np.int64], shard: Path) -> None:
        """Take the places of the next shard, [rows].

        Raises
        ------
        InternalError
            If one is missing, comes twice, or lies beyond the library.
        """
        expected = np.arange(self._next, self._next + len(places))
        wrong = np.flatnonzero(places != expected)
        if len(wrong):
            found, wanted = int(places[wrong[0]]), int(expected[wrong[0]])
            if found > wanted:
                raise InternalError(f"{_missing(wanted)}: {shard} goes on at place {found}{_AGAIN}")
            raise InternalError(
                f"Place {found} of the library comes twice, the second time in {shard}{_AGAIN}"
            )
        self._next += len(places)
        if self._next > self._records:
            raise InternalError(
                f"{shard} holds place {self._next - 1} and the library has {self._records} "
                f"records{_AGAIN}"
            )

    def finish(self) -> None:
        """Make sure that the last record has come.

        Raises
        ------
        InternalError
            If records are missing at the end.
        """
        if self._next < self._records:
            raise InternalError(
                f"{_missing(self._next)}: the shards hold {self._next} of {self._records} "
                f"records{_AGAIN}"
            )


_AGAIN = "; no result was written, so continue the screen, and report this if it comes again."


def _missing(place: int) -> str:
    return f"Place {place} of the library has no row"
