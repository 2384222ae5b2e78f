"""The finite-sample quantile of the interval."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.model.conformal import conformal_quantile, conformal_rank


def test_rank_of_the_finite_sample_rule() -> None:
    ratios = [number / 10 for number in range(1, 21)]
    assert conformal_quantile(ratios, 0.9) == pytest.approx(1.9)  # ceil(21 * 0.9) = 19th of 20
    assert conformal_quantile([0.5, 0.7], 0.9) == 0.7
    assert conformal_rank(9, 0.9) == 9
    assert conformal_rank(8, 0.9) > 8


def test_coverage_on_new_draws_is_at_least_what_was_asked() -> None:
    random = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        ratios = np.abs(random.standard_t(3, size=40))
        covered.append(abs(random.standard_t(3)) <= conformal_quantile(ratios.tolist(), 0.9))
    assert np.mean(covered) > 0.87
