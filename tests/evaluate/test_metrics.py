"""Metrics against scipy and scikit-learn, hand-worked cases at the edges, and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from molattn.errors import UsageError
from molattn.evaluate.metrics import (
    METRICS,
    average_ranks,
    bootstrap,
    centred_rmse,
    cluster_draws,
    constant,
    coverage,
    estimate,
    kendall,
    mae,
    mean_width,
    pearson,
    rmse,
    row_draws,
    spearman,
    within_bootstrap,
    within_cluster,
)
from molattn.evaluate.missing import settle_missing


@pytest.fixture
def columns():
    """Return measured and predicted pK with ties in both, and clusters of 1 to 12 rows."""
    generator = np.random.default_rng(3)
    measured = np.round(generator.normal(6.5, 1.5, 120), 1)
    predicted = np.round(0.6 * measured + generator.normal(2.5, 1.0, 120), 1)
    clusters = np.repeat([f"c{index}" for index in range(20)], np.arange(20) % 12 + 1)[:120]
    return measured, predicted, clusters


def test_correlations_agree_with_scipy(columns):
    measured, predicted, _ = columns
    assert pearson(measured, predicted) == pytest.approx(stats.pearsonr(measured, predicted)[0])
    assert spearman(measured, predicted) == pytest.approx(stats.spearmanr(measured, predicted)[0])
    assert kendall(measured, predicted) == pytest.approx(stats.kendalltau(measured, predicted)[0])


def test_errors_agree_with_scikit_learn(columns):
    metrics = pytest.importorskip("sklearn.metrics")
    measured, predicted, _ = columns
    assert rmse(measured, predicted) == pytest.approx(
        metrics.root_mean_squared_error(measured, predicted)
    )
    assert mae(measured, predicted) == pytest.approx(
        metrics.mean_absolute_error(measured, predicted)
    )


def test_hand_worked_case_with_a_tie():
    measured, predicted = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 3.0, 5.0])
    # 5 concordant pairs, one tied in the prediction: 5 / sqrt(6 * 5)
    assert kendall(measured, predicted) == pytest.approx(5 / math.sqrt(30))
    # ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(5 * 4.5)
    assert spearman(measured, predicted) == pytest.approx(4.5 / math.sqrt(22.5))
    assert rmse(measured, predicted) == pytest.approx(math.sqrt(0.5))
    assert mae(measured, predicted) == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["pearson", "spearman", "kendall"])
def test_constant_prediction_or_one_row_has_no_correlation(name):
    measured = np.array([5.0, 6.0, 7.0])
    assert math.isnan(METRICS[name](measured, np.full(3, 6.0)))
    assert math.isnan(METRICS[name](np.full(3, 6.0), measured))
    assert math.isnan(METRICS[name](measured[:1], measured[:1]))


@pytest.mark.parametrize("name", list(METRICS))
def test_no_rows_give_nan(name):
    assert math.isnan(METRICS[name](np.empty(0), np.empty(0)))


def test_draws_keep_clusters_whole_and_follow_the_seed():
    clusters = np.array(["b", "a", "b", "c", "a", "a"])
    draws = cluster_draws(clusters, repeats=50, seed=4)
    for rows in draws:
        counts = np.bincount(rows, minlength=6)
        assert len({counts[0], counts[2]}) == 1
        assert len({counts[1], counts[4], counts[5]}) == 1
        assert counts[0] + counts[1] + counts[3] == 3  # three clusters drawn of three
    again = cluster_draws(clusters, repeats=50, seed=4)
    assert all(np.array_equal(one, other) for one, other in zip(draws, again, strict=True))
    other = cluster_draws(clusters, repeats=50, seed=5)
    assert not all(
        len(one) == len(two) and np.array_equal(one, two)
        for one, two in zip(draws, other, strict=True)
    )


def test_cluster_interval_is_wider_than_that_of_rows_when_rows_repeat():
    generator = np.random.default_rng(0)
    measured = np.repeat(generator.normal(6, 1, 25), 8)
    predicted = np.repeat(generator.normal(6, 1, 25), 8)
    clusters = np.repeat([f"c{index}" for index in range(25)], 8)
    by_cluster = bootstrap(pearson, measured, predicted, cluster_draws(clusters, 300)).estimate
    rows = np.array([str(index) for index in range(200)])
    by_row = bootstrap(pearson, measured, predicted, cluster_draws(rows, 300)).estimate
    assert by_cluster.high - by_cluster.low > 1.8 * (by_row.high - by_row.low)


def test_interval_of_the_mean_absolute_error_matches_theory():
    generator = np.random.default_rng(1)
    error = np.abs(generator.normal(0, 1, 900))
    rows = np.array([str(index) for index in range(900)])
    found = bootstrap(mae, np.zeros(900), error, cluster_draws(rows)).estimate
    half = 1.96 * error.std() / 30
    assert found.low == pytest.approx(error.mean() - half, abs=0.2 * half)
    assert found.high == pytest.approx(error.mean() + half, abs=0.2 * half)


def test_estimate_ignores_undefined_replicates():
    found = estimate(0.5, np.array([np.nan, 0.2, 0.4, np.nan]))
    assert 0.2 <= found.low < found.high <= 0.4
    assert math.isnan(estimate(0.5, np.array([np.nan])).low)


def test_a_model_does_not_differ_from_itself(columns):
    measured, predicted, clusters = columns
    one = bootstrap(rmse, measured, predicted, cluster_draws(clusters, 50))
    found = one.minus(bootstrap(rmse, measured, predicted, cluster_draws(clusters, 50)))
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_paired_difference_sees_a_constant_gain_through_the_noise(columns):
    measured, _, clusters = columns
    noise = np.random.default_rng(8).normal(0, 1, len(measured))
    draws = cluster_draws(clusters, 200)
    good = bootstrap(rmse, measured, measured + noise, draws)
    found = good.minus(bootstrap(rmse, measured, measured + 1.1 * noise, draws))
    assert found.value == pytest.approx(-0.1 * math.sqrt(np.mean(noise**2)))
    assert found.high < 0
    assert found.high - found.low < 0.2 * (good.estimate.high - good.estimate.low)


def test_within_cluster_is_weighted_by_size():
    measured = np.array([1.0, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    predicted = np.array([1.0, 2, 3, 4, 5, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    clusters = np.repeat(["a", "b"], [5, 10])
    found = within_cluster(pearson, measured, predicted, clusters)
    assert found.estimate.value == pytest.approx((5 * 1 - 10 * 1) / 15)
    assert (found.clusters, found.rows) == (2, 15)


def test_within_cluster_leaves_out_small_and_equal_clusters_and_counts_constant_ones():
    measured = np.array([1.0, 2, 3, 4, 5, 6, 6, 6, 6, 6, 1, 2, 3, 1, 2, 3, 4, 5])
    predicted = np.array([1.0, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 7, 7, 7, 7, 7])
    clusters = np.repeat(["a", "equal", "small", "constant"], [5, 5, 3, 5])
    found = within_cluster(kendall, measured, predicted, clusters)
    assert (found.clusters, found.rows) == (2, 10)
    assert found.estimate.value == pytest.approx(0.5)


def test_within_cluster_without_clusters_is_undefined():
    found = within_cluster(pearson, np.arange(4.0), np.arange(4.0), np.array(list("abcd")))
    assert (found.clusters, found.rows) == (0, 0)
    assert math.isnan(found.estimate.value)


def test_coverage_counts_bounds_and_width_is_the_mean():
    measured = np.array([1.0, 2.0, 3.0, 4.0])
    low, high = np.array([1.0, 2.5, 2.0, 3.0]), np.array([2.0, 3.0, 4.0, 3.5])
    assert coverage(measured, low, high) == 0.5
    assert mean_width(low, high) == pytest.approx(1.0)
    assert math.isnan(coverage(np.empty(0), np.empty(0), np.empty(0)))
    assert math.isnan(mean_width(np.empty(0), np.empty(0)))


@pytest.mark.parametrize("rows", [2, 3, 10, 64, 65, 200])
@pytest.mark.parametrize("digits", [0, 1, 6])
def test_correlations_agree_with_scipy_for_few_and_many_rows_and_ties(rows, digits):
    generator = np.random.default_rng(rows)
    measured = np.round(generator.normal(6, 2, rows), digits)
    measured[0] = 20.0  # never constant
    predicted = np.round(measured + generator.normal(0, 2, rows), digits)
    predicted[-1] = -20.0
    assert pearson(measured, predicted) == pytest.approx(stats.pearsonr(measured, predicted)[0])
    assert spearman(measured, predicted) == pytest.approx(stats.spearmanr(measured, predicted)[0])
    assert kendall(measured, predicted) == pytest.approx(stats.kendalltau(measured, predicted)[0])


def test_ranks_agree_with_scipy_and_of_nothing_are_nothing():
    column = np.array([3.0, 1.0, 3.0, -np.inf, 2.0, 3.0])
    assert average_ranks(column).tolist() == [5.0, 2.0, 5.0, 1.0, 3.0, 5.0]
    assert average_ranks(column) == pytest.approx(stats.rankdata(column))
    assert average_ranks(np.empty(0)).shape == (0,)
    assert average_ranks(np.array([7.0])).tolist() == [1.0]


def test_correlation_survives_tiny_and_huge_columns():
    column = np.array([1.0, 2.0, 4.0, 8.0])
    for scale in (1e-300, 1e-12, 1e12, 1e300):
        assert pearson(column * scale, column) == pytest.approx(1.0)
        assert pearson(-column * scale, column) == pytest.approx(-1.0)


def test_a_constant_with_rounding_noise_is_constant():
    noisy = np.full(5, 6.3) + np.array([0, 1, -1, 2, 0]) * 1e-15
    measured = np.array([5.0, 6, 7, 8, 9])
    assert constant(noisy)
    assert all(math.isnan(METRICS[name](measured, noisy)) for name in ("pearson", "kendall"))
    assert not constant(np.array([6.3, 6.3 + 1e-6]))
    assert constant(np.zeros(3))


@pytest.mark.parametrize("name", list(METRICS))
@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_a_gap_never_becomes_a_figure(name, gap):
    measured, predicted = np.array([5.0, 6.0, 7.0]), np.array([5.0, gap, 7.0])
    assert not math.isfinite(METRICS[name](measured, predicted))


def test_centred_rmse_takes_off_the_offset():
    measured = np.array([5.0, 6.0, 7.0])
    assert centred_rmse(measured, measured + 2) == pytest.approx(0.0)
    # errors 0, 0, 3 about their mean 1: sqrt((1 + 1 + 4) / 3)
    assert centred_rmse(measured, measured + np.array([0, 0, 3])) == pytest.approx(math.sqrt(2))
    assert math.isnan(centred_rmse(measured[:1], measured[:1]))


def test_row_draws_are_of_the_size_and_follow_the_seed():
    draws = row_draws(7, repeats=3, seed=1)
    assert [len(rows) for rows in draws] == [7, 7, 7]
    assert all(rows.min() >= 0 and rows.max() < 7 for rows in draws)
    assert np.array_equal(draws[2], row_draws(7, repeats=3, seed=1)[2])
    assert row_draws(0) == ()


def test_within_cluster_leaves_out_rows_without_a_prediction():
    measured = np.array([1.0, 2, 3, 4, 5, 6])
    predicted = np.array([1.0, np.nan, 3, 4, 5, 6])
    found = within_cluster(pearson, measured, predicted, np.repeat("a", 6))
    assert (found.estimate.value, found.rows) == (pytest.approx(1.0), 5)
    assert within_cluster(pearson, measured, predicted, np.repeat("a", 6), smallest=6).clusters == 0


def test_within_clusters_of_two_models_are_paired(columns):
    measured, predicted, _ = columns
    clusters = np.repeat([f"c{index}" for index in range(10)], 12)
    one, sizes = within_bootstrap(kendall, measured, predicted, clusters)
    other, _ = within_bootstrap(kendall, measured, predicted + 3, clusters)
    assert sum(sizes) == within_cluster(kendall, measured, predicted, clusters).rows
    difference = one.minus(other)
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


def test_missing_rows_are_counted_and_left_out():
    measured = np.array([5.0, 6.0, np.nan, 8.0])
    predicted = np.array([5.5, np.nan, 7.0, np.inf])
    found = settle_missing(measured, predicted)
    assert found.kept.tolist() == [True, False, False, False]
    assert (found.measured.tolist(), found.predicted.tolist()) == ([5.0], [5.5])
    assert found.missing == 2


def test_missing_rows_are_filled_with_the_training_mean():
    measured = np.array([5.0, 6.0, np.nan, 8.0])
    predicted = np.array([5.5, np.nan, 7.0, 8.5])
    found = settle_missing(measured, predicted, "training_mean", 6.4)
    assert found.measured.tolist() == [5.0, 6.0, 8.0]
    assert found.predicted.tolist() == [5.5, 6.4, 8.5]
    assert found.missing == 1


def test_a_policy_that_cannot_be_followed_is_refused():
    with pytest.raises(UsageError, match="training rows"):
        settle_missing(np.ones(1), np.ones(1), "training_mean")
    with pytest.raises(UsageError, match="training rows"):
        settle_missing(np.ones(1), np.ones(1), "training_mean", float("nan"))
    with pytest.raises(UsageError, match="leave_out, training_mean"):
        settle_missing(np.ones(1), np.ones(1), "zero")
