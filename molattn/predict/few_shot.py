"""A few measured ligands on one target sharpen the answers for the next ones.

The residual r = measured - predicted of a target's ligands is one Gaussian process with named
parts, in units of the variance of errors within one target::

    r(x) = offset + slope · (pK(x) - centre) + likeness(x) + noise

    offset    ~ N(0, OFFSET_VARIANCE)     assays and targets are off by a constant
    slope     ~ N(0, slope_variance)      the network's differences are too small or too large
    likeness  ~ GP(0, share · k)          like complexes with like ligands are off alike
    noise     ~ N(0, 1 - share)

k is the mean of a Gaussian kernel on the network's features of the complex (each scaled by its
deviation among the measured, length by the median distance) and the Tanimoto similarity of Morgan
bits, which is a kernel too (Gower 1971, Biometrics 27:857; Ralaivola et al. 2005, Neural Networks
18:1093). The posterior means shrink offset and slope correction to zero where little is measured.

Slope and likeness are chosen from a grid of four by the leave-one-out error, in closed form
(Rasmussen & Williams 2006, *Gaussian Processes for Machine Learning*, section 5.4.2); the offset
alone is among the four, so that what is chosen is never worse by that measure. Choosing flatters
the error a little; the learning curve, on ligands not used at all, does not have this fault.

The width of the interval is multiplied by λ · sqrt(v(x) / v₀): v(x) and v₀ are the variances of
the process at x after and before the measurements, and λ² = (N₀ + Σ z²) / (N₀ + n): the mean of
a variance under a scaled inverse χ² prior worth N₀ = `WIDTH_PRIOR` measurements at the network's
own width (Gelman et al. 2013, *Bayesian Data Analysis*, section 2.6). z are the n left-out
residuals over the standard deviations that the intervals so narrowed claim for them. They are those
of the offset alone, which nothing was chosen for: slope and likeness tell where an interval may be
narrow, and do not narrow all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from molattn.predict.calibration import GAUSSIAN_FACTOR
from molattn.predict.ledger import CALIBRATION
from molattn.predict.measurements import Measurements, fingerprint
from molattn.predict.score_record import Score

OFFSET_VARIANCE: Final = 1.5
WIDTH_PRIOR: Final = 10.0
FEWEST_FOR_CHOICE: Final = 3
"""Measurements from which more than an offset is considered."""
_SCALE_FLOOR: Final = 0.1  # of the typical deviation; a feature that hardly varies says little

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Variant:
    """Which parts the residual has.

    Attributes
    ----------
    slope_variance
        Prior variance of the slope correction, in units of the variance of errors; 0 for none.
    share
        Of that variance, what likeness explains, 0 to under 1.
    """

    slope_variance: float = 0.0
    share: float = 0.0

    @property
    def name(self) -> str:
        """The parts, in words."""
        parts = ["offset"]
        parts += ["slope"] * (self.slope_variance > 0) + ["likeness"] * (self.share > 0)
        return " + ".join(parts) if len(parts) > 1 else "offset only"


OFFSET_ONLY: Final = Variant()
GRID: Final = tuple(Variant(slope, share) for slope in (0.0, 0.3) for share in (0.0, 0.7))
"""What is chosen from; `OFFSET_ONLY` comes first and wins ties."""


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """What each measurement is predicted to be from the others, float64 [n], pK.

    Attributes
    ----------
    offset_only
        With the shrunk offset alone.
    full
        With the parts chosen; its mean square error is at most that of the offset alone.
    """

    offset_only: Floats
    full: Floats


@dataclass(frozen=True, slots=True, eq=False)
class FewShot:
    """A calibration on measured ligands of one target; made by `fit`.

    Attributes
    ----------
    measurements
        What it rests on.
    variant
        The parts that leave-one-out chose.
    widening
        λ, the factor on the width of intervals beside that of the variance.
    leave_one_out
        How well it does.
    """

    measurements: Measurements
    variant: Variant
    widening: float
    leave_one_out: LeaveOneOut
    _weights: Floats  # K⁻¹ r [n]
    _inverse: Floats  # K⁻¹ [n, n]

    @property
    def offset(self) -> float:
        """What is added to every answer, pK."""
        return float(OFFSET_VARIANCE * self._weights.sum())

    @property
    def slope(self) -> float:
        """What the network's differences are multiplied by; 1 without a slope correction."""
        apart = _centred(self.measurements.predicted, self.measurements)
        return 1.0 + float(self.variant.slope_variance * apart @ self._weights)

    def shifts(self, new: Measurements) -> tuple[Floats, Floats]:
        """Return what is added to answers, and the factor on the width of their intervals.

        Parameters
        ----------
        new
            m answers; their ``measured`` is not looked at.

        Returns
        -------
        shift
            [m], pK.
        factor
            [m].
        """
        across = _covariance(new, self.measurements, self.variant, self.measurements)
        apart = _centred(new.predicted, self.measurements)
        before = _variance_before(self.variant, apart)
        after = before - ((across @ self._inverse) * across).sum(axis=1)
        factor = self.widening * np.sqrt(np.maximum(after, 0.0) / (1.0 + OFFSET_VARIANCE))
        return across @ self._weights, factor

    def apply(self, score: Score) -> Score:
        """Return a score with the calibration in its pK, interval and ledger.

        A failed score comes back as it is; domain and reasons are those of the network.
        """
        if score.pK is None or score.features is None or score.pose is None:
            return score
        low, high = score.interval or (score.pK, score.pK)
        new = Measurements(
            ids=(score.id,),
            measured=np.zeros(1),
            predicted=np.array([score.pK]),
            half_width=np.array([(high - low) / 2]),
            features=np.asarray(score.features, dtype=np.float64)[None],
            fingerprints=fingerprint(score.pose.mol)[None],
        )
        shifts, factors = self.shifts(new)
        shift, factor = float(shifts[0]), float(factors[0])
        pK = score.pK + shift
        ledger = score.ledger
        if ledger is not None:
            ledger = replace(ledger, tokens=(*ledger.tokens, (CALIBRATION, shift)))
        return replace(
            score,
            pK=pK,
            pK_low=pK - factor * (score.pK - low),
            pK_high=pK + factor * (high - score.pK),
            spread=None if score.spread is None else factor * score.spread,
            ledger=ledger,
        )


