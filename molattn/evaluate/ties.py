"""Ranks with ties counted fairly: every figure is the expectation over the order of equal scores.

Sorting decides between equal scores by the order of the rows, which often holds the answer (the
native pose first, actives before decoys). Here all orders count alike.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


def oriented(score: Floats, higher_is_better: bool) -> Floats:
    """Return scores [n] of which higher is better; those that are NaN become -inf, so last."""
    turned = score if higher_is_better else -score
    return np.where(np.isnan(turned), -np.inf, turned)


def chance_in_top(score: Floats, wanted: Booleans, top: int) -> float:
    """Return the probability that at least one wanted row is among the first ``top``.

    Rows are ordered by falling score, equal scores at random. A row whose score is -inf is never
    chosen. NaN without rows or without a wanted one.

    Parameters
    ----------
    score
        Higher is better, [n].
    wanted
        What has to be found, [n].
    top
        How many places count, at least 1.
    """
    if not wanted.any():
        return float("nan")
    ordered = np.sort(score)[::-1]
    last = ordered[min(top, len(score)) - 1]
    above = score > last
    if wanted[above].any():
        return 1.0
    if np.isneginf(last):
        return 0.0
    tied = score == last
    count, good = int(tied.sum()), int(wanted[tied].sum())
    places = min(top - int(above.sum()), count)
    return 1.0 - comb(count - good, places) / comb(count, places)
