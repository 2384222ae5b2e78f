"""Docking power: whether a pose near the crystal's is put first.

After CASF-2016 (Su et al. 2019): a complex succeeds at ``top`` when one of its ``top`` best poses
lies within 2 Å of the crystal pose. A complex of which no pose lies that near cannot succeed
whatever the score; it is counted apart, and the share over all complexes is given beside.
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
    row_draws,
    rows_by_label,
    spearman,
)
from molattn.evaluate.ties import chance_in_top, oriented

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]
Booleans = NDArray[np.bool_]

NEAR_NATIVE: Final = 2.0
"""RMSD in Å below which a pose counts as near-native."""

TOPS: Final = (1, 2, 3)
"""How many best poses are looked at."""

FEWEST_POSES: Final = 3
"""Fewest scored poses of a complex for a correlation of score and RMSD."""


@dataclass(frozen=True, slots=True)
class ComplexDocking:
    """The poses of one complex."""

    complex: str
    poses: int
    near_native: int  # poses under the threshold
    unscored: int  # poses without a score; never among the best
    best_rmsd: float  # Å, of any pose
    first_rmsd: float  # Å, of the best scored pose, mean over ties; NaN if none is scored
    success: Mapping[
        int, float
    ]  # top -> probability over the order of ties; NaN without near-native
    chance: Mapping[int, float]  # the same if all poses were tied
    spearman: float  # of score and -RMSD: positive is right; NaN if undefined


@dataclass(frozen=True, slots=True)
class DockingPower:
    """Means over complexes, 95 % bootstrap intervals over complexes."""

    complexes: int  # with a near-native pose
    without_near_native: int  # left out of `success`, failures in `success_of_all`
    poses: int
    unscored: int
    success: Mapping[int, Estimate]  # top -> share of the complexes with a near-native pose
    success_of_all: Mapping[int, Estimate]  # top -> share of all complexes
    chance: Mapping[int, float]  # top -> share expected of a random order
    spearman: Estimate  # mean over complexes with enough poses
    per_complex: tuple[ComplexDocking, ...]


def docking_power(
    complexes: Strings,
    score: Floats,
    rmsd: Floats,
    higher_is_better: bool = True,
    without: Booleans | None = None,
    threshold: float = NEAR_NATIVE,
    repeats: int = REPEATS,
    seed: int = 0,
) -> DockingPower:
    """Return how often a near-native pose is scored best.

    Parameters
    ----------
    complexes
        Which complex each pose belongs to, [n]; one with a single pose does not count.
    score
        What is judged, [n]; NaN where a pose has none. Such a pose is never chosen, so that
        refusing the poses that are hard gains nothing.
    rmsd
        Heavy-atom RMSD to the crystal pose, Å, symmetry corrected, [n]; poses without are left
        out.
    higher_is_better
        False for energies.
    without
        Poses to leave out, [n]: give the mask of crystal poses to judge without the native pose.
    threshold
        A pose nearer than this is near-native, Å.
    repeats, seed
        Of the bootstrap over complexes.
    """
    kept = np.isfinite(rmsd)
    if without is not None:
        kept &= ~without
    turned, near = oriented(score, higher_is_better)[kept], rmsd[kept]
    found = tuple(
        _judge(label, turned[rows], near[rows], threshold)
        for label, rows in rows_by_label(complexes[kept])
        if len(rows) > 1  # a single pose leaves nothing to choose
    )
    return _summary(found, repeats, seed)


def _summary(found: tuple[ComplexDocking, ...], repeats: int, seed: int) -> DockingPower:
    """Return the means over complexes."""
    possible = [one for one in found if one.near_native]
    related = [one.spearman for one in found if not np.isnan(one.spearman)]
    return DockingPower(
        complexes=len(possible),
        without_near_native=len(found) - len(possible),
        poses=sum(one.poses for one in found),
        unscored=sum(one.unscored for one in found),
        success={
            top: mean_with_interval([one.success[top] for one in possible], repeats, seed)
            for top in TOPS
        },
        success_of_all={
            top: mean_with_interval(
                [one.success[top] if one.near_native else 0.0 for one in found], repeats, seed
            )
            for top in TOPS
        },
        chance={top: _mean([one.chance[top] for one in possible]) for top in TOPS},
        spearman=mean_with_interval(related, repeats, seed),
        per_complex=found,
    )


def mean_with_interval(values: list[float], repeats: int = REPEATS, seed: int = 0) -> Estimate:
    """Return a mean with its bootstrap interval over the values, NaN without any."""
    column = np.array(values, dtype=np.float64)
    drawn = [column[rows].mean() for rows in row_draws(len(column), repeats, seed)]
    return Bootstrap(_mean(values), np.array(drawn, dtype=np.float64)).estimate


def _judge(label: str, score: Floats, rmsd: Floats, threshold: float) -> ComplexDocking:
    """Return the figures of one complex; higher scores are better, -inf is none."""
    near = rmsd < threshold
    scored = ~np.isneginf(score)
    first = scored & (score == score.max())
    return ComplexDocking(
        complex=label,
        poses=len(score),
        near_native=int(near.sum()),
        unscored=int((~scored).sum()),
        best_rmsd=float(rmsd.min()),
        first_rmsd=float(rmsd[first].mean()) if first.any() else float("nan"),
        success={top: chance_in_top(score, near, top) for top in TOPS},
        chance={top: chance_in_top(np.zeros(len(score)), near, top) for top in TOPS},
        spearman=_funnel(score[scored], rmsd[scored]),
    )


def _funnel(score: Floats, rmsd: Floats) -> float:
    """Return the rank correlation of score and -RMSD; 0 where the score ties every pose."""
    if len(score) < FEWEST_POSES or constant(rmsd):
        return float("nan")
    return 0.0 if constant(score) else spearman(score, -rmsd)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
