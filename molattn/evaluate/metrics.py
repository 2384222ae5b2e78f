"""Figures of agreement between measured and predicted pK, with intervals that respect clusters.

Complexes of one protein are not independent, so the bootstrap draws whole clusters with
replacement. Two models are compared on the same draws, so the interval of their difference is
paired.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Strings = NDArray[np.str_]
Metric = Callable[[Floats, Floats], float]

REPEATS: Final = 1000
"""Bootstrap draws behind every interval."""

CONFIDENCE: Final = 0.95
"""Two-sided confidence of every bootstrap interval."""

SMALLEST_CLUSTER: Final = 5
"""Clusters with fewer complexes do not enter a within-cluster mean."""

ROUNDING: Final = 1e-12
"""Columns that vary by less than this share of their largest value are constant."""

FEW_ROWS: Final = 64
"""Up to so many rows Kendall's tau looks at all pairs."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % bootstrap interval; NaN where it is undefined."""

    value: float
    low: float
    high: float


def constant(column: Floats) -> bool:
    """Return whether a column [n] is constant, up to rounding in its last digits."""
    if len(column) == 0:
        return True
    low, high = float(column.min()), float(column.max())
    return high - low <= ROUNDING * max(abs(low), abs(high))


def _undefined(measured: Floats, predicted: Floats) -> bool:
    """Return whether a correlation has no meaning: under two rows, a constant or missing value."""
    if len(measured) < 2 or constant(measured) or constant(predicted):
        return True
    # a NaN anywhere is the minimum and the maximum
    ends = (measured.min(), measured.max(), predicted.min(), predicted.max())
    return not all(map(math.isfinite, ends))


def pearson(measured: Floats, predicted: Floats) -> float:
    """Return the linear correlation of two columns [n], NaN if either is constant."""
    if _undefined(measured, predicted):
        return float("nan")
    one, other = measured - measured.mean(), predicted - predicted.mean()
    # scaled first, so that neither tiny nor huge columns leave the range of a double
    one, other = one / np.abs(one).max(), other / np.abs(other).max()
    value = float(one @ other) / math.sqrt(float(one @ one) * float(other @ other))
    return min(1.0, max(-1.0, value))


def spearman(measured: Floats, predicted: Floats) -> float:
    """Return the correlation of the ranks (ties averaged), NaN if either column is constant."""
    if _undefined(measured, predicted):
        return float("nan")
    return pearson(average_ranks(measured), average_ranks(predicted))


def average_ranks(column: Floats) -> Floats:
    """Return the rank of each value from 1, equal values sharing the mean of their ranks, [n]."""
    order = np.argsort(column, kind="stable")
    held = column[order]
    starts = np.flatnonzero(np.concatenate([[True], held[1:] != held[:-1]])[: len(held)])
    count = np.diff(np.append(starts, len(held)))
    ranks = np.empty(len(column))
    ranks[order] = np.repeat(starts + (count + 1) / 2, count)
    return ranks


def kendall(measured: Floats, predicted: Floats) -> float:
    """Return Kendall's tau-b, which allows for ties; NaN if either column is constant."""
    if _undefined(measured, predicted):
        return float("nan")
    if len(measured) > FEW_ROWS:
        return float(stats.kendalltau(measured, predicted, variant="b").statistic)
    # for few rows all pairs at once are ten times as fast as sorting
    one = np.sign(measured[:, None] - measured)
    other = np.sign(predicted[:, None] - predicted)
    return float((one * other).sum() / np.sqrt(np.abs(one).sum() * np.abs(other).sum()))


def rmse(measured: Floats, predicted: Floats) -> float:
    """Return the root mean squared error in pK, NaN without rows."""
    if len(measured) == 0:
        return float("nan")
    return float(np.sqrt(np.mean((predicted - measured) ** 2)))


def mae(measured: Floats, predicted: Floats) -> float:
    """Return the mean absolute error in pK, NaN without rows."""
    if len(measured) == 0:
        return float("nan")
    return float(np.mean(np.abs(predicted - measured)))


def centred_rmse(measured: Floats, predicted: Floats) -> float:
    """Return the RMSE in pK once the mean error is taken off, NaN under two rows.

    Inside a group it is what remains when the offset between an assay and the model is known.
    """
    if len(measured) < 2:
        return float("nan")
    error = predicted - measured
    return float(np.sqrt(np.mean((error - error.mean()) ** 2)))


METRICS: Final[Mapping[str, Metric]] = {
    "pearson": pearson,
    "spearman": spearman,
    "kendall": kendall,
    "rmse": rmse,
    "mae": mae,
}
"""Every figure of a table, by the name of its column."""


def rows_by_label(labels: Strings) -> tuple[tuple[str, Integers], ...]:
    """Return each label of a column [n] with the rows that carry it, labels in order."""
    if len(labels) == 0:
        return ()
    known, place = np.unique(labels, return_inverse=True)
    order = np.argsort(place, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(place))[:-1])
    return tuple(zip(map(str, known), members, strict=True))


