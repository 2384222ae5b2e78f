"""Ranking power and figures inside groups: hand-worked cases, ties, gaps."""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy import stats

from molattn.evaluate.groups import GROUP_METRICS, by_group
from molattn.evaluate.ranking import predictive_index, ranking_power
from molattn.evaluate.ties import chance_in_top, oriented


def brute_force_chance(score, wanted, top):
    """Count the orders of ties, one by one, in which a wanted row is among the first."""
    hits = total = 0
    for order in permutations(range(len(score))):
        if all(score[a] >= score[b] for a, b in pairwise(order)):
            total += 1
            hits += any(wanted[row] for row in order[:top])
    return hits / total


@pytest.mark.parametrize("seed", range(12))
def test_chance_in_top_is_the_share_of_all_orders_of_ties(seed):
    generator = np.random.default_rng(seed)
    score = generator.integers(0, 3, 6).astype(np.float64)
    wanted = generator.random(6) < 0.4
    wanted[generator.integers(6)] = True
    for top in (1, 2, 3, 6, 9):
        assert chance_in_top(score, wanted, top) == pytest.approx(
            brute_force_chance(score, wanted, top)
        )


def test_what_has_no_score_is_never_chosen():
    score = oriented(np.array([np.nan, 1.0, np.nan]), higher_is_better=True)
    assert chance_in_top(score, np.array([True, False, False]), 3) == 0.0
    assert chance_in_top(score, np.array([False, True, False]), 1) == 1.0
    assert chance_in_top(np.full(3, -np.inf), np.array([True, False, False]), 1) == 0.0


def test_nothing_wanted_or_nothing_there_is_undefined():
    assert math.isnan(chance_in_top(np.ones(3), np.zeros(3, bool), 1))
    assert math.isnan(chance_in_top(np.empty(0), np.empty(0, bool), 1))


def test_lower_can_be_better():
    assert oriented(np.array([-9.0, -7.0]), higher_is_better=False).tolist() == [9.0, 7.0]


def test_predictive_index_by_hand():
    measured = np.array([5.0, 6.0, 8.0])
    # pairs weigh 1, 2 and 3; the first is turned round: (-1 + 2 + 3) / 6
    assert predictive_index(measured, np.array([6.0, 5.0, 9.0])) == pytest.approx(4 / 6)
    assert predictive_index(measured, measured) == 1.0
    assert predictive_index(measured, -measured) == -1.0
    assert predictive_index(measured, np.full(3, 7.0)) == 0.0
    assert math.isnan(predictive_index(np.full(3, 7.0), measured))
    assert math.isnan(predictive_index(measured[:1], measured[:1]))


def test_ranking_power_is_the_plain_mean_of_groups():
    measured = np.array([5.0, 6, 7, 5, 6, 7, 8])
    predicted = np.array([1.0, 2, 3, 4, 3, 2, 1])
    found = ranking_power(measured, predicted, np.array(list("aaabbbb")), repeats=50)
    assert (found.groups, found.rows, found.missing) == (2, 7, 0)
    assert found.spearman.value == pytest.approx(0.0)  # 1 and -1, whatever their sizes
    assert found.best_in_top[1].value == pytest.approx(0.5)
    assert found.best_in_top[3].value == pytest.approx(0.5)
    assert found.best_by_chance[1] == pytest.approx((1 / 3 + 1 / 4) / 2)
    assert found.best_by_chance[3] == pytest.approx((1 + 3 / 4) / 2)
    assert (found.spearman.low, found.spearman.high) == (pytest.approx(-1), pytest.approx(1))


def test_spearman_of_a_group_agrees_with_scipy():
    generator = np.random.default_rng(2)
    measured, predicted = generator.normal(size=(2, 30))
    groups = np.repeat(["a", "b", "c"], 10)
    expected = [
        stats.spearmanr(measured[groups == label], predicted[groups == label])[0] for label in "abc"
    ]
    assert ranking_power(measured, predicted, groups).spearman.value == pytest.approx(
        np.mean(expected)
    )


def test_small_and_equal_groups_say_nothing():
    measured = np.array([5.0, 6, 7, 7, 7, 5, 6, 7])
    groups = np.array(["two", "two", "equal", "equal", "equal", "good", "good", "good"])
    found = ranking_power(measured, measured, groups)
    assert [one.group for one in found.per_group] == ["good"]


def test_a_constant_prediction_ranks_nothing_and_finds_the_best_by_chance():
    measured, groups = np.array([5.0, 6.0, 7.0]), np.array(["a"] * 3)
    found = ranking_power(measured, np.full(3, 6.0), groups)
    assert found.spearman.value == 0.0
    assert {top: one.value for top, one in found.best_in_top.items()} == pytest.approx(
        found.best_by_chance
    )


def test_two_best_ligands_are_equally_good():
    measured, groups = np.array([5.0, 7.0, 7.0]), np.array(["a"] * 3)
    found = ranking_power(measured, np.array([1.0, 3.0, 2.0]), groups)
    assert found.best_in_top[1].value == 1.0
    assert found.best_by_chance[1] == pytest.approx(2 / 3)


def test_a_best_ligand_without_a_prediction_is_not_found():
    measured, groups = np.array([5.0, 6.0, 7.0]), np.array(["a"] * 3)
    found = ranking_power(measured, np.array([1.0, 2.0, np.nan]), groups)
    assert found.missing == 1
    assert found.best_in_top[3].value == 0.0
    assert found.spearman.value == pytest.approx(1.0)
    silent = ranking_power(measured, np.full(3, np.nan), groups)
    assert (silent.spearman.value, silent.best_in_top[1].value) == (0.0, 0.0)


def test_ranking_of_nothing_is_undefined():
    found = ranking_power(np.empty(0), np.empty(0), np.empty(0, np.str_))
    assert found.groups == 0
    assert math.isnan(found.spearman.value) and math.isnan(found.best_by_chance[1])


def test_groups_come_largest_first_with_their_range_and_gaps():
    measured = np.array([5.0, 6, 7, 4, 9, np.nan, 6])
    predicted = np.array([5.0, 6, 8, 4, np.nan, 5, 6])
    found = by_group(measured, predicted, np.array(["b", "b", "b", "a", "a", "a", "c"]), repeats=20)
    assert [(one.group, one.rows, one.missing) for one in found] == [
        ("b", 3, 0),
        ("a", 1, 1),
        ("c", 1, 0),
    ]
    assert (found[0].lowest, found[0].highest, found[0].span) == (5.0, 7.0, 2.0)
    assert found[0].metrics["rmse"].value == pytest.approx(math.sqrt(1 / 3))
    assert found[0].metrics["centred_rmse"].value == pytest.approx(math.sqrt(2 / 9))
    assert math.isnan(found[1].metrics["pearson"].value)
    assert found[1].metrics["mae"].value == 0.0
    assert set(found[0].metrics) == set(GROUP_METRICS)


def test_a_group_without_any_answer_is_listed_only_if_asked_for():
    measured, predicted = np.array([5.0, 6.0]), np.full(2, np.nan)
    groups = np.array(["a", "a"])
    assert by_group(measured, predicted, groups) == ()
    (found,) = by_group(measured, predicted, groups, smallest=0)
    assert (found.rows, found.missing) == (0, 2)
    assert math.isnan(found.lowest) and math.isnan(found.metrics["mae"].value)
