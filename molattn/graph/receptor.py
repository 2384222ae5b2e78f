"""What the residues of a pocket are, worked out once for a protein that many ligands meet."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from molattn.graph.residue_features import (
    PocketFeatures,
    cut_features,
    one_carbon_at_most,
    pocket_features,
)
from molattn.structure.cut_pocket import CutPocket
from molattn.structure.records import AtomTable, Floats, Integers, Pocket, Protein, ResidueTable

RECEPTORS_KEPT: Final = 4


def surroundings(
    pocket: Pocket,
    rows: tuple[Integers, Integers],
    atoms: AtomTable,
    residues: ResidueTable,
    closest: Floats,
) -> PocketFeatures:
    """Return the features of a trimmed pocket.

    Parameters
    ----------
    pocket
        As it was selected.
    rows
        Of the trimmed pocket's atoms [n] and residues [r] in it.
    atoms, residues, closest
        Of the trimmed pocket, as of :func:`molattn.graph.residue_features.pocket_features`.
    """
    whole = _whole(pocket.protein) if isinstance(pocket, CutPocket) else None
    if whole is None or not isinstance(pocket, CutPocket):
        return pocket_features(atoms, residues, closest)
    atom, residue = rows
    own = pocket.atom_rows[atom], pocket.residue_rows[residue]
    return cut_features(whole, own, atoms, residues, closest)


@lru_cache(maxsize=RECEPTORS_KEPT)
def _whole(protein: Protein) -> PocketFeatures | None:
    """Return the features of a whole protein, None where pockets do not follow from them."""
    atoms, residues = protein.atoms, protein.residues
    owners = np.diff(atoms.residue)
    every_residue_has_atoms = len(np.unique(atoms.residue)) == len(residues)
    if not every_residue_has_atoms or (owners < 0).any():
        return None
    if not one_carbon_at_most(atoms, residues):
        return None
    return pocket_features(atoms, residues, np.zeros(len(residues)))
