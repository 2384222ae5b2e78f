"""Symmetry-corrected RMSD against RDKit's own."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdMolAlign

from molattn.pose.rmsd import MAX_SYMMETRIES, symmetric_rmsd, symmetries


def embedded(smiles: str, seed: int) -> Chem.Mol:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    rdDistGeom.EmbedMolecule(mol, randomSeed=seed)
    return Chem.RemoveHs(mol)


@pytest.mark.parametrize(
    "smiles", ["c1ccccc1C", "CC(C)(C)c1ccc(cc1)C(F)(F)F", "OCC(O)CO", "c1ccc(cc1)Cc1ccccc1"]
)
def test_agrees_with_rdkit(smiles: str) -> None:
    one, other = embedded(smiles, 1), embedded(smiles, 2)
    expected = rdMolAlign.CalcRMS(Chem.Mol(one), Chem.Mol(other))
    poses = one.GetConformer().GetPositions()[None]
    found = symmetric_rmsd(poses, other.GetConformer().GetPositions(), symmetries(one))
    assert found[0] == pytest.approx(expected, abs=1e-6)


def test_swapped_oxygens_of_an_acid_are_the_same_pose() -> None:
    mol = embedded("CC(=O)O", 1)
    positions = mol.GetConformer().GetPositions()
    swapped = positions[[0, 1, 3, 2]]
    assert symmetric_rmsd(swapped[None], positions, symmetries(mol))[0] == 0.0


def test_a_shift_is_its_length() -> None:
    mol = embedded("CCO", 1)
    positions = mol.GetConformer().GetPositions()
    moved = positions + np.array([0.0, 3.0, 4.0])
    assert symmetric_rmsd(moved[None], positions, symmetries(mol))[0] == pytest.approx(5.0)


def test_highly_symmetric_molecules_are_bounded() -> None:
    mol = Chem.MolFromSmiles("C(C(C)(C)C)(C(C)(C)C)C(C)(C)C")  # 6 * 6**3 symmetries
    found = symmetries(mol)
    assert len(found) == MAX_SYMMETRIES
    assert found[0].tolist() == list(range(mol.GetNumAtoms()))
