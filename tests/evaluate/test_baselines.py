"""Every baseline finds a planted signal, keeps to its folds and repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.evaluate.baselines import BASELINES, fit_line, predict_left_out
from molattn.evaluate.features import BLOCKS
from molattn.evaluate.metrics import pearson

pytest.importorskip("sklearn")
ROWS = 90
FOLDS = np.arange(ROWS) % 3


def planted(signal: str | None):
    """Return blocks in which one carries the measured pK, and the pK."""
    generator = np.random.default_rng(2)
    measured = generator.normal(6, 1.5, ROWS)
    blocks = {
        name: generator.normal(0, 1, (ROWS, 1 if name == "heavy_atoms" else 6)) for name in BLOCKS
    }
    if signal is not None:
        blocks[signal][:, 0] = measured + generator.normal(0, 0.2, ROWS)
    return blocks, measured


@pytest.mark.parametrize("name", list(BASELINES))
def test_a_planted_signal_is_found_in_each_block_and_nothing_in_noise(name):
    baseline = BASELINES[name]
    for block in baseline.blocks:
        blocks, measured = planted(block)
        assert pearson(measured, predict_left_out(baseline, blocks, measured, FOLDS)) > 0.8
    blocks, measured = planted(None)
    assert abs(pearson(measured, predict_left_out(baseline, blocks, measured, FOLDS))) < 0.4


@pytest.mark.parametrize("name", list(BASELINES))
def test_predictions_repeat_and_do_not_see_their_own_measurement(name):
    blocks, measured = planted(BASELINES[name].blocks[0])
    first = predict_left_out(BASELINES[name], blocks, measured, FOLDS)
    changed = measured.copy()
    changed[FOLDS == 2] += 5.0
    again = predict_left_out(BASELINES[name], blocks, changed, FOLDS)
    assert np.array_equal(first[FOLDS == 2], again[FOLDS == 2])
    assert not np.array_equal(first[FOLDS != 2], again[FOLDS != 2])


def test_line_is_least_squares():
    count = np.array([[10.0], [20.0], [30.0]])
    predict = fit_line(count, np.array([4.0, 6.0, 8.0]))
    assert predict(np.array([[25.0]])) == pytest.approx([7.0])


def test_blocks_of_every_baseline_exist():
    assert {block for baseline in BASELINES.values() for block in baseline.blocks} <= set(BLOCKS)
