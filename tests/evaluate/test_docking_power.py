"""Docking power: hand-worked complexes, ties, poses without a score, nothing near-native."""

from __future__ import annotations

import math

import numpy as np
import pytest

from molattn.evaluate.comparison import compare_means
from molattn.evaluate.docking_power import docking_power, mean_with_interval
from molattn.evaluate.metrics import row_draws

COMPLEXES = np.array(["a", "a", "a", "b", "b", "b", "b", "c", "c"])
RMSD = np.array([1.0, 3.0, 5.0, 6.0, 4.0, 0.5, 1.5, 4.0, 9.0])


def test_shares_by_hand():
    # a: near-native first; b: near-native third; c: no near-native pose at all
    score = np.array([9.0, 8, 7, 9, 8, 7, 6, 5, 4])
    found = docking_power(COMPLEXES, score, RMSD, repeats=100)
    assert (found.complexes, found.without_near_native, found.poses) == (2, 1, 9)
    assert [found.success[top].value for top in (1, 2, 3)] == [0.5, 0.5, 1.0]
    assert [found.success_of_all[top].value for top in (1, 3)] == pytest.approx([1 / 3, 2 / 3])
    # one of three and two of four near-native, drawn once and thrice
    assert found.chance[1] == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert found.chance[3] == pytest.approx(1.0)
    assert (found.success[1].low, found.success[1].high) == (0.0, 1.0)
    first, second, third = found.per_complex
    assert (first.spearman, first.first_rmsd, first.best_rmsd) == (pytest.approx(1.0), 1.0, 1.0)
    assert second.spearman == pytest.approx(-0.8)  # ranks 4 3 2 1 against 1 2 4 3
    assert math.isnan(third.spearman)  # two poses are too few
    assert math.isnan(third.success[1])
    assert found.spearman.value == pytest.approx(0.1)


def test_an_energy_is_better_when_lower():
    energy = np.array([-9.0, -8, -7, -6, -7, -9, -8, -5, -4])
    found = docking_power(COMPLEXES, energy, RMSD, higher_is_better=False)
    assert found.success[1].value == 1.0
    assert docking_power(COMPLEXES, energy, RMSD).success[1].value == 0.0
    turned = docking_power(COMPLEXES, -energy, RMSD)
    assert turned.spearman == found.spearman


def test_ties_count_with_the_expectation_over_their_order():
    tied = docking_power(COMPLEXES, np.zeros(9), RMSD)
    assert tied.success[1].value == pytest.approx(tied.chance[1])
    assert tied.success[2].value == pytest.approx(tied.chance[2])
    assert tied.per_complex[0].first_rmsd == pytest.approx(3.0)
    assert tied.spearman.value == 0.0
    # the order of the rows says nothing
    turned = docking_power(COMPLEXES[::-1], np.zeros(9), RMSD[::-1])
    assert turned.success == tied.success


def test_two_poses_tied_for_the_first_place():
    found = docking_power(np.repeat("a", 3), np.array([5.0, 5.0, 1.0]), np.array([1.0, 4.0, 1.0]))
    assert found.success[1].value == pytest.approx(0.5)
    assert found.success[2].value == 1.0


def test_poses_without_a_score_are_never_chosen():
    score = np.array([np.nan, 8, 7, 9, 8, np.nan, np.nan, 5, 4])
    found = docking_power(COMPLEXES, score, RMSD)
    assert found.unscored == 3
    assert found.success[3].value == 0.0
    silent = docking_power(COMPLEXES, np.full(9, np.nan), RMSD)
    assert silent.success[1].value == 0.0
    assert math.isnan(silent.per_complex[0].first_rmsd)
    assert math.isnan(silent.spearman.value)


def test_the_native_pose_can_be_left_out():
    rmsd = np.array([0.0, 1.0, 5.0])
    native = np.array([True, False, False])
    score = np.array([9.0, 1.0, 5.0])
    assert docking_power(np.repeat("a", 3), score, rmsd).success[1].value == 1.0
    found = docking_power(np.repeat("a", 3), score, rmsd, without=native)
    assert (found.poses, found.success[1].value) == (2, 0.0)


def test_the_threshold_itself_is_not_near():
    rmsd, score = np.array([2.0, 3.0]), np.array([2.0, 1.0])
    assert docking_power(np.repeat("a", 2), score, rmsd).without_near_native == 1
    assert docking_power(np.repeat("a", 2), score, rmsd, threshold=2.1).success[1].value == 1.0


def test_poses_without_an_rmsd_are_left_out():
    score, rmsd = np.array([9.0, 1.0, 0.5]), np.array([np.nan, 1.0, 5.0])
    found = docking_power(np.repeat("a", 3), score, rmsd)
    assert (found.poses, found.success[1].value) == (2, 1.0)


def test_a_single_pose_leaves_nothing_to_choose():
    complexes = np.array(["a", "a", "alone"])
    found = docking_power(complexes, np.array([1.0, 2.0, 3.0]), np.array([0.5, 5.0, 0.1]))
    assert (found.complexes, found.success[1].value) == (1, 0.0)


def test_no_poses_are_undefined():
    found = docking_power(np.empty(0, np.str_), np.empty(0), np.empty(0))
    assert (found.complexes, found.poses) == (0, 0)
    assert math.isnan(found.success[1].value) and math.isnan(found.spearman.value)
    only_far = docking_power(np.repeat("a", 2), np.ones(2), np.array([5.0, 6.0]))
    assert math.isnan(only_far.success[1].value)
    assert only_far.success_of_all[1].value == 0.0


def test_interval_of_a_share_matches_the_binomial():
    found = mean_with_interval([1.0] * 60 + [0.0] * 40, repeats=2000)
    half = 1.96 * math.sqrt(0.6 * 0.4 / 100)
    assert found.low == pytest.approx(0.6 - half, abs=0.015)
    assert found.high == pytest.approx(0.6 + half, abs=0.015)


def test_two_scores_are_compared_on_the_same_complexes():
    first, second = np.array([1.0, 1, 1, 0, np.nan]), np.array([0.0, 1, 0, 0, 1])
    found = compare_means(first, second, row_draws(5, 300))
    assert (found.rows, found.missing) == (4, 1)
    assert found.difference.value == pytest.approx(0.5)
    assert found.difference.low >= 0
