"""Complexes rewritten as files: turned, reordered, with hydrogens. The answer must not change."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import gemmi
import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdmolops

Matrix = NDArray[np.float64]
Item = TypeVar("Item")


def write_ligand(
    mol: Chem.Mol,
    path: Path,
    *,
    matrix: Matrix | None = None,
    shift: Matrix | None = None,
    order: NDArray[np.int64] | None = None,
    hydrogens: bool = False,
) -> Path:
    """Write a molecule with a conformer as SDF (4 decimals), transformed.

    Parameters
    ----------
    mol
        With one conformer.
    path
        File to write.
    matrix, shift
        Positions become ``x @ matrix.T + shift``.
    order
        New order of the atoms.
    hydrogens
        Add hydrogens with positions.
    """
    changed = Chem.Mol(mol)
    if hydrogens:
        changed = rdmolops.AddHs(changed, addCoords=True)
    if order is not None:
        changed = rdmolops.RenumberAtoms(changed, order.tolist())
    conformer = changed.GetConformer()
    positions = transformed(np.asarray(conformer.GetPositions()), matrix, shift)
    for row, position in enumerate(positions):
        conformer.SetAtomPosition(row, position.tolist())
    # stereo marks follow the drawing, which a reflection turns into the mirror image
    Chem.AssignStereochemistryFrom3D(changed)
    with Chem.SDWriter(str(path)) as writer:
        writer.write(changed)
    return path


def write_protein(
    structure: gemmi.Structure,
    path: Path,
    *,
    matrix: Matrix | None = None,
    shift: Matrix | None = None,
    order: np.random.Generator | None = None,
    hydrogens: bool = False,
) -> Path:
    """Write the first model as PDB (3 decimals), transformed.

    Parameters
    ----------
    structure
        As gemmi read it; not changed.
    path
        File to write.
    matrix, shift
        Positions become ``x @ matrix.T + shift``.
    order
        Shuffles chains, residues within chains and atoms within residues.
    hydrogens
        Put a hydrogen atom 1.0 Å from every nitrogen and carbon.
    """
    result = gemmi.Structure()
    model = gemmi.Model(1)
    for chain in _shuffled(list(structure[0]), order):
        new_chain = gemmi.Chain(chain.name)
        for residue in _shuffled(list(chain), order):
            new_residue = residue.clone()
            atoms = _shuffled(list(residue), order)
            while len(new_residue):
                del new_residue[0]
            for atom in atoms:
                new_residue.add_atom(_moved(atom, matrix, shift))
                if hydrogens and atom.element.name in ("C", "N"):
                    new_residue.add_atom(_hydrogen_on(atom, matrix, shift))
            new_chain.add_residue(new_residue)
        model.add_chain(new_chain)
    result.add_model(model)
    options = gemmi.PdbWriteOptions(minimal=True)
    path.write_text(result.make_pdb_string(options), encoding="ascii")
    return path


def transformed(positions: Matrix, matrix: Matrix | None, shift: Matrix | None) -> Matrix:
    """Return ``positions @ matrix.T + shift``."""
    if matrix is not None:
        positions = positions @ matrix.T
    if shift is not None:
        positions = positions + shift
    return positions


def _moved(atom: gemmi.Atom, matrix: Matrix | None, shift: Matrix | None) -> gemmi.Atom:
    result = atom.clone()
    position = transformed(np.array(atom.pos.tolist())[None], matrix, shift)[0]
    result.pos = gemmi.Position(*position.tolist())
    return result


def _hydrogen_on(atom: gemmi.Atom, matrix: Matrix | None, shift: Matrix | None) -> gemmi.Atom:
    hydrogen = _moved(atom, matrix, shift)
    hydrogen.name = f"H{atom.name[1:]}"[:4]
    hydrogen.element = gemmi.Element("H")
    hydrogen.pos = gemmi.Position(hydrogen.pos.x + 1.0, hydrogen.pos.y, hydrogen.pos.z)
    return hydrogen


def _shuffled(items: list[Item], order: np.random.Generator | None) -> list[Item]:
    if order is None:
        return items
    return [items[row] for row in order.permutation(len(items))]
