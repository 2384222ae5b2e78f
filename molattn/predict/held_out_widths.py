"""Half widths of intervals by calibrations that saw nothing of the answer's protein."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from molattn.predict.calibration import cluster_parts, fit_normalised
from molattn.predict.interval_scale import IntervalInputs

Floats = NDArray[np.float64]


def held_out_half_widths(
    residuals: Floats, inputs: IntervalInputs, clusters: NDArray[Any]
) -> Floats:
    """Return half widths by calibrations that saw no answer of the row's part of clusters, [n].

    Parameters
    ----------
    residuals
        Measured minus predicted pK, [n], out of fold.
    inputs
        Of the same answers.
    clusters
        Protein cluster of each, [n].
    """
    part = cluster_parts(clusters)
    half = np.empty(len(residuals))
    for one in np.unique(part):
        rest = part != one
        found = fit_normalised(residuals[rest], inputs.select(rest), clusters[rest].tolist())
        half[~rest] = found.half_width(inputs.select(~rest))
    return half
