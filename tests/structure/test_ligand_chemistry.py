"""One molecule however it was written: repairs and the standard form."""

from __future__ import annotations

import random

import pytest
from rdkit import Chem

from molattn.errors import LigandUnreadable
from molattn.structure import delocalised_groups, standard_form
from molattn.structure.heavy_graph import heavy_graph
from molattn.structure.ligand_chemistry import chemical_molecule


def molecule(smiles: str) -> tuple[Chem.Mol, list[str]]:
    """Return the repaired molecule of an unsanitised SMILES and the codes of its notes."""
    mol, notes = chemical_molecule(heavy_graph(Chem.MolFromSmiles(smiles, sanitize=False)))
    return mol, [note.code for note in notes]


def form(smiles: str) -> str:
    return Chem.MolToSmiles(standard_form(molecule(smiles)[0]))


WRITINGS = [
    ("CC(=O)O", "CC(=O)[O-]"),
    ("CCN", "CC[NH3+]"),
    ("N=C(N)c1ccccc1", "NC(=[NH2+])c1ccccc1", "[NH-]C(=[NH2+])c1ccccc1"),
    ("CNC(=N)N", "CN=C(N)N", "CNC(N)=[NH2+]", "C[NH+]=C(N)N"),
    ("CC1=NCCN1", "CC1=[NH+]CCN1"),
    ("CP(=O)(O)O", "CP(=O)([O-])[O-]", "C[P+]([O-])(O)O", "CP(O)(O)O"),
    ("COP(=O)(O)S", "COP(O)(O)=S", "COP([O-])([S-])=O"),
    ("CS(=O)(=O)NC", "CS(=O)(=O)[N-]C", "CS(=O)([O-])=NC", "CS(O)(O)NC"),
    ("CS(C)=O", "C[S+](C)[O-]"),
    ("C[N+](=O)[O-]", "CN(=O)=O", "C[N+]([O-])=O", "CN(=O)O"),
    ("C[N+](C)(C)[O-]", "CN(C)(C)=O", "CN(C)(C)O"),
    ("CN=[N+]=[N-]", "CN=N#N", "C[N-][N+]#N"),
    ("CC(N)=S", "CC([S-])=N", "CC(S)=N"),
    ("CC(=O)NO", "CC(=O)N[O-]", "CC([O-])=NO"),
    ("O=c1cccc[nH]1", "Oc1ccccn1", "[O-]c1ccccn1", "OC1=CC=CC=N1", "OC1=NC=CC=C1"),
    ("Cc1c[nH]cn1", "Cc1cnc[nH]1", "Cc1c[nH]c[nH+]1"),
    ("c1ccc(-c2nn[nH]n2)cc1", "c1ccccc1-c1nnn[nH]1", "c1ccccc1-c1nnn[n-]1"),
    ("Nc1ccccn1", "Nc1cccc[nH+]1", "[NH2+]=c1cccc[nH]1"),
    ("C[N+](C)(C)C", "CN(C)(C)C"),
    ("c1ccc2[nH]ccc2c1", "c1ccc2nccc2c1"),
]


@pytest.mark.parametrize("writings", WRITINGS, ids=lambda w: w[0])
def test_one_form_for_every_writing(writings: tuple[str, ...]) -> None:
    forms = {form(smiles) for smiles in writings}
    assert forms == {Chem.CanonSmiles(writings[0])}


@pytest.mark.parametrize("writings", WRITINGS, ids=lambda w: w[0])
def test_the_form_is_its_own_form(writings: tuple[str, ...]) -> None:
    standard = standard_form(molecule(writings[-1])[0])
    assert Chem.MolToSmiles(standard_form(Chem.Mol(standard))) == Chem.MolToSmiles(standard)


@pytest.mark.parametrize(
    ("smiles", "code"),
    [
        ("CN(C)(C)C", "charge-from-bonds"),
        ("CP(O)(O)O", "oxo-double-bond"),
        ("CC(=O)=O", "surplus-double-bond"),
        ("C1:C:C:C:C:1", "aromatic-not-kekulisable"),
        ("CC(:O):O", "aromatic-bond-outside-ring"),
        ("CC=C(C)(C)C", "too-many-bonds"),
    ],
)
def test_each_repair_is_named(smiles: str, code: str) -> None:
    assert code in molecule(smiles)[1]


def test_what_cannot_be_repaired_is_refused() -> None:
    with pytest.raises(LigandUnreadable, match=r"atom 1 \(C\) has 5 bonds"):
        molecule("C(C)(C)(C)(C)C")


def test_a_metal_takes_no_valence() -> None:
    mol, codes = molecule("C1=CC2=CC3=CC=C4N3[Fe]35N2C1=CC1=CC=C(N13)C=C1C=CC4=N15")
    assert "metal-in-ligand" in codes
    iron = next(atom for atom in mol.GetAtoms() if atom.GetSymbol() == "Fe")
    assert {str(bond.GetBondType()) for bond in iron.GetBonds()} == {"DATIVE"}


DRUGS = [
    "CC(C)(C)NC[C@H](O)c1ccc(O)c(CO)c1",
    "NC(=N)NCCC[C@H](NC(=O)c1ccc2[nH]cnc2c1)C(=O)O",
    "Nc1nc2[nH]cnc2c(=O)[nH]1",
    "CN1CCN(c2nc(N)nc3cc(Cl)ccc23)CC1",
    "OC(=O)c1ccc(-c2nnn[nH]2)cc1OP(=O)(O)O",
]


@pytest.mark.parametrize("smiles", DRUGS)
def test_renumbering_the_atoms_renumbers_the_form(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    order = list(range(mol.GetNumAtoms()))
    random.Random(5).shuffle(order)
    plain = standard_form(chemical_molecule(heavy_graph(_kekule(mol)))[0])
    moved = standard_form(
        chemical_molecule(heavy_graph(_kekule(Chem.RenumberAtoms(mol, order))))[0]
    )
    assert Chem.MolToSmiles(plain) == Chem.MolToSmiles(moved)
    shared = {atom for group in delocalised_groups(plain) for atom in group}
    for new, old in enumerate(order):
        if old not in shared:
            assert _chemistry(plain, old) == _chemistry(moved, new)


def _kekule(mol: Chem.Mol) -> Chem.Mol:
    copy = Chem.Mol(mol)
    Chem.Kekulize(copy, clearAromaticFlags=True)
    return copy


def _chemistry(mol: Chem.Mol, index: int) -> tuple[object, ...]:
    atom = mol.GetAtomWithIdx(index)
    return (
        atom.GetAtomicNum(),
        atom.GetFormalCharge(),
        atom.GetIsAromatic(),
        atom.GetTotalNumHs(),
        str(atom.GetHybridization()),
    )


@pytest.mark.parametrize(
    ("smiles", "sizes"),
    [("CC(=O)O", [2]), ("CNC(=N)N", [3]), ("COP(=O)(O)O", [3]), ("c1c[nH]cn1", [2]), ("CCO", [])],
)
def test_delocalised_groups(smiles: str, sizes: list[int]) -> None:
    groups = delocalised_groups(standard_form(molecule(smiles)[0]))
    assert sorted(len(group) for group in groups) == sizes
