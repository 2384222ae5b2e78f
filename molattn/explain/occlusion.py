"""What pK loses when a residue, an atom's contacts or a fragment's contacts are taken away."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from molattn.explain.altered_answers import AlteredAnswers
from molattn.explain.explanation import Numbers
from molattn.explain.fragments import Fragment
from molattn.explain.presence import without_atoms, without_residues


@torch.no_grad()
def occluded_residues(answers: AlteredAnswers, pK: float) -> Numbers:
    """Return pK less the pK without each residue, [residues].

    Parameters
    ----------
    answers
        Of a complex.
    pK
        Of the complex as it is.
    """
    count = len(answers.batch["residue"].kind)
    gone = torch.eye(count, dtype=torch.bool)
    lost: Numbers = pK - answers.pK(without_residues(answers.batch, gone)).double().numpy()
    return lost


@torch.no_grad()
def occluded_atoms(answers: AlteredAnswers, pK: float) -> Numbers:
    """Return pK less the pK without the contacts of each ligand atom, [atoms]."""
    gone = torch.eye(len(answers.batch["ligand"].element), dtype=torch.bool)
    lost: Numbers = pK - answers.pK(without_atoms(answers.batch, gone)).double().numpy()
    return lost


@torch.no_grad()
def occluded_fragments(answers: AlteredAnswers, pieces: Sequence[Fragment], pK: float) -> Numbers:
    """Return the pK without the contacts of each fragment less pK, [fragments]."""
    gone = torch.zeros(len(pieces), len(answers.batch["ligand"].element), dtype=torch.bool)
    for row, piece in enumerate(pieces):
        gone[row, list(piece.atoms)] = True
    change: Numbers = answers.pK(without_atoms(answers.batch, gone)).double().numpy() - pK
    return change
