"""A ligand in pieces that a chemist would name: cut at the bonds of BRICS.

Degen et al., ChemMedChem 3 (2008) 1503, as RDKit has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rdkit import Chem
from rdkit.Chem import BRICS

_SMALL = 3
"""Heavy atoms; smaller pieces stay with their neighbour."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a ligand.

    Attributes
    ----------
    name
        Its SMILES, with ``*`` where it was cut.
    atoms
        Heavy atoms, growing.
    """

    name: str
    atoms: tuple[int, ...]


def fragments(mol: Chem.Mol) -> tuple[Fragment, ...]:
    """Return the pieces of a molecule; every heavy atom is in exactly one.

    Parameters
    ----------
    mol
        Without hydrogens.
    """
    piece = _pieces(mol)
    found = []
    for number in sorted(set(piece.tolist()), key=piece.tolist().index):
        atoms = tuple(int(row) for row in np.flatnonzero(piece == number))
        found.append(Fragment(_smiles(mol, atoms), atoms))
    return tuple(found)


def _pieces(mol: Chem.Mol) -> np.ndarray:
    """Return the number of the piece of each atom."""
    bonds = [bond for bond, _ in BRICS.FindBRICSBonds(mol)]
    while True:
        kept = Chem.RWMol(mol)
        for first, second in bonds:
            kept.RemoveBond(first, second)
        groups = Chem.GetMolFrags(kept)
        piece = np.empty(mol.GetNumAtoms(), dtype=np.int64)
        for number, atoms in enumerate(groups):
            piece[list(atoms)] = number
        small = {number for number, atoms in enumerate(groups) if len(atoms) < _SMALL}
        heal = next((bond for bond in bonds if {piece[bond[0]], piece[bond[1]]} & small), None)
        if heal is None:
            return piece
        bonds.remove(heal)


def _smiles(mol: Chem.Mol, atoms: tuple[int, ...]) -> str:
    inside = set(atoms)
    cut = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if (bond.GetBeginAtomIdx() in inside) != (bond.GetEndAtomIdx() in inside)
    ]
    if not cut:
        return str(Chem.MolFragmentToSmiles(mol, list(atoms)))
    pieces: list[tuple[int, ...]] = []
    open_ends = [(0, 0)] * len(cut)
    opened = Chem.FragmentOnBonds(mol, cut, dummyLabels=open_ends)
    parts = Chem.GetMolFrags(opened, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=pieces)
    for part, members in zip(parts, pieces, strict=True):
        if atoms[0] in members:
            return str(Chem.MolToSmiles(part))
    return ""
