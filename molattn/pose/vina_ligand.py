"""A ligand as PDBQT text for AutoDock Vina, made by meeko once and moved at will."""

from __future__ import annotations

import logging
import re
from typing import Final

import numpy as np
from rdkit import Chem

from molattn.errors import LigandUnreadable, MissingExtra
from molattn.structure.records import Floats, Integers, Ligand

_STAND_IN: Final = {5: 6, 14: 6, 33: 15, 34: 16, 52: 16}
"""Elements that have no AutoDock type, by the element of nearest size and kind that stands in."""


class VinaLigand:
    """The torsion tree of a ligand, ready to be written in any pose.

    Parameters
    ----------
    ligand
        Heavy atoms with charges and bonds; hydrogens are added here.

    Raises
    ------
    LigandUnreadable
        meeko has no atom type for it.
    MissingExtra
        meeko is not installed.
    """

    def __init__(self, ligand: Ligand) -> None:
        self.name = ligand.name
        self.heavy_atoms = ligand.mol.GetNumAtoms()
        self._mol = _with_stand_ins(ligand.mol)
        self._lines, self._atom = _torsion_tree(self._mol, ligand.name)

    @property
    def heavy_rows(self) -> Integers:
        """Which written atoms are the heavy atoms of the ligand, in the ligand's order, [a]."""
        row = np.full(self.heavy_atoms, -1, dtype=np.int64)
        for place, atom in enumerate(self._atom):
            if atom < self.heavy_atoms:
                row[atom] = place
        return row

    def pdbqt(self, positions: Floats) -> str:
        """Return the PDBQT of a pose, [a, 3] Å."""
        conformer = Chem.Conformer(self.heavy_atoms)
        conformer.SetPositions(np.ascontiguousarray(positions, dtype=np.float64))
        mol = Chem.Mol(self._mol)
        mol.RemoveAllConformers()
        mol.AddConformer(conformer)
        every = Chem.AddHs(mol, addCoords=True).GetConformer().GetPositions()
        lines = []
        atoms = iter(self._atom)
        for line in self._lines:
            if line.startswith("ATOM"):
                x, y, z = every[next(atoms)]
                line = f"{line[:30]}{x:8.3f}{y:8.3f}{z:8.3f}{line[54:]}"
            lines.append(line)
        return "\n".join(lines) + "\n"


def _with_stand_ins(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule with elements that Vina does not know replaced."""
    if not any(atom.GetAtomicNum() in _STAND_IN for atom in mol.GetAtoms()):
        return mol
    edited = Chem.RWMol(mol)
    for atom in edited.GetAtoms():
        number = atom.GetAtomicNum()
        if number in _STAND_IN:
            atom.SetAtomicNum(_STAND_IN[number])
            atom.SetFormalCharge(0)
            atom.SetNoImplicit(True)
    edited.UpdatePropertyCache(strict=False)
    result: Chem.Mol = edited.GetMol()
    return result


def _torsion_tree(mol: Chem.Mol, name: str) -> tuple[list[str], list[int]]:
    """Return the lines of a PDBQT and the atom (with hydrogens) of each ATOM line."""
    try:
        from meeko import MoleculePreparation, PDBQTWriterLegacy
    except ImportError:
        raise MissingExtra("meeko", "dock") from None
    logging.getLogger("meeko").setLevel(logging.ERROR)
    try:
        full = Chem.AddHs(mol, addCoords=True)
        setups = MoleculePreparation(rigid_macrocycles=True).prepare(full)
        text, written, fault = PDBQTWriterLegacy.write_string(setups[0], add_index_map=True)
    except (ValueError, RuntimeError, KeyError, IndexError) as error:
        raise LigandUnreadable(f"{name}: Vina has no model of this ligand ({error}).") from error
    if not written:
        raise LigandUnreadable(f"{name}: Vina has no model of this ligand ({fault.strip()}).")
    numbers = [
        int(number)
        for line in text.splitlines()
        if line.startswith("REMARK INDEX MAP")
        for number in re.findall(r"\d+", line)
    ]
    atom_of = {place: atom - 1 for atom, place in zip(numbers[::2], numbers[1::2], strict=True)}
    lines = [line for line in text.splitlines() if not line.startswith("REMARK")]
    atoms = [atom_of[int(line[6:11])] for line in lines if line.startswith("ATOM")]
    if sum(atom < mol.GetNumAtoms() for atom in atoms) != mol.GetNumAtoms():
        raise LigandUnreadable(f"{name}: Vina has no model of this ligand (atoms are left out).")
    return lines, atoms
