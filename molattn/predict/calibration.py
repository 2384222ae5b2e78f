"""The 90 % interval: a normalised split-conformal factor on the predicted spread.

For residuals r and predicted spreads s of data that the network did not train on, the factor q is
the finite-sample quantile of |r| / s; the interval of a new answer is pK ± q s. It covers at least
the asked share of new data drawn as the calibration data were, whatever the distribution.

Papadopoulos, Proedrou, Vovk & Gammerman (2002), Inductive confidence machines for regression,
ECML (normalised nonconformity); Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018),
Distribution-free predictive inference for regression, JASA 113:1094 (section 2.2, the quantile
of rank ceil((n + 1) (1 - alpha))).

Better than the predicted spread alone is a scale that is fitted to errors out of fold
(:mod:`molattn.predict.interval_scale`). It is cross-fitted: the ratios come from scales that saw
no protein cluster of the answer. Where one factor would cover narrow and wide intervals unevenly,
each third by scale has its own (Mondrian conformal prediction, Vovk, Gammerman & Shafer 2005,
section 4.5), and between the middles of the thirds the factor runs straight in the logarithm of
the scale, so that the width of an interval has no jumps.

Coverage is promised for new answers drawn as those out of fold were, which are on proteins that
training does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molattn.model.conformal import conformal_quantile, conformal_rank
from molattn.predict.interval_scale import IntervalInputs, ScaleModel, fit_scale

Floats = NDArray[np.float64]

COVERAGE = 0.90
GAUSSIAN_FACTOR = 1.6448536269514722  # two-sided 90 % of a normal distribution

PARTS: Final = 3
"""Parts by scale that have a factor of their own."""

FEWEST_OF_PART: Final = 60
"""Fewer answers of a part than this share one factor for all."""

CROSS_FITS: Final = 10
"""Scales that are fitted, each without one part of the protein clusters."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How wide an interval is.

    Attributes
    ----------
    coverage
        Share of new answers that the interval should hold.
    quantile
        Factor q in pK ± q · spread, or pK ± q · factor(scale) · scale.
    count
        Out-of-fold answers that it was fitted on; 0 if it was not fitted and assumes a normal
        distribution of errors.
    scale
        Expected error of an answer; None takes the predicted spread for it.
    knots
        Logarithms of scales, ascending, and the factor at each; none for 1 everywhere.
    """

    coverage: float = COVERAGE
    quantile: float = GAUSSIAN_FACTOR
    count: int = 0
    scale: ScaleModel | None = None
    knots: tuple[tuple[float, float], ...] = ()

    def half_width(self, inputs: IntervalInputs) -> Floats:
        """Return half the width of the intervals in pK, [n].

        Parameters
        ----------
        inputs
            What is not known of an answer counts as usual; a calibration without a scale of its
            own uses ``aleatoric`` alone.
        """
        if self.scale is None:
            return self.quantile * inputs.aleatoric
        scale = self.scale.scale(inputs)
        return self.quantile * _factor(scale, self.knots) * scale

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        plain = {"coverage": self.coverage, "quantile": self.quantile, "count": self.count}
        if self.scale is None:
            return plain
        knots = [list(knot) for knot in self.knots]
        return plain | {"scale": self.scale.to_json(), "knots": knots}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Calibration:
        """Return the calibration that `to_json` described."""
        scale = values.get("scale")
        return cls(
            coverage=float(values["coverage"]),
            quantile=float(values["quantile"]),
            count=int(values["count"]),
            scale=None if scale is None else ScaleModel.from_json(scale),
            knots=tuple((float(at), float(factor)) for at, factor in values.get("knots", ())),
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


def fit_normalised(
    residuals: ArrayLike,
    inputs: IntervalInputs,
    clusters: Sequence[str],
    coverage: float = COVERAGE,
) -> Calibration:
    """Fit a scale and its factors on out-of-fold answers.

    Parameters
    ----------
    residuals
        Measured minus predicted pK, [n].
    inputs
        Of the same answers.
    clusters
        Protein cluster of each, [n]; answers of one cluster stay together in the cross-fitting.
    coverage
        Share that the interval should hold, between 0 and 1.

    Raises
    ------
    ValueError
        If the columns differ in length, an error or a predicted spread is not finite, there are
        fewer than two clusters, or too few answers for the asked coverage.
    """
    errors = np.abs(np.asarray(residuals, dtype=np.float64)).ravel()
    names = np.asarray(clusters)
    if not len(errors) == len(inputs) == len(names):
        raise ValueError(
            f"{len(errors)} residuals, {len(inputs)} inputs and {len(names)} clusters were given."
        )
    if not (np.isfinite(errors).all() and np.isfinite(inputs.aleatoric).all()):
        raise ValueError("Residuals and predicted spreads must be finite.")
    scales = _cross_fitted(errors, inputs, names)
    knots = _knots(errors, scales, coverage)
    held = fit(errors, _factor(scales, knots) * scales, coverage)
    return replace(held, scale=fit_scale(errors, inputs, _weights(names)), knots=knots)


def _cross_fitted(errors: Floats, inputs: IntervalInputs, clusters: NDArray[Any]) -> Floats:
    """Return the scale of each answer from a model that saw none of its cluster, [n]."""
    part = cluster_parts(clusters)
    if part.max(initial=0) < 1:
        raise ValueError("Cross-fitting needs answers of at least two protein clusters.")
    scales = np.empty(len(errors))
    weights = _weights(clusters)
    whole = fit_scale(errors, inputs, weights)
    for one in np.unique(part):
        rest = part != one
        model = fit_scale(errors[rest], inputs.select(rest), weights[rest])
        # what differs from part to part is the shape; the level is that of all answers, or a
        # hard cluster would count as easy for being judged by all the others
        level = replace(model, intercept=whole.intercept)
        scales[~rest] = level.scale(inputs.select(~rest))
    return scales


def _weights(clusters: NDArray[Any]) -> Floats:
    """Return 1 / sqrt(size of the cluster) for each answer: no protein says alone what is hard."""
    _, place, size = np.unique(clusters, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / np.sqrt(size[place]))


def cluster_parts(clusters: NDArray[Any]) -> NDArray[np.int64]:
    """Return a part for each answer, [n]: whole clusters, largest first to the smallest part."""
    _, place, size = np.unique(clusters, return_inverse=True, return_counts=True)
    part_of = np.zeros(len(size), dtype=np.int64)
    filled = np.zeros(min(CROSS_FITS, len(size)))
    for cluster in np.argsort(-size, kind="stable"):
        part_of[cluster] = filled.argmin()
        filled[part_of[cluster]] += size[cluster]
    return part_of[place]


def _knots(errors: Floats, scales: Floats, coverage: float) -> tuple[tuple[float, float], ...]:
    """Return the middle of each part by scale and its own factor."""
    if len(errors) < PARTS * FEWEST_OF_PART:
        return ()
    order = np.argsort(scales, kind="stable")
    knots = []
    for rows in np.array_split(order, PARTS):
        middle = float(np.median(np.log(scales[rows])))
        factor = conformal_quantile((errors[rows] / scales[rows]).tolist(), coverage)
        knots.append((round(middle, 6), round(factor, 6)))
    return tuple(knots)


def _factor(scales: Floats, knots: tuple[tuple[float, float], ...]) -> Floats:
    if not knots:
        return np.ones(len(scales))
    places, factors = zip(*knots, strict=True)
    found: Floats = np.interp(np.log(scales), places, factors)
    return found
