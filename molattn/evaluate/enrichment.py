"""Early recognition: how many of the actives stand at the head of a ranked library.

Every figure is the expectation over the order of equal scores, which the order of the rows would
otherwise decide. On scores without ties they are those of ``rdkit.ML.Scoring.Scoring``
(``CalcEnrichment``, ``CalcBEDROC``, ``CalcAUC``), including its rounding up of the number of
molecules in a fraction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, expm1, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.evaluate.metrics import REPEATS, Bootstrap, Estimate, row_draws, rows_by_label
from molattn.evaluate.ties import oriented

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]
Booleans = NDArray[np.bool_]

FRACTIONS: Final = (0.005, 0.01, 0.02, 0.05, 0.10)
"""Shares of the library at which enrichment is read."""

ALPHAS: Final = (20.0, 80.5)
"""Early weights of BEDROC: 80 % of it from the first 8 % and from the first 2 %."""

LOWEST_RATE: Final = 1e-3
"""False positive rate at which the logarithmic axis of logAUC begins."""

RANDOM_LOG_AUC: Final = (1 - LOWEST_RATE) / -log(LOWEST_RATE)
"""logAUC of a random order, .145."""


@dataclass(frozen=True, slots=True)
class Enrichment:
    """One library against one target."""

    actives: int
    decoys: int
    missing: int  # molecules without a score, ranked last
    figures: Mapping[str, Estimate]  # names of :func:`enrichment_figures`


def enrichment(
    score: Floats,
    active: Booleans,
    higher_is_better: bool = True,
    repeats: int = REPEATS,
    seed: int = 0,
) -> Enrichment:
    """Return the early recognition of actives, with 95 % bootstrap intervals over molecules.

    Actives and decoys are drawn apart, so every draw holds as many of each.

    Parameters
    ----------
    score
        [n]; NaN where a molecule has none: it then stands last, tied with its like, for a
        molecule that was not scored is not found.
    active
        Which molecules are active, [n].
    higher_is_better
        False for energies.
    repeats, seed
        Of the bootstrap.
    """
    turned = oriented(score, higher_is_better)
    value = enrichment_figures(turned, active)
    which, other = np.flatnonzero(active), np.flatnonzero(~active)
    drawn = []
    if len(which) and len(other):
        pairs = zip(
            row_draws(len(which), repeats, seed),
            row_draws(len(other), repeats, seed + 1),
            strict=True,
        )
        for one, two in pairs:
            rows = np.concatenate([which[one], other[two]])
            drawn.append(enrichment_figures(turned[rows], active[rows]))
    return Enrichment(
        actives=len(which),
        decoys=len(other),
        missing=int(np.isnan(score).sum()),
        figures={
            name: Bootstrap(figure, np.array([draw[name] for draw in drawn])).estimate
            for name, figure in value.items()
        },
    )


def enrichment_by_target(
    targets: Strings,
    score: Floats,
    active: Booleans,
    higher_is_better: bool = True,
    repeats: int = REPEATS,
) -> dict[str, Enrichment]:
    """Return :func:`enrichment` of each target, by its label, columns [n]."""
    return {
        label: enrichment(score[rows], active[rows], higher_is_better, repeats)
        for label, rows in rows_by_label(targets)
    }


def mean_over_targets(
    found: Mapping[str, Enrichment], repeats: int = REPEATS, seed: int = 0
) -> dict[str, Estimate]:
    """Return the mean of every figure over targets, 95 % bootstrap intervals over targets.

    Targets without actives or without decoys have no figures and do not enter.
    """
    known = [one.figures for one in found.values() if one.actives and one.decoys]
    if not known:
        return {}
    draws = row_draws(len(known), repeats, seed)
    means = {}
    for name in known[0]:
        column = np.array([figures[name].value for figures in known])
        drawn = np.array([column[rows].mean() for rows in draws])
        means[name] = Bootstrap(float(column.mean()), drawn).estimate
    return means


@dataclass(frozen=True, slots=True, eq=False)
class RankedLibrary:
    """A library in blocks of equal scores, the best first."""

    actives: Floats  # [blocks] how many are active in each
    sizes: NDArray[np.int64]  # [blocks]

    @property
    def judged(self) -> bool:
        """Whether there are actives and decoys."""
        return 0 < float(self.actives.sum()) < float(self.sizes.sum())

    @property
    def hits(self) -> Floats:
        """Probability that an active stands at each place, over the order of ties, [n]."""
        return np.repeat(self.actives / self.sizes, self.sizes)


def rank_library(score: Floats, active: Booleans) -> RankedLibrary:
    """Return a library, scores and actives [n], in order; higher scores are better."""
    order = np.argsort(-score, kind="stable")
    held = score[order]
    starts = np.flatnonzero(np.append(True, held[1:] != held[:-1])[: len(held)])
    sizes = np.diff(np.append(starts, len(held)))
    counts = np.append(0, np.cumsum(active[order]))
    actives = counts[starts + sizes] - counts[starts]
    return RankedLibrary(actives.astype(np.float64), sizes.astype(np.int64))


def enrichment_figures(score: Floats, active: Booleans) -> dict[str, float]:
    """Return every figure of a library, scores and actives [n]; higher scores are better.

    Keys are ``ef_0.5`` to ``ef_10`` (per cent of the library), ``bedroc_20``, ``bedroc_80.5``,
    ``roc_auc`` and ``log_auc``; all NaN without actives or without decoys.
    """
    ranked = rank_library(score, active)
    figures = {f"ef_{100 * share:g}": enrichment_factor(ranked, share) for share in FRACTIONS}
    figures |= {f"bedroc_{alpha:g}": bedroc(ranked, alpha) for alpha in ALPHAS}
    return figures | {"roc_auc": roc_auc(ranked), "log_auc": log_auc(ranked)}


def recovery(ranked: RankedLibrary) -> tuple[Floats, Floats]:
    """Return what share of actives is found among the first 0 … n molecules.

    Returns
    -------
    looked, found
        Shares of the library and of the actives, [n + 1] each, both from 0 to 1; straight within
        equal scores. NaN in ``found`` without actives.
    """
    hits = ranked.hits
    looked = np.linspace(0.0, 1.0, len(hits) + 1)
    if not ranked.actives.any():
        return looked, np.full(len(looked), np.nan)
    return looked, np.append(0.0, np.cumsum(hits)) / ranked.actives.sum()


def enrichment_factor(ranked: RankedLibrary, share: float) -> float:
    """Return the share of actives among the best, over their share in the library.

    Parameters
    ----------
    ranked
        The library.
    share
        Of the library that is looked at, 0 to 1; rounded up to whole molecules.
    """
    if not ranked.judged:
        return float("nan")
    hits = ranked.hits
    # 0.1 * 30 is 3.0000000000000004: no fourth molecule for a rounding error
    looked = max(1, ceil(share * len(hits) - 1e-9))
    return float(hits[:looked].mean() / hits.mean())


def bedroc(ranked: RankedLibrary, alpha: float = 20.0) -> float:
    """Return the Boltzmann-enhanced discrimination of ROC, 0 to 1.

    Truchon and Bayly (2007), J. Chem. Inf. Model. 47, 488, equations 18 and 36.
    """
    if not ranked.judged:
        return float("nan")
    hits = ranked.hits
    size, ratio = len(hits), float(hits.mean())
    weight = float(hits @ np.exp(-alpha * np.arange(1, size + 1) / size))
    random = ratio * -expm1(-alpha) / expm1(alpha / size)
    enhancement = weight / random
    highest = expm1(-alpha * ratio) / (ratio * expm1(-alpha))
    lowest = expm1(alpha * ratio) / (ratio * expm1(alpha))
    return (enhancement - lowest) / (highest - lowest)


def roc_auc(ranked: RankedLibrary) -> float:
    """Return the probability that an active outranks a decoy, ties counted as half."""
    if not ranked.judged:
        return float("nan")
    false, true = _roc(ranked)
    return float(np.diff(false) @ (true[1:] + true[:-1]) / 2)


def log_auc(ranked: RankedLibrary, lowest: float = LOWEST_RATE) -> float:
    """Return the area under the ROC curve on a logarithmic axis, 0 to 1.

    Mysinger and Shoichet (2010), J. Chem. Inf. Model. 50, 1561: the false positive rate runs from
    ``lowest`` to 1 on an axis log10, and the area is divided by the axis' length. A random order
    has :data:`RANDOM_LOG_AUC`. The curve is straight between its points.
    """
    if not ranked.judged:
        return float("nan")
    false, true = _roc(ranked)
    run = np.diff(false)
    level = run > 0  # where the curve rises straight up there is no area
    slope = np.diff(true)[level] / run[level]
    begin, end = np.maximum(false[:-1][level], lowest), np.maximum(false[1:][level], lowest)
    height = true[:-1][level] - slope * false[:-1][level]  # of the straight line at rate 0
    pieces = height * np.log(end / begin) + slope * (end - begin)
    return float(pieces.sum() / -log(lowest))


def _roc(ranked: RankedLibrary) -> tuple[Floats, Floats]:
    """Return false and true positive rates after each block, from (0, 0) to (1, 1)."""
    decoys = ranked.sizes - ranked.actives
    true = np.append(0.0, np.cumsum(ranked.actives)) / ranked.actives.sum()
    false = np.append(0.0, np.cumsum(decoys)) / decoys.sum()
    return false, true
