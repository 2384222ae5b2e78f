"""One compound, one identity: however its charges, protons and salts were written."""

from __future__ import annotations

import pytest
from rdkit import Chem

from molattn.errors import LigandUnreadable
from molattn.resources import EXAMPLE_NAMES, example
from molattn.structure import read_ligand
from molattn.structure.ligand_identity import identity_of_ligand, identity_of_smiles


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C[C@H](N)C(=O)O", "C[C@H]([NH3+])C(=O)[O-]"),
        ("OC(=O)/C=C\\C(=O)O", "OC(=O)/C=C\\C(=O)[O-].[Na+]"),
        ("NC(=N)c1ccccc1", "NC(=[NH2+])c1ccccc1"),
        ("c1ccccc1C(=O)O.Cl", "O=C(O)c1ccccc1"),
        ("[H]OC", "CO"),
    ],
)
def test_the_same_compound(one: str, other: str) -> None:
    assert identity_of_smiles(one) == identity_of_smiles(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"),
        ("C/C=C/C", "C/C=C\\C"),
        ("CCO", "CCN"),
    ],
)
def test_different_compounds(one: str, other: str) -> None:
    assert identity_of_smiles(one).inchikey != identity_of_smiles(other).inchikey


@pytest.mark.parametrize(
    "smiles",
    [
        "C[C@H](N)C(=O)O",
        "C/C=C/C",
        "O/N=C1\\CCc2ccccc12",
        "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
        "C[C@@H](O)[C@H](F)/C=C/Cl",
    ],
)
def test_inchikey_is_that_of_the_neutral_compound(smiles: str) -> None:
    assert identity_of_smiles(smiles).inchikey == Chem.MolToInchiKey(Chem.MolFromSmiles(smiles))


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_a_pose_and_its_smiles_agree(name: str) -> None:
    posed = identity_of_ligand(read_ligand(example(name).ligand))
    assert identity_of_smiles(posed.smiles) == posed
    assert posed.inchikey


def test_tyrosine_of_a_crystal_is_the_natural_one() -> None:
    # 1of6 holds L-tyrosine, OUYCCCASQSFEME-QMMMGPOBSA-N in every database
    assert identity_of_ligand(read_ligand(example("1of6").ligand)).inchikey == (
        "OUYCCCASQSFEME-QMMMGPOBSA-N"
    )


@pytest.mark.parametrize("smiles", ["", "no molecule", "C1CC"])
def test_what_is_no_molecule(smiles: str) -> None:
    with pytest.raises(LigandUnreadable, match="is no molecule"):
        identity_of_smiles(smiles)
