"""The figures that are watched during training, on a part that is not trained on."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from molattn.model.prediction import Prediction
from molattn.train.sampling import Batch


class WatchMetrics:
    """Collects answers of batches and sums them up."""

    def __init__(self) -> None:
        self._parts: list[Tensor] = []

    def add(self, prediction: Prediction, batch: Batch) -> None:
        """Keep the answers of one batch."""
        columns = (
            prediction.pK,
            prediction.spread,
            batch.pK,
            prediction.pose_logit,
            batch.near_native,
        )
        self._parts.append(torch.stack([one.detach().double().cpu() for one in columns], dim=1))

    def summary(self) -> dict[str, float]:
        """Return RMSE and Pearson's R of pK, the share within one spread, and the pose AUC.

        The answers are forgotten. What cannot be computed is nan.
        """
        if not self._parts:
            return {}
        pK, spread, measured, logit, near = torch.cat(self._parts).unbind(1)
        self._parts.clear()
        known = torch.isfinite(measured)
        error = (pK - measured)[known]
        return {
            "rmse": float(error.square().mean().sqrt()),
            "pearson": pearson(pK[known], measured[known]),
            "within_spread": float((error.abs() < spread[known]).double().mean()),
            "pose_auc": area_under_curve(logit, near),
        }


def pearson(first: Tensor, second: Tensor) -> float:
    """Return Pearson's correlation of two vectors, nan if it is not defined."""
    if len(first) < 3:
        return math.nan
    one, other = first - first.mean(), second - second.mean()
    norm = float(one.norm() * other.norm())
    return float(one @ other) / norm if norm > 0.0 else math.nan


def area_under_curve(score: Tensor, label: Tensor) -> float:
    """Return the probability that a positive scores above a negative, ties counting half.

    By ranks (Mann & Whitney 1947); nan without both labels.
    """
    positive, negative = score[label == 1.0], score[label == 0.0]
    if not len(positive) or not len(negative):
        return math.nan
    ordered = negative.sort().values
    below = torch.searchsorted(ordered, positive, right=False).double()
    upto = torch.searchsorted(ordered, positive, right=True).double()
    return float(((below + upto) / 2.0).mean() / len(negative))
