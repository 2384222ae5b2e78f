"""Does an explanation say what moves the answer? Residues leave and come back in its order.

Deletion and insertion curves (Petsiuk et al., BMVC 2018, arXiv 1806.07421), with residues for
pixels and solvent for a blank. A faithful order takes pK away with the first residues that leave,
and gives it back with the first that come. Random orders say what chance would do. Attention is
not explanation by itself (Jain & Wallace 2019, arXiv 1902.10186), so it is put to the same test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
import torch

from molattn.explain.altered_answers import AlteredAnswers
from molattn.explain.explanation import (
    TITLES,
    Curve,
    Faithfulness,
    Numbers,
    Rows,
    View,
    ViewName,
)
from molattn.explain.numbers_in_words import plain, signed
from molattn.explain.presence import without_residues

POINTS: Final = 16
"""Points of a curve, both ends among them."""

RANDOM_ORDERS: Final = 12

LEAST_GAIN: Final = 0.3
"""pK. Where the pocket adds less, no order can be told from another."""

ENOUGH: Final = 0.5
"""Share of the best view's gap that attention must reach to be believed."""


def faithfulness(
    answers: AlteredAnswers,
    views: Mapping[ViewName, View],
    *,
    seed: int = 1,
    orders: int = RANDOM_ORDERS,
) -> Faithfulness:
    """Put the orders of views to the test.

    Parameters
    ----------
    answers
        Of the complex.
    views
        Of the same complex.
    seed
        Of the random orders.
    orders
        How many of them.
    """
    count = len(answers.batch["residue"].kind)
    generator = np.random.default_rng(seed)
    named = {name: order_of(view) for name, view in views.items()}
    chance = [generator.permutation(count) for _ in range(orders)]
    curves = order_curves(answers, [*named.values(), *chance])
    own = dict(zip(named, curves, strict=False))
    agreement = rank_agreement(views)
    random = tuple(curves[len(named) :])
    believed, verdict = judge(own, random, agreement, _gain(curves[0]))
    return Faithfulness(own, random, agreement, believed, verdict)


def order_of(view: View) -> Rows:
    """Return the residues as a view would have them leave: what raises pK most comes first."""
    return np.argsort(-view.residues, kind="stable")


@torch.no_grad()
def order_curves(answers: AlteredAnswers, orders: Sequence[Rows]) -> list[Curve]:
    """Return the deletion and insertion curve of each order of all residues."""
    count = len(answers.batch["residue"].kind)
    sizes = np.unique(np.linspace(0, count, POINTS).round().astype(np.int64))
    gone = np.zeros((len(orders), 2, len(sizes), count), dtype=bool)
    for row, order in enumerate(orders):
        rank = np.empty(count, dtype=np.int64)
        rank[order] = np.arange(count)
        gone[row, 0] = rank < sizes[:, None]
        gone[row, 1] = rank >= sizes[:, None]
    distinct, place = np.unique(gone.reshape(-1, count), axis=0, return_inverse=True)
    pK = answers.pK(without_residues(answers.batch, torch.from_numpy(distinct)))
    values = pK.double().numpy()[place.reshape(-1)].reshape(gone.shape[:3])
    share = sizes / count
    return [_curve(share, deletion, insertion) for deletion, insertion in values]


def _curve(share: Numbers, deletion: Numbers, insertion: Numbers) -> Curve:
    full, empty = deletion[0], deletion[-1]
    span = full - empty if abs(full - empty) > 1e-6 else 1.0
    areas = [np.trapezoid((values - empty) / span, share) for values in (deletion, insertion)]
    return Curve(share, deletion, insertion, float(areas[0]), float(areas[1]))


def rank_agreement(views: Mapping[ViewName, View]) -> dict[tuple[ViewName, ViewName], float]:
    """Return Spearman's correlation between the magnitudes of each two views of the residues."""
    import pandas as pd  # its correlation needs no scipy.stats, which takes a second to import

    sizes = pd.DataFrame({name: np.abs(view.residues) for name, view in views.items()})
    correlation = sizes.corr(method="spearman").to_numpy()
    pairs = combinations(enumerate(views), 2)
    return {(first, second): float(correlation[i, j]) for (i, first), (j, second) in pairs}


def _gain(curve: Curve) -> float:
    return float(curve.deletion[0] - curve.deletion[-1])


def judge(
    curves: Mapping[ViewName, Curve],
    random: Sequence[Curve],
    agreement: Mapping[tuple[ViewName, ViewName], float],
    gain: float,
) -> tuple[bool, str]:
    """Return whether attention agrees with the score, and that in a sentence.

    It does if its order beats every random one and has at least `ENOUGH` of the gap of the best.

    Parameters
    ----------
    curves
        Of each view, attention among them.
    random
        Of random orders.
    agreement
        Rank correlations.
    gain
        pK of the complex less that of the ligand in solvent.
    """
    if abs(gain) < LEAST_GAIN:
        return False, (
            f"The pocket changes this answer by {signed(gain, 2)} pK only, too little to tell "
            "whether attention agrees with the score."
        )
    own, chance = curves["attention"].gap, [curve.gap for curve in random]
    best = max(curves, key=lambda name: curves[name].gap)
    figures = (
        f"gap of the curves {plain(own)}, random orders {plain(min(chance))} to "
        f"{plain(max(chance))}, "
        f"{TITLES[best].lower()} {plain(curves[best].gap)}"
    )
    ranks = [
        f"{TITLES[other].lower()} {plain(agreement['attention', other])}"
        for other in curves
        if ("attention", other) in agreement
    ]
    if ranks:
        figures += f"; rank agreement with {', '.join(ranks)}"
    if own > max(chance) and own >= ENOUGH * curves[best].gap:
        return True, f"Attention agrees with the score on this complex ({figures})."
    why = (
        "its order of residues is no better than chance"
        if own <= max(chance)
        else "other views find much sooner what moves the score"
    )
    return False, f"Attention does not agree with the score on this complex: {why} ({figures})."
