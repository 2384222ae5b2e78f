"""The 90 % interval: a normalised split-conformal factor on the predicted spread.

For residuals r and predicted spreads s of data that the network did not train on, the factor q is
the finite-sample quantile of |r| / s; the interval of a new answer is pK ± q s. It covers at least
the asked share of new data drawn as the calibration data were, whatever the distribution.

Papadopoulos, Proedrou, Vovk & Gammerman (2002), Inductive confidence machines for regression,
ECML (normalised nonconformity); Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018),
Distribution-free predictive inference for regression, JASA 113:1094 (section 2.2, the quantile
of rank ceil((n + 1) (1 - alpha))).

The interval is not widened for complexes unlike the training data: the applicability domain says
so beside it, and coverage is promised for the domain ``in`` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from molattn.model.conformal import conformal_quantile, conformal_rank

COVERAGE = 0.90
GAUSSIAN_FACTOR = 1.6448536269514722  # two-sided 90 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Calibration:
    """How wide an interval is.

    Attributes
    ----------
    coverage
        Share of new answers that the interval should hold.
    quantile
        Factor q in pK ± q · spread.
    count
        Out-of-fold answers that it was fitted on; 0 if it was not fitted and assumes a normal
        distribution of errors.
    """

    coverage: float = COVERAGE
    quantile: float = GAUSSIAN_FACTOR
    count: int = 0

    def to_json(self) -> dict[str, float | int]:
        """Return the fields as plain numbers."""
        return {"coverage": self.coverage, "quantile": self.quantile, "count": self.count}

    @classmethod
    def from_json(cls, values: Mapping[str, float | int]) -> Calibration:
        """Return the calibration that `to_json` described."""
        return cls(
            coverage=float(values["coverage"]),
            quantile=float(values["quantile"]),
            count=int(values["count"]),
        )


def fit(residuals: ArrayLike, spreads: ArrayLike, coverage: float = COVERAGE) -> Calibration:
    """Fit the factor on out-of-fold answers.

    Parameters
    ----------
    residuals
        Measured minus predicted pK, [n].
    spreads
        Predicted standard deviation of the error, [n], pK, above zero.
    coverage
        Share that the interval should hold, between 0 and 1.

    Returns
    -------
    Calibration
        With the ceil((n + 1) · coverage)-th smallest |residual| / spread as its factor.

    Raises
    ------
    ValueError
        If the arrays differ in length, hold a spread that is not positive or a number that is not
        finite, or are too few for the asked coverage (9 for 90 %).
    """
    errors = np.abs(np.asarray(residuals, dtype=np.float64)).ravel()
    scale = np.asarray(spreads, dtype=np.float64).ravel()
    if errors.shape != scale.shape:
        raise ValueError(f"{errors.size} residuals and {scale.size} spreads were given.")
    if not (np.isfinite(errors).all() and np.isfinite(scale).all() and (scale > 0).all()):
        raise ValueError("Residuals and spreads must be finite and spreads above zero.")
    rank = conformal_rank(errors.size, coverage)
    if not 1 <= rank <= errors.size:
        raise ValueError(f"{errors.size} residuals are too few for a coverage of {coverage:.0%}.")
    quantile = conformal_quantile((errors / scale).tolist(), coverage)
    return Calibration(coverage=coverage, quantile=quantile, count=int(errors.size))


def interval(pK: float, spread: float, calibration: Calibration) -> tuple[float, float]:
    """Return the ends of the interval, pK ± quantile · spread."""
    half = calibration.quantile * spread
    return pK - half, pK + half
