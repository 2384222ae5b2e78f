"""The losses: affinity, its spread, and whether the pose is near-native."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from molattn.model.prediction import Prediction
from molattn.train.config import LossConfig


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Losses of one batch, each a mean over the examples that it is about; all are scalars."""

    affinity: Tensor
    spread: Tensor
    pose: Tensor
    total: Tensor


def affinity_loss(predicted: Tensor, measured: Tensor, weight: Tensor, beta: float) -> Tensor:
    """Return the smooth L1 loss of pK over rows with a measurement; 0 if there are none.

    Parameters
    ----------
    predicted, measured, weight
        [B]; ``measured`` is nan where there is none.
    beta
        Error in pK where the loss turns from square to linear.
    """
    known = torch.isfinite(measured)
    error = functional.smooth_l1_loss(
        predicted[known], measured[known], beta=beta, reduction="none"
    )
    return _weighted_mean(error, weight[known])


def spread_loss(predicted: Tensor, spread: Tensor, measured: Tensor, weight: Tensor) -> Tensor:
    """Return the Gaussian negative log-likelihood of the measured pK, less its constant.

    The predicted pK is detached: the spread describes the errors and must not steer them
    (Nix & Weigend, 1994; the detachment avoids that hard cases are given up).
    """
    known = torch.isfinite(measured)
    scaled = (measured[known] - predicted[known].detach()) / spread[known]
    return _weighted_mean(0.5 * scaled**2 + torch.log(spread[known]), weight[known])


def pose_loss(logit: Tensor, near_native: Tensor, weight: Tensor) -> Tensor:
    """Return the binary cross-entropy of the pose logit; nan labels are left out."""
    known = torch.isfinite(near_native)
    error = functional.binary_cross_entropy_with_logits(
        logit[known], near_native[known], reduction="none"
    )
    return _weighted_mean(error, weight[known])


def losses(
    prediction: Prediction,
    pK: Tensor,
    near_native: Tensor,
    weight: Tensor,
    config: LossConfig,
) -> Losses:
    """Return every loss of a batch and their weighted sum."""
    affinity = affinity_loss(prediction.pK, pK, weight, config.beta)
    spread = spread_loss(prediction.pK, prediction.spread, pK, weight)
    pose = pose_loss(prediction.pose_logit, near_native, weight)
    total = config.affinity * affinity + config.spread * spread + config.pose * pose
    return Losses(affinity, spread, pose, total)


def _weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1e-6)
