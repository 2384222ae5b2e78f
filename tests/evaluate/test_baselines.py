"""Every baseline finds a planted signal, keeps to its folds and repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.errors import UsageError
from molattn.evaluate.baselines import (
    BASELINES,
    VINA,
    Baseline,
    chosen_baselines,
    fit_line,
    predict_held_out,
)
from molattn.evaluate.features import BLOCKS
from molattn.evaluate.metrics import pearson

pytest.importorskip("sklearn")
ROWS = 60
FOLDS = [(np.arange(ROWS) % 2 == fold, np.arange(ROWS) % 2 != fold) for fold in range(2)]
ONE_COLUMN = ("heavy_atoms", VINA)
KNOWN_BLOCKS = (*BLOCKS, "protein", VINA)


def planted(signal: str | None):
    """Return blocks in which one carries the measured pK, and the pK."""
    generator = np.random.default_rng(2)
    measured = np.repeat(generator.normal(6, 1.5, ROWS // 4), 4)[:ROWS]
    blocks = {
        name: generator.integers(0, 9, (ROWS, 1 if name in ONE_COLUMN else 12)).astype(float)
        for name in KNOWN_BLOCKS
    }
    blocks["protein"] = np.full((ROWS, 2), -1.0)
    if signal == "protein":
        blocks["protein"] = np.column_stack([np.arange(ROWS) // 4] * 2).astype(float)
    elif signal is not None:
        told = 4 if signal in ("spectrum", "fingerprint") else 1
        steps = np.round(3 * (measured - measured.min()))
        blocks[signal][:, :told] = steps[:, None] ** np.arange(1, told + 1)
        if signal == "fingerprint":
            blocks[signal] = (steps[:, None] > np.arange(0, 24, 2)).astype(float)
    return blocks, measured


@pytest.mark.parametrize("name", list(BASELINES))
def test_nothing_is_found_in_noise(name):
    baseline = BASELINES[name]
    blocks, measured = planted(None)
    assert abs(pearson(measured, predict_held_out(baseline, blocks, measured, FOLDS))) < 0.5


def test_the_memory_finds_the_protein():
    blocks, measured = planted("protein")
    found = predict_held_out(BASELINES["nearest_neighbours"], blocks, measured, FOLDS)
    assert pearson(measured, found) > 0.6


@pytest.mark.parametrize("name", list(BASELINES))
def test_predictions_repeat_and_do_not_see_their_own_measurement(name):
    blocks, measured = planted(BASELINES[name].blocks[0])
    first = predict_held_out(BASELINES[name], blocks, measured, FOLDS)
    assert pearson(measured, first) > 0.7  # the planted signal is found
    changed = measured.copy()
    changed[FOLDS[1][0]] += 5.0
    again = predict_held_out(BASELINES[name], blocks, changed, FOLDS)
    held = FOLDS[1][0]
    assert np.array_equal(first[held], again[held])
    assert not np.array_equal(first[~held], again[~held])


def test_rows_left_out_of_training_change_nothing():
    blocks, measured = planted("heavy_atoms")
    held, trained = FOLDS[0]
    fewer = trained & (np.arange(ROWS) > 20)
    changed = np.where(fewer, measured, np.nan)
    first = predict_held_out(BASELINES["heavy_atom_count"], blocks, measured, [(held, fewer)])
    again = predict_held_out(BASELINES["heavy_atom_count"], blocks, changed, [(held, fewer)])
    assert np.array_equal(first[held], again[held])
    assert np.isnan(first[~held]).all()


def test_line_is_least_squares_and_an_unknown_feature_counts_as_the_median():
    count = {"x": np.array([[10.0], [20.0], [30.0], [np.nan]])}
    predict = fit_line(count, np.array([4.0, 6.0, 8.0, 6.0]))
    assert predict({"x": np.array([[25.0], [np.nan]])}) == pytest.approx([7.0, 6.0])
    nothing = fit_line({"x": np.full((3, 1), np.nan)}, np.array([4.0, 5.0, 6.0]))
    assert nothing({"x": np.array([[np.nan]])}) == pytest.approx([5.0])


@pytest.mark.parametrize("name", [name for name in BASELINES if name.endswith("_trees")])
def test_constant_features_say_the_mean(name):
    blocks = {block: np.ones((ROWS, 3)) for block in BASELINES[name].blocks}
    measured = np.arange(ROWS, dtype=float)
    held, trained = FOLDS[0]
    found = predict_held_out(BASELINES[name], blocks, measured, [(held, trained)])
    assert found[held] == pytest.approx(np.full(held.sum(), measured[trained].mean()))


def test_a_fold_without_training_rows_is_refused():
    blocks, measured = planted(None)
    nothing = np.zeros(ROWS, dtype=bool)
    with pytest.raises(UsageError, match="no training rows"):
        predict_held_out(BASELINES["heavy_atom_count"], blocks, measured, [(~nothing, nothing)])


def test_blocks_of_every_baseline_exist():
    used = {block for baseline in BASELINES.values() for block in baseline.blocks}
    assert used <= set(KNOWN_BLOCKS)
    assert all(isinstance(one, Baseline) and one.title for one in BASELINES.values())


def test_names_are_chosen():
    assert chosen_baselines("all") == tuple(BASELINES)
    assert chosen_baselines("none") == ()
    assert chosen_baselines("ligand_trees, heavy_atom_count,ligand_trees") == (
        "ligand_trees",
        "heavy_atom_count",
    )
    with pytest.raises(UsageError, match="crystal_ball; choose all, none, or from heavy_atom"):
        chosen_baselines("crystal_ball")
