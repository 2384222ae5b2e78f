"""The best rows of a stream: their places and ranks, not the rows."""

from __future__ import annotations

import heapq
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BEHIND: Final = 1e6  # more than any two values differ


def standing(values: NDArray[np.float64], plausible: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return what rows [n] are ordered by: one that is not plausible is behind all that are."""
    return np.where(plausible, values, values - _BEHIND)


class Ranking:
    """Keeps the places of the highest values; of equal ones the first stands before.

    Parameters
    ----------
    top
        How many are kept.
    """

    def __init__(self, top: int) -> None:
        self._top = top
        # (value, -place): the worst comes first
        self._heap: list[tuple[float, int]] = []

    def add(self, values: NDArray[np.float64], places: NDArray[np.int64]) -> None:
        """Take rows, [n] each; those whose value is not finite have no rank."""
        for row in np.flatnonzero(np.isfinite(values)).tolist():
            entry = (float(values[row]), -int(places[row]))
            if len(self._heap) < self._top:
                heapq.heappush(self._heap, entry)
            elif entry > self._heap[0]:
                heapq.heapreplace(self._heap, entry)

    def ranks(self) -> dict[int, int]:
        """Return place to rank, the best first, from 1."""
        ordered = sorted(self._heap, reverse=True)
        return {-place: rank for rank, (_, place) in enumerate(ordered, start=1)}
