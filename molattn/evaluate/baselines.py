"""Simple rivals that every model is reported beside, all with fixed seeds.

A baseline names the blocks of :mod:`molattn.evaluate.features` it may see and a fit: from
training features and measurements to a function that predicts. Adding one is adding an entry to
:data:`BASELINES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import MissingExtra

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Predict = Callable[[Floats], Floats]
Fit = Callable[[Floats, Floats], Predict]

SEED: Final = 0
"""Seed of every tree."""

SMALLEST_LEAF: Final = 5
"""Fewest training complexes in a leaf of the boosted trees."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """One rival: what it is called, what it sees, how it learns."""

    title: str
    blocks: tuple[str, ...]
    fit: Fit


def fit_line(features: Floats, measured: Floats) -> Predict:
    """Fit ``pK = slope · feature + intercept`` by least squares on the first column."""
    design = np.column_stack([features[:, 0], np.ones(len(features))])
    slope, intercept = np.linalg.lstsq(design, measured, rcond=None)[0]
    return lambda rows: slope * rows[:, 0] + intercept


def fit_boosting(features: Floats, measured: Floats) -> Predict:
    """Fit gradient-boosted regression trees on histograms (Friedman 2001; Ke et al. 2017).

    Raises
    ------
    MissingExtra
        scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
    used = _varying(features)
    model = HistGradientBoostingRegressor(
        learning_rate=0.05,
        max_iter=300,
        max_leaf_nodes=12,
        max_features=0.2,
        min_samples_leaf=SMALLEST_LEAF,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    ).fit(features[:, used], measured)
    return lambda rows: np.asarray(model.predict(rows[:, used]), dtype=np.float64)


def fit_extra_trees(features: Floats, measured: Floats) -> Predict:
    """Fit extremely randomised trees (Geurts et al. 2006).

    Raises
    ------
    MissingExtra
        scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import ExtraTreesRegressor
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
    used = _varying(features)
    model = ExtraTreesRegressor(
        n_estimators=200, max_features=0.3, min_samples_leaf=2, random_state=SEED
    ).fit(features[:, used], measured)
    return lambda rows: np.asarray(model.predict(rows[:, used]), dtype=np.float64)


def fit_mean_of_trees(features: Floats, measured: Floats) -> Predict:
    """Fit boosted and extremely randomised trees; predict the mean of the two."""
    boosted, randomised = fit_boosting(features, measured), fit_extra_trees(features, measured)
    return lambda rows: (boosted(rows) + randomised(rows)) / 2


BASELINES: Final[Mapping[str, Baseline]] = {
    "heavy_atom_count": Baseline("heavy-atom count", ("heavy_atoms",), fit_line),
    "ligand_trees": Baseline(
        "ligand only (descriptors + fingerprint, boosted trees)",
        ("descriptors", "fingerprint"),
        fit_boosting,
    ),
    "spectrum_trees": Baseline(
        "contact spectrum (boosted + extra trees)", ("spectrum",), fit_mean_of_trees
    ),
    "spectrum_ligand_trees": Baseline(
        "contact spectrum + ligand descriptors (boosted + extra trees)",
        ("spectrum", "descriptors"),
        fit_mean_of_trees,
    ),
}
"""Every baseline by the name of its column."""


def predict_left_out(
    baseline: Baseline, blocks: Mapping[str, Floats], measured: Floats, folds: Integers
) -> Floats:
    """Predict each row with the baseline fitted on the other folds.

    Parameters
    ----------
    baseline
        An entry of :data:`BASELINES`.
    blocks
        Feature blocks by name, each [n, width].
    measured
        pK, [n].
    folds
        The fold in which a row is left out, [n]; at least two different ones.

    Returns
    -------
    array
        Predicted pK, [n].
    """
    features = np.concatenate([blocks[name] for name in baseline.blocks], axis=1)
    predicted = np.full(len(measured), np.nan)
    for fold in np.unique(folds):
        held = folds == fold
        predicted[held] = baseline.fit(features[~held], measured[~held])(features[held])
    return predicted


def _varying(features: Floats) -> NDArray[np.bool_]:
    """Return which columns differ in enough training rows for a leaf to be cut off."""
    ordered = np.sort(features, axis=0)
    reach = min(SMALLEST_LEAF, len(features)) - 1
    return np.asarray((ordered[reach] != ordered[-1]) & (ordered[0] != ordered[-1 - reach]))
