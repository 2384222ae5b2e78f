"""Records that a column of the library marks as active or not, with their scores."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_ACTIVE: Final = frozenset({"1", "1.0", "true", "t", "yes", "y", "active"})
_INACTIVE: Final = frozenset({"0", "0.0", "false", "f", "no", "n", "inactive", "decoy"})


def read_mark(text: str) -> bool | None:
    """Return whether a cell marks its record as active; None where it says neither."""
    word = text.strip().lower()
    return True if word in _ACTIVE else False if word in _INACTIVE else None


class MarkedRecords:
    """Scores of the records that are marked, five bytes each."""

    def __init__(self) -> None:
        self._scores = array("f")
        self._active = array("b")
        self.unread_count = 0
        self.unread: list[str] = []
        """Cells that say neither, the first five kinds; ``unread_count`` is that of all."""

    def add(self, marks: Iterable[str], scores: Iterable[float]) -> None:
        """Take the cells and the scores of records, NaN without a score; empty cells are passed."""
        for text, score in zip(marks, scores, strict=True):
            active = read_mark(text)
            if active is not None:
                self._scores.append(score)
                self._active.append(active)
            elif text.strip():
                self.unread_count += 1
                if len(self.unread) < 5 and text not in self.unread:
                    self.unread.append(text)

    @property
    def active(self) -> NDArray[np.bool_]:
        """Which of them are active, [n]."""
        return np.array(self._active, dtype=np.bool_)

    @property
    def scores(self) -> NDArray[np.float64]:
        """Their scores, [n]; those without one are tied for the last place."""
        found = np.array(self._scores, dtype=np.float64)
        known = np.isfinite(found)
        last = float(found[known].min()) - 1.0 if known.any() else 0.0
        return np.where(known, found, last)

    @property
    def missing(self) -> int:
        """How many of them have no score."""
        return int((~np.isfinite(np.array(self._scores, dtype=np.float64))).sum())
