"""One record of a library becomes one molecule: every rule, every kind of text, every fault."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem import AllChem
from rdkit.Chem.SaltRemover import SaltRemover

from molattn.errors import LigandUnreadable, UsageError
from molattn.resources import example
from molattn.screen.molecule import LibraryMolecule, carried_fields, library_molecule
from molattn.screen.molecule_rules import (
    COUNTER_IONS,
    RULES,
    SMALL_PIECE,
    MoleculeLimits,
    Rule,
    rule_note,
)
from molattn.screen.record import LibraryRecord, RecordKind
from molattn.structure import read_ligand

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
IBUPROFEN = "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O"
CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def record(text: str, kind: RecordKind = "smiles", **columns: str) -> LibraryRecord:
    return LibraryRecord(3, "library.smi", 3, kind, text, "drug 1", columns)


def read(text: str, kind: RecordKind = "smiles", **columns: str) -> LibraryMolecule:
    return library_molecule(record(text, kind, **columns))


def smiles(molecule: LibraryMolecule) -> str:
    return str(Chem.MolToSmiles(molecule.mol))


def codes(molecule: LibraryMolecule) -> list[tuple[str, str]]:
    return [(note.kind, note.code) for note in molecule.notes]


def posed(text: str, *, v3000: bool = False, hydrogens: bool = True) -> str:
    mol = Chem.AddHs(Chem.MolFromSmiles(text))
    AllChem.EmbedMolecule(mol, randomSeed=7)
    return str(Chem.MolToMolBlock(mol if hydrogens else Chem.RemoveHs(mol), forceV3000=v3000))


def drawn(text: str, *, v3000: bool = False) -> str:
    mol = Chem.MolFromSmiles(text)
    AllChem.Compute2DCoords(mol)
    return str(Chem.MolToMolBlock(mol, forceV3000=v3000))


def at_one_point(block: str) -> str:
    lines = block.split("\n")
    atoms = int(lines[3][:3])
    for row in range(4, 4 + atoms):
        lines[row] = "    0.0000    0.0000    0.0000" + lines[row][30:]
    return "\n".join(lines)


# SMILES


@pytest.mark.parametrize(
    "text",
    [
        PARACETAMOL,
        IBUPROFEN,
        CAFFEINE,
        "C/C=C/[C@H](O)F",
        "CC[NH+](C)CC(=O)[O-]",
        "[H]/C(C)=C/C",  # hydrogens that were written
    ],
)
def test_a_smiles_keeps_its_chemistry(text: str) -> None:
    molecule = read(text)
    assert smiles(molecule) == Chem.CanonSmiles(text)
    assert molecule.ligand is None
    assert molecule.no_pose == "A SMILES has no pose; give a posed ligand."
    assert molecule.notes == ()
    assert molecule.mol.GetProp("_Name") == "drug 1"


@pytest.mark.parametrize(
    "text",
    [
        f"{CAFFEINE} caffeine",
        f"{CAFFEINE}\tx|y",
        f"  {CAFFEINE} ",
        CAFFEINE + " |" + "$;;x;;;;;;;;;;;$|",
        CAFFEINE + " |(" + ";".join(f"{n},{n % 2},1" for n in range(14)) + ")|",
    ],
)
def test_words_and_extensions_after_a_smiles(text: str) -> None:
    molecule = read(text)
    assert smiles(molecule) == CAFFEINE
    assert molecule.mol.GetNumConformers() == 0


SMILES_FAULTS = {
    "": "SMILES is empty",
    "CXC": r"cannot be read near letter 2 \('CXC'\)",
    "Cc1c(": r"cannot be read near letter 5",
    "not a smiles": "cannot be read near letter 3",
    "C1CCC": r"'C1CCC' cannot be read \(unclosed ring\)",
    "CCO |bad|": r"extension '\|bad\|' of the SMILES cannot be read",
    "CC(C)(C)(C)C": r"Atom 2 \(C\) has too many bonds",
    "CCc1cccc1": r"aromatic atoms near 3, 4, 5, 6, 7 admit no pattern .* \[nH\]",
    "cccc": "is written as aromatic outside a ring",
    "CCC:C": "Bond 3 is written as aromatic between atoms that are not",
    "[H][H]": "has 0 heavy atoms",
}


@pytest.mark.parametrize("text", SMILES_FAULTS)
def test_every_fault_of_a_smiles_has_its_sentence(text: str) -> None:
    with pytest.raises(LigandUnreadable, match=SMILES_FAULTS[text]) as caught:
        read(text)
    sentence = str(caught.value)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_rdkit_says_nothing_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    for text in [*SMILES_FAULTS, "CC(C)C |Sg:n:1:n:ht|"]:
        with pytest.raises(LigandUnreadable):
            read(text)
    assert capfd.readouterr() == ("", "")


@given(st.text(max_size=60) | st.text("CNOc1n=()[]@H+-.#/\\%*:|~ ", max_size=40))
def test_any_text_gives_a_molecule_or_a_sentence(text: str) -> None:
    for kind in ("smiles", "sdf", "mol2"):
        try:
            molecule = read(text, kind)  # type: ignore[arg-type]
        except LigandUnreadable as error:
            sentence = str(error)
        else:
            sentence = f"{molecule.mol.GetNumAtoms()} atoms."
            assert not any(atom.GetAtomicNum() == 1 for atom in molecule.mol.GetAtoms())
        assert sentence.endswith(".")


@pytest.mark.parametrize("text", ["C" * 5_000, "C" * 2_000_000, "c1ccccc1" * 600, "C.C" * 5_000])
def test_a_molecule_without_end_is_refused_at_once(text: str) -> None:
    began = perf_counter()
    with pytest.raises(LigandUnreadable, match="--max-heavy-atoms"):
        read(text)
    assert perf_counter() - began < 1.0


# the rules


def test_the_table_of_rules_gives_the_kinds_of_notes() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        if rule.outcome == "refused":
            with pytest.raises(ValueError, match="refuses"):
                rule_note(rule.code, "")
        else:
            assert rule_note(rule.code, "x").kind == rule.outcome


FIVE_BONDS = drawn("CCCC(=O)O").replace("  4  6  1  0", "  4  6  2  0")  # RDKit refuses it
APPLIED: dict[str, tuple[str, RecordKind]] = {
    "salt-removed": (f"{PARACETAMOL}.Cl", "smiles"),
    "salt-disconnected": ("CCc1ccccc1C(=O)O[Na]", "smiles"),
    "large-fragment-dropped": (f"{PARACETAMOL}.CCCCCCCN", "smiles"),
    "mixture": (f"{PARACETAMOL}.{CAFFEINE}", "smiles"),
    "isotope-labels": ("[13CH3]CCC([2H])O", "smiles"),
    "radical": ("CC1(C)CCCC(C)(C)N1[O]", "smiles"),
    "stereo-unread": (FIVE_BONDS, "sdf"),
    "inorganic": ("OS(=O)(=O)O", "smiles"),
    "indefinite": ("*CCC", "smiles"),
    "size": ("CC", "smiles"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_is_applied(rule: Rule) -> None:
    text, kind = APPLIED[rule.code]
    if rule.outcome == "refused":
        with pytest.raises(LigandUnreadable):
            read(text, kind)
    else:
        assert (rule.outcome, rule.code) in codes(read(text, kind))


@pytest.mark.parametrize("name", COUNTER_IONS)
def test_a_usual_counter_ion_is_left_out_and_named(name: str) -> None:
    ion = COUNTER_IONS[name]
    assert Chem.MolFromSmiles(ion).GetNumAtoms() > SMALL_PIECE
    for text in (f"{PARACETAMOL}.{ion}", f"{ion}.[Na+].C[NH+](C)CCOC(c1ccccc1)c1ccccc1"):
        molecule = read(text)
        assert codes(molecule) == [("repair", "salt-removed")]
        assert name in molecule.notes[0].text
        assert smiles(molecule) in map(Chem.CanonSmiles, text.split("."))


def test_a_counter_ion_alone_is_a_molecule() -> None:
    assert smiles(read("OC(=O)c1ccccc1.CO")) == "O=C(O)c1ccccc1"
    assert smiles(read("[K+].[O-]C(=O)c1ccccc1")) == "O=C([O-])c1ccccc1"


def test_all_salts_that_rdkit_knows_are_known() -> None:
    ions = [Chem.MolFromSmiles(text) for text in COUNTER_IONS.values()]
    for salt in SaltRemover().salts:
        size = salt.GetNumAtoms()
        if size > SMALL_PIECE:
            assert any(ion.GetNumAtoms() == size and ion.HasSubstructMatch(salt) for ion in ions)


def test_charges_and_stereo_of_a_counter_ion_do_not_matter() -> None:
    molecule = read(f"{PARACETAMOL}.[O-]C(=O)[C@H](O)[C@@H](O)C(=O)[O-].[K+].[K+]")
    assert molecule.notes[0].text == "Left out beside the molecule: tartrate, 2 × K."


def test_mixtures_and_copies() -> None:
    two = read(f"{CAFFEINE}.{IBUPROFEN}")
    assert smiles(two) == Chem.CanonSmiles(IBUPROFEN)
    assert codes(two) == [("warning", "mixture")]
    assert "C8H10N4O2" in two.notes[0].text
    copies = read(f"{IBUPROFEN}.{IBUPROFEN.replace('C(=O)O', 'C(=O)[O-]')}.[Na+]")
    assert codes(copies) == [("repair", "salt-removed")]
    assert "further copy" in copies.notes[0].text
    racemate = read(f"{IBUPROFEN}.{IBUPROFEN.replace('@@', '@')}")
    assert codes(racemate) == [("warning", "mixture")]
    assert "stereoisomers" in racemate.notes[0].text
    assert smiles(racemate) == Chem.CanonSmiles(IBUPROFEN)
    small = read(f"{'C' * 30}O.{PARACETAMOL}")  # less than half as large
    assert codes(small) == [("warning", "large-fragment-dropped")]


def test_the_order_of_the_pieces_does_not_matter() -> None:
    pieces = [PARACETAMOL, CAFFEINE, "Cl", "Cc1ccc(cc1)S(=O)(=O)[O-]"]
    found = {smiles(read(".".join(np.roll(pieces, n).tolist()))) for n in range(4)}
    assert found == {CAFFEINE}


def test_limits_of_size() -> None:
    limits = MoleculeLimits(most_heavy_atoms=12, fewest_heavy_atoms=5)
    assert library_molecule(record(PARACETAMOL), limits).mol.GetNumAtoms() == 11
    with pytest.raises(LigandUnreadable, match="14 heavy atoms, more than 12; raise --max-heavy-a"):
        library_molecule(record(CAFFEINE), limits)
    with pytest.raises(LigandUnreadable, match="has 4 heavy atoms, fewer than the 5"):
        library_molecule(record("CCCC"), limits)
    with pytest.raises(LigandUnreadable, match="fewer than the 5"):
        library_molecule(record("CCCC.Cl.Cl.Cl"), limits)
    with pytest.raises(LigandUnreadable, match="14 heavy atoms, more than 12"):
        library_molecule(record(posed(CAFFEINE), "sdf"), limits)
    with pytest.raises(UsageError, match="--max-heavy-atoms"):
        MoleculeLimits(most_heavy_atoms=2)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("*CCC", "R-group or query atom"),
        ("CCC[*:1]", "R-group or query atom"),
        ("CCC* |$;;;_R1$|", "R-group or query atom"),
        ("C~CCC", "query bond"),
        ("CC(C)C |Sg:n:1:n:ht|", "polymer"),
    ],
)
def test_what_is_not_definite_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(LigandUnreadable, match=sentence):
        read(text)


def test_labels_leave_the_stereo_of_the_rest() -> None:
    assert smiles(read("[13CH3]/C=C/[C@H](O)F")) == "C/C=C/[C@H](O)F"
    assert smiles(read("C/C=C\\[CH]C[C@H](F)Cl")) == "C/C=C\\CC[C@H](F)Cl"
    assert smiles(read("CC/C=C/[C@@H](F)C(=O)O[Na]")) == "CC/C=C/[C@@H](F)C(=O)[O-]"
    assert smiles(read("[13CH3]C[C@H](O)CC")) == "CCC(O)CC"  # a centre by its label alone


def test_labels_of_an_sdf_record() -> None:
    mol = Chem.MolFromSmiles("[13CH3]CCC[O]")
    AllChem.EmbedMolecule(mol, randomSeed=7)
    for v3000 in (False, True):
        molecule = read(Chem.MolToMolBlock(mol, forceV3000=v3000), "sdf")
        assert codes(molecule) == [("info", "isotope-labels"), ("info", "radical")]
        assert smiles(molecule) == "CCCCO"


def test_a_polymer_in_an_sdf_record() -> None:
    text = drawn("CCCC").replace("M  END", "M  STY  1   1 SRU\nM  SAL   1  2   2   3\nM  END")
    with pytest.raises(LigandUnreadable, match="polymer"):
        read(text, "sdf")
    assert smiles(read(drawn("CCCC").replace("SRU", "DAT"), "sdf")) == "CCCC"


# poses and drawings


@pytest.mark.parametrize("v3000", [False, True])
@pytest.mark.parametrize("text", ["C/C=C/[C@H](O)F", IBUPROFEN, "C[C@@]12CCCC[C@H]1CC=CC2"])
def test_the_stereo_of_pose_and_drawing(text: str, v3000: bool) -> None:
    given = read(posed(text, v3000=v3000), "sdf")
    flat = read(drawn(text, v3000=v3000), "sdf")
    assert smiles(given) == smiles(flat) == Chem.CanonSmiles(text)
    assert given.ligand is not None
    assert given.no_pose == ""
    assert flat.ligand is None
    assert "2D drawing" in flat.no_pose
    assert given.mol.GetNumConformers() == flat.mol.GetNumConformers() == 0


@pytest.mark.parametrize("code", ["1ia1", "1of6", "1s3v", "1uou"])
def test_the_pose_is_that_of_the_reader(code: str) -> None:
    path = example(code).ligand
    text = path.read_text().split("$$$$")[0]
    molecule, ligand = read(text, "sdf"), read_ligand(path)
    assert molecule.ligand is not None
    assert np.array_equal(molecule.ligand.positions, ligand.positions)
    assert molecule.ligand.notes == molecule.notes == ligand.notes
    assert molecule.ligand.name == molecule.mol.GetProp("_Name") == "drug 1"
    assert molecule.ligand.source.path == "library.smi"
    assert molecule.ligand.source.record == 3
    elements = [[atom.GetSymbol() for atom in mol.GetAtoms()] for mol in (molecule.mol, ligand.mol)]
    assert elements[0] == elements[1]


def test_coordinates_that_are_no_pose() -> None:
    zero = read(at_one_point(posed(PARACETAMOL)), "sdf")
    assert zero.ligand is None
    assert "no 3D coordinates" in zero.no_pose
    assert smiles(zero) == Chem.CanonSmiles(PARACETAMOL)
    mol = Chem.MolFromMolBlock(posed(IBUPROFEN))
    mol.GetConformer().SetPositions(mol.GetConformer().GetPositions() * 0.1)  # in nm
    scaled = read(Chem.MolToMolBlock(mol), "sdf")
    assert scaled.ligand is None
    assert "give coordinates in Å" in scaled.no_pose
    assert Chem.MolToSmiles(scaled.mol, isomericSmiles=False) == Chem.MolToSmiles(
        mol, isomericSmiles=False
    )


def test_parities_give_the_stereo_without_coordinates() -> None:
    found = set()
    for parity in (1, 2):
        lines = at_one_point(drawn("C[C@H](N)C(=O)O")).split("\n")
        lines[5] = lines[5][:39] + f"  {parity}" + lines[5][42:]
        found.add(smiles(read("\n".join(lines), "sdf")))
    assert found == {"C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"}


def test_a_drawing_that_needs_repair() -> None:
    molecule = read(FIVE_BONDS, "sdf")
    assert smiles(molecule) == "CCCC(=O)O"
    assert ("repair", "surplus-double-bond") in codes(molecule)


def test_the_pieces_of_a_posed_record() -> None:
    salt = read(posed(f"{IBUPROFEN}.Cc1ccc(cc1)S(=O)(=O)[O-].[Na+]"), "sdf")
    assert salt.ligand is not None
    assert salt.ligand.mol.GetNumAtoms() == salt.mol.GetNumAtoms() == 15
    assert salt.notes[0].text == "Left out beside the molecule: tosylate, Na."
    assert codes(salt) == [("repair", "salt-removed")]
    metformin = read(posed(f"CN(C)C(=N)NC(N)=N.{COUNTER_IONS['pamoate']}"), "sdf")
    assert metformin.mol.GetNumAtoms() == 9  # though pamoate is three times as large
    both = read(posed(f"{IBUPROFEN}.{CAFFEINE}"), "sdf")
    assert codes(both) == [("warning", "mixture")]
    copies = read(posed(f"{CAFFEINE}.{CAFFEINE}.O"), "sdf")
    assert codes(copies) == [("repair", "salt-removed")]


def test_a_loose_metal_at_the_molecule_is_bound() -> None:
    mol = Chem.MolFromMolBlock(posed("Oc1cccc2cccnc12"))
    ends = [a.GetIdx() for a in mol.GetAtoms() if a.GetSymbol() in ("N", "O")]
    positions = mol.GetConformer().GetPositions()
    centre = positions.mean(axis=0)
    between = positions[ends].mean(axis=0)
    place = between + (between - centre) / np.linalg.norm(between - centre) * 1.3
    wide = Chem.RWMol(mol)
    metal = wide.AddAtom(Chem.Atom(30))
    wide.GetConformer().SetAtomPosition(metal, place.tolist())
    molecule = read(Chem.MolToMolBlock(wide), "sdf")
    assert [atom.GetSymbol() for atom in molecule.mol.GetAtoms()].count("Zn") == 1
    assert codes(molecule) == [("info", "metal-in-ligand")]


MOL2 = """@<TRIPOS>MOLECULE
x
 4 3 0 0 0
