"""Figures of an order of residues against a reference: by hand, and against scikit-learn's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molattn.explain.contact_ranking import average_precision, overlap_of_top, precision_at

SCORE = [0.9, 0.1, 0.5, 0.7, 0.3]
REFERENCE = [True, False, True, False, False]


def test_by_hand() -> None:
    # the order is 0, 3, 2, 4, 1; the hits are first and third
    assert precision_at(SCORE, REFERENCE) == pytest.approx(1 / 2)
    assert precision_at(SCORE, REFERENCE, 3) == pytest.approx(2 / 3)
    assert average_precision(SCORE, REFERENCE) == pytest.approx((1 + 2 / 3) / 2)
    assert overlap_of_top(SCORE, REFERENCE) == pytest.approx(1 / 3)
    assert overlap_of_top(SCORE, REFERENCE, 3) == pytest.approx(2 / 3)


def test_ties_and_missing_scores() -> None:
    assert precision_at([1.0, 1.0], [False, True]) == 0.0  # the first in the array comes first
    assert average_precision([np.nan, 0.0], [False, True]) == 1.0


def test_an_empty_reference_has_no_figure() -> None:
    for figure in (precision_at, average_precision, overlap_of_top):
        assert math.isnan(figure([1.0, 2.0], [False, False]))
        with pytest.raises(ValueError, match="alike"):
            figure([1.0, 2.0], [True])
    for figure in (precision_at, overlap_of_top):
        with pytest.raises(ValueError, match="at least 1"):
            figure([1.0], [True], 0)


@given(
    st.lists(
        st.tuples(st.floats(-5, 5, allow_subnormal=False), st.booleans()), min_size=1, max_size=40
    )
)
def test_bounds_and_the_perfect_order(rows: list[tuple[float, bool]]) -> None:
    score, reference = (np.array(column) for column in zip(*rows, strict=True))
    if not reference.any():
        return
    for figure in (precision_at, average_precision, overlap_of_top):
        assert 0.0 <= figure(score, reference) <= 1.0
        assert figure(reference.astype(float), reference) == 1.0
        assert figure(score, reference) <= 1.0
    precision = precision_at(score, reference)
    # with as many at the top as in the reference, IoU follows from precision
    assert overlap_of_top(score, reference) == pytest.approx(precision / (2 - precision))


def test_average_precision_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    for _ in range(20):
        score, reference = random.random(30), random.random(30) < 0.3
        expected = metrics.average_precision_score(reference, score)
        assert average_precision(score, reference) == pytest.approx(expected)
