"""Coverage by width, interval score and calibration: theory, scipy, hand-worked edges."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from molattn.evaluate.intervals import (
    LEVELS,
    binomial_interval,
    calibration_curve,
    coverage_by_width,
    interval_score,
    judge_intervals,
)


@pytest.fixture(scope="module")
def calibrated():
    """Return measured, predicted, low, high of 6,000 rows whose spreads are told rightly."""
    generator = np.random.default_rng(1)
    spread = generator.uniform(0.4, 1.6, 6000)
    predicted = generator.normal(6.5, 1.5, 6000)
    measured = predicted + generator.normal(0, 1, 6000) * spread
    reach = stats.norm.ppf(0.95) * spread
    return measured, predicted, predicted - reach, predicted + reach


def test_true_spreads_are_calibrated_at_every_width(calibrated):
    found = judge_intervals(*calibrated)
    assert found.coverage == pytest.approx(0.9, abs=0.012)
    assert found.coverage_low < 0.9 < found.coverage_high
    assert [one.rows for one in found.bins] == [1200] * 5
    assert all(one.coverage_low - 0.01 < 0.9 < one.coverage_high + 0.01 for one in found.bins)
    assert found.calibration_error < 0.01
    assert found.error_width > 0.3
    errors = [one.rmse for one in found.bins]
    assert errors == sorted(errors)


def test_equal_widths_hide_what_width_bins_show(calibrated):
    measured, predicted, low, high = calibrated
    widths = np.sort(high - low) / 2
    turned = widths[np.argsort(np.argsort(low - high))]  # wide where it should be narrow
    bins = coverage_by_width(measured, predicted - turned, predicted + turned)
    assert bins[0].coverage < 0.65 < 0.99 < bins[-1].coverage


def test_bins_tile_the_widths_and_never_split_equal_ones():
    width = np.array([1.0, 1, 1, 1, 2, 3, 3, 4])
    bins = coverage_by_width(np.zeros(8), -width / 2, width / 2, bins=4)
    assert sum(one.rows for one in bins) == 8
    assert all(a.widest < b.narrowest for a, b in pairwise(bins))
    (single,) = coverage_by_width(np.zeros(5), np.full(5, -1.0), np.full(5, 1.0))
    assert (single.rows, single.coverage, single.width) == (5, 1.0, 2.0)
    assert math.isnan(single.rmse)
    assert coverage_by_width(np.empty(0), np.empty(0), np.empty(0)) == ()


@pytest.mark.parametrize(("hits", "rows"), [(0, 10), (10, 10), (7, 12), (90, 100), (1, 1)])
def test_binomial_interval_agrees_with_scipy(hits, rows):
    expected = stats.binomtest(hits, rows).proportion_ci(0.95, method="exact")
    assert binomial_interval(hits, rows) == pytest.approx((expected.low, expected.high))


def test_interval_score_by_hand():
    measured = np.array([5.0, 8.0, 3.0])
    low, high = np.full(3, 4.0), np.full(3, 7.0)
    # inside: 3; 1 above: 3 + 20; 1 below: 3 + 20
    assert interval_score(measured, low, high) == pytest.approx((3 + 23 + 23) / 3)
    assert interval_score(measured, low, high, level=0.5) == pytest.approx((3 + 7 + 7) / 3)
    assert math.isnan(interval_score(np.empty(0), np.empty(0), np.empty(0)))


def test_interval_score_is_proper(calibrated):
    measured, predicted, low, high = calibrated
    best = interval_score(measured, low, high)
    for scale in (0.7, 1.4):
        reach = scale * (high - predicted)
        assert interval_score(measured, predicted - reach, predicted + reach) > best


def test_calibration_of_normal_errors_is_the_diagonal(calibrated):
    assert calibration_curve(*calibrated) == pytest.approx(LEVELS, abs=0.03)


def test_calibration_at_the_given_level_is_the_coverage():
    measured = np.array([0.0, 0.0, 3.0])
    predicted, low, high = np.zeros(3), np.full(3, -1.0), np.full(3, 1.0)
    curve = calibration_curve(measured, predicted, low, high)
    assert curve[list(np.round(LEVELS, 2)).index(0.9)] == pytest.approx(2 / 3)


def test_too_narrow_intervals_lie_below_the_diagonal(calibrated):
    measured, predicted, _, high = calibrated
    half = (high - predicted) / 2
    assert (
        calibration_curve(measured, predicted, predicted - half, predicted + half) < LEVELS
    ).all()


def test_gaps_are_left_out_and_nothing_is_undefined():
    measured = np.array([5.0, np.nan, 6.0, 7.0])
    predicted = np.array([5.0, 5.0, np.nan, 7.0])
    low, high = np.array([4.0, 4, 4, np.nan]), np.array([6.0, 6, 6, 8])
    found = judge_intervals(measured, predicted, low, high)
    assert (found.rows, found.coverage, found.width) == (1, 1.0, 2.0)
    assert math.isnan(found.error_width)
    empty = judge_intervals(*(np.empty(0),) * 4)
    assert (empty.rows, empty.bins) == (0, ())
    assert all(
        math.isnan(value)
        for value in (empty.coverage, empty.coverage_low, empty.width, empty.calibration_error)
    )
