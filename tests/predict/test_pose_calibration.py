"""Pose confidence: probabilities that come true, in the order that the head gave."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import expit

from molattn.predict.pose_calibration import (
    PoseCalibration,
    expected_calibration_error,
    fit_pose_calibration,
)


def poses(seed: int, slope: float, shift: float, count: int = 20000) -> tuple[np.ndarray, ...]:
    """Return logits, and outcomes whose probability is sigmoid(slope · logit + shift)."""
    random = np.random.default_rng(seed)
    logit = random.normal(0.5, 3.0, count)
    return logit, random.random(count) < expit(slope * logit + shift)


@pytest.mark.parametrize(("slope", "shift"), [(0.4, -1.5), (1.0, 0.0), (2.0, 0.7)])
def test_it_finds_what_was_planted(slope: float, shift: float) -> None:
    found = fit_pose_calibration(*poses(0, slope, shift))
    assert found.slope == pytest.approx(slope, rel=0.08)
    assert found.shift == pytest.approx(shift, abs=0.08)


def test_probabilities_come_true_on_new_poses() -> None:
    calibration = fit_pose_calibration(*poses(1, 0.4, -1.5))
    logit, right = poses(2, 0.4, -1.5)
    before = expected_calibration_error(expit(logit), right)
    after = expected_calibration_error(calibration.probability(logit), right)
    assert after < 0.02 < 0.15 < before


def test_the_order_of_poses_stays_even_where_the_head_is_wrong() -> None:
    logit, right = poses(3, -1.0, 0.0)
    calibration = fit_pose_calibration(logit, right)
    assert (np.diff(calibration.probability(np.sort(logit))) >= 0).all()
    assert calibration.probability(logit).std() < 0.01


def test_poses_that_are_told_apart_give_finite_numbers() -> None:
    logit = np.array([-3.0, -2.0, 2.0, 3.0])
    found = fit_pose_calibration(logit, logit > 0)
    assert np.isfinite([found.slope, found.shift]).all()
    assert ((found.probability(logit) > 0.5) == (logit > 0)).all()


def test_weights_count_as_repeated_poses() -> None:
    logit, right = poses(4, 0.7, 0.3, 500)
    weight = np.where(np.arange(500) < 100, 2.0, 1.0)
    twice = fit_pose_calibration(np.append(logit, logit[:100]), np.append(right, right[:100]))
    weighted = fit_pose_calibration(logit, right, weight)
    assert weighted.slope == pytest.approx(twice.slope, abs=0.01)
    assert weighted.shift == pytest.approx(twice.shift, abs=0.01)


def test_as_it_comes_it_is_the_sigmoid_and_never_overflows() -> None:
    logit = np.array([-1e4, -5.0, 0.0, 5.0, 1e4])
    np.testing.assert_allclose(PoseCalibration().probability(logit), expit(logit), atol=1e-15)


def test_json_brings_it_back() -> None:
    found = fit_pose_calibration(*poses(5, 0.4, -1.5, 300))
    assert PoseCalibration.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_the_error_is_the_weighted_gap_of_the_bins() -> None:
    # three at .25 of which one is true, one at 1.0 that is false: (3 |.25 - 1/3| + 1) / 4
    error = expected_calibration_error([0.25, 0.25, 0.25, 1.0], [1, 0, 0, 0])
    assert error == pytest.approx((3 * abs(0.25 - 1 / 3) + 1.0) / 4)
    assert np.isnan(expected_calibration_error([], []))


def test_it_refuses_what_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="2 logits, 3 outcomes"):
        fit_pose_calibration([0.0, 1.0], [True, False, True])
    with pytest.raises(ValueError, match="right and poses that are wrong"):
        fit_pose_calibration([0.0, 1.0], [True, True])
    with pytest.raises(ValueError, match="finite"):
        fit_pose_calibration([0.0, np.nan], [True, False])
