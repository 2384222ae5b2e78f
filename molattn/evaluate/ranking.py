"""Ranking power: whether the ligands of one target are put in the right order.

After CASF-2016 (Su et al. 2019, J. Chem. Inf. Model. 59, 895): the figures of each target are
averaged with equal weight, whatever the number of its ligands. Groups of very different sizes are
better judged by :func:`molattn.evaluate.metrics.within_cluster`, weighted by size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.evaluate.metrics import (
    REPEATS,
    Bootstrap,
    Estimate,
    constant,
    kendall,
    row_draws,
    spearman,
)
from molattn.evaluate.ties import chance_in_top, oriented

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]

SMALLEST_GROUP: Final = 3
"""Fewest ligands of a target that is ranked."""

TOPS: Final = (1, 2, 3)
"""Places among which the best ligand is sought."""


@dataclass(frozen=True, slots=True)
class GroupRanking:
    """How one target's ligands are ranked."""

    group: str
    rows: int
    missing: int  # ligands without a prediction; ranked last where the best is sought
    spearman: float  # of the answered rows; 0 where all predictions are equal
    kendall: float
    predictive_index: float
    best_in_top: Mapping[int, float]  # places -> probability over the order of ties


@dataclass(frozen=True, slots=True)
class RankingPower:
    """Means over targets, 95 % bootstrap intervals over targets."""

    groups: int
    rows: int
    missing: int
    spearman: Estimate
    kendall: Estimate
    predictive_index: Estimate
    best_in_top: Mapping[int, Estimate]  # places -> share of targets
    best_by_chance: Mapping[int, float]  # the same for a model that ties everything
    per_group: tuple[GroupRanking, ...]


def predictive_index(measured: Floats, predicted: Floats) -> float:
    """Return the predictive index of Pearlman and Charifson (2001), J. Med. Chem. 44, 3417.

    The share of correctly ordered pairs, each weighted by its difference in measured pK: 1 for
    the right order, -1 for the reverse, 0 for a tie in the prediction. NaN where all
    measurements are equal.
    """
    weight = np.abs(measured[:, None] - measured)
    if len(measured) < 2 or weight.sum() == 0:
        return float("nan")
    agree = np.sign(measured[:, None] - measured) * np.sign(predicted[:, None] - predicted)
    return float((weight * agree).sum() / weight.sum())


def ranking_power(
    measured: Floats,
    predicted: Floats,
    groups: Strings,
    smallest: int = SMALLEST_GROUP,
    repeats: int = REPEATS,
    seed: int = 0,
) -> RankingPower:
    """Return how well the ligands of each group are ranked.

    Groups with fewer measured ligands than ``smallest``, or whose measurements are all equal, say
    nothing about order and are left out. Where several ligands share the highest measurement any
    of them will do; equal predictions count with the expectation over their order. A group of
    which fewer than two ligands are predicted counts as 0: nothing of it is ranked.

    Parameters
    ----------
    measured, predicted
        pK, [n]; higher is better in both.
    groups
        Target of each row, [n].
    smallest
        Fewest measured ligands of a group.
    repeats, seed
        Of the bootstrap over groups.
    """
    found = []
    for label in np.unique(groups):
        rows = (groups == label) & np.isfinite(measured)
        if rows.sum() >= smallest and not constant(measured[rows]):
            found.append(_rank_group(str(label), measured[rows], predicted[rows]))
    draws = row_draws(len(found), repeats, seed)
    chance = [
        [1 - _miss(measured[(groups == one.group) & np.isfinite(measured)], top) for top in TOPS]
        for one in found
    ]

    def mean(values: list[float]) -> Estimate:
        column = np.array(values, dtype=np.float64)
        return Bootstrap(
            _mean(column), np.array([column[drawn].mean() for drawn in draws])
        ).estimate

    return RankingPower(
        groups=len(found),
        rows=sum(one.rows for one in found),
        missing=sum(one.missing for one in found),
        spearman=mean([one.spearman for one in found]),
        kendall=mean([one.kendall for one in found]),
        predictive_index=mean([one.predictive_index for one in found]),
        best_in_top={top: mean([one.best_in_top[top] for one in found]) for top in TOPS},
        best_by_chance={
            top: _mean(np.array([row[place] for row in chance])) for place, top in enumerate(TOPS)
        },
        per_group=tuple(found),
    )


def _rank_group(group: str, measured: Floats, predicted: Floats) -> GroupRanking:
    """Return the figures of one group; predictions may be NaN."""
    answered = np.isfinite(predicted)
    truth, said = measured[answered], predicted[answered]
    best = measured == measured.max()
    score = oriented(predicted, higher_is_better=True)
    return GroupRanking(
        group=group,
        rows=len(measured),
        missing=int((~answered).sum()),
        spearman=_or_zero(spearman(truth, said)),
        kendall=_or_zero(kendall(truth, said)),
        predictive_index=_or_zero(predictive_index(truth, said)),
        best_in_top={top: chance_in_top(score, best, top) for top in TOPS},
    )


def _miss(measured: Floats, top: int) -> float:
    """Return the probability that a random order has no best ligand among the first ``top``."""
    return 1 - chance_in_top(np.zeros(len(measured)), measured == measured.max(), top)


def _or_zero(value: float) -> float:
    return 0.0 if np.isnan(value) else value


def _mean(column: Floats) -> float:
    return float(column.mean()) if len(column) else float("nan")
