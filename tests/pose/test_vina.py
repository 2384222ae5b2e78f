"""AutoDock Vina behind our receptor and ligand writers (extra [dock])."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from molattn.errors import UsageError
from molattn.pose.receptor_pdbqt import receptor_pdbqt
from molattn.pose.rmsd import symmetric_rmsd, symmetries
from molattn.resources import ExampleComplex
from molattn.structure import ligand_from_mol, read_ligand, read_protein, select_pocket
from molattn.structure.records import Ligand, Pocket

pytest.importorskip("vina")
pytest.importorskip("meeko")

from molattn.pose.vina import VinaReceptor
from molattn.pose.vina_ligand import VinaLigand


@pytest.fixture(scope="module")
def ligand(complex_1s3v: ExampleComplex) -> Ligand:
    return read_ligand(complex_1s3v.ligand)


@pytest.fixture(scope="module")
def pocket(complex_1s3v: ExampleComplex, ligand: Ligand) -> Pocket:
    return select_pocket(read_protein(complex_1s3v.protein), ligand.positions, cutoff=12.0)


@pytest.fixture(scope="module")
def receptor(pocket: Pocket, ligand: Ligand) -> VinaReceptor:
    return VinaReceptor(pocket.atoms, pocket.residues, ligand.positions, margin=5.0)


@pytest.fixture(scope="module")
def model(ligand: Ligand) -> VinaLigand:
    return VinaLigand(ligand)


def test_every_donor_of_the_protein_has_one_hydrogen(pocket: Pocket) -> None:
    lines = receptor_pdbqt(pocket.atoms, pocket.residues).splitlines()
    kinds = [line[77:79].strip() for line in lines]
    donors = sum(
        name == "N" and parent != "PRO"
        for name, parent in zip(
            pocket.atoms.name, pocket.residues.parent[pocket.atoms.residue], strict=True
        )
    )
    assert kinds.count("HD") > donors
    assert len(lines) - kinds.count("HD") == len(pocket.atoms)
    assert all(len(line) <= 79 for line in lines)


def test_positions_come_back_in_the_order_of_the_ligand(
    receptor: VinaReceptor, model: VinaLigand, ligand: Ligand
) -> None:
    pose = receptor.optimise(model, ligand.positions)
    bonds = np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in ligand.mol.GetBonds()]).T
    before = np.linalg.norm(ligand.positions[bonds[0]] - ligand.positions[bonds[1]], axis=1)
    after = np.linalg.norm(pose.positions[bonds[0]] - pose.positions[bonds[1]], axis=1)
    assert np.allclose(before, after, atol=0.02)  # PDBQT has three decimals


def test_relaxing_a_crystal_pose_lowers_its_energy_and_keeps_its_place(
    receptor: VinaReceptor, model: VinaLigand, ligand: Ligand
) -> None:
    before = receptor.score(model, ligand.positions)
    pose = receptor.optimise(model, ligand.positions)
    moved = symmetric_rmsd(pose.positions[None], ligand.positions, symmetries(ligand.mol))[0]
    assert pose.energy < before < 0.0
    assert moved < 1.0
    assert receptor.score(model, pose.positions) == pytest.approx(pose.energy, abs=0.5)


def test_docking_repeats_with_its_seed(pocket: Pocket, ligand: Ligand) -> None:
    found = []
    for _ in range(2):
        fresh = VinaReceptor(pocket.atoms, pocket.residues, ligand.positions, margin=5.0, seed=7)
        model = VinaLigand(ligand)
        docked = fresh.dock(model, ligand.positions, exhaustiveness=1, poses=3, evaluations=2000)
        assert docked
        assert [pose.energy for pose in docked] == sorted(pose.energy for pose in docked)
        found.append([pose.positions for pose in docked])
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))


def test_boron_and_selenium_are_given_a_stand_in() -> None:
    mol = Chem.AddHs(Chem.MolFromSmiles("OB(O)c1ccc(C[Se]C)cc1"))
    from rdkit.Chem import rdDistGeom

    rdDistGeom.EmbedMolecule(mol, randomSeed=1)
    ligand = ligand_from_mol(mol)
    text = VinaLigand(ligand).pdbqt(ligand.positions)
    assert sum(line.startswith("ATOM") for line in text.splitlines()) >= ligand.mol.GetNumAtoms()


def test_a_pose_of_another_ligand_is_refused(receptor: VinaReceptor, model: VinaLigand) -> None:
    with pytest.raises(UsageError, match="shape"):
        receptor.score(model, np.zeros((3, 3)))
