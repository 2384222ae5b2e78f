"""The test of explanations is itself tested: where the truth is known, and the textbook case."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch

from molattn.explain.altered_answers import AlteredAnswers
from molattn.explain.attribution import integrated_gradients
from molattn.explain.explanation import Curve, View, ViewName
from molattn.explain.faithfulness import faithfulness, judge, order_curves, order_of
from molattn.explain.occlusion import occluded_residues
from molattn.graph import collate
from tests.explain.complexes import altered, explained, predictor, prepared


def curve(gap: float) -> Curve:
    """Return a curve of which only the gap counts."""
    flat = np.zeros(2)
    return Curve(flat, flat, flat, 0.0, gap)


def test_an_order_by_what_is_lost_beats_chance_and_its_reverse() -> None:
    answers, found = altered("1s3v"), explained("1s3v")
    best = order_of(found.views["occlusion"])
    chance = np.random.default_rng(5).permutation(len(best))
    forward, backward, random = order_curves(answers, [best, best[::-1].copy(), chance])
    assert forward.gap > 0.5 > random.gap > backward.gap
    assert forward.deletion[0] == pytest.approx(found.score.pK, abs=1e-4)
    assert forward.deletion[-1] == pytest.approx(found.solvent_pK, abs=1e-4)
    np.testing.assert_allclose(forward.insertion[[0, -1]], forward.deletion[[-1, 0]], atol=1e-4)


def test_the_textbook_case() -> None:
    """What contacts are worth is doubled: attention stays as it was, gradients double.

    Attention says where values are taken from and not what they are worth (Jain & Wallace 2019).
    """
    graph = prepared("1s3v").graph
    network = deepcopy(predictor().ensemble.members["plain"])
    network.config = network.config.model_copy(update={"tokens": ()})  # contacts alone
    once = AlteredAnswers(network, graph)
    doubled = deepcopy(network)
    with torch.no_grad():
        for part in (doubled.readout.head_value, doubled.readout.query_value):
            part.weight.mul_(2.0)
            part.bias.mul_(2.0)
    twice = AlteredAnswers(doubled, graph)
    batch = collate([graph])
    torch.testing.assert_close(doubled(batch).attention, network(batch).attention)
    before, after = integrated_gradients(once), integrated_gradients(twice)
    scale = np.abs(before.contacts).max()
    np.testing.assert_allclose(after.contacts, 2.0 * before.contacts, atol=1e-3 * scale)
    full_before, full_after = float(network(batch).pK), float(doubled(batch).pK)
    np.testing.assert_allclose(
        occluded_residues(twice, full_after),
        2.0 * occluded_residues(once, full_before),
        atol=1e-4,
    )


def test_random_attention_is_not_believed() -> None:
    answers, found = altered("1s3v"), explained("1s3v")
    drawn = np.random.default_rng(3).random(len(found.labels))
    views: dict[ViewName, View] = {
        "attention": View("attention", "share", drawn / drawn.sum(), np.zeros(1)),
        "occlusion": found.views["occlusion"],
    }
    tested = faithfulness(answers, views)
    assert not tested.believed
    assert "does not agree" in tested.verdict
    again = faithfulness(answers, views)
    assert again.verdict == tested.verdict


def test_the_verdict_follows_its_figures() -> None:
    chance = [curve(value) for value in (-0.1, 0.0, 0.2)]
    agreement: dict[tuple[ViewName, ViewName], float] = {("attention", "occlusion"): 0.4}
    good, sentence = judge(
        {"attention": curve(0.6), "occlusion": curve(0.9)}, chance, agreement, 2.0
    )
    assert good
    assert "0.60" in sentence
    assert "rank agreement with occlusion 0.40" in sentence
    late, why = judge({"attention": curve(0.3), "occlusion": curve(0.9)}, chance, agreement, 2.0)
    assert not late
    assert "sooner" in why
    chancy, why = judge({"attention": curve(0.1), "occlusion": curve(0.9)}, chance, agreement, 2.0)
    assert not chancy
    assert "no better than chance" in why
    nothing, why = judge({"attention": curve(0.9), "occlusion": curve(0.9)}, chance, {}, 0.1)
    assert not nothing
    assert "too little" in why
