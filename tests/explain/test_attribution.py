"""Integrated gradients add up; occlusion, fragments and mutations say what taking away does."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from scipy.stats import spearmanr

from molattn.explain.attribution import CLOSE, integrated_gradients
from molattn.explain.explainer import FAST, explain
from molattn.explain.mutation import can_mutate, to_alanine
from molattn.graph import build_graph, collate
from molattn.graph.fields import CONTACT_CUTOFF, POCKET_CUTOFF
from molattn.pose.place import Placer
from molattn.predict.request import Request
from molattn.resources import example
from tests.explain.complexes import altered, explained, predictor, prepared


@pytest.mark.parametrize("name", ["1s3v", "1of6", "1uou", "1ia1"])
def test_gradients_add_up_to_what_the_pocket_adds(name: str) -> None:
    found = integrated_gradients(altered(name))
    total = found.contacts.sum() + found.residues.sum()
    assert found.completeness < CLOSE
    assert total == pytest.approx(found.pK - found.solvent_pK, rel=CLOSE)


def test_views_agree_on_what_is_far() -> None:
    found = explained("1s3v")
    far = found.closest > 8.0
    assert far.sum() > 5
    for view in found.views.values():
        near = np.abs(view.residues[~far]).max()
        assert np.abs(view.residues[far]).max() < 0.35 * near


def test_the_ledger_view_is_the_ledger() -> None:
    found = explained("1s3v")
    ledger, view = found.score.ledger, found.views["ledger"]
    assert ledger is not None
    assert view.contacts is not None
    others = ledger.bias + sum(share for _, share in ledger.tokens)
    assert others + view.contacts.sum() == pytest.approx(found.score.pK, abs=1e-4)
    assert view.residues.sum() == pytest.approx(view.contacts.sum(), abs=1e-6)
    assert view.atoms.sum() == pytest.approx(view.contacts.sum(), abs=1e-6)


def test_attention_rows_and_nulls_add_up_in_every_head() -> None:
    found = explained("1s3v")
    assert len(found.heads) == 2 * 2 * 2 * 4  # networks, blocks, directions, heads
    for name, one in found.heads.items():
        axis = 1 if name.direction == "atom_to_residue" else 0
        asked = one.attention.sum(axis) > 0
        total = one.attention.sum(axis) + one.null
        np.testing.assert_allclose(total[asked], 1.0, atol=1e-5)


def test_fragments_cover_the_ligand_once() -> None:
    found = explained("1s3v")
    pose = found.score.pose
    assert pose is not None
    atoms = [atom for piece in found.fragments for atom in piece.atoms]
    assert sorted(atoms) == list(range(len(pose.positions)))
    assert len(found.fragment_change) == len(found.fragments) > 1


def test_alanine_is_what_is_left_and_the_second_shell_counts() -> None:
    one = prepared("1s3v")
    answers = predictor().ensemble
    before = float(answers(collate([one.graph])).pK)
    labels = [one.pocket.residues.label(row) for row in range(len(one.pocket.residues))]
    row = labels.index("A:PHE34")
    mutant = to_alanine(one.pocket, row)
    assert set(mutant.atoms.name[mutant.atoms.residue == row]) == {"N", "CA", "C", "O", "CB"}
    assert mutant.residues.label(row) == "A:ALA34"
    # idea 16: a residue out of reach of every ligand atom is still seen through its neighbours
    found = explained("1s3v")

    def largest_change(near: float, far: float) -> float:
        shell = [
            labels.index(label)
            for label, distance in zip(found.labels, found.closest, strict=True)
            if near < distance < far and can_mutate(one.pocket, labels.index(label))
        ]
        assert len(shell) > 5
        graphs = [build_graph(to_alanine(one.pocket, row), one.ligand) for row in shell]
        return max(abs(float(answers(collate([graph])).pK) - before) for graph in graphs)

    assert largest_change(5.0, 7.5) > 0.02
    assert largest_change(CONTACT_CUTOFF, POCKET_CUTOFF) > 1e-3  # rounding is below 1e-5


def test_another_ligand_ranks_the_same_pocket_otherwise() -> None:
    first = explained("1s3v")
    files, pose = example("1s3v"), first.score.pose
    assert pose is not None
    pocket = prepared("1s3v").pocket
    placer = Placer(pose, pocket.atoms, pocket.residues)
    mol = Chem.MolFromSmiles("CCc1nc(N)nc(N)c1-c1ccc(Cl)cc1")  # pyrimethamine
    placed = placer.poses(mol, "pyrimethamine", seed=1, most=1)[0].ligand
    second = explain(Request(files.protein, placed), predictor=predictor(), settings=FAST)
    common = [label for label in first.labels if label in second.labels]
    ranks = [
        [found.views["occlusion"].residues[found.labels.index(label)] for label in common]
        for found in (first, second)
    ]
    assert len(common) > 40
    agreement = float(spearmanr(*ranks).statistic)
    assert 0.2 < agreement < 0.95  # one pocket, and yet another order
    top = [set(np.array(common)[np.argsort(values)[-8:]].tolist()) for values in ranks]
    assert top[0] & top[1]
    assert top[0] != top[1]
