"""The lines of the table: every model on the rows of every regime, over the same draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from molattn.evaluate.comparison import Comparison, paired
from molattn.evaluate.evaluation_set import Booleans, Floats, Strings
from molattn.evaluate.intervals import interval_score
from molattn.evaluate.judged import Judged
from molattn.evaluate.metrics import (
    METRICS,
    REPEATS,
    Bootstrap,
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
    """How two models differ on the rows of one regime, a comparison a metric."""

    regime: str
    first: str
    second: str
    compared: tuple[Comparison, ...]


def build_lines(
    judged: Judged, repeats: int = REPEATS
) -> tuple[tuple[Line, ...], tuple[Pair, ...]]:
    """Return a line for each regime and model, and the difference of every pair of models.

    The draws of a regime are the same for all models, so differences are paired.
    """
    lines: list[Line] = []
    pairs: list[Pair] = []
    regimes = judged.regimes(judged.used) if judged.used.sum() > 1 else {}
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
        pairs += _pairs(judged, rows, regime, figures)
    return tuple(lines), tuple(pairs)


def _pairs(
    judged: Judged, rows: Booleans, regime: str, figures: Mapping[str, Figures]
) -> list[Pair]:
    """Return how every two models differ in every metric."""
    size, clusters = int(rows.sum()), len(np.unique(judged.clusters[rows]))
    found = []
    for first, second in combinations(figures, 2):
        compared = []
        for metric in METRICS:
            one, other = figures[first][metric], figures[second][metric]
            difference, share = paired(one, other)
            compared.append(
                Comparison(
                    metric, size, clusters, 0, one.estimate, other.estimate, difference, share
                )
            )
        found.append(Pair(regime, first, second, tuple(compared)))
    return found


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
    covered = width = score = float("nan")
    if model.low is not None and model.high is not None:
        bounded = rows & np.isfinite(model.low) & np.isfinite(model.high)
        low, high = model.low[bounded], model.high[bounded]
        truth = judged.rows.measured[bounded]
        covered, width = coverage(truth, low, high), mean_width(low, high)
        score = interval_score(truth, low, high)
    against = against or {}
    differences = {name: paired(one, found[name]) for name, one in against.items()}
    return Line(
        model=model.name,
        title=model.title,
        regime=regime,
        rows=int(rows.sum()),
        clusters=len(np.unique(judged.clusters[rows])),
        metrics={name: one.estimate for name, one in found.items()},
        folds=_fold_means(judged, rows, model),
        within=_within(measured, model.predicted[rows], judged.groups[rows]),
        group=judged.group_column,
        coverage=covered,
        width=width,
        difference={name: difference for name, (difference, _) in differences.items()},
        share={name: share for name, (_, share) in differences.items()},
        missing=int((judged.rows.standard & ~model.answered).sum()) if regime == "all" else 0,
        interval_score=score,
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