SMALL
NO_CHARGES

@<TRIPOS>ATOM
 1 C1 {0} C.3 1 X 0.0
 2 C2 {1} C.3 1 X 0.0
 3 C3 {2} C.2 1 X 0.0
 4 O4 {3} O.2 1 X 0.0
@<TRIPOS>BOND
 1 1 2 1
 2 2 3 1
 3 3 4 2
"""


def test_mol2_with_and_without_a_pose() -> None:
    pose = MOL2.format("0 0 0", "1.5 0 0", "2.1 1.3 0.2", "1.5 2.3 0.5")
    assert read(pose, "mol2").ligand is not None
    zero = read(MOL2.format(*["0 0 0"] * 4), "mol2")
    assert zero.ligand is None
    assert smiles(zero) == "CCC=O"
    assert zero.notes == ()


@pytest.mark.parametrize("kind", ["sdf", "mol2"])
def test_a_damaged_record_costs_a_sentence(kind: RecordKind) -> None:
    with pytest.raises(LigandUnreadable, match=r"^[A-Z].*\.$"):
        read("", kind)
    with pytest.raises(LigandUnreadable, match=r"^[A-Z].*\.$"):
        read(posed(CAFFEINE)[:300], kind)


def test_a_record_with_a_problem_says_it() -> None:
    broken = LibraryRecord(0, "x.csv", 0, "smiles", "", "a", problem="Row 7 has no SMILES.")
    with pytest.raises(LigandUnreadable, match=r"^Row 7 has no SMILES\.$"):
        library_molecule(broken)


# fields


def test_fields_come_from_the_table_and_the_tags() -> None:
    block = posed(CAFFEINE) + "> <pK>\n7\n\n> <vendor>\nA\nB\n\n> <x>\n2\n\n"
    molecule = read(block, "sdf", series="s1", x="1")
    assert molecule.fields == {"pK": "7", "series": "s1", "vendor": "A\nB", "x": "1"}
    assert read(drawn(CAFFEINE) + "> <pK>\n7\n\n", "sdf").fields == {"pK": "7"}
    assert read(CAFFEINE, status="in stock").fields == {"status": "in stock"}


def test_the_first_source_of_a_field_wins_and_pictures_are_left_out() -> None:
    given = {"pK": "1", "image": "x" * 2_001}
    assert carried_fields(given, {"pK": "2", "price": "3"}) == {"pK": "1", "price": "3"}
