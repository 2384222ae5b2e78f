"""Figures inside each group (a target, a congeneric series), with intervals over its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.evaluate.metrics import (
    METRICS,
    Estimate,
    Metric,
    bootstrap,
    centred_rmse,
    row_draws,
)

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]

GROUP_METRICS: Final[Mapping[str, Metric]] = {**METRICS, "centred_rmse": centred_rmse}
"""Every figure of a group: those of a table, and the RMSE without the group's offset."""

GROUP_REPEATS: Final = 200
"""Bootstrap draws of the rows of one group."""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group: its size, the range of what was measured, and each metric."""

    group: str
    rows: int  # measured and predicted
    missing: int  # measured, not predicted; left out of the metrics
    lowest: float  # smallest measured pK
    highest: float  # largest
    metrics: Mapping[str, Estimate]  # 95 % intervals over the rows of the group

    @property
    def span(self) -> float:
        """Range of the measured pK; correlations of a narrow group mean little."""
        return self.highest - self.lowest


def by_group(
    measured: Floats,
    predicted: Floats,
    groups: Strings,
    smallest: int = 1,
    repeats: int = GROUP_REPEATS,
    seed: int = 0,
) -> tuple[GroupFigures, ...]:
    """Return the figures of every group, the largest first, equal sizes by name.

    Parameters
    ----------
    measured, predicted
        pK, [n]; rows without a measurement go, those without a prediction are counted.
    groups
        Label of each row, [n].
    smallest
        Groups with fewer measured and predicted rows are not listed.
    repeats
        Bootstrap draws of each group; 0 for none (intervals are then NaN).
    seed
        Of the draws; groups of one size share their draws.
    """
    found = []
    for label in np.unique(groups):
        rows = (groups == label) & np.isfinite(measured)
        answered = rows & np.isfinite(predicted)
        size = int(answered.sum())
        if size < smallest:
            continue
        truth, said = measured[answered], predicted[answered]
        draws = row_draws(size, repeats, seed)
        found.append(
            GroupFigures(
                group=str(label),
                rows=size,
                missing=int(rows.sum()) - size,
                lowest=float(truth.min()) if size else float("nan"),
                highest=float(truth.max()) if size else float("nan"),
                metrics={
                    name: bootstrap(metric, truth, said, draws).estimate
                    for name, metric in GROUP_METRICS.items()
                },
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.rows, one.group)))
