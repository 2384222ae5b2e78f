"""Ligand descriptors: finite, named, and blind to how the molecule is written."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molattn.graph.descriptors import DESCRIPTOR_NAMES, DESCRIPTORS, ligand_descriptors
from molattn.graph.fields import DESCRIPTOR_COUNT
from molattn.graph.ligand_features import ligand_features
from molattn.structure.ligand_chemistry import standard_form
from tests.graph.hand_built import LIGANDS


def describe(mol: Chem.Mol) -> dict[str, float]:
    standard = standard_form(mol)
    features = ligand_features(standard, np.zeros((standard.GetNumAtoms(), 3)))
    values = ligand_descriptors(standard, features)
    assert np.isfinite(values).all()
    return dict(zip(DESCRIPTOR_NAMES, values.tolist(), strict=True))


def test_names_fill_the_field_and_have_a_meaning() -> None:
    assert len(set(DESCRIPTOR_NAMES)) == DESCRIPTOR_COUNT
    assert all(DESCRIPTORS.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CC(=O)O", "CC(=O)[O-]"),
        ("CC[NH3+]", "CCN"),
        ("C[C@H](N)C(=O)O", "C[C@@H]([NH3+])C(=O)[O-]"),
        ("CNC(=N)N", "CNC(N)=[NH2+]"),
        ("Cc1c[nH]cn1", "Cc1cnc[nH]1"),
    ],
)
def test_protonation_and_chirality_change_nothing(one: str, other: str) -> None:
    first, second = (describe(Chem.MolFromSmiles(smiles)) for smiles in (one, other))
    assert first == pytest.approx(second, abs=1e-9)


@pytest.mark.parametrize("smiles", LIGANDS)
def test_atom_order_changes_nothing(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    order = np.random.default_rng(1).permutation(mol.GetNumAtoms()).tolist()
    assert describe(Chem.RenumberAtoms(mol, order)) == pytest.approx(describe(mol), abs=1e-6)


@pytest.mark.parametrize("smiles", ["[Zn+2]", "C", "[Na+]", "O", "[Cl-]", "N#N", "[Fe]", "I"])
def test_the_smallest_ligands(smiles: str) -> None:
    assert describe(Chem.MolFromSmiles(smiles))["heavy_atoms"] >= 1


def test_counts_of_a_known_molecule() -> None:
    values = describe(Chem.MolFromSmiles("NC(=N)c1ccc(CN2CCOCC2)cc1"))
    assert values["heavy_atoms"] == 16
    assert values["nitrogens"] == 3
    assert values["oxygens"] == 1
    assert values["bases"] == 2  # the amidine and the morpholine
    assert values["rings"] == 2
    assert values["aromatic_rings"] == 1
    assert values["aliphatic_heterocycles"] == 1
    assert values["largest_ring"] == 6
    assert values["rotatable_bonds"] == 3
    assert values["mass"] == pytest.approx(219.137, abs=1e-3)  # C12H17N3O, monoisotopic


def test_ring_systems() -> None:
    assert describe(Chem.MolFromSmiles("C1CCC2CCCCC2C1"))["largest_ring_system"] == 10
    assert describe(Chem.MolFromSmiles("C1CCCCC1C1CC1"))["largest_ring_system"] == 6
    assert describe(Chem.MolFromSmiles("C1CCCCCCCCCCC1"))["largest_ring"] == 12
    assert describe(Chem.MolFromSmiles("CCC"))["largest_ring_system"] == 0


@pytest.mark.parametrize(
    "smiles",
    [
        *LIGANDS,
        "C1CC1",
        "CC1CC1C1CC1",
        "C12C3C1C23",
        "CN",
        "N#N",
        "C[Se]CI",
        "CP(=O)(O)OCC[Si](C)C",
    ],
)
def test_sums_over_paths_are_those_of_rdkit(smiles: str) -> None:
    standard = standard_form(Chem.MolFromSmiles(smiles))
    values = describe(standard)
    assert values["chi_2"] == pytest.approx(rdMolDescriptors.CalcChi2v(standard), rel=1e-9)
    assert values["chi_3"] == pytest.approx(rdMolDescriptors.CalcChi3v(standard), rel=1e-9)
    assert values["kappa_2"] == pytest.approx(rdMolDescriptors.CalcKappa2(standard), rel=1e-9)
    assert values["kappa_3"] == pytest.approx(rdMolDescriptors.CalcKappa3(standard), rel=1e-9)
