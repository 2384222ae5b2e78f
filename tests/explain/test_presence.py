"""What is pulled apart is gone, as if the graph had been built without it; answers are smooth."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from molattn.explain.presence import Presence, everything, without_atoms, without_residues
from molattn.graph import build_graph, collate
from molattn.structure.records import Pocket
from tests.explain.complexes import altered, predictor, prepared


def cut(pocket: Pocket, label: str) -> Pocket:
    """Return a pocket without one residue."""
    kept = np.array([pocket.residues.label(row) != label for row in range(len(pocket.residues))])
    rows = np.flatnonzero(kept[pocket.atoms.residue])
    number = np.cumsum(kept) - 1
    return Pocket(
        pocket.atoms.take(rows, number[pocket.atoms.residue[rows]]),
        pocket.residues.take(np.flatnonzero(kept)),
    )


def test_everything_present_changes_nothing() -> None:
    answers, one = altered("1s3v"), prepared("1s3v")
    here = everything(answers.batch)
    as_it_is = predictor().ensemble(collate([one.graph])).pK
    again = answers.pK(Presence(here.contact.unsqueeze(0), here.residue.unsqueeze(0)))
    torch.testing.assert_close(again, as_it_is, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize("label", ["A:PHE34", "A:LEU22", "A:GLU30"])
def test_a_residue_that_is_gone_leaves_the_answer_of_the_graph_without_it(label: str) -> None:
    answers, one = altered("1s3v"), prepared("1s3v")
    gone = torch.tensor([[name == label for name in one.graph.residue_label]])
    pulled = answers.pK(without_residues(answers.batch, gone))
    rebuilt = predictor().ensemble(collate([build_graph(cut(one.pocket, label), one.ligand)])).pK
    # B factors are compared within the pocket, which has lost one
    torch.testing.assert_close(pulled, rebuilt, atol=2e-3, rtol=0.0)


def test_a_ligand_without_contacts_is_near_one_without_residues() -> None:
    answers = altered("1s3v")
    residues, atoms = len(answers.batch["residue"].kind), len(answers.batch["ligand"].element)
    nothing = answers.pK(without_residues(answers.batch, torch.ones(1, residues).bool()))
    untouched = answers.pK(without_atoms(answers.batch, torch.ones(1, atoms).bool()))
    # the summary still sees which residues are around
    assert abs(float(nothing - untouched)) < 1.0


def test_answers_change_smoothly_as_contacts_come() -> None:
    answers = altered("1s3v")
    here = everything(answers.batch)
    steps = torch.linspace(0.0, 1.0, 401).unsqueeze(1)
    pK = answers.pK(Presence(steps * here.contact, steps * here.residue))
    assert float(pK.diff().abs().max()) < 0.05


def test_gradients_are_those_of_finite_differences() -> None:
    answers = altered("1s3v")
    here = everything(answers.batch)
    level = torch.tensor([[0.8]], requires_grad=True)

    def pK(at: torch.Tensor) -> torch.Tensor:
        return answers.pK(Presence(at * here.contact, at * here.residue)).sum()

    (slope,) = torch.autograd.grad(pK(level), level)
    step = 2e-3
    with torch.no_grad():
        ahead, behind = pK(level + step), pK(level - step)
    assert float(slope) == pytest.approx(float(ahead - behind) / (2 * step), rel=0.1)
