"""Interactions by the rules of ProLIF: known ones are found, odd pockets give no traceback."""

from __future__ import annotations

import gzip
import sys
from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from scipy.spatial.transform import Rotation

from molattn.errors import InputError, MissingExtra, MolattnError
from molattn.explain.amino_acid_bonds import amino_acid_bonds
from molattn.explain.explanation import Interaction
from molattn.explain.hydrogens import acceptors, charged, turn_hydrogens
from molattn.explain.pocket_molecule import pocket_molecule
from molattn.explain.reference_contacts import KINDS, interactions
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, Pocket, read_ligand, read_protein, select_pocket
from molattn.structure.residue_names import HEAVY_ATOMS
from tests.explain.made_up import with_metal

pytestmark = pytest.mark.skipif(find_spec("prolif") is None, reason="needs the extra explain")


def read(complex_: ExampleComplex) -> tuple[Pocket, Ligand]:
    ligand = read_ligand(complex_.ligand)
    return select_pocket(read_protein(complex_.protein), ligand.positions), ligand


def labels_of(pocket: Pocket) -> list[str]:
    return [pocket.residues.label(row) for row in range(len(pocket.residues))]


def found(pocket: Pocket, ligand: Ligand) -> tuple[Interaction, ...]:
    return interactions(pocket, ligand, labels_of(pocket))


def with_hydrogens(ligand: Ligand) -> Chem.Mol:
    return Chem.AddHs(charged(ligand.mol), addCoords=True)


def kinds(every: tuple[Interaction, ...]) -> set[tuple[str, str]]:
    return {(one.label, one.kind) for one in every}


def test_known_interactions_of_dihydrofolate_reductase(complex_1s3v: ExampleComplex) -> None:
    pocket, ligand = read(complex_1s3v)
    every = found(pocket, ligand)
    # the diaminopyrimidine gives to the acid and to the backbone and stacks on a ring
    assert kinds(every) >= {
        ("A:GLU30", "HBDonor"),
        ("A:ILE7", "HBDonor"),
        ("A:PHE34", "PiStacking"),
    }
    labels = labels_of(pocket)
    for one in every:
        assert labels[one.residue] == one.label and one.kind in KINDS
        assert one.atoms and max(one.atoms) < len(ligand.positions)
        assert 1.5 < one.distance < 7.0
    assert [one.residue for one in every] == sorted(one.residue for one in every)


def test_an_amino_acid_in_its_pocket(complexes: dict[str, ExampleComplex]) -> None:
    # 1of6 binds tyrosine: charged at both ends whatever the file says
    every = kinds(found(*read(complexes["1of6"])))
    assert {("B:GLU21", "Cationic"), ("B:ASP22", "Cationic"), ("A:PHE224", "PiStacking")} <= every


@pytest.mark.parametrize("name", ["1s3v", "1ia1", "1of6", "1uou"])
def test_every_residue_becomes_a_sound_molecule(
    name: str, complexes: dict[str, ExampleComplex]
) -> None:
    pocket, ligand = read(complexes[name])
    around = pocket_molecule(pocket, with_hydrogens(ligand))
    assert not around.left_out and len(around.rows) > 15
    names = Counter(
        (atom.GetMonomerInfo().GetResidueNumber(), atom.GetMonomerInfo().GetName().strip())
        for atom in around.mol.GetAtoms()
        if atom.GetAtomicNum() > 1
    )
    assert max(count for (row, _), count in names.items() if row) == 1
    for atom in around.mol.GetAtoms():
        info = atom.GetMonomerInfo()
        if info.GetName().strip() != "N" or not info.GetResidueNumber():
            continue
        row = info.GetResidueNumber() - 1
        if pocket.residues.kind[row] == 0 and pocket.residues.parent[row] != "PRO":
            light = [one for one in atom.GetNeighbors() if one.GetAtomicNum() == 1]
            assert len(light) == 1
            heavy = [one for one in atom.GetNeighbors() if one.GetAtomicNum() > 1]
            if len(heavy) == 2:  # the hydrogen of an amide lies in its plane
                place = around.mol.GetConformer().GetPositions()
                three = place[[one.GetIdx() for one in (*heavy, *light)]] - place[atom.GetIdx()]
                assert abs(np.linalg.det(three / np.linalg.norm(three, axis=1)[:, None])) < 0.15


