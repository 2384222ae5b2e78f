"""Pose confidence as a probability: the logit of the pose head, scaled and shifted.

The head learns on poses that were made for it, of which a chosen share is right; poses that a
docking program proposes are right more or less often. Two numbers, fitted on answers out of fold,
turn the logit z into the probability sigmoid(a z + b) that a pose lies within 2 Å of the true one
(Platt 1999, Probabilistic outputs for support vector machines). The order of poses stays as it is.

How far probabilities are from shares is their expected calibration error (Naeini, Cooper &
Hauskrecht 2015, AAAI 29:2901).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BINS: Final = 10
"""Bins of equal width over the probabilities in the expected calibration error."""

LEAST_SLOPE: Final = 1e-3
"""A slope below zero would turn the order of poses round; the fit stops here."""


@dataclass(frozen=True, slots=True)
class PoseCalibration:
    """The probability sigmoid(slope · logit + shift); as it comes, the sigmoid of the logit.

    Attributes
    ----------
    slope
        Above zero; below 1 for a head that is too sure.
    shift
        Log odds that the fitted poses are right more often than the head thinks.
    count
        Poses that it was fitted on, 0 if it was not fitted.
    """

    slope: float = 1.0
    shift: float = 0.0
    count: int = 0

    def probability(self, logit: ArrayLike) -> Floats:
        """Return the probability that a pose is within 2 Å, for logits of any shape."""
        return _sigmoid(self.slope * np.asarray(logit, dtype=np.float64) + self.shift)

    def to_json(self) -> dict[str, float | int]:
        """Return the fields as plain numbers."""
        return {"slope": self.slope, "shift": self.shift, "count": self.count}

    @classmethod
    def from_json(cls, values: Mapping[str, float | int]) -> PoseCalibration:
        """Return the calibration that `to_json` described."""
        return cls(float(values["slope"]), float(values["shift"]), int(values["count"]))


def fit_pose_calibration(
    logits: ArrayLike, near_native: ArrayLike, weights: ArrayLike | None = None
) -> PoseCalibration:
    """Fit slope and shift on poses of complexes that the network did not train on.

    Parameters
    ----------
    logits
        Of the pose head, [n].
    near_native
        Whether each pose is within 2 Å, [n].
    weights
        How much each pose counts, [n], above zero; for instance 1 over the poses of its complex.

    Raises
    ------
    ValueError
        If the columns differ in length, a number is not finite, or all poses are right or wrong.
    """
    from scipy.optimize import minimize

    logit = np.asarray(logits, dtype=np.float64).ravel()
    right = np.asarray(near_native, dtype=bool).ravel()
    counted = np.ones(len(logit)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not len(logit) == len(right) == len(counted):
        raise ValueError(
            f"{len(logit)} logits, {len(right)} outcomes and {len(counted)} weights were given."
        )
    if not (np.isfinite(logit).all() and np.isfinite(counted).all() and (counted > 0).all()):
        raise ValueError("Pose logits must be finite and weights above zero.")
    if right.all() or not right.any():
        raise ValueError("A pose calibration needs poses that are right and poses that are wrong.")
    target, share = _targets(right), counted / counted.sum()

    def loss(values: Floats) -> tuple[float, Floats]:
        odds = values[0] * logit + values[1]
        slope = share * (_sigmoid(odds) - target)
        return float(share @ (np.logaddexp(0.0, odds) - target * odds)), np.array(
            (slope @ logit, slope.sum())
        )

    found = minimize(
        loss,
        np.array((1.0, 0.0)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(LEAST_SLOPE, None), (None, None)],
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-9},
    ).x
    return PoseCalibration(round(float(found[0]), 6), round(float(found[1]), 6), len(logit))


def expected_calibration_error(
    probability: ArrayLike, outcome: ArrayLike, bins: int = BINS
) -> float:
    """Return the mean distance of probability and share, by bins of probability; NaN without rows.

    Parameters
    ----------
    probability
        That each outcome is true, [n], 0 to 1.
    outcome
        Whether it is, [n].
    bins
        Of equal width; each counts by its rows.
    """
    said = np.asarray(probability, dtype=np.float64).ravel()
    true = np.asarray(outcome, dtype=np.float64).ravel()
    if not len(said):
        return float("nan")
    place = np.clip((said * bins).astype(np.int64), 0, bins - 1)
    gap = np.bincount(place, said - true, minlength=bins)
    return float(np.abs(gap).sum() / len(said))


def _targets(right: NDArray[np.bool_]) -> Floats:
    """Return Platt's targets, a little off 0 and 1, so that separable poses give finite odds."""
    positive, negative = int(right.sum()), int((~right).sum())
    return np.where(right, (positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0))


def _sigmoid(odds: Floats) -> Floats:
    # exp of a negative number only, so that nothing overflows
    small = np.exp(-np.abs(odds))
    return np.where(odds >= 0.0, 1.0, small) / (1.0 + small)
