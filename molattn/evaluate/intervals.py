"""Whether predicted intervals are as wide as they should be, overall and where they are narrow.

Coverage over all rows can be right while narrow intervals miss and wide ones waste; coverage by
predicted width shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from molattn.evaluate.metrics import CONFIDENCE, coverage, mean_width, rmse, spearman

Floats = NDArray[np.float64]

LEVEL: Final = 0.90
"""Nominal coverage of a predicted interval."""

LEVELS: Final = np.linspace(0.05, 0.95, 19)
"""Confidences at which calibration is read."""

WIDTH_BINS: Final = 5
"""Bins of equal counts by predicted width."""


@dataclass(frozen=True, slots=True)
class WidthBin:
    """Rows whose predicted intervals are about equally wide."""

    rows: int
    narrowest: float  # pK
    widest: float
    width: float  # mean, pK
    coverage: float  # share of measurements inside
    coverage_low: float  # exact 95 % binomial interval (Clopper and Pearson 1934)
    coverage_high: float
    rmse: float  # of the predictions, pK; NaN where none are given


@dataclass(frozen=True, slots=True)
class IntervalFigures:
    """What there is to say of the intervals of one model."""

    rows: int
    coverage: float
    coverage_low: float  # exact 95 % binomial interval
    coverage_high: float
    width: float  # mean, pK
    score: float  # mean interval score, pK; lower is better
    error_width: float  # Spearman of absolute error and width; positive is right
    calibration_error: float  # mean |observed - nominal coverage| over LEVELS
    bins: tuple[WidthBin, ...]


def judge_intervals(
    measured: Floats, predicted: Floats, low: Floats, high: Floats, level: float = LEVEL
) -> IntervalFigures:
    """Return every figure of the intervals, columns [n] in pK; rows with a gap are left out."""
    whole = np.isfinite(measured) & np.isfinite(predicted) & np.isfinite(low) & np.isfinite(high)
    measured, predicted, low, high = (column[whole] for column in (measured, predicted, low, high))
    inside = (measured >= low) & (measured <= high)
    bounds = binomial_interval(int(inside.sum()), len(inside))
    observed = calibration_curve(measured, predicted, low, high, level)
    return IntervalFigures(
        rows=len(measured),
        coverage=coverage(measured, low, high),
        coverage_low=bounds[0],
        coverage_high=bounds[1],
        width=mean_width(low, high),
        score=interval_score(measured, low, high, level),
        error_width=spearman(np.abs(measured - predicted), high - low),
        calibration_error=float(np.abs(observed - LEVELS).mean()),
        bins=coverage_by_width(measured, low, high, predicted),
    )


def interval_score(measured: Floats, low: Floats, high: Floats, level: float = LEVEL) -> float:
    """Return the mean interval score in pK, lower is better, NaN without rows.

    Width plus ``2 / (1 - level)`` times the distance by which a measurement lies outside: a proper
    score (Gneiting and Raftery 2007, J. Am. Stat. Assoc. 102, 359, equation 43).
    """
    if len(measured) == 0:
        return float("nan")
    outside = np.maximum(low - measured, 0) + np.maximum(measured - high, 0)
    return float(np.mean(high - low + 2 / (1 - level) * outside))


def binomial_interval(hits: int, rows: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share (Clopper and Pearson 1934), NaN without rows."""
    if rows == 0:
        return float("nan"), float("nan")
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if hits == 0 else float(stats.beta.ppf(tail, hits, rows - hits + 1))
    high = 1.0 if hits == rows else float(stats.beta.ppf(1 - tail, hits + 1, rows - hits))
    return low, high


def coverage_by_width(
    measured: Floats,
    low: Floats,
    high: Floats,
    predicted: Floats | None = None,
    bins: int = WIDTH_BINS,
) -> tuple[WidthBin, ...]:
    """Return coverage in bins of predicted width, narrow first.

    Bins hold equal counts as far as equal widths allow: rows of one width never part, so constant
    widths make one bin.

    Parameters
    ----------
    measured, low, high
        pK, [n], without gaps.
    predicted
        pK, [n], for the error in each bin.
    bins
        How many, at most.
    """
    if len(measured) == 0:
        return ()
    width = high - low
    edges = np.unique(np.quantile(width, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
    place = np.searchsorted(edges, width, side="left")
    found = []
    for one in np.unique(place):
        rows = place == one
        inside = (measured[rows] >= low[rows]) & (measured[rows] <= high[rows])
        bounds = binomial_interval(int(inside.sum()), int(rows.sum()))
        found.append(
            WidthBin(
                rows=int(rows.sum()),
                narrowest=float(width[rows].min()),
                widest=float(width[rows].max()),
                width=float(width[rows].mean()),
                coverage=float(inside.mean()),
                coverage_low=bounds[0],
                coverage_high=bounds[1],
                rmse=float("nan") if predicted is None else rmse(measured[rows], predicted[rows]),
            )
        )
    return tuple(found)


def calibration_curve(
    measured: Floats, predicted: Floats, low: Floats, high: Floats, level: float = LEVEL
) -> Floats:
    """Return the observed coverage at each of :data:`LEVELS`, [levels].

    Both halves of the interval, nominally ``level``, are scaled as those of a normal error would
    be (Kuleshov et al. 2018 for regression in general).

    Parameters
    ----------
    measured, predicted, low, high
        pK, [n], without gaps.
    level
        Nominal coverage of the interval as given.
    """
    whole = NormalDist().inv_cdf((1 + level) / 2)
    scales = [NormalDist().inv_cdf((1 + float(at)) / 2) / whole for at in LEVELS]
    return np.array(
        [
            coverage(
                measured,
                predicted - scale * (predicted - low),
                predicted + scale * (high - predicted),
            )
            for scale in scales
        ]
    )