def test_rules_do_not_depend_on_the_frame(complex_1s3v: ExampleComplex) -> None:
    pocket, ligand = read(complex_1s3v)
    turn = Rotation.from_rotvec([0.3, -1.1, 0.7])
    mol = Chem.Mol(ligand.mol)
    moved = turn.apply(ligand.positions) + 7.0
    mol.GetConformer().SetPositions(moved)
    atoms = replace(pocket.atoms, position=turn.apply(pocket.atoms.position) + 7.0)
    # without its protein the pocket has open ends; nothing at the ligand depends on them here
    plain = Pocket(atoms, pocket.residues)
    assert kinds(found(plain, replace(ligand, mol=mol, positions=moved))) == kinds(
        found(pocket, ligand)
    )


def test_metals_and_modified_residues(complexes: dict[str, ExampleComplex], tmp_path: Path) -> None:
    zinc = with_metal(tmp_path)
    assert zinc.score.pose is not None
    around = pocket_molecule(zinc.pocket, with_hydrogens(zinc.score.pose))
    assert not around.left_out
    (metal,) = [atom for atom in around.mol.GetAtoms() if atom.GetSymbol() == "Zn"]
    assert metal.GetFormalCharge() == 2 and metal.GetDegree() == 0
    interactions(zinc.pocket, zinc.score.pose, zinc.labels)
    # selenomethionine for methionine, and cofactors under a name that no dictionary knows
    text = gzip.decompress(complexes["1ia1"].protein.read_bytes()).decode()
    text = text.replace(" SD  MET", "SE   MSE").replace("MET", "MSE").replace("NDP", "ZZ9")
    lines = [
        line[:76] + "SE" + line[78:] if line[12:16] == "SE  " else line
        for line in text.splitlines()
    ]
    path = tmp_path / "modified.pdb"
    path.write_text("\n".join(lines) + "\n")
    ligand = read_ligand(complexes["1ia1"].ligand)
    pocket = select_pocket(read_protein(path), ligand.positions)
    assert {"MSE", "ZZ9"} <= set(pocket.residues.name.tolist())
    assert not pocket_molecule(pocket, with_hydrogens(ligand)).left_out
    before = {
        (label.replace("MET", "MSE"), kind)
        for label, kind in kinds(found(*read(complexes["1ia1"])))
    }
    now = kinds(found(pocket, ligand))
    assert {one for one in before if "NDP" not in one[0]} == {
        one for one in now if "ZZ9" not in one[0]
    }


def test_pockets_that_are_not_whole_give_an_answer_or_a_sentence(
    complexes: dict[str, ExampleComplex],
) -> None:
    random = np.random.default_rng(0)
    for name in ("1s3v", "1ia1"):
        pocket, ligand = read(complexes[name])
        for share in (0.9, 0.5, 0.1):
            rows = np.flatnonzero(random.random(len(pocket.atoms)) < share)
            atoms = pocket.atoms.take(rows, pocket.atoms.residue[rows])
            noise = random.normal(scale=0.3, size=atoms.position.shape)
            found(Pocket(replace(atoms, position=atoms.position + noise), pocket.residues), ligand)
        strange = replace(pocket.atoms, element=np.full(len(pocket.atoms), "Xx"))
        assert found(Pocket(strange, pocket.residues), ligand) == ()
        broken = Pocket(
            replace(pocket.atoms, position=pocket.atoms.position * np.nan), pocket.residues
        )
        with pytest.raises(MolattnError):
            found(broken, ligand)


def test_labels_that_are_not_asked_for(complex_1s3v: ExampleComplex) -> None:
    pocket, ligand = read(complex_1s3v)
    every = interactions(pocket, ligand, ["A:GLU30"])
    assert {one.residue for one in every if one.label == "A:GLU30"} == {0}
    assert {one.residue for one in every if one.label != "A:GLU30"} == {-1}
    assert every[0].residue == 0


