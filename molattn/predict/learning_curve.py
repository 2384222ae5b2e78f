"""What n measurements are worth: error on the other ligands of a series, for growing n."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.predict.few_shot import OFFSET_ONLY, condition, fit
from molattn.predict.measurements import Measurements

SIZES: Final = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200)
FEWEST_LEFT: Final = 3
"""Ligands that must be left to judge by."""
REPEATS: Final = 50
SEED: Final = 14


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Errors on ligands that the calibration has not seen, mean over random choices of n.

    Attributes
    ----------
    measured
        n, the measurements used.
    judged
        Ligands judged each time, the rest.
    before, offset_only, full
        RMSE on the rest, pK: the network alone, with the shrunk offset, with all parts chosen.
    covered
        Share of the rest within the calibrated 90 % interval.
    width
        Mean factor on the width of the interval.
    """

    measured: int
    judged: int
    before: float
    offset_only: float
    full: float
    covered: float
    width: float


def learning_curve(
    measurements: Measurements, *, repeats: int = REPEATS, seed: int = SEED
) -> tuple[CurvePoint, ...]:
    """Calibrate on random parts of the measurements and judge on the rest.

    Parameters
    ----------
    measurements
        All there are; sizes that leave fewer than `FEWEST_LEFT` are not tried.
    repeats
        Random choices for each size.
    seed
        Of the choices.
    """
    largest = len(measurements) - FEWEST_LEFT
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(len(measurements)) for _ in range(repeats)]
    return tuple(_point(measurements, orders, size) for size in SIZES if size <= largest)


def curve_csv(points: Sequence[CurvePoint]) -> bytes:
    """Return a learning curve as CSV in UTF-8, a row for each point, the fields as columns."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([one.name for one in fields(CurvePoint)])
    for point in points:
        cells = astuple(point)
        writer.writerow([f"{cell:.4f}" if isinstance(cell, float) else cell for cell in cells])
    return stream.getvalue().encode()


def _point(measurements: Measurements, orders: list[NDArray[np.int64]], size: int) -> CurvePoint:
    trials = np.array(
        [
            _trial(measurements.rows(order[:size]), measurements.rows(order[size:]))
            for order in orders
        ]
    )
    before, offset_only, full, covered, width = trials.mean(axis=0).tolist()
    judged = len(measurements) - size
    return CurvePoint(size, judged, before, offset_only, full, covered, width)


def _trial(used: Measurements, rest: Measurements) -> tuple[float, float, float, float, float]:
    residual = rest.measured - rest.predicted
    offset, _ = condition(used, OFFSET_ONLY).shifts(rest)
    shift, factor = fit(used).shifts(rest)
    within = np.abs(residual - shift) <= factor * rest.half_width
    return (
        root_mean_square(residual),
        root_mean_square(residual - offset),
        root_mean_square(residual - shift),
        float(within.mean()),
        float(factor.mean()),
    )


def root_mean_square(values: NDArray[np.float64]) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt((values**2).mean()))
