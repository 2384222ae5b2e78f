"""Relaxation in a rigid pocket: slopes, fields, what it keeps and what it mends."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from molattn.pose.pocket_field import PocketField, ligand_kinds
from molattn.pose.relax import LigandEnergy, Tether, relax
from molattn.pose.rmsd import symmetric_rmsd, symmetries
from molattn.pose.torsions import cross, dihedral, torsion_tree, turned
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, read_ligand, read_protein


@pytest.fixture(scope="module")
def prepared(complexes: dict[str, ExampleComplex]) -> tuple[Ligand, LigandEnergy]:
    files = complexes["1s3v"]
    ligand, protein = read_ligand(files.ligand), read_protein(files.protein)
    field = PocketField(protein.atoms, protein.residues, ligand.positions)
    torsions = torsion_tree(ligand.mol, np.empty(0, dtype=np.int64))
    return ligand, LigandEnergy(ligand.mol, field, torsions)


def _untethered(poses: np.ndarray) -> Tether:
    return Tether(poses.copy(), np.zeros(poses.shape[:2]))


def test_slopes_are_those_of_the_energy(prepared: tuple[Ligand, LigandEnergy]) -> None:
    ligand, energy = prepared
    random = np.random.default_rng(3)
    pose = ligand.positions[None] + random.normal(scale=0.2, size=ligand.positions.shape)
    weights = np.zeros(pose.shape[:2])
    weights[:, :5] = 1.0
    tether = Tether(pose + 0.4, weights)
    angles = np.full((1, len(energy.torsions)), 0.3)
    _, slope, twist = energy.gradients(pose, tether, angles)
    step = 1e-6
    for atom, axis in ((0, 0), (3, 1), (7, 2), (11, 0)):
        ahead, behind = pose.copy(), pose.copy()
        ahead[0, atom, axis] += step
        behind[0, atom, axis] -= step
        rise = (
            energy.gradients(ahead, tether, angles)[0] - energy.gradients(behind, tether, angles)[0]
        )
        assert slope[0, atom, axis] == pytest.approx(float(rise[0]) / (2 * step), abs=1e-4)
    ahead_angles = angles.copy()
    ahead_angles[0, 0] += step
    rise = (
        energy.gradients(pose, tether, ahead_angles)[0] - energy.gradients(pose, tether, angles)[0]
    )
    assert twist[0, 0] == pytest.approx(float(rise[0]) / step, abs=1e-4)


def test_a_crystal_pose_lies_in_a_well_and_hardly_moves(
    prepared: tuple[Ligand, LigandEnergy],
) -> None:
    ligand, energy = prepared
    crystal = ligand.positions[None]
    assert energy.pocket(crystal)[0] < -4.0
    relaxed, _ = relax(energy, crystal, _untethered(crystal))
    assert symmetric_rmsd(relaxed, ligand.positions, symmetries(ligand.mol))[0] < 1.0


def test_relaxing_lowers_the_energy_and_keeps_bonds_and_angles(
    prepared: tuple[Ligand, LigandEnergy],
) -> None:
    ligand, energy = prepared
    random = np.random.default_rng(1)
    poses = ligand.positions + random.normal(scale=0.8, size=(4, 1, 3))
    tether = _untethered(poses)
    before = energy.total(poses, tether)
    relaxed, after = relax(energy, poses, tether)
    assert (after <= before).all()
    assert after.min() < before.min() - 1.0
    steps = Chem.GetDistanceMatrix(ligand.mol)
    rigid = (steps > 0) & (steps <= 2)
    for pose in relaxed:
        lengths = np.linalg.norm(pose[:, None] - pose, axis=2)[rigid]
        known = np.linalg.norm(ligand.positions[:, None] - ligand.positions, axis=2)[rigid]
        np.testing.assert_allclose(lengths, known, atol=1e-8)


def test_every_pose_is_relaxed_as_if_alone(prepared: tuple[Ligand, LigandEnergy]) -> None:
    ligand, energy = prepared
    poses = ligand.positions + np.array([[[0.5, 0, 0]], [[0, 0.6, 0]], [[0, 0, -0.7]]])
    together, _ = relax(energy, poses, _untethered(poses), steps=10)
    for row in range(3):
        alone, _ = relax(energy, poses[row : row + 1], _untethered(poses[row : row + 1]), steps=10)
        np.testing.assert_allclose(together[row], alone[0], atol=1e-7)


def test_a_tether_pulls_back(prepared: tuple[Ligand, LigandEnergy]) -> None:
    ligand, energy = prepared
    poses = ligand.positions[None] + 1.0
    tether = Tether(ligand.positions[None], np.ones(poses.shape[:2]))
    held, _ = relax(energy, poses, tether)
    away = np.sqrt(((held[0] - ligand.positions) ** 2).sum(axis=1).mean())
    assert away < 0.8


def test_fields_know_a_hydrogen_bond_a_clash_and_nothing(
    complexes: dict[str, ExampleComplex],
) -> None:
    protein = read_protein(complexes["1s3v"].protein)
    atoms, residues = protein.atoms, protein.residues
    centre = atoms.position.mean(axis=0)
    near = np.flatnonzero(
        (atoms.name == "O") & (np.linalg.norm(atoms.position - centre, axis=1) < 9)
    )
    field = PocketField(atoms, residues, atoms.position[near])
    donor, carbon = ligand_kinds(Chem.MolFromSmiles("[NH3+]C"))
    numbers = field.numbers([donor, carbon])
    clash = field.energies(np.repeat(atoms.position[near][:, None], 2, axis=1), numbers)
    assert (clash > 20.0).all()
    far = field.energies(np.full((1, 2, 3), 1e4), numbers)
    assert np.isfinite(far).all()
    assert (field.numbers([carbon, donor]) == numbers[::-1]).all()


def test_turning_a_bond_turns_its_dihedral_and_nothing_else(
    prepared: tuple[Ligand, LigandEnergy],
) -> None:
    ligand, energy = prepared
    for torsion in energy.torsions:
        first, second = (
            [n.GetIdx() for n in ligand.mol.GetAtomWithIdx(a).GetNeighbors() if n.GetIdx() != b]
            for a, b in ((torsion.first, torsion.second), (torsion.second, torsion.first))
        )
        ends = (first[0], torsion.first, torsion.second, second[0])
        moved = turned(ligand.positions[None], torsion, np.array([0.7]))[0]
        change = dihedral(moved, ends) - dihedral(ligand.positions, ends)
        assert np.cos(change - 0.7) == pytest.approx(1.0, abs=1e-9)
        still = np.setdiff1d(np.arange(len(moved)), torsion.moving)
        np.testing.assert_array_equal(moved[still], ligand.positions[still])


def test_cross_agrees_with_numpy() -> None:
    first, second = np.random.default_rng(0).normal(size=(2, 3, 4, 3))
    np.testing.assert_allclose(cross(first, second), np.cross(first, second), atol=1e-12)
