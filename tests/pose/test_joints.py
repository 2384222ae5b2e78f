"""All bonds at once: the same poses and torques as bond by bond."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from molattn.pose.joints import joints
from molattn.pose.torsions import Torsion, cross, torsion_tree, turned
from molattn.structure.records import Floats


@pytest.fixture(scope="module")
def branched() -> tuple[list[Torsion], Floats]:
    mol = Chem.MolFromSmiles("CCOc1ccc(CC(NC(C)=O)C(=O)NCCc2ccccc2)cc1")
    full = Chem.AddHs(mol)
    assert rdDistGeom.EmbedMolecule(full, randomSeed=1) == 0
    shape = full.GetConformer().GetPositions()[: mol.GetNumAtoms()]
    return torsion_tree(mol, np.arange(3, 9)), np.stack([shape, shape + 40.0, shape * 1.01])


def test_bending_all_bonds_is_bending_one_after_the_other(
    branched: tuple[list[Torsion], Floats],
) -> None:
    bonds, poses = branched
    angles = np.random.default_rng(0).normal(size=(len(poses), len(bonds)))
    expected = poses
    for row, torsion in enumerate(bonds):
        expected = turned(expected, torsion, angles[:, row])
    assert len(bonds) >= 8
    np.testing.assert_allclose(
        joints(bonds, poses.shape[1]).bent(poses, angles), expected, atol=1e-10
    )


def test_torques_are_those_of_every_bond(branched: tuple[list[Torsion], Floats]) -> None:
    bonds, poses = branched
    slope = np.random.default_rng(1).normal(size=poses.shape)
    middle = poses - poses.mean(axis=1, keepdims=True)
    torque, inertia = joints(bonds, poses.shape[1]).torques(middle, slope, cross(middle, slope))
    for row, torsion in enumerate(bonds):
        axis = poses[:, torsion.second] - poses[:, torsion.first]
        axis /= np.linalg.norm(axis, axis=1, keepdims=True)
        around = cross(axis[:, None], poses[:, torsion.moving] - poses[:, torsion.second][:, None])
        by_hand = (around * slope[:, torsion.moving]).sum(axis=(1, 2))
        np.testing.assert_allclose(torque[:, row], by_hand, atol=1e-9)
        np.testing.assert_allclose(inertia[:, row], (around**2).sum(axis=(1, 2)), atol=1e-9)


def test_a_rigid_molecule_has_no_joints() -> None:
    poses = np.zeros((2, 3, 3))
    rigid = joints([], 3)
    assert rigid.bent(poses, np.zeros((2, 0))) is poses
    assert rigid.torques(poses, poses, poses)[0].shape == (2, 0)
