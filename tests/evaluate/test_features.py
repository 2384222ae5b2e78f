"""Features of the packaged complexes: counts by hand, invariance, the cache and its faults."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

import molattn.resources
from molattn.errors import InputError
from molattn.evaluate.feature_cache import Task, compute_features
from molattn.evaluate.features import (
    BLOCKS,
    CUTOFFS,
    LIGAND_ELEMENTS,
    PROTEIN_ELEMENTS,
    complex_features,
    element_spectrum,
    ligand_descriptors,
)
from molattn.graph.fingerprint import ligand_fingerprint
from molattn.structure.ligand import read_ligand
from molattn.structure.protein import read_protein

EXAMPLES = Path(molattn.resources.__file__).parent / "examples"
PROTEIN, LIGAND = EXAMPLES / "1s3v_protein.pdb", EXAMPLES / "1s3v_ligand.sdf"


def tasks(*ligands: Path) -> list[Task]:
    return [Task(PROTEIN, ligand, 0) for ligand in ligands]


def test_spectrum_agrees_with_a_plain_count():
    protein, ligand = read_protein(PROTEIN), read_ligand(LIGAND)
    counts = element_spectrum(protein, ligand).reshape(
        len(CUTOFFS), len(PROTEIN_ELEMENTS), len(LIGAND_ELEMENTS)
    )
    oxygens = protein.atoms.position[
        (protein.atoms.element == "O") & (protein.residues.name[protein.atoms.residue] != "HOH")
    ]
    nitrogens = np.array(
        [
            ligand.positions[atom.GetIdx()]
            for atom in ligand.mol.GetAtoms()
            if atom.GetSymbol() == "N"
        ]
    )
    distance = np.linalg.norm(oxygens[:, None] - nitrogens[None], axis=-1)
    expected = [(distance <= cutoff).sum() for cutoff in CUTOFFS]
    found = counts[:, PROTEIN_ELEMENTS.index("O"), LIGAND_ELEMENTS.index("N")]
    assert found.tolist() == expected
    assert expected[-1] > expected[2] > 0


def test_blocks_are_finite_and_counted():
    features = complex_features(PROTEIN, LIGAND)
    assert set(features) == set(BLOCKS)
    assert all(np.isfinite(block).all() for block in features.values())
    assert features["heavy_atoms"].tolist() == [27.0]
    assert features["fingerprint"].shape == (1024,)


def test_descriptors_do_not_depend_on_the_order_of_atoms():
    mol = Chem.MolFromSmiles("COc1ccc2nc(N)nc(N)c2c1CN(C)c1ccccc1")
    turned = Chem.RenumberAtoms(mol, list(range(mol.GetNumAtoms()))[::-1])
    assert ligand_descriptors(turned) == pytest.approx(ligand_descriptors(mol), rel=1e-6)
    assert ligand_fingerprint(turned).tolist() == ligand_fingerprint(mol).tolist()


def test_a_descriptor_without_a_value_is_finite():
    lone = ligand_descriptors(Chem.MolFromSmiles("O"))
    peptide = ligand_descriptors(Chem.MolFromSmiles("NCC(=O)" * 30 + "O"))
    assert np.isfinite(lone).all()
    assert np.isfinite(peptide).all()
    assert np.abs(peptide).max() < 1e7


def test_cache_is_used_until_a_file_changes(tmp_path):
    ligand = tmp_path / "ligand.sdf"
    shutil.copy(LIGAND, ligand)
    cache = tmp_path / "features.npz"
    first = compute_features(tasks(ligand), cache)
    stamp = cache.stat().st_mtime_ns
    again = compute_features(tasks(ligand), cache)
    assert cache.stat().st_mtime_ns == stamp
    assert np.array_equal(again.blocks["spectrum"], first.blocks["spectrum"])
    shutil.copy(EXAMPLES / "1ia1_ligand.sdf", ligand)
    other = compute_features(tasks(ligand), cache)
    assert other.blocks["heavy_atoms"].tolist() != first.blocks["heavy_atoms"].tolist()


def test_a_damaged_cache_is_computed_anew(tmp_path):
    cache = tmp_path / "features.npz"
    cache.write_bytes(b"PK\x03\x04 not an archive")
    found = compute_features(tasks(LIGAND), cache)
    assert found.blocks["heavy_atoms"].tolist() == [[27.0]]
    with np.load(cache) as held:
        assert held["heavy_atoms"].tolist() == [[27.0]]


def test_an_unreadable_complex_is_named_and_left_out(tmp_path):
    broken = tmp_path / "broken.sdf"
    broken.write_text("")
    found = compute_features(tasks(LIGAND, broken), tmp_path / "features.npz")
    assert found.readable.tolist() == [True, False]
    assert np.isnan(found.blocks["spectrum"][1]).all()
    assert "broken.sdf" in found.faults[1]
    bare = compute_features([*tasks(LIGAND), None], tmp_path / "features.npz")
    assert bare.faults == {1: "the row names no files"}


def test_nothing_readable_is_refused(tmp_path):
    with pytest.raises(InputError, match="Not one of the complexes"):
        compute_features(tasks(tmp_path / "absent.sdf"), tmp_path / "features.npz")


def test_records_of_one_file_are_told_apart(tmp_path):
    both = tmp_path / "both.sdf"
    both.write_text(LIGAND.read_text() + (EXAMPLES / "1ia1_ligand.sdf").read_text())
    wanted = [Task(PROTEIN, both, 1), Task(PROTEIN, both, 0), Task(PROTEIN, both, 5)]
    found = compute_features(wanted, tmp_path / "features.npz")
    alone = compute_features(tasks(EXAMPLES / "1ia1_ligand.sdf"), tmp_path / "alone.npz")
    assert found.blocks["spectrum"][0].tolist() == alone.blocks["spectrum"][0].tolist()
    assert found.blocks["heavy_atoms"][1].tolist() == [27.0]
    assert "no such record" in found.faults[2]


def test_two_processes_give_the_same(tmp_path):
    wanted = [
        *tasks(LIGAND, EXAMPLES / "1ia1_ligand.sdf"),
        Task(EXAMPLES / "1uou_protein.pdb.gz", EXAMPLES / "1uou_ligand.sdf", 0),
        Task(tmp_path / "absent.pdb", LIGAND, 0),
    ]
    one = compute_features(wanted, tmp_path / "one.npz", workers=1)
    two = compute_features(wanted, tmp_path / "two.npz", workers=2)
    assert two.readable.tolist() == one.readable.tolist() == [True, True, True, False]
    assert all(
        np.array_equal(two.blocks[name], one.blocks[name], equal_nan=True) for name in BLOCKS
    )
