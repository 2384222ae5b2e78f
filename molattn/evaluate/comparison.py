"""Two models, or one model under two conditions, on the same rows and the same draws.

The interval of a difference is paired: what makes a set of complexes easy or hard cancels, so
small differences can be told from the luck of the draw, and the intervals of two models may well
overlap while that of their difference excludes zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molattn.errors import UsageError
from molattn.evaluate.metrics import (
    METRICS,
    REPEATS,
    Bootstrap,
    Estimate,
    Metric,
    bootstrap,
    cluster_draws,
    within_bootstrap,
)

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of two models on the rows that both answer."""

    metric: str
    rows: int
    clusters: int
    missing: int  # measured rows that at least one of them leaves out
    first: Estimate
    second: Estimate
    difference: Estimate  # first minus second
    share: float  # two-sided bootstrap share at or beyond zero, read like a p-value


@dataclass(frozen=True, slots=True)
class ConditionLoss:
    """One model on one kind of input, beside the reference on the same rows."""

    condition: str
    rows: int  # answered both here and under the reference
    missing: int  # answered under the reference only
    metrics: Mapping[str, Estimate]
    reference: Mapping[str, Estimate]  # the reference on the same rows
    loss: Mapping[str, Estimate]  # condition minus reference, paired
    share: Mapping[str, float]  # see Comparison.share


def two_sided_share(differences: Floats) -> float:
    """Return twice the smaller share of draws at or beyond zero, at most 1; NaN without draws.

    One is added to counts and draws (Davison and Hinkley 1997, section 4.2), so the share is
    never 0. It is read like a p-value and is as good as the bootstrap: no exact test.
    """
    known = differences[np.isfinite(differences)]
    if len(known) == 0:
        return float("nan")
    tail = min(int((known <= 0).sum()), int((known >= 0).sum()))
    return min(1.0, 2 * (tail + 1) / (len(known) + 1))


def paired(first: Bootstrap, second: Bootstrap) -> tuple[Estimate, float]:
    """Return first minus second with its interval, and :func:`two_sided_share` of the draws.

    Both must come from the same draws of the same rows.
    """
    return first.minus(second), two_sided_share(first.drawn - second.drawn)


def compare(
    measured: Floats,
    first: Floats,
    second: Floats,
    clusters: Strings,
    metrics: Mapping[str, Metric] = METRICS,
    repeats: int = REPEATS,
    seed: int = 0,
) -> tuple[Comparison, ...]:
    """Compare two models on the rows that both answer, drawing whole clusters.

    Parameters
    ----------
    measured, first, second
        pK, [n], NaN where missing.
    clusters
        Cluster of each row, [n]; the row's own id for independent rows.
    metrics
        What is compared, by name.
    repeats, seed
        Of the bootstrap.
    """
    rows = np.isfinite(measured) & np.isfinite(first) & np.isfinite(second)
    draws = cluster_draws(clusters[rows], repeats, seed)
    found = []
    for name, metric in metrics.items():
        one = bootstrap(metric, measured[rows], first[rows], draws)
        other = bootstrap(metric, measured[rows], second[rows], draws)
        difference, share = paired(one, other)
        found.append(
            Comparison(
                metric=name,
                rows=int(rows.sum()),
                clusters=len(np.unique(clusters[rows])),
                missing=int(np.isfinite(measured).sum() - rows.sum()),
                first=one.estimate,
                second=other.estimate,
                difference=difference,
                share=share,
            )
        )
    return tuple(found)


def compare_within(
    metric_name: str,
    metric: Metric,
    measured: Floats,
    first: Floats,
    second: Floats,
    clusters: Strings,
    seed: int = 0,
) -> Comparison:
    """Compare two models by the mean inside clusters, over the same draws of clusters."""
    rows = np.isfinite(measured) & np.isfinite(first) & np.isfinite(second)
    sets = (measured[rows], clusters[rows])
    one, sizes = within_bootstrap(metric, sets[0], first[rows], sets[1], seed=seed)
    other, _ = within_bootstrap(metric, sets[0], second[rows], sets[1], seed=seed)
    difference, share = paired(one, other)
    return Comparison(
        metric=f"{metric_name}_within",
        rows=sum(sizes),
        clusters=len(sizes),
        missing=int(np.isfinite(measured).sum() - rows.sum()),
        first=one.estimate,
        second=other.estimate,
        difference=difference,
        share=share,
    )


def compare_means(first: Floats, second: Floats, draws: Sequence[NDArray[np.int64]]) -> Comparison:
    """Compare two models by the mean of what each reaches on every unit, e.g. top-1 successes.

    Parameters
    ----------
    first, second
        One value a unit (complex, target), [n]; units where either is NaN are left out of means.
    draws
        Of the units, :func:`molattn.evaluate.metrics.row_draws`.
    """

    def mean(_: Floats, values: Floats) -> float:
        known = values[np.isfinite(values)]
        return float(known.mean()) if len(known) else float("nan")

    whole = np.isfinite(first) & np.isfinite(second)
    one_column = np.where(whole, first, np.nan)
    other_column = np.where(whole, second, np.nan)
    one = bootstrap(mean, one_column, one_column, draws)
    other = bootstrap(mean, other_column, other_column, draws)
    difference, share = paired(one, other)
    kept = int(whole.sum())
    missing = len(whole) - kept
    return Comparison("mean", kept, kept, missing, one.estimate, other.estimate, difference, share)


def condition_losses(
    measured: Floats,
    predicted: Mapping[str, Floats],
    clusters: Strings,
    reference: str = "crystal",
    metrics: Mapping[str, Metric] = METRICS,
    repeats: int = REPEATS,
    seed: int = 0,
) -> tuple[ConditionLoss, ...]:
    """Return what one model loses when its input changes, the reference first.

    Every condition is compared with the reference on the rows that both answer, which may be
    fewer than all; both figures of those rows are given.

    Parameters
    ----------
    measured
        pK, [n].
    predicted
        Condition -> predicted pK of the same complexes, [n], NaN where there is none. For pose
        robustness: crystal, redocked, placed, cross-docked.
    clusters
        Cluster of each row, [n].
    reference
        Which condition is the undisturbed one.
    metrics
        What is compared, by name.
    repeats, seed
        Of the bootstrap.

    Raises
    ------
    UsageError
        The reference is not among the conditions.
    """
    if reference not in predicted:
        raise UsageError(
            f"The reference condition {reference} is not among {', '.join(predicted)}; name it."
        )
    base = predicted[reference]
    ordered = [reference, *(name for name in predicted if name != reference)]
    found = []
    for name in ordered:
        said = predicted[name]
        compared = compare(measured, said, base, clusters, metrics, repeats, seed)
        answered = np.isfinite(measured) & np.isfinite(base)
        found.append(
            ConditionLoss(
                condition=name,
                rows=int((answered & np.isfinite(said)).sum()),
                missing=int((answered & ~np.isfinite(said)).sum()),
                metrics={one.metric: one.first for one in compared},
                reference={one.metric: one.second for one in compared},
                loss={one.metric: one.difference for one in compared},
                share={one.metric: one.share for one in compared},
            )
        )
    return tuple(found)
