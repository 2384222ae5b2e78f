"""Relaxation of given poses: clashes go, the pose stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem
from scipy.spatial import cKDTree

from molattn.pose.perturb import with_positions
from molattn.pose.pocket_field import PocketField, ligand_kinds
from molattn.pose.quality import contacts
from molattn.pose.relax_pose import PoseRelaxer, relax_given
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, Protein, ligand_from_mol, read_ligand, read_protein
from molattn.structure.records import Floats

Prepared = tuple[Ligand, Protein, PocketField]


@pytest.fixture(scope="module", params=["1s3v", "1uou"])
def prepared(request: pytest.FixtureRequest, complexes: dict[str, ExampleComplex]) -> Prepared:
    files = complexes[request.param]
    ligand, protein = read_ligand(files.ligand), read_protein(files.protein)
    return ligand, protein, PocketField(protein.atoms, protein.residues, ligand.positions)


def _rmsd(one: Floats, other: Floats) -> float:
    return float(np.sqrt(((one - other) ** 2).sum(axis=1).mean()))


def _energy(field: PocketField, ligand: Ligand) -> float:
    numbers = field.numbers(ligand_kinds(ligand.mol))
    return float(field.energies(ligand.positions[None], numbers).sum())


def _shifted(ligand: Ligand, count: int) -> list[Ligand]:
    random = np.random.default_rng(5)
    steps = random.normal(size=(count, 3))
    steps *= 0.7 / np.linalg.norm(steps, axis=1, keepdims=True)
    return [with_positions(ligand, ligand.positions + step) for step in steps]


def test_a_crystal_pose_stays(prepared: Prepared) -> None:
    ligand, _, field = prepared
    relaxed = relax_given(ligand, field)
    assert _rmsd(relaxed.positions, ligand.positions) < 0.6
    assert _energy(field, relaxed) <= _energy(field, ligand) + 0.1


def test_a_shifted_pose_loses_its_clashes_and_comes_no_farther_from_the_crystal(
    prepared: Prepared,
) -> None:
    ligand, _, field = prepared
    solid = cKDTree(field.positions)
    for pose in _shifted(ligand, 4):
        relaxed = relax_given(pose, field)
        assert _energy(field, relaxed) < _energy(field, pose)
        assert contacts(relaxed.positions, solid)[2] <= contacts(pose.positions, solid)[2]
        assert _rmsd(relaxed.positions, ligand.positions) <= 0.7
        assert _rmsd(relaxed.positions, pose.positions) < 1.0


def test_it_says_how_far_it_moved_and_keeps_the_rest(prepared: Prepared) -> None:
    ligand, _, field = prepared
    before = ligand.positions.copy()
    relaxed = relax_given(ligand, field)
    note = relaxed.notes[-1]
    assert relaxed.notes[:-1] == ligand.notes
    assert (note.kind, note.code) == ("info", "pose-relaxed")
    assert note.text == f"relaxed by {_rmsd(relaxed.positions, before):.2f} Å RMSD"
    assert (relaxed.name, relaxed.source, relaxed.tags) == (
        ligand.name,
        ligand.source,
        ligand.tags,
    )
    np.testing.assert_array_equal(ligand.positions, before)
    np.testing.assert_allclose(relaxed.mol.GetConformer().GetPositions(), relaxed.positions)
    steps = Chem.GetDistanceMatrix(ligand.mol)
    rigid = (steps > 0) & (steps <= 2)
    lengths = [np.linalg.norm(p[:, None] - p, axis=2)[rigid] for p in (before, relaxed.positions)]
    np.testing.assert_allclose(lengths[0], lengths[1], atol=1e-6)


def test_the_answer_does_not_depend_on_what_was_relaxed_before(prepared: Prepared) -> None:
    ligand, protein, field = prepared
    pose, other = _shifted(ligand, 2)
    relaxer = PoseRelaxer(protein.atoms, protein.residues, ligand.positions)
    ethanol = Chem.MolFromSmiles("CCO")
    ethanol.AddConformer(Chem.Conformer(3))
    # other kinds of atoms come into the fields first
    for one in (with_positions(replace(ligand, mol=ethanol), ligand.positions[:3]), other):
        relaxer.relax(one)
    again = relaxer.relax(pose)
    alone = relax_given(pose, field)
    np.testing.assert_array_equal(again.positions, alone.positions)


def test_a_pose_outside_the_pocket_is_relaxed_where_it_is(prepared: Prepared) -> None:
    ligand, protein, _ = prepared
    centre = ligand.positions + np.array([30.0, 0.0, 0.0])
    relaxer = PoseRelaxer(protein.atoms, protein.residues, centre)
    own = PocketField(protein.atoms, protein.residues, ligand.positions)
    np.testing.assert_array_equal(
        relaxer.relax(ligand).positions, relax_given(ligand, own).positions
    )


@pytest.mark.parametrize("smiles", ["O", "C", "CO", "c1ccccc1"])
def test_ligands_of_one_atom_or_without_torsions_are_fine(smiles: str, prepared: Prepared) -> None:
    crystal, _, field = prepared
    mol = Chem.MolFromSmiles(smiles)
    conformer = Chem.Conformer(mol.GetNumAtoms())
    turns = np.arange(mol.GetNumAtoms()) * np.pi / 3.0
    ring = np.stack([np.cos(turns), np.sin(turns), 0.0 * turns], axis=1) * 1.39
    conformer.SetPositions(ring + crystal.positions.mean(axis=0))
    mol.AddConformer(conformer)
    relaxed = relax_given(ligand_from_mol(mol), field)
    assert np.isfinite(relaxed.positions).all()
    assert relaxed.notes[-1].code == "pose-relaxed"
