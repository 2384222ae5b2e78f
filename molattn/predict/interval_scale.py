"""How large an error is to be expected of an answer, from what is known beside its pK.

The scale of the error is a product of powers: its logarithm is linear in the disagreement of the
members of the ensemble, the spread that they predict themselves, the unlikeness of ligand and
pocket to training, the distance of pK from the mean of training and the size of the ligand. It is
fitted to errors out of fold as the scale of a Laplace distribution (the mean absolute error where
it is), with a ridge; that is a convex problem with one solution. Disagreement, unlikeness and
distance from the mean may widen an interval and never narrow it.

The scale alone is no interval: see :mod:`molattn.predict.calibration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

RIDGE: Final = 0.05
"""Weight of the squared coefficients, of standardised inputs, beside the mean loss of an answer."""

WIDENING: Final = ("ensemble", "aleatoric", "ligand", "pocket", "deviation")
"""Inputs whose growth can only widen an interval (similarities: whose fall)."""

REACH: Final = 3.0
"""Standard deviations from the mean of an input beyond which it counts as if it were there."""

_SMALLEST: Final = 0.02  # pK; less disagreement or error than this says nothing


@dataclass(frozen=True, slots=True, eq=False)
class IntervalInputs:
    """What is known of answers beside their pK; NaN where it is not known.

    Attributes
    ----------
    ensemble
        Standard deviation of the members' pK, [n].
    aleatoric
        Standard deviation of the error as the members predict it, pK, [n].
    ligand, pocket
        Similarity to the nearest ligand and to the third nearest pocket of training, 0 to 1, [n].
    deviation
        |pK - mean pK of training|, [n].
    heavy_atoms
        Of the ligand, [n].
    """

    ensemble: Floats
    aleatoric: Floats
    ligand: Floats
    pocket: Floats
    deviation: Floats
    heavy_atoms: Floats

    def __len__(self) -> int:
        return len(self.aleatoric)

    def select(self, rows: NDArray[Any]) -> IntervalInputs:
        """Return the answers of a mask [n] or of row numbers."""
        return IntervalInputs(*(getattr(self, one.name)[rows] for one in fields(self)))

    def matrix(self) -> Floats:
        """Return the inputs as the scale sees them, larger for less sure, [n, 6]."""
        return np.stack(
            (
                np.log(np.maximum(self.ensemble, _SMALLEST)),
                np.log(np.maximum(self.aleatoric, _SMALLEST)),
                1.0 - self.ligand,
                1.0 - self.pocket,
                self.deviation,
                np.log(np.maximum(self.heavy_atoms, 1.0)),
            ),
            axis=1,
        )


NAMES: Final = tuple(one.name for one in fields(IntervalInputs))
"""Inputs in the order of the columns of `IntervalInputs.matrix`."""


def interval_inputs(**columns: ArrayLike) -> IntervalInputs:
    """Return inputs from columns of equal length; those that are not given are not known.

    Raises
    ------
    ValueError
        If ``aleatoric`` is not given, columns differ in length, or one has another name.
    """
    unknown = sorted(set(columns) - set(NAMES))
    if unknown or "aleatoric" not in columns:
        raise ValueError(
            f"Got the columns {', '.join(sorted(columns))}; aleatoric is needed, and "
            f"{', '.join(NAMES)} can be used."
        )
    known = {name: np.asarray(one, dtype=np.float64).reshape(-1) for name, one in columns.items()}
    count = len(known["aleatoric"])
    if any(len(one) != count for one in known.values()):
        lengths = ", ".join(f"{name} {len(one)}" for name, one in known.items())
        raise ValueError(f"The inputs differ in length: {lengths}.")
    missing = np.full(count, np.nan)
    return IntervalInputs(**{name: known.get(name, missing) for name in NAMES})


@dataclass(frozen=True, slots=True)
class ScaleModel:
    """The logarithm of the error's scale, linear in standardised inputs.

    Attributes
    ----------
    intercept
        Of the logarithm, at the mean of all inputs.
    centre, spread, weight
        Of each input in the order of NAMES; an input that is not known counts as its mean.
    """

    intercept: float
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    weight: tuple[float, ...]

    def scale(self, inputs: IntervalInputs) -> Floats:
        """Return the expected absolute error in pK, [n], above zero."""
        rows = _standardised(inputs.matrix(), np.array(self.centre), np.array(self.spread))
        found: Floats = np.exp(self.intercept + rows @ np.array(self.weight))
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the model as JSON values, by name of the input."""
        columns = zip(NAMES, self.centre, self.spread, self.weight, strict=True)
        return {"intercept": self.intercept, "inputs": {name: list(one) for name, *one in columns}}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ScaleModel:
        """Return the model that `to_json` described."""
        columns = [[float(number) for number in values["inputs"][name]] for name in NAMES]
        centre, spread, weight = (tuple(column) for column in zip(*columns, strict=True))
        return cls(float(values["intercept"]), centre, spread, weight)


def fit_scale(
    errors: ArrayLike,
    inputs: IntervalInputs,
    weights: ArrayLike | None = None,
    ridge: float = RIDGE,
) -> ScaleModel:
    """Fit the scale to absolute errors of answers out of fold.

    Parameters
    ----------
    errors
        pK, [n], of either sign.
    inputs
        Of the same answers.
    weights
        How much each answer counts, [n]; all the same without them.
    ridge
        See RIDGE.
    """
    from scipy.optimize import Bounds, minimize

    size = np.maximum(np.abs(np.asarray(errors, dtype=np.float64)), _SMALLEST)
    matrix = inputs.matrix()
    centre, spread = _moments(matrix)
    rows = _standardised(matrix, centre, spread)
    counted = np.ones(len(size)) if weights is None else np.asarray(weights, dtype=np.float64)
    share = counted / counted.sum()
    start = float(np.log(share @ size))

    def loss(values: Floats) -> tuple[float, Floats]:
        scale_log = values[0] + rows @ values[1:]
        ratio = size * np.exp(-scale_log)
        slope = share * (1.0 - ratio)
        gradient = np.concatenate(([slope.sum()], slope @ rows + 2.0 * ridge * values[1:]))
        value = share @ (scale_log + ratio) + ridge * np.square(values[1:]).sum()
        return float(value), gradient

    least = [0.0 if name in WIDENING else -np.inf for name in NAMES]
    found = minimize(
        loss,
        np.concatenate(([start], np.zeros(len(NAMES)))),
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(np.array([-np.inf, *least]), np.inf),
        options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-8},
    ).x
    return ScaleModel(
        _rounded(found[0]),
        tuple(map(_rounded, centre)),
        tuple(map(_rounded, spread)),
        tuple(map(_rounded, found[1:])),
    )


def _moments(matrix: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each column where it is known."""
    known = np.isfinite(matrix)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, matrix, 0.0).sum(axis=0) / count
    variance = np.square(np.where(known, matrix - mean, 0.0)).sum(axis=0) / count
    deviation = np.sqrt(variance)
    return mean, np.where(deviation > 1e-6, deviation, 1.0)


def _standardised(matrix: Floats, centre: Floats, spread: Floats) -> Floats:
    rows = np.clip((matrix - centre) / spread, -REACH, REACH)
    return np.where(np.isfinite(rows), rows, 0.0)


def _rounded(number: float) -> float:
    return round(float(number), 6)
