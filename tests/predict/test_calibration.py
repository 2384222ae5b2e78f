"""The interval: finite-sample coverage, its exact quantile, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.predict.calibration import COVERAGE, Calibration, fit


def test_the_factor_is_the_ranked_ratio_of_residual_to_spread() -> None:
    # nine ratios 1..9: rank ceil(10 * 0.9) = 9, the largest (Lei et al. 2018, section 2.2)
    ratios = np.arange(1.0, 10.0)
    spreads = np.linspace(0.5, 2.0, 9)
    calibration = fit(ratios * spreads * np.array([1, -1, 1, -1, 1, -1, 1, -1, 1]), spreads)
    assert calibration.quantile == pytest.approx(9.0)
    assert calibration.count == 9


def test_nineteen_residuals_leave_the_largest_out() -> None:
    assert fit(np.arange(1.0, 20.0), np.ones(19)).quantile == 18.0


def test_eight_residuals_are_too_few_for_ninety_percent() -> None:
    with pytest.raises(ValueError, match="too few"):
        fit(np.ones(8), np.ones(8))


@pytest.mark.parametrize("spread", [0.0, -1.0, np.nan, np.inf])
def test_spreads_must_be_positive_numbers(spread: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        fit(np.ones(20), np.full(20, spread))


def test_arrays_must_match() -> None:
    with pytest.raises(ValueError, match="20 residuals and 19 spreads"):
        fit(np.ones(20), np.ones(19))


def test_new_data_are_covered_whatever_their_distribution() -> None:
    # errors with heavy tails, spreads that are wrong by a constant: still 90 %
    generator = np.random.default_rng(7)
    covered = []
    for _ in range(200):
        scale = generator.uniform(0.5, 2.0, 400)
        errors = generator.standard_t(3, 400) * scale
        calibration = fit(errors[:200], 0.3 * scale[:200])
        half = calibration.quantile * 0.3 * scale[200:]
        covered.append(float(np.mean(np.abs(errors[200:]) <= half)))
    assert 0.89 < np.mean(covered) < 0.92


def test_json_brings_the_same_calibration_back() -> None:
    calibration = Calibration(COVERAGE, 1.9, 1720)
    assert Calibration.from_json(calibration.to_json()) == calibration