def cluster_draws(clusters: Strings, repeats: int = REPEATS, seed: int = 0) -> tuple[Integers, ...]:
    """Draw whole clusters with replacement (Field and Welsh 2007, cluster bootstrap).

    Parameters
    ----------
    clusters
        Label of the cluster of each row, [n].
    repeats
        How many draws.
    seed
        The same seed gives the same draws.

    Returns
    -------
    tuple of arrays
        Rows of each draw; as many clusters as there are, so lengths differ.
    """
    members = [rows for _, rows in rows_by_label(clusters)]
    if not members:
        return ()
    generator = np.random.default_rng(seed)
    return tuple(
        np.concatenate(
            [members[chosen] for chosen in generator.integers(0, len(members), len(members))]
        )
        for _ in range(repeats)
    )


def row_draws(rows: int, repeats: int = REPEATS, seed: int = 0) -> tuple[Integers, ...]:
    """Draw single rows with replacement (Efron 1979), where no two rows belong together.

    Parameters
    ----------
    rows
        How many there are.
    repeats, seed
        As for :func:`cluster_draws`.
    """
    generator = np.random.default_rng(seed)
    return tuple(generator.integers(0, rows, rows) for _ in range(repeats if rows else 0))


def estimate(value: float, drawn: Floats) -> Estimate:
    """Join a figure with the percentile interval of its draws (undefined draws ignored)."""
    known = drawn[np.isfinite(drawn)]
    if len(known) == 0:
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, float(low), float(high))


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """A figure and what it is on each draw of clusters."""

    value: float
    drawn: Floats  # [draws]

    @property
    def estimate(self) -> Estimate:
        """The figure with its interval."""
        return estimate(self.value, self.drawn)

    def minus(self, other: Bootstrap) -> Estimate:
        """Return the difference to the figure of another model on the same draws.

        Both are judged on the same rows of each draw; an interval without zero says that the two
        differ by more than the choice of proteins explains.
        """
        return estimate(self.value - other.value, self.drawn - other.drawn)


def bootstrap(
    metric: Metric, measured: Floats, predicted: Floats, draws: Sequence[Integers]
) -> Bootstrap:
    """Return a metric of all rows and of each draw of :func:`cluster_draws`."""
    drawn = [metric(measured[rows], predicted[rows]) for rows in draws]
    return Bootstrap(metric(measured, predicted), np.array(drawn, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class WithinCluster:
    """The mean of a metric inside clusters, weighted by their sizes."""

    estimate: Estimate
    clusters: int  # how many were large enough and had unequal measurements
    rows: int  # complexes in them


def within_cluster(
    metric: Metric,
    measured: Floats,
    predicted: Floats,
    clusters: Strings,
    smallest: int = SMALLEST_CLUSTER,
    seed: int = 0,
) -> WithinCluster:
    """Return the mean of a metric inside each cluster, weighted by the cluster's size.

    The plain mean weighted by counts, as in the benchmarks of free energy calculations (Wang et
    al. 2015), without Fisher's transform: the mean over complexes of the figure of their cluster.
    The interval is a bootstrap over clusters.

    A cluster whose measurements are all equal says nothing about any model and is left out; one
    whose predictions are all equal counts as 0, for such a model ranks nothing.

    Parameters
    ----------
    metric
        A correlation, or an error such as :func:`centred_rmse`.
    measured, predicted
        pK, [n]; rows where either is NaN do not enter.
    clusters
        Label of each row, [n].
    smallest
        Fewest complexes of a cluster that enters.
    seed
        Of the bootstrap over clusters.
    """
    found, sizes = within_bootstrap(metric, measured, predicted, clusters, smallest, seed)
    return WithinCluster(found.estimate, len(sizes), sum(sizes))


def within_bootstrap(
    metric: Metric,
    measured: Floats,
    predicted: Floats,
    clusters: Strings,
    smallest: int = SMALLEST_CLUSTER,
    seed: int = 0,
) -> tuple[Bootstrap, tuple[int, ...]]:
    """Return the mean of :func:`within_cluster` with its draws, and the size of each cluster.

    Which clusters enter depends on the measurements alone, so two models on the same rows have
    the same draws and :meth:`Bootstrap.minus` of one another is paired.
    """
    answered = np.isfinite(measured) & np.isfinite(predicted)
    values, sizes = [], []
    for _, members in rows_by_label(clusters):
        rows = members[answered[members]]
        if len(rows) < smallest or constant(measured[rows]):
            continue
        value = metric(measured[rows], predicted[rows])
        values.append(0.0 if np.isnan(value) else value)
        sizes.append(len(rows))
    if not values:
        return Bootstrap(float("nan"), np.empty(0)), ()
    value_of, size_of = np.array(values), np.array(sizes, dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(0, len(values), (REPEATS, len(values)))
    means = (value_of[drawn] * size_of[drawn]).sum(axis=1) / size_of[drawn].sum(axis=1)
    return Bootstrap(float(np.average(value_of, weights=size_of)), means), tuple(sizes)


def coverage(measured: Floats, low: Floats, high: Floats) -> float:
    """Return the share of measurements within their intervals, ends included; NaN without rows."""
    if len(measured) == 0:
        return float("nan")
    return float(np.mean((measured >= low) & (measured <= high)))


def mean_width(low: Floats, high: Floats) -> float:
    """Return the mean width of the intervals in pK, NaN without rows."""
    return float(np.mean(high - low)) if len(low) else float("nan")