def test_a_missing_extra_is_named(
    complex_1s3v: ExampleComplex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prolif", None)
    with pytest.raises(MissingExtra, match=r"molattn\[explain\]"):
        found(*read(complex_1s3v))


def test_what_prolif_refuses_becomes_a_sentence(
    complex_1s3v: ExampleComplex, monkeypatch: pytest.MonkeyPatch
) -> None:
    import prolif

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("no such thing\nand more")

    monkeypatch.setattr(prolif.Fingerprint, "generate", refuse)
    with pytest.raises(InputError, match=r"\(no such thing\)\.$"):
        found(*read(complex_1s3v))


def test_bonds_of_amino_acids_are_those_of_the_dictionary() -> None:
    from molattn.structure.components import component

    for name, atoms in HEAVY_ATOMS.items():
        bonds = {
            bond: order for bond, order in amino_acid_bonds(name).items() if set(bond) <= atoms
        }
        entry = component(name)
        assert entry is not None
        known = {
            frozenset(bond): order for bond, order in entry.bonds.items() if set(bond) <= atoms
        }
        assert {frozenset(bond) for bond in bonds} == set(known)
        if name not in ("HIS", "ARG"):  # of which the dictionary has another Kekulé structure
            doubles = [bond for bond, order in bonds.items() if order == 2.0]
            assert len(doubles) == sum(order == 2.0 for order in known.values())


@pytest.mark.parametrize(
    ("smiles", "charge"),
    [
        ("CC(=O)O", -1),
        ("CCN", 1),
        ("CC(=O)NC", 0),
        ("Nc1ccccc1", 0),
        ("NC(=N)NCC", 1),
        ("NC(=N)c1ccccc1", 1),
        ("CC(=O)NC(=N)N", 0),
        ("COP(=O)(O)O", -2),
        ("C[N+](C)(C)CC(=O)O", 0),
        ("C1CNCCN1", 2),
        ("CS(=O)(=O)NC", 0),
        ("c1c[nH]cn1", 0),
        ("NO", 0),
        ("[O-][N+](=O)c1ccccc1", 0),
    ],
)
def test_charges_at_pH_7(smiles: str, charge: int) -> None:  # noqa: N802
    assert Chem.GetFormalCharge(charged(Chem.MolFromSmiles(smiles))) == charge


@pytest.mark.parametrize(("smiles", "donor", "count"), [("CO", 1, 1), ("CN", 1, 3), ("O", 0, 2)])
def test_hydrogens_turn_to_the_acceptor(smiles: str, donor: int, count: int) -> None:
    bare = charged(Chem.MolFromSmiles(smiles))
    conformer = Chem.Conformer(bare.GetNumAtoms())
    conformer.SetPositions(np.array([[0.0, 0.0, 0.0], [1.43, 0.0, 0.0]])[: bare.GetNumAtoms()])
    bare.AddConformer(conformer)
    mol = Chem.AddHs(bare, addCoords=True)
    origin = mol.GetConformer().GetPositions()[donor]
    # 109.5 degrees to the bond, 2.8 Å away
    way = np.array([1 / 3, 0.0, np.sqrt(8) / 3])
    turn_hydrogens(mol, (origin + 2.8 * way)[None])
    place = mol.GetConformer().GetPositions()
    light = [
        one.GetIdx() for one in mol.GetAtomWithIdx(donor).GetNeighbors() if one.GetAtomicNum() == 1
    ]
    assert len(light) == count
    steps = place[light] - origin
    lengths = np.linalg.norm(steps, axis=1)
    assert lengths == pytest.approx(lengths[0]) and 0.9 < lengths[0] < 1.1
    steps /= lengths[:, None]
    assert steps[0] @ way == pytest.approx(1.0, abs=1e-6)
    angles = (steps @ steps.T)[np.triu_indices(count, 1)]
    np.testing.assert_allclose(angles, -1 / 3, atol=1e-6)
    untouched = mol.GetConformer().GetPositions()
    turn_hydrogens(mol, np.array([[50.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(mol.GetConformer().GetPositions(), untouched)


def test_acceptors_have_a_free_pair() -> None:
    mol = Chem.AddHs(charged(Chem.MolFromSmiles("NCc1ccnc(C(=O)NC)c1")))
    conformer = Chem.Conformer(mol.GetNumAtoms())
    conformer.SetPositions(np.arange(3.0 * mol.GetNumAtoms()).reshape(-1, 3))
    mol.AddConformer(conformer)
    rows = (acceptors(mol)[:, 0] / 3).astype(int).tolist()
    assert [mol.GetAtomWithIdx(row).GetSymbol() for row in rows] == ["N", "O"]
    assert mol.GetAtomWithIdx(rows[0]).GetIsAromatic()
