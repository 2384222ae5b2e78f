"""How well an order of residues finds those that a reference calls contacts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Booleans = NDArray[np.bool_]


def precision_at(score: ArrayLike, reference: ArrayLike, count: int | None = None) -> float:
    """Return the share of reference residues among the ``count`` with the highest scores.

    Parameters
    ----------
    score
        [r], higher first; of equal scores the first in the array comes first.
    reference
        [r] whether a residue is in the reference.
    count
        Residues looked at; as many as the reference has without it, so that a perfect order has 1
        and precision equals recall.

    Returns
    -------
    float
        nan if the reference is empty.

    Raises
    ------
    ValueError
        Shapes differ, or ``count`` is below 1.
    """
    hits = _ranked_hits(score, reference)
    if not hits.any():
        return float("nan")
    looked_at = int(hits.sum()) if count is None else count
    if looked_at < 1:
        raise ValueError(f"the count of residues looked at must be at least 1, not {looked_at}")
    return float(hits[:looked_at].mean())


def average_precision(score: ArrayLike, reference: ArrayLike) -> float:
    """Return the mean precision at the place of each reference residue; nan if there is none.

    Parameters and errors as :func:`precision_at`.
    """
    hits = _ranked_hits(score, reference)
    if not hits.any():
        return float("nan")
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def overlap_of_top(score: ArrayLike, reference: ArrayLike, count: int | None = None) -> float:
    """Return intersection over union (Jaccard) of the top residues and the reference.

    Parameters and errors as :func:`precision_at`.
    """
    hits = _ranked_hits(score, reference)
    if not hits.any():
        return float("nan")
    looked_at = int(hits.sum()) if count is None else count
    if looked_at < 1:
        raise ValueError(f"the count of residues looked at must be at least 1, not {looked_at}")
    top = min(looked_at, len(hits))
    both = int(hits[:top].sum())
    return both / (top + int(hits.sum()) - both)


def _ranked_hits(score: ArrayLike, reference: ArrayLike) -> Booleans:
    """Return whether each residue is in the reference, in the order of the scores."""
    values: NDArray[Any] = np.asarray(score, dtype=np.float64)
    wanted = np.asarray(reference, dtype=np.bool_)
    if values.ndim != 1 or values.shape != wanted.shape:
        raise ValueError(
            f"scores and reference must be [r] alike, not {values.shape} and {wanted.shape}"
        )
    # what has no score comes last
    order = np.argsort(np.where(np.isnan(values), np.inf, -values), kind="stable")
    ranked: Booleans = wanted[order]
    return ranked
