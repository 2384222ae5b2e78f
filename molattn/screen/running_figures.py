"""Figures of a stream of rows, in memory that does not grow and free of the order of shards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS: Final = 10_000  # a pK is taken to four decimals: whole numbers add up exactly
_KINDS: Final = 2_000  # reasons that are told apart
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")


class Histogram:
    """Counts of values in bins of one width; values beyond either end are in the last bin there.

    Parameters
    ----------
    low, high
        Ends.
    width
        Of a bin.
    """

    def __init__(self, low: float, high: float, width: float) -> None:
        self.low, self.width = low, width
        self.counts = np.zeros(round((high - low) / width), dtype=np.int64)

    def add(self, values: Floats) -> None:
        """Count values, [n]; those that are not finite are left out."""
        known = values[np.isfinite(values)]
        bins = np.floor((known - self.low) / self.width + 1e-9)
        places = np.clip(bins, 0, len(self.counts) - 1).astype(np.int64)
        self.counts += np.bincount(places, minlength=len(self.counts))

    @property
    def total(self) -> int:
        """How many values were counted."""
        return int(self.counts.sum())

    def quantile(self, share: float) -> float:
        """Return the lower end of the bin in which a share of all values is reached; NaN if empty.

        Parameters
        ----------
        share
            0 to 1.
        """
        if not self.total:
            return float("nan")
        wanted = max(1.0, share * self.total)
        return self.low + self.width * int(np.searchsorted(np.cumsum(self.counts), wanted))

    def coarse(self, bins: int) -> NDArray[np.int64]:
        """Return the counts of every ``bins`` neighbours together."""
        summed: NDArray[np.int64] = self.counts.reshape(-1, bins).sum(axis=1)
        return summed


@dataclass(slots=True)
class Correlation:
    """Pearson correlation of pK with a whole number, from exact sums."""

    count: int = 0
    _x: int = 0
    _y: int = 0
    _xx: int = 0
    _yy: int = 0
    _xy: int = 0

    def add(self, pK: Floats, number: Floats) -> None:
        """Take rows, [n] each; those where either is not finite are left out."""
        known = np.isfinite(pK) & np.isfinite(number)
        x = np.rint(np.clip(pK[known], -100, 100) * _STEPS).astype(np.int64)
        y = np.rint(number[known]).astype(np.int64)
        self.count += len(x)
        self._x, self._y = self._x + int(x.sum()), self._y + int(y.sum())
        self._xx, self._yy = self._xx + int((x * x).sum()), self._yy + int((y * y).sum())
        self._xy += int((x * y).sum())

    @property
    def value(self) -> float | None:
        """The coefficient; None with fewer than three rows, or where either does not vary."""
        of_x = self.count * self._xx - self._x**2
        of_y = self.count * self._yy - self._y**2
        if self.count < 3 or not of_x or not of_y:
            return None
        return (self.count * self._xy - self._x * self._y) / (sqrt(of_x) * sqrt(of_y))


@dataclass(frozen=True, slots=True)
class Reason:
    """One kind of failure."""

    text: str  # in the words of its first record
    count: int
    first: str  # id of that record


@dataclass(slots=True)
class ReasonCounts:
    """How often each reason comes; reasons that differ in numbers only are one."""

    _counts: dict[str, int] = field(default_factory=dict)
    _first: dict[str, tuple[str, str]] = field(default_factory=dict)
    _other: int = 0

    def add(self, rows: Iterable[tuple[str, str]]) -> None:
        """Take (reason, id) of records without a score."""
        for reason, identifier in rows:
            kind = _DIGITS.sub("#", reason)
            if kind in self._counts:
                self._counts[kind] += 1
            elif len(self._counts) < _KINDS:
                self._counts[kind] = 1
                self._first[kind] = (reason, identifier)
            else:
                self._other += 1

    def commonest(self, most: int = 10) -> tuple[list[Reason], int]:
        """Return the commonest reasons, and how many records have another."""
        kinds = sorted(self._counts, key=lambda kind: (-self._counts[kind], kind))
        shown = [
            Reason(self._first[kind][0], self._counts[kind], self._first[kind][1])
            for kind in kinds[:most]
        ]
        return shown, sum(self._counts[kind] for kind in kinds[most:]) + self._other
