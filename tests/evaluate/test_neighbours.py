"""The memory: what it finds alike, what it says near to and far from what it remembers."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.evaluate.neighbours import (
    LIGAND_WEIGHT,
    PROTEIN_WEIGHT,
    SAME_CLUSTER,
    remember,
)

GENERATOR = np.random.default_rng(3)


def blocks(rows: int, seed: int = 0):
    generator = np.random.default_rng(seed)
    return {
        "fingerprint": (generator.random((rows, 64)) < 0.3).astype(float),
        "spectrum": generator.integers(0, 20, (rows, 30)).astype(float),
        "protein": np.column_stack([np.arange(rows), np.arange(rows)]).astype(float),
    }


def test_a_row_is_most_like_itself():
    known = blocks(40)
    similarity = remember(known, np.zeros(40)).similarity(known)
    assert np.diag(similarity) == pytest.approx(np.ones(40), abs=1e-5)
    assert (similarity.argmax(axis=1) == np.arange(40)).all()
    assert similarity.min() >= 0.0
    assert similarity == pytest.approx(similarity.T, abs=1e-5)


def test_parts_of_the_similarity_by_hand():
    known = {
        "fingerprint": np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]]),
        "spectrum": np.array([[9.0, 0.0], [0.0, 9.0]]),
        "protein": np.array([[0.0, 0.0], [1.0, 0.0]]),
    }
    asked = {
        "fingerprint": np.array([[3.0, 0, 1, 0]]),  # counts are bits: 1 of 3 shared with each
        "spectrum": np.array([[3.0, 3.0]]) * 0 + np.expm1(np.log1p(9.0) / 2),  # the centre
        "protein": np.array([[1.0, 0.0]]),
    }
    found = remember(known, np.array([5.0, 7.0])).similarity(asked)[0]
    assert found[0] == pytest.approx(LIGAND_WEIGHT / 3 + PROTEIN_WEIGHT * SAME_CLUSTER, abs=1e-4)
    assert found[1] == pytest.approx(LIGAND_WEIGHT / 3 + PROTEIN_WEIGHT, abs=1e-4)


def test_unknown_proteins_are_like_nothing():
    known = blocks(5)
    known["protein"][:] = -1
    near = remember(known, np.zeros(5)).similarity(known)
    assert np.diag(near) == pytest.approx(np.full(5, 1 - PROTEIN_WEIGHT), abs=1e-5)


def test_what_is_remembered_is_said_again_and_far_away_the_mean():
    known = blocks(60)
    measured = GENERATOR.normal(6, 2, 60)
    memory = remember(known, measured)
    assert memory.predict(known) == pytest.approx(measured, abs=0.15)
    far = {
        "fingerprint": np.zeros((1, 64)),
        "spectrum": np.zeros((1, 30)),
        "protein": np.array([[-1.0, -1.0]]),
    }
    assert abs(memory.predict(far)[0] - measured.mean()) < 1.0


def test_predictions_do_not_depend_on_the_company():
    known = blocks(700)
    memory = remember(known, GENERATOR.normal(6, 1, 700))
    asked = blocks(600, seed=9)
    asked["protein"][:] = -1
    alone = {name: block[577:578] for name, block in asked.items()}
    assert memory.predict(asked)[577] == pytest.approx(memory.predict(alone)[0], abs=1e-4)


def test_one_row_is_memory_enough():
    known = blocks(1)
    assert remember(known, np.array([7.0])).predict(blocks(3)) == pytest.approx([7.0] * 3)