def fit(measurements: Measurements) -> FewShot:
    """Fit the offset, and slope and likeness where leave-one-out says that they help.

    Parameters
    ----------
    measurements
        At least one.

    Raises
    ------
    ValueError
        If there is none, or a number is not finite.
    """
    if not len(measurements):
        raise ValueError("A calibration needs at least one measurement.")
    numbers = (measurements.measured, measurements.predicted, measurements.features)
    if not all(np.isfinite(values).all() for values in numbers):
        raise ValueError("Measurements, predictions and features must be finite.")
    if len(measurements) < FEWEST_FOR_CHOICE:
        return condition(measurements, OFFSET_ONLY)
    solved = [_Solved(measurements, variant) for variant in GRID]
    errors = [float((one.left_out_residuals() ** 2).mean()) for one in solved]
    return _made(measurements, solved[int(np.argmin(errors))], solved[0])


def condition(measurements: Measurements, variant: Variant) -> FewShot:
    """Return the calibration with given parts, which is what a file holds."""
    return _made(measurements, _Solved(measurements, variant), _Solved(measurements, OFFSET_ONLY))


class _Solved:
    """The process of one variant, conditioned on all measurements."""

    def __init__(self, measurements: Measurements, variant: Variant) -> None:
        self.variant = variant
        covariance = _covariance(measurements, measurements, variant, measurements)
        covariance[np.diag_indices_from(covariance)] += 1.0 - variant.share
        inverse: NDArray[Any] = np.linalg.inv(covariance)
        self.inverse: Floats = inverse
        self.weights: Floats = self.inverse @ (measurements.measured - measurements.predicted)

    def left_out_residuals(self) -> Floats:
        """Return each residual minus what the others say of it, [n] pK."""
        residuals: Floats = self.weights / np.diag(self.inverse)
        return residuals

    def left_out_variances(self) -> Floats:
        """Return the variance of each residual given the others, [n]."""
        variances: Floats = 1.0 / np.diag(self.inverse)
        return variances


