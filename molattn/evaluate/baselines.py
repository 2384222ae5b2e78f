"""Simple rivals that every model is reported beside, all with fixed seeds.

A baseline names the feature blocks it may see and a fit: from training blocks and measurements to
a function that predicts. Adding one is adding an entry to :data:`BASELINES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import MissingExtra, UsageError
from molattn.evaluate import neighbours

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Blocks = Mapping[str, Floats]
Predict = Callable[[Blocks], Floats]
Fit = Callable[[Blocks, Floats], Predict]

SEED: Final = 0
"""Seed of every tree."""

SMALLEST_LEAF: Final = 5
"""Fewest training complexes in a leaf of the boosted trees."""

VINA: Final = "vina_energy"
"""Name of the baseline, and of the block, that needs the extra ``[dock]``."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """One rival: what it is called, what it sees, how it learns."""

    title: str
    blocks: tuple[str, ...]
    fit: Fit


def fit_line(blocks: Blocks, measured: Floats) -> Predict:
    """Fit ``pK = slope · feature + intercept`` by least squares on the only column.

    A row whose feature is unknown (NaN) counts as one with the median of the training rows.
    """
    (feature,) = (block[:, 0] for block in blocks.values())
    (name,) = blocks
    middle = float(np.nanmedian(feature)) if np.isfinite(feature).any() else 0.0
    design = np.column_stack([np.nan_to_num(feature, nan=middle), np.ones(len(feature))])
    slope, intercept = np.linalg.lstsq(design, measured, rcond=None)[0]
    return lambda rows: slope * np.nan_to_num(rows[name][:, 0], nan=middle) + intercept


def fit_boosting(blocks: Blocks, measured: Floats) -> Predict:
    """Fit gradient-boosted regression trees on histograms (Friedman 2001; Ke et al. 2017).

    Raises
    ------
    MissingExtra
        scikit-learn is not installed.
    """
    settings = {
        "learning_rate": 0.05,
        "max_iter": 300,
        "max_leaf_nodes": 12,
        "max_features": 0.2,
        "min_samples_leaf": SMALLEST_LEAF,
        "l2_regularization": 1.0,
        "max_bins": 63,
        "early_stopping": False,
    }
    return _fit_trees("HistGradientBoostingRegressor", settings, blocks, measured)


def fit_extra_trees(blocks: Blocks, measured: Floats) -> Predict:
    """Fit extremely randomised trees (Geurts et al. 2006).

    Raises
    ------
    MissingExtra
        scikit-learn is not installed.
    """
    settings = {"n_estimators": 200, "max_features": 0.2, "min_samples_leaf": 2, "n_jobs": 1}
    return _fit_trees("ExtraTreesRegressor", settings, blocks, measured)


def _fit_trees(kind: str, settings: Mapping[str, Any], blocks: Blocks, measured: Floats) -> Predict:
    """Fit an ensemble of scikit-learn on the columns that vary."""
    try:
        from sklearn import ensemble
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
    features = _joined(blocks)
    used = _varying(features)
    if not used.any():
        return _mean_of(measured)
    model = getattr(ensemble, kind)(**settings, random_state=SEED)
    model.fit(features[:, used], measured)
    return lambda rows: np.asarray(model.predict(_joined(rows)[:, used]), dtype=np.float64)


def fit_mean_of_trees(blocks: Blocks, measured: Floats) -> Predict:
    """Fit boosted and extremely randomised trees; predict the mean of the two."""
    boosted, randomised = fit_boosting(blocks, measured), fit_extra_trees(blocks, measured)
    return lambda rows: (boosted(rows) + randomised(rows)) / 2


def fit_memory(blocks: Blocks, measured: Floats) -> Predict:
    """Remember the training rows, see :mod:`molattn.evaluate.neighbours`."""
    return neighbours.remember(blocks, measured).predict


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
    "nearest_neighbours": Baseline(
        "nearest neighbours (ligand, spectrum, protein)", neighbours.BLOCKS_USED, fit_memory
    ),
    VINA: Baseline("Vina energy after local optimisation, scaled", (VINA,), fit_line),
}
"""Every baseline by the name of its column."""


def chosen_baselines(text: str) -> tuple[str, ...]:
    """Return the names in ``all``, ``none`` or a list with commas.

    Raises
    ------
    UsageError
        A name is not known.
    """
    if text == "all":
        return tuple(BASELINES)
    names = (
        () if text == "none" else tuple(name.strip() for name in text.split(",") if name.strip())
    )
    for name in names:
        if name not in BASELINES:
            raise UsageError(
                f"No baseline is called {name}; choose all, none, or from {', '.join(BASELINES)}."
            )
    return tuple(dict.fromkeys(names))


def predict_held_out(
    baseline: Baseline,
    blocks: Blocks,
    measured: Floats,
    folds: Iterable[tuple[Booleans, Booleans]],
) -> Floats:
    """Predict rows with the baseline fitted on the training rows of their fold alone.

    Parameters
    ----------
    baseline
        An entry of :data:`BASELINES`.
    blocks
        Feature blocks by name, each [n, width].
    measured
        [n] pK; those of rows that no fold trains on are never looked at.
    folds
        (held out [n], trained on [n]) of each fold, as masks without a row in both.

    Returns
    -------
    array
        Predicted pK, [n]; NaN where no fold holds a row out.

    Raises
    ------
    UsageError
        A fold has nothing to train on.
    """
    seen = {name: blocks[name] for name in baseline.blocks}
    predicted = np.full(len(measured), np.nan)
    for held, trained in folds:
        if not held.any():
            continue
        if not trained.any():
            raise UsageError("A fold has no training rows; baselines cannot be fitted.")
        fitted = baseline.fit(
            {name: block[trained] for name, block in seen.items()}, measured[trained]
        )
        predicted[held] = fitted({name: block[held] for name, block in seen.items()})
    return predicted


def _joined(blocks: Blocks) -> NDArray[np.float32]:
    """Return blocks side by side in their order, [n, width]."""
    return np.concatenate([block.astype(np.float32) for block in blocks.values()], axis=1)


def _mean_of(measured: Floats) -> Predict:
    mean = float(measured.mean())
    return lambda rows: np.full(len(next(iter(rows.values()))), mean)


def _varying(features: NDArray[np.float32]) -> Booleans:
    """Return which columns differ in enough training rows for a leaf to be cut off."""
    ordered = np.sort(features, axis=0)
    reach = min(SMALLEST_LEAF, len(features)) - 1
    return np.asarray((ordered[reach] != ordered[-1]) & (ordered[0] != ordered[-1 - reach]))
