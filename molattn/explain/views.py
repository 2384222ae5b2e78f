"""The views of one answer: attention, ledger, gradients and occlusion in one form."""

from __future__ import annotations

import numpy as np

from molattn.explain.altered_answers import AlteredAnswers
from molattn.explain.attribution import integrated_gradients
from molattn.explain.explanation import Rows, View
from molattn.explain.occlusion import occluded_atoms, occluded_residues
from molattn.predict.attention_map import AttentionMap
from molattn.predict.ledger import Ledger


def attention_view(maps: AttentionMap, atom: Rows, residue: Rows) -> View:
    """Return the attention of atoms over residues, each atom counting alike.

    Parameters
    ----------
    maps
        Of the score.
    atom, residue
        [c] of each contact.
    """
    attention = maps.attention.astype(np.float64)
    return View(
        "attention",
        "share",
        attention.mean(axis=0),
        attention.sum(axis=1) / len(attention),
        attention[atom, residue] / len(attention),
    )


def ledger_view(ledger: Ledger, atoms: int) -> View:
    """Return the contacts of the ledger, for a ligand of so many heavy atoms."""
    return View(
        "ledger",
        "pK",
        ledger.residue_shares(),
        ledger.atom_shares(atoms),
        ledger.share.astype(np.float64),
    )


def gradient_view(answers: AlteredAnswers, atom: Rows, residue: Rows) -> tuple[View, float]:
    """Return integrated gradients, and the error of their sum as a fraction.

    Raises
    ------
    MissingExtra
        captum is not installed.
    """
    found = integrated_gradients(answers)
    residues, atoms = len(found.residues), len(answers.batch["ligand"].element)
    view = View(
        "gradients",
        "pK",
        np.bincount(residue, found.contacts, minlength=residues) + found.residues,
        np.bincount(atom, found.contacts, minlength=atoms).astype(np.float64),
        found.contacts,
    )
    return view, found.completeness


def occlusion_view(answers: AlteredAnswers, pK: float) -> View:
    """Return what pK loses without each residue, and without each atom's contacts."""
    return View("occlusion", "pK", occluded_residues(answers, pK), occluded_atoms(answers, pK))
