"""Plots of an evaluation: measured against predicted with intervals, and calibration.

matplotlib belongs to the extra ``[explain]``; without it no plot is drawn and a note says so.
"""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import OutputError
from molattn.evaluate.metrics import coverage, pearson, rmse
from molattn.evaluate.predictions import INTERVAL, Predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

LEVELS: Final = np.linspace(0.05, 0.95, 19)
"""Confidences at which calibration is read."""


def write_plots(predictions: Predictions, out: Path) -> tuple[str, ...]:
    """Write ``predictions.png`` and ``.svg``; return a note where that cannot be done.

    Parameters
    ----------
    predictions
        With a prediction; without one there is nothing to draw.
    out
        An existing folder.
    """
    if predictions.predicted is None:
        return ()
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return ("No plot is drawn: pip install 'molattn[explain]' brings matplotlib.",)
    panels = 1 if predictions.low is None else 2
    figure = Figure(figsize=(4.6 * panels, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = np.atleast_1d(figure.subplots(1, panels))
    draw_scatter(axes[0], predictions)
    if panels == 2:
        draw_calibration(axes[1], predictions)
    for suffix in ("png", "svg"):
        try:
            figure.savefig(out / f"predictions.{suffix}", dpi=150)
        except OSError as fault:
            raise OutputError(f"{out} cannot be written to ({fault.strerror}).") from fault
    return ()


def draw_scatter(axes: Axes, predictions: Predictions) -> None:
    """Draw predicted against measured pK, each with its 90 % interval where known."""
    measured, predicted = predictions.measured, predictions.predicted
    assert predicted is not None  # the caller has looked
    if predictions.low is not None and predictions.high is not None:
        axes.vlines(
            measured, predictions.low, predictions.high, color="#9db7d5", linewidth=0.5, alpha=0.5
        )
    axes.scatter(measured, predicted, s=7, color="#1f4e8c", linewidths=0, zorder=3)
    ends = [min(measured.min(), predicted.min()) - 0.5, max(measured.max(), predicted.max()) + 0.5]
    axes.plot(ends, ends, color="#666666", linewidth=0.8)
    axes.set(xlim=ends, ylim=ends, xlabel="measured pK", ylabel="predicted pK", aspect="equal")
    axes.set_title(
        f"{len(measured)} complexes, R {pearson(measured, predicted):.2f}, "
        f"RMSE {rmse(measured, predicted):.2f}",
        fontsize=10,
    )


def draw_calibration(axes: Axes, predictions: Predictions) -> None:
    """Draw the observed coverage of widened and narrowed intervals against the nominal one."""
    observed = observed_coverage(predictions)
    axes.plot([0, 1], [0, 1], color="#666666", linewidth=0.8)
    axes.plot(LEVELS, observed, marker="o", markersize=3, color="#1f4e8c")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.set(xlabel="nominal coverage of the interval", ylabel="observed coverage")
    axes.set_title("calibration", fontsize=10)


def observed_coverage(predictions: Predictions) -> Floats:
    """Return the coverage at each of :data:`LEVELS`, [levels].

    Both halves of the 90 % interval are scaled as those of a normal error would be.
    """
    predicted, low, high = predictions.predicted, predictions.low, predictions.high
    assert predicted is not None  # the caller has looked
    assert low is not None
    assert high is not None
    whole = NormalDist().inv_cdf((1 + INTERVAL) / 2)
    scales = [NormalDist().inv_cdf((1 + float(level)) / 2) / whole for level in LEVELS]
    return np.array(
        [
            coverage(
                predictions.measured,
                predicted - scale * (predicted - low),
                predicted + scale * (high - predicted),
            )
            for scale in scales
        ]
    )
