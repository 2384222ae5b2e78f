"""Whether a score lives on the structure: how much of its gain a disturbed structure destroys.

A model that sees the ligand alone is the floor. What a model reaches above it on undisturbed
complexes is its gain; the same complexes with the structure disturbed (the ligand in another
pocket, or in a wrong pose) show how much of that gain the structure carried::

    lost = (R undisturbed - R disturbed) / (R undisturbed - R floor)

1 says that the disturbed structure is worth no more than none, 0 that the structure was not used;
above 1 the disturbed structure misleads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molattn.errors import UsageError
from molattn.evaluate.comparison import paired
from molattn.evaluate.metrics import (
    REPEATS,
    Bootstrap,
    Estimate,
    Metric,
    cluster_draws,
    estimate,
    pearson,
    rmse,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Strings = NDArray[np.str_]

FEWEST_IN_FOLD = 3
"""Rows of a fold, or of a draw of it, below which it has no figure of its own."""


@dataclass(frozen=True, slots=True)
class ConditionFigures:
    """One condition on the rows that all conditions answer; 95 % intervals over clusters."""

    condition: str
    pearson: Estimate
    rmse: Estimate  # pK
    fold_pearson: Estimate  # mean of the folds
    fold_rmse: Estimate
    change: Estimate  # mean pK of this condition minus the undisturbed one
    lower: Estimate  # share of rows that it scores lower than the undisturbed one, ties as half
    lost: Estimate  # see the head of the module
    fold_lost: Estimate  # the same of the mean Pearson of the folds


@dataclass(frozen=True, slots=True)
class StructureGain:
    """Every condition, and the gain that there is to lose."""

    rows: int
    clusters: int
    folds: int
    gain: Estimate  # Pearson undisturbed minus floor
    gain_share: float  # two-sided share of draws at or beyond zero, read like a p-value
    fold_gain: Estimate
    conditions: tuple[ConditionFigures, ...]


def structure_gain(
    measured: Floats,
    predicted: Mapping[str, Floats],
    folds: Integers,
    clusters: Strings,
    *,
    undisturbed: str,
    floor: str,
    repeats: int = REPEATS,
    seed: int = 0,
) -> StructureGain:
    """Return the figures of every condition and the share of the gain that each destroys.

    Parameters
    ----------
    measured
        pK, [n].
    predicted
        Condition -> predicted pK of the same complexes, [n], NaN where there is none. Rows that a
        condition leaves out count for none.
    folds, clusters
        Fold and protein cluster of each row, [n]; whole clusters are drawn.
    undisturbed, floor
        Names of conditions: the complexes as they are, and a model without the structure.
    repeats, seed
        Of the bootstrap.

    Raises
    ------
    UsageError
        A named condition is missing, or no row is answered under all conditions.
    """
    for name in (undisturbed, floor):
        if name not in predicted:
            raise UsageError(f"There is no condition {name} among {', '.join(predicted)}.")
    whole = np.isfinite(measured) & np.isfinite(np.stack(list(predicted.values()))).all(axis=0)
    if not whole.any():
        raise UsageError("No complex is answered under all conditions.")
    truth, fold_of, cluster_of = measured[whole], folds[whole], clusters[whole]
    said = {name: column[whole] for name, column in predicted.items()}
    draws = cluster_draws(cluster_of, repeats, seed)
    overall = {name: over_draws(pearson, truth, one, draws) for name, one in said.items()}
    by_fold = {name: over_draws(pearson, truth, one, draws, fold_of) for name, one in said.items()}
    gain, share = paired(overall[undisturbed], overall[floor])
    found = []
    for name, column in said.items():
        change = column - said[undisturbed]
        found.append(
            ConditionFigures(
                condition=name,
                pearson=overall[name].estimate,
                rmse=over_draws(rmse, truth, column, draws).estimate,
                fold_pearson=by_fold[name].estimate,
                fold_rmse=over_draws(rmse, truth, column, draws, fold_of).estimate,
                change=over_draws(_mean, truth, change, draws).estimate,
                lower=over_draws(_mean, truth, _fell(change), draws).estimate,
                lost=share_lost(overall[undisturbed], overall[name], overall[floor]),
                fold_lost=share_lost(by_fold[undisturbed], by_fold[name], by_fold[floor]),
            )
        )
    return StructureGain(
        rows=len(truth),
        clusters=len(np.unique(cluster_of)),
        folds=len(np.unique(fold_of)),
        gain=gain,
        gain_share=share,
        fold_gain=by_fold[undisturbed].minus(by_fold[floor]),
        conditions=tuple(found),
    )


def over_draws(
    metric: Metric,
    measured: Floats,
    predicted: Floats,
    draws: Sequence[Integers],
    folds: Integers | None = None,
) -> Bootstrap:
    """Return a metric of all rows and of each draw; with folds, the mean of the folds' metrics."""
    every = np.arange(len(measured))

    def of(rows: Integers) -> float:
        if folds is None:
            return metric(measured[rows], predicted[rows])
        return fold_mean(metric, measured[rows], predicted[rows], folds[rows])

    return Bootstrap(of(every), np.array([of(rows) for rows in draws], dtype=np.float64))


def fold_mean(metric: Metric, measured: Floats, predicted: Floats, folds: Integers) -> float:
    """Return the mean over folds of a metric, folds of few rows left out; NaN without any."""
    values = []
    for fold in np.unique(folds):
        rows = folds == fold
        if rows.sum() >= FEWEST_IN_FOLD:
            values.append(metric(measured[rows], predicted[rows]))
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def share_lost(undisturbed: Bootstrap, disturbed: Bootstrap, floor: Bootstrap) -> Estimate:
    """Return the share of the gain over the floor that a disturbance destroys.

    All three come from the same draws. Draws without a gain have no share and do not enter the
    interval, so it means little where the gain itself may be zero.
    """
    return estimate(
        float(_share(undisturbed.value, disturbed.value, floor.value)),
        _share(undisturbed.drawn, disturbed.drawn, floor.drawn),
    )


def _share(undisturbed: Floats | float, disturbed: Floats | float, floor: Floats | float) -> Floats:
    gain = np.asarray(undisturbed, dtype=np.float64) - floor
    lost = np.asarray(undisturbed, dtype=np.float64) - disturbed
    share: Floats = np.divide(lost, gain, out=np.full_like(gain, np.nan), where=gain > 0.0)
    return share


def _fell(change: Floats) -> Floats:
    """Return 1 where a score fell, 0 where it rose, one half where it stayed."""
    fell: Floats = 0.5 - 0.5 * np.sign(change)
    return fell


def _mean(_: Floats, values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
