"""Types, roles, bonds and planes of ligand atoms, and what they must not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from molattn.graph.fields import LIGAND_FEATURES
from molattn.graph.ligand_features import LigandFeatures, ligand_features
from molattn.graph.ligand_roles import ROLES_OF_TYPE
from molattn.graph.ligand_typing import RULES
from molattn.graph.vocabulary import BOND_TYPES, LIGAND_ATOM_TYPES, ROLES
from molattn.structure.ligand_chemistry import standard_form
from tests.graph.hand_built import LIGANDS, flat_ligand, posed_ligand, renumbered

TYPES, ROLE_NAMES, BONDS = list(LIGAND_ATOM_TYPES), list(ROLES), list(BOND_TYPES)


def features_of(smiles: str) -> LigandFeatures:
    ligand = flat_ligand(smiles)
    return ligand_features(standard_form(ligand.mol), ligand.positions)


def types_of(smiles: str) -> list[str]:
    return [TYPES[index] for index in features_of(smiles).atom_type]


def roles_of(smiles: str, atom: int) -> set[str]:
    row = features_of(smiles).roles[atom]
    return {name for name, value in zip(ROLE_NAMES, row, strict=True) if value}


@pytest.mark.parametrize(
    ("smiles", "atom", "expected"),
    [
        ("CCO", 0, "carbon_aliphatic"),
        ("CCO", 1, "carbon_aliphatic_polar"),
        ("CCO", 2, "oxygen_hydroxyl"),
        ("C", 0, "carbon_aliphatic"),
        ("c1ccccc1O", 0, "carbon_aromatic"),
        ("c1ccccc1O", 5, "carbon_aromatic_polar"),
        ("c1ccccc1O", 6, "oxygen_hydroxyl"),
        ("c1ccncc1", 2, "carbon_aromatic_polar"),
        ("c1ccncc1", 3, "nitrogen_aromatic_six"),
        ("c1cc[nH]c1", 3, "nitrogen_aromatic_five"),
        ("Cn1ccnc1", 1, "nitrogen_aromatic_five"),
        ("Cn1ccnc1", 4, "nitrogen_aromatic_five"),
        ("c1ccn2ccnc2c1", 3, "nitrogen_aromatic_five"),
        ("CC(=O)C", 1, "carbon_carbonyl"),
        ("CC(=O)C", 2, "oxygen_carbonyl"),
        ("CC(=S)C", 1, "carbon_carbonyl"),
        ("CC(=S)C", 2, "sulfur_reduced"),
        ("O=c1cc[nH]cc1", 0, "oxygen_carbonyl"),
        ("O=c1cc[nH]cc1", 1, "carbon_aromatic_polar"),
        ("CC(=O)OC", 3, "oxygen_ether"),
        ("c1ccoc1", 3, "oxygen_ether"),
        ("CC(=O)O", 3, "oxygen_acid"),
        ("CC(=O)O", 1, "carbon_carbonyl"),
        ("CC(=O)NC", 3, "nitrogen_amide"),
        ("NC(=O)N", 0, "nitrogen_amide"),
        ("CS(=O)(=O)NC", 4, "nitrogen_amide"),
        ("CS(=O)(=O)NC", 2, "oxygen_other"),
        ("CS(=O)(=O)NC", 1, "sulfur_oxidised"),
        ("CS(=O)(=O)O", 2, "oxygen_acid"),
        ("CS(=O)(=O)O", 4, "oxygen_acid"),
        ("COP(=O)(O)O", 1, "oxygen_ether"),
        ("COP(=O)(O)O", 3, "oxygen_acid"),
        ("COP(=O)(O)O", 2, "phosphorus"),
        ("CP(C)(C)=O", 4, "oxygen_other"),
        ("CC(=N)N", 1, "carbon_amidine"),
        ("CC(=N)N", 2, "nitrogen_amidine"),
        ("CNC(=N)N", 1, "nitrogen_amidine"),
        ("CCN", 2, "nitrogen_amine"),
        ("C[N+](C)(C)C", 1, "nitrogen_amine"),
        ("Nc1ccccc1", 0, "nitrogen_aniline"),
        ("CC(=O)Nc1ccccc1", 3, "nitrogen_amide"),
        ("CC#N", 2, "nitrogen_other"),
        ("CC#N", 1, "carbon_unsaturated"),
        ("C=C", 0, "carbon_unsaturated"),
        ("C[N+](=O)[O-]", 1, "nitrogen_other"),
        ("C[N+](=O)[O-]", 3, "oxygen_other"),
        ("[O-][n+]1ccccc1", 0, "oxygen_other"),
        ("CC=NO", 3, "oxygen_hydroxyl"),
        ("CC(=O)NO", 4, "oxygen_hydroxyl"),
        ("OB(O)C", 0, "oxygen_hydroxyl"),
        ("OB(O)C", 1, "other"),
        ("CSC", 1, "sulfur_reduced"),
        ("CS", 1, "sulfur_reduced"),
        ("c1ccsc1", 3, "sulfur_aromatic"),
        ("FC", 0, "fluorine"),
        ("ClC", 0, "chlorine"),
        ("BrC", 0, "bromine"),
        ("IC", 0, "iodine"),
        ("C[Si](C)(C)C", 1, "other"),
        ("[Zn+2]", 0, "metal"),
    ],
)
def test_atom_type(smiles: str, atom: int, expected: str) -> None:
    assert types_of(smiles)[atom] == expected


def test_every_type_has_a_rule() -> None:
    ruled = {name for rules in RULES.values() for name, _ in rules}
    assert ruled | {"metal", "other"} == set(LIGAND_ATOM_TYPES)
    assert set(ROLES_OF_TYPE) <= set(LIGAND_ATOM_TYPES)


@pytest.mark.parametrize(
    ("smiles", "atom", "expected"),
    [
        ("CCN", 2, {"donor", "positive", "metal"}),
        ("C[N+](C)(C)C", 1, {"positive"}),
        ("CC(=O)O", 3, {"acceptor", "negative", "metal"}),
        ("CC(=O)NC", 3, {"donor"}),
        ("CC(=O)N(C)C", 3, set()),
        ("CC(=O)NS(C)(=O)=O", 3, {"acceptor", "negative", "metal"}),
        ("NS(=O)(=O)C", 0, {"donor", "metal"}),
        ("CC(=N)N", 3, {"donor", "positive"}),
        ("CC(=O)NC(=N)N", 5, {"donor", "acceptor"}),  # acylguanidines are weak bases
        ("c1ccncc1", 3, {"acceptor", "aromatic", "metal"}),
        ("C[n+]1ccccc1", 1, {"positive", "aromatic"}),
        ("O=c1cc[nH]cc1", 4, {"donor", "aromatic"}),
        ("c1cc[nH]c1", 3, {"donor", "aromatic"}),
        ("c1c[nH]nc1", 2, {"donor", "acceptor", "aromatic", "metal"}),
        ("c1c[nH]nc1", 3, {"donor", "acceptor", "aromatic", "metal"}),
        ("c1c[nH]cn1", 4, {"donor", "acceptor", "positive", "aromatic", "metal"}),
        ("Cn1ccnc1", 4, {"acceptor", "positive", "aromatic", "metal"}),
        ("c1cocn1", 4, {"acceptor", "aromatic", "metal"}),
        ("Cc1nnn[nH]1", 3, {"acceptor", "negative", "aromatic", "metal"}),
        ("COC", 1, {"acceptor"}),
        ("COC(C)=O", 1, set()),
        ("CS", 1, {"donor", "hydrophobic", "metal"}),
        ("CN=[N+]=[N-]", 3, {"acceptor"}),
        ("ClC", 0, {"hydrophobic", "halogen"}),
        ("[Cl-]", 0, {"negative", "acceptor"}),
        ("CC", 0, {"hydrophobic"}),
        ("CN", 0, set()),
        ("[Mg+2]", 0, {"metal", "positive"}),
    ],
)
def test_roles(smiles: str, atom: int, expected: set[str]) -> None:
    assert roles_of(smiles, atom) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CC(=O)O", "CC(=O)[O-]"),
        ("CCN", "CC[NH3+]"),
        ("CN(C)CC", "C[NH+](C)CC"),
        ("CC(=N)N", "CC(=[NH2+])N"),
        ("CNC(=N)N", "CNC(N)=[NH2+]"),
        ("CNC(=N)N", "CN=C(N)N"),
        ("c1c[nH]cn1", "c1c[nH]c[nH+]1"),
        ("Cc1c[nH]cn1", "Cc1cnc[nH]1"),
        ("COP(=O)(O)O", "COP(=O)([O-])[O-]"),
        ("CS(=O)(=O)O", "CS(=O)(=O)[O-]"),
        ("Cc1nnn[nH]1", "Cc1nnn[n-]1"),
        ("Oc1ccccc1", "[O-]c1ccccc1"),
        ("CS", "C[S-]"),
        ("c1ccncc1", "c1cc[nH+]cc1"),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"),
        ("C1=CC=CC=C1Cl", "c1ccccc1Cl"),
        ("C/C=C/C", "C/C=C\\C"),
        ("CN(=O)=O", "C[N+](=O)[O-]"),
    ],
)
def test_two_ways_of_drawing_one_molecule(one: str, other: str) -> None:
    # both are written with their atoms in the same order, save for oxygens that are alike
    first, second = features_of(one), features_of(other)
    for name in ("element", "atom_type", "roles", "features", "plane", "bond_index", "bond_type"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


@pytest.mark.parametrize("smiles", LIGANDS)
def test_atom_order_only_moves_rows(smiles: str) -> None:
    ligand = posed_ligand(smiles)
    random = np.random.default_rng(3)
    first = ligand_features(standard_form(ligand.mol), ligand.positions)
    order = random.permutation(len(ligand.positions)).tolist()
    other = renumbered(ligand, order)
    second = ligand_features(standard_form(other.mol), other.positions)
    for name in ("element", "atom_type", "roles", "features"):
        assert np.array_equal(getattr(first, name)[order], getattr(second, name)), name
    new_row = np.argsort(order)
    planes = [sorted(new_row[row]) for row in first.plane[order]]
    assert planes == [sorted(row) for row in second.plane.tolist()]
    bonds = {
        (int(new_row[i]), int(new_row[j])): kind
        for i, j, kind in zip(*first.bond_index, first.bond_type, strict=True)
    }
    assert bonds == {
        (int(i), int(j)): kind
        for i, j, kind in zip(*second.bond_index, second.bond_type, strict=True)
    }


@pytest.mark.parametrize(
    ("smiles", "bond", "expected"),
    [
        ("CC", (0, 1), "single"),
        ("C=C", (0, 1), "double"),
        ("C#N", (0, 1), "triple"),
        ("c1ccccc1", (0, 5), "aromatic"),
        ("CC(=O)O", (1, 2), "delocalised"),
        ("CC(=O)O", (1, 3), "delocalised"),
        ("CC(=O)OC", (1, 2), "double"),
        ("CC(=N)N", (1, 3), "delocalised"),
        ("C[N+](=O)[O-]", (1, 3), "delocalised"),
        ("COP(=O)(O)O", (1, 2), "single"),
        ("COP(=O)(O)O", (2, 4), "delocalised"),
        ("CC(=O)N", (1, 3), "single"),
        ("CS(C)(=O)=O", (1, 3), "double"),
    ],
)
def test_bond_type(smiles: str, bond: tuple[int, int], expected: str) -> None:
    features = features_of(smiles)
    typed = dict(
        zip(zip(*features.bond_index.tolist(), strict=True), features.bond_type, strict=True)
    )
    assert BONDS[typed[bond]] == expected
    assert typed[bond] == typed[bond[::-1]]


@pytest.mark.parametrize(
    ("smiles", "atom", "expected"),
    [
        ("Cc1ccccc1", 1, {1, 2, 6}),  # the two ring neighbours
        ("Cc1ccccc1", 3, {2, 3, 4}),
        ("CC(=O)O", 1, {1, 2, 3}),  # the two oxygens, which differ from the carbon
        ("CC(=O)O", 2, {1, 2, 3}),  # the plane of its neighbour
        ("O=Cc1ccccc1", 0, {0, 1, 2}),
        ("CC(=O)NC", 3, {1, 3, 4}),
        ("CCO", 2, {2}),
        ("CC#N", 1, {1}),
        ("C=C=C", 1, {1}),
        ("CS(C)(=O)=O", 3, {3}),
        ("CS(C)=O", 1, {1}),
        ("C=C", 0, {0}),
    ],
)
def test_plane(smiles: str, atom: int, expected: set[int]) -> None:
    assert set(features_of(smiles).plane[atom].tolist()) == expected


def test_plane_of_three_like_neighbours_follows_the_pose() -> None:
    ligand = posed_ligand("NC(=N)N")
    features = ligand_features(standard_form(ligand.mol), ligand.positions)
    centre, first, second = features.plane[1]
    assert centre == 1
    ends = [0, 2, 3]
    gaps = {
        frozenset((i, j)): np.linalg.norm(ligand.positions[i] - ligand.positions[j])
        for i in ends
        for j in ends
        if i < j
    }
    assert frozenset((int(first), int(second))) == min(gaps, key=lambda pair: gaps[pair])


def test_feature_columns() -> None:
    column = {name: index for index, name in enumerate(LIGAND_FEATURES)}
    values = features_of("CCc1ccccc1CC(=O)N").features
    assert values[0, column["heavy_degree_1"]] == 1.0
    assert values[2, column["heavy_degree_3"]] == 1.0
    assert values[2, column["in_ring"]] == values[2, column["ring_of_six"]] == 1.0
    assert values[2, column["ring_of_five"]] == 0.0
    assert values[1, column["fraction_of_ring_neighbours"]] == 0.5
    # ring–CH2 and CH2–CO turn, the ethyl's end and the amide do not
    assert values[[1, 2, 7, 8, 9], column["beside_rotatable_bond"]].tolist() == [1, 1, 1, 1, 1]
    assert values[[0, 3, 10, 11], column["beside_rotatable_bond"]].tolist() == [0, 0, 0, 0]
    assert values[[0, 1, 8], column["conjugated"]].tolist() == [0, 0, 0]
    assert values[[2, 9, 10, 11], column["conjugated"]].tolist() == [1, 1, 1, 1]


def test_metal_bonds_are_dative_and_change_nothing_else() -> None:
    mol = Chem.RWMol(Chem.MolFromSmiles("NCC(=O)O.[Zn+2]"))
    loose = ligand_features(standard_form(mol.GetMol()), np.eye(6, 3))
    mol.AddBond(0, 5, Chem.BondType.DATIVE)
    Chem.SanitizeMol(mol)
    bound = ligand_features(standard_form(mol.GetMol()), np.eye(6, 3))
    assert np.array_equal(loose.atom_type, bound.atom_type)
    assert np.array_equal(loose.features, bound.features)
    assert BONDS.index("dative") in bound.bond_type
    assert bound.bond_index.shape[1] == loose.bond_index.shape[1] + 2