def _made(measurements: Measurements, chosen: _Solved, offset_only: _Solved) -> FewShot:
    plain, full = offset_only.left_out_residuals(), chosen.left_out_residuals()
    claimed = (measurements.half_width / GAUSSIAN_FACTOR) ** 2
    claimed = claimed * chosen.left_out_variances() / (1.0 + OFFSET_VARIANCE)
    ratios = np.divide(plain**2, claimed, out=np.ones_like(plain), where=claimed > 0)
    widening = (WIDTH_PRIOR + ratios.sum()) / (WIDTH_PRIOR + len(measurements))
    return FewShot(
        measurements=measurements,
        variant=chosen.variant,
        widening=float(np.sqrt(widening)),
        leave_one_out=LeaveOneOut(measurements.measured - plain, measurements.measured - full),
        _weights=chosen.weights,
        _inverse=chosen.inverse,
    )


def _covariance(
    rows: Measurements, columns: Measurements, variant: Variant, fitted_on: Measurements
) -> Floats:
    """Return the covariance of residuals without their noise, [rows, columns]."""
    first = _centred(rows.predicted, fitted_on)
    second = _centred(columns.predicted, fitted_on)
    covariance = OFFSET_VARIANCE + variant.slope_variance * np.outer(first, second)
    if variant.share > 0:
        alike = 0.5 * _feature_kernel(rows, columns, fitted_on)
        alike += 0.5 * _tanimoto(rows.fingerprints, columns.fingerprints)
        covariance = covariance + variant.share * alike
    return covariance


def _variance_before(variant: Variant, apart: Floats) -> Floats:
    return 1.0 + OFFSET_VARIANCE + variant.slope_variance * apart**2


def _centred(predicted: Floats, fitted_on: Measurements) -> Floats:
    apart: Floats = predicted - fitted_on.predicted.mean()
    return apart


def _feature_kernel(rows: Measurements, columns: Measurements, fitted_on: Measurements) -> Floats:
    scale = _feature_scale(fitted_on.features)
    known = _square_distances(fitted_on.features / scale, fitted_on.features / scale)
    apart = known[np.triu_indices(len(known), 1)]
    length = float(np.median(apart)) if apart.size else 0.0
    squares = _square_distances(rows.features / scale, columns.features / scale)
    kernel: Floats = np.exp(-0.5 * squares / (length if length > 0 else 1.0))
    return kernel


def _feature_scale(features: Floats) -> Floats:
    deviation: Floats = features.std(axis=0)
    typical = float(np.sqrt((deviation**2).mean())) if deviation.size else 0.0
    return np.maximum(deviation, _SCALE_FLOOR * typical) if typical > 0 else np.ones_like(deviation)


def _square_distances(rows: Floats, columns: Floats) -> Floats:
    own = (rows**2).sum(axis=1)[:, None] + (columns**2).sum(axis=1)[None, :]
    squares: Floats = np.maximum(own - 2.0 * rows @ columns.T, 0.0)
    return squares


def _tanimoto(rows: NDArray[np.float32], columns: NDArray[np.float32]) -> Floats:
    both = (rows @ columns.T).astype(np.float64)
    either = rows.sum(axis=1)[:, None] + columns.sum(axis=1)[None, :] - both
    likeness: Floats = np.divide(both, either, out=np.ones_like(both), where=either > 0)
    return likeness
