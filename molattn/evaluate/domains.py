"""Whether the applicability domain is right: errors that grow from in to near to out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.evaluate.intervals import binomial_interval
from molattn.evaluate.metrics import (
    REPEATS,
    Bootstrap,
    Estimate,
    bootstrap,
    cluster_draws,
    mae,
    mean_width,
    rmse,
)

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]

DOMAINS: Final = ("in", "near", "out")
"""Grades of the applicability domain, from the best known."""


@dataclass(frozen=True, slots=True)
class DomainFigures:
    """Rows of one grade: how large their errors are, and whether their intervals hold."""

    domain: str
    rows: int
    clusters: int
    rmse: Estimate  # pK; 95 % bootstrap interval over clusters
    increase: Estimate  # RMSE minus that of the grade before, on the same draws; NaN of the first
    mae: float  # pK
    coverage: Estimate  # share of measurements inside; exact 95 % binomial interval
    width: float  # mean, pK


def known_domains(cells: Strings) -> Strings | None:
    """Return a column [n] if it holds grades of a domain and nothing else, else None."""
    filled = set(np.unique(cells).tolist()) - {""}
    return cells if filled and filled <= set(DOMAINS) else None


def judge_domains(
    measured: Floats,
    predicted: Floats,
    domain: Strings,
    clusters: Strings,
    interval: tuple[Floats, Floats] | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
) -> tuple[DomainFigures, ...]:
    """Return the figures of each grade that has rows, from in to out.

    Parameters
    ----------
    measured, predicted
        pK, [n]; rows with a gap are left out.
    domain
        in, near or out, [n]; other rows are left out.
    clusters
        Protein cluster of each row, [n].
    interval
        Low and high ends of the 90 % intervals in pK, [n] each.
    repeats, seed
        Of the bootstrap over clusters.
    """
    whole = np.isfinite(measured) & np.isfinite(predicted) & np.isin(domain, DOMAINS)
    measured, predicted = measured[whole], predicted[whole]
    domain, clusters = domain[whole], clusters[whole]
    gap = np.full(len(measured), np.nan)
    low, high = (gap, gap) if interval is None else (interval[0][whole], interval[1][whole])
    draws = cluster_draws(clusters, repeats, seed)
    found: list[DomainFigures] = []
    before: Bootstrap | None = None
    for name in DOMAINS:
        rows = domain == name
        if not rows.any():
            continue
        # the draws are of all rows, so that two grades can be compared on each of them
        error = bootstrap(
            rmse, measured[rows], predicted[rows], _rows_of_draws(draws, np.flatnonzero(rows))
        )
        nothing = Estimate(float("nan"), float("nan"), float("nan"))
        found.append(
            DomainFigures(
                domain=name,
                rows=int(rows.sum()),
                clusters=len(np.unique(clusters[rows])),
                rmse=error.estimate,
                increase=nothing if before is None else error.minus(before),
                mae=mae(measured[rows], predicted[rows]),
                coverage=_coverage(measured[rows], low[rows], high[rows]),
                width=_width(low[rows], high[rows]),
            )
        )
        before = error
    return tuple(found)


def _rows_of_draws(
    draws: tuple[NDArray[np.int64], ...], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], ...]:
    """Return each draw of all rows as places in a selection of them."""
    if not draws:
        return ()
    place = np.full(max(int(one.max()) for one in draws) + 1, -1, dtype=np.int64)
    kept = rows[rows < len(place)]
    place[kept] = np.arange(len(kept))
    return tuple(place[one][place[one] >= 0] for one in draws)


def _coverage(measured: Floats, low: Floats, high: Floats) -> Estimate:
    known = np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return Estimate(float("nan"), float("nan"), float("nan"))
    inside = (measured[known] >= low[known]) & (measured[known] <= high[known])
    return Estimate(float(inside.mean()), *binomial_interval(int(inside.sum()), int(known.sum())))


def _width(low: Floats, high: Floats) -> float:
    known = np.isfinite(low) & np.isfinite(high)
    return mean_width(low[known], high[known])
