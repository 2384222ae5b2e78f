"""Early recognition against RDKit and scikit-learn, over the order of ties, and at the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rdkit.ML.Scoring import Scoring

from molattn.evaluate.enrichment import (
    ALPHAS,
    FRACTIONS,
    RANDOM_LOG_AUC,
    bedroc,
    enrichment,
    enrichment_by_target,
    enrichment_factor,
    enrichment_figures,
    log_auc,
    mean_over_targets,
    rank_library,
    recovery,
    roc_auc,
)


def library(seed, size=400, share=0.05, shift=1.0):
    """Return scores without ties and who is active."""
    generator = np.random.default_rng(seed)
    active = generator.random(size) < share
    active[:2] = [True, False]
    return generator.normal(size=size) + shift * active, active


def ranked(score, active):
    """Return the rows as RDKit takes them: sorted, best first."""
    order = np.argsort(-score)
    return [[float(score[row]), bool(active[row])] for row in order]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [37, 400, 1001])
def test_untied_figures_agree_with_rdkit(seed, size):
    score, active = library(seed, size)
    rows = ranked(score, active)
    for share in FRACTIONS:
        (expected,) = Scoring.CalcEnrichment(rows, 1, [share])
        assert enrichment_factor(rank_library(score, active), share) == pytest.approx(expected)
    for alpha in ALPHAS:
        assert bedroc(rank_library(score, active), alpha) == pytest.approx(
            Scoring.CalcBEDROC(rows, 1, alpha)
        )
    assert roc_auc(rank_library(score, active)) == pytest.approx(Scoring.CalcAUC(rows, 1))


def test_roc_auc_with_ties_agrees_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    score, active = library(3)
    score = np.round(score)
    assert roc_auc(rank_library(score, active)) == pytest.approx(
        metrics.roc_auc_score(active, score)
    )


def test_log_auc_agrees_with_a_fine_sum_over_the_curve_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    for digits in (1, 8):
        score, active = library(4, size=3000)
        score = np.round(score, digits)
        false, true, _ = metrics.roc_curve(active, score, drop_intermediate=False)
        at = np.geomspace(1e-3, 1, 400_001)
        middle = np.sqrt(at[1:] * at[:-1])
        expected = np.interp(middle, false, true).mean()
        assert log_auc(rank_library(score, active)) == pytest.approx(expected, abs=2e-4)


def test_ties_are_the_mean_over_their_orders():
    score, active = library(1, size=120, share=0.15)
    tied = np.round(score, 0)
    generator = np.random.default_rng(0)
    shuffled = [
        enrichment_figures(tied + 1e-6 * generator.permutation(120), active) for _ in range(600)
    ]
    for name, found in enrichment_figures(tied, active).items():
        values = np.array([figures[name] for figures in shuffled])
        # logAUC of a step curve differs from that of the mean curve by the width of a step
        room = 0.02 if name == "log_auc" else 1e-9
        assert abs(found - values.mean()) <= 4 * values.std() / math.sqrt(600) + room, name


def test_the_order_of_rows_decides_nothing():
    score, active = library(5)
    score = np.round(score)
    order = np.random.default_rng(0).permutation(len(score))
    assert enrichment_figures(score[order], active[order]) == pytest.approx(
        enrichment_figures(score, active)
    )


def test_a_score_that_ties_all_is_random():
    active = np.arange(200) < 20
    figures = enrichment_figures(np.zeros(200), active)
    assert all(figures[f"ef_{100 * share:g}"] == pytest.approx(1.0) for share in FRACTIONS)
    assert figures["roc_auc"] == pytest.approx(0.5)
    assert figures["log_auc"] == pytest.approx(RANDOM_LOG_AUC)
    assert pytest.approx(0.1446, abs=1e-4) == RANDOM_LOG_AUC  # Mysinger and Shoichet 2010


def test_perfect_and_worst_order():
    active = np.arange(1000) < 10
    best = enrichment_figures(-np.arange(1000.0), active)
    assert (best["ef_0.5"], best["ef_1"]) == pytest.approx((100.0, 100.0))
    assert best["ef_10"] == pytest.approx(10.0)
    assert (best["roc_auc"], best["log_auc"]) == pytest.approx((1.0, 1.0))
    assert (best["bedroc_20"], best["bedroc_80.5"]) == pytest.approx((1.0, 1.0))
    worst = enrichment_figures(np.arange(1000.0), active)
    assert worst["bedroc_20"] == pytest.approx(0.0, abs=1e-9)
    assert (worst["roc_auc"], worst["log_auc"]) == pytest.approx((0.0, 0.0))
    assert worst["ef_10"] == 0.0


def test_hand_worked_case_with_a_tie():
    # places: active, {active, decoy} tied, decoy ... of ten molecules with two actives
    score = np.array([9.0, 8, 8, 7, 6, 5, 4, 3, 2, 1])
    active = np.array([True, False, True] + [False] * 7)
    assert enrichment_factor(rank_library(score, active), 0.1) == pytest.approx(5.0)
    assert enrichment_factor(rank_library(score, active), 0.2) == pytest.approx(1.5 / 2 / 0.2)
    assert enrichment_factor(rank_library(score, active), 0.3) == pytest.approx(2 / 3 / 0.2)
    assert roc_auc(rank_library(score, active)) == pytest.approx((8 + 7.5) / 16)
    looked, found = recovery(rank_library(score, active))
    assert looked[:4] == pytest.approx([0, 0.1, 0.2, 0.3])
    assert found[:4] == pytest.approx([0, 0.5, 0.75, 1.0])


@pytest.mark.parametrize("active", [np.zeros(5, bool), np.ones(5, bool), np.empty(0, bool)])
def test_without_actives_or_decoys_nothing_is_defined(active):
    found = enrichment(np.arange(float(len(active))), active)
    assert all(math.isnan(figure.value) for figure in found.figures.values())
    assert (found.actives, found.decoys) == (int(active.sum()), int((~active).sum()))


def test_unscored_molecules_stand_last_whatever_the_direction():
    score = np.array([np.nan, -8.0, -7.0, np.nan])
    active = np.array([True, True, False, False])
    found = enrichment(score, active, higher_is_better=False, repeats=10)
    assert found.missing == 2
    # of four pairs: the scored active beats both decoys, the unscored one ties with the last
    assert found.figures["roc_auc"].value == pytest.approx(2.5 / 4)


def test_intervals_hold_the_figure_and_widen_with_fewer_actives():
    many = enrichment(*library(2, size=1000, share=0.1), repeats=100).figures["roc_auc"]
    few = enrichment(*library(2, size=1000, share=0.005), repeats=100).figures["roc_auc"]
    assert many.low < many.value < many.high
    assert few.high - few.low > 2 * (many.high - many.low)


def test_targets_are_judged_apart_and_averaged():
    score, active = library(7, size=600)
    targets = np.repeat(["a", "b", "none"], 200)
    active[400:] = False
    found = enrichment_by_target(targets, score, active, repeats=20)
    assert list(found) == ["a", "b", "none"]
    mean = mean_over_targets(found, repeats=50)
    values = [found[label].figures["ef_5"].value for label in "ab"]
    assert mean["ef_5"].value == pytest.approx(np.mean(values))
    assert mean["ef_5"].low == pytest.approx(min(values))
    assert mean_over_targets({}) == {}
