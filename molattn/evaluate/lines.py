"""The lines of the table: every model on the rows of every regime, over the same draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from molattn.evaluate.comparison import two_sided_share
from molattn.evaluate.evaluation_set import Booleans, Floats, Strings
from molattn.evaluate.judged import Judged
from molattn.evaluate.metrics import (
    METRICS,
    REPEATS,
    Bootstrap,
    Estimate,
    WithinCluster,
    bootstrap,
    cluster_draws,
    coverage,
    mean_width,
    within_cluster,
)
from molattn.evaluate.predictions import Predictions
from molattn.evaluate.table import REGIMES, FoldMean, Line

CORRELATIONS: Final = ("pearson", "spearman", "kendall")
"""Metrics that are also reported within groups."""

Figures = Mapping[str, Bootstrap]


@dataclass(frozen=True, slots=True)
class Pair:
    """How two models differ in one metric on the rows of one regime."""

    regime: str
    metric: str
    first: str
    second: str
    rows: int
    difference: Estimate  # first minus second
    share: float  # two-sided share of draws at or beyond zero


def build_lines(
    judged: Judged, repeats: int = REPEATS
) -> tuple[tuple[Line, ...], tuple[Pair, ...]]:
    """Return a line for each regime and model, and the difference of every pair of models.

    The draws of a regime are the same for all models, so differences are paired.
    """
    lines: list[Line] = []
    pairs: list[Pair] = []
    regimes = judged.regimes(judged.used)
    for regime in (name for name in REGIMES if name in regimes):
        rows = regimes[regime]
        draws = cluster_draws(judged.clusters[rows], repeats)
        measured = judged.rows.measured[rows]
        figures: dict[str, Figures] = {
            model.name: {
                name: bootstrap(metric, measured, model.predicted[rows], draws)
                for name, metric in METRICS.items()
            }
            for model in judged.models
        }
        first = judged.judged_model
        for model in judged.models:
            against = None if first is None or model is first else figures[first.name]
            lines.append(_line(judged, rows, regime, model, figures[model.name], against))
        pairs += _pairs(regime, int(rows.sum()), figures)
    return tuple(lines), tuple(pairs)


def _pairs(regime: str, rows: int, figures: Mapping[str, Figures]) -> list[Pair]:
    """Return the difference of every two models in every metric."""
    return [
        Pair(
            regime,
            metric,
            first,
            second,
            rows,
            figures[first][metric].minus(figures[second][metric]),
            two_sided_share(figures[first][metric].drawn - figures[second][metric].drawn),
        )
        for first, second in combinations(figures, 2)
        for metric in METRICS
    ]


def _line(
    judged: Judged,
    rows: Booleans,
    regime: str,
    model: Predictions,
    found: Figures,
    against: Figures | None,
) -> Line:
    """Return the figures of one model on the rows of one regime."""
    measured = judged.rows.measured[rows]
    covered, width = float("nan"), float("nan")
    if model.low is not None and model.high is not None:
        bounded = rows & np.isfinite(model.low) & np.isfinite(model.high)
        low, high = model.low[bounded], model.high[bounded]
        covered = coverage(judged.rows.measured[bounded], low, high)
        width = mean_width(low, high)
    return Line(
        model=model.name,
        title=model.title,
        regime=regime,
        rows=int(rows.sum()),
        clusters=len(np.unique(judged.clusters[rows])),
        metrics={name: one.estimate for name, one in found.items()},
        folds=_fold_means(judged, rows, model),
        within=_within(measured, model.predicted[rows], judged.groups[rows]),
        coverage=covered,
        width=width,
        difference={}
        if against is None
        else {name: against[name].minus(one) for name, one in found.items()},
    )


def _within(measured: Floats, predicted: Floats, groups: Strings) -> dict[str, WithinCluster]:
    """Return the correlations inside groups, none where no group is large enough."""
    grouped = groups != ""
    found = {
        name: within_cluster(METRICS[name], measured[grouped], predicted[grouped], groups[grouped])
        for name in CORRELATIONS
    }
    return {name: within for name, within in found.items() if within.clusters}


def _fold_means(judged: Judged, rows: Booleans, model: Predictions) -> dict[str, FoldMean]:
    """Return mean and standard deviation over folds of each metric, none of a single fold."""
    folds = [rows & (judged.folds == fold) for fold in np.unique(judged.folds[rows])]
    if len(folds) < 2:
        return {}
    means = {}
    for name, metric in METRICS.items():
        values = np.array(
            [metric(judged.rows.measured[fold], model.predicted[fold]) for fold in folds]
        )
        known = values[np.isfinite(values)]
        if len(known) > 1:
            means[name] = FoldMean(float(known.mean()), float(known.std(ddof=1)))
    return means
