"""Moved poses: their range, their geometry, their place."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from molattn.pose.perturb import (
    CLASH_DISTANCE,
    Perturber,
    push_out,
    rotatable_bonds,
    rotation,
    with_positions,
)
from molattn.resources import EXAMPLE_NAMES, ExampleComplex
from molattn.structure import read_ligand, read_protein
from molattn.testing.complexes import random_complex


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_poses_lie_in_their_range_and_keep_bonds(
    name: str, complexes: dict[str, ExampleComplex]
) -> None:
    files = complexes[name]
    ligand, atoms = read_ligand(files.ligand), read_protein(files.protein).atoms
    perturber = Perturber(ligand, atoms.position, seed=1)
    bonds = [(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in ligand.mol.GetBonds()]
    first, second = np.array(bonds).T
    before = np.linalg.norm(ligand.positions[first] - ligand.positions[second], axis=1)
    for make, span in ((perturber.near, (0.3, 1.5)), (perturber.far, (2.5, 8.0))):
        pose = make(span, tries=8)
        assert pose is not None
        assert span[0] <= pose.rmsd < span[1]
        after = np.linalg.norm(pose.positions[first] - pose.positions[second], axis=1)
        np.testing.assert_allclose(after, before, atol=1e-9)
        gap = np.linalg.norm(pose.positions[:, None] - atoms.position, axis=2)
        assert int((gap < CLASH_DISTANCE).sum()) == pose.clashes
        reach = np.linalg.norm(pose.positions[:, None] - ligand.positions, axis=2).min(1)
        assert reach.max() < 4.0


def test_the_seed_decides() -> None:
    pocket, ligand = random_complex(1)
    poses = [
        Perturber(ligand, pocket.atoms.position, seed=seed).far((2.0, 8.0), tries=8)
        for seed in (1, 1, 2)
    ]
    assert all(pose is not None for pose in poses)
    first, again, other = (pose.positions for pose in poses if pose is not None)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_an_impossible_range_gives_nothing() -> None:
    pocket, ligand = random_complex(0)
    perturber = Perturber(ligand, pocket.atoms.position, seed=0)
    assert perturber.near((50.0, 60.0), tries=4) is None


def test_push_out_removes_a_clash_and_moves_as_a_rigid_body() -> None:
    pose = np.array([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [3.0, 0.0, 0.0]])
    wall = np.array([[x, -1.5, z] for x in np.arange(-3.0, 7.0, 1.5) for z in (-1.5, 0.0, 1.5)])
    pushed = push_out(pose[None], wall)[0]
    assert np.linalg.norm(pushed[:, None] - wall, axis=2).min() > CLASH_DISTANCE
    np.testing.assert_allclose(
        np.linalg.norm(pushed[:, None] - pushed, axis=2),
        np.linalg.norm(pose[:, None] - pose, axis=2),
        atol=1e-9,
    )
    np.testing.assert_array_equal(push_out(pose[None], np.zeros((0, 3)))[0], pose)


def test_rotation_is_proper() -> None:
    turn = rotation(np.array([1.0, 2.0, -0.5]), 0.7)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)
    assert np.trace(turn) == pytest.approx(1.0 + 2.0 * np.cos(0.7))


def test_rotatable_bonds_leave_out_amides_rings_and_ends() -> None:
    mol = Chem.MolFromSmiles("CC(=O)NCCc1ccccc1")
    found = {frozenset(bond[:2]) for bond in rotatable_bonds(mol)}
    assert found == {frozenset((3, 4)), frozenset((4, 5)), frozenset((5, 6))}
    for first, second, moving in rotatable_bonds(mol):
        assert first not in moving
        assert second not in moving
        assert 2 * len(moving) <= mol.GetNumAtoms()


def test_with_positions_moves_the_conformer_along() -> None:
    _, ligand = random_complex(2)
    moved = with_positions(ligand, ligand.positions + 1.0)
    np.testing.assert_allclose(moved.mol.GetConformer().GetPositions(), ligand.positions + 1.0)
    np.testing.assert_allclose(ligand.mol.GetConformer().GetPositions(), ligand.positions)
