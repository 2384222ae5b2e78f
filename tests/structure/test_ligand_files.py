"""SDF and MOL2 files: one item for every record, whatever the record is."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import AllChem

from molattn.errors import FileUnreadable, LigandUnreadable
from molattn.structure import (
    Ligand,
    LigandFailure,
    ligand_from_mol,
    read_ligand,
    read_ligands,
    standard_form,
)


def posed(smiles: str, name: str = "") -> Chem.Mol:
    """Return a molecule with hydrogens and a reproducible conformer."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(mol, randomSeed=7)
    mol.SetProp("_Name", name)
    return mol


def block(smiles: str, name: str = "", *, hydrogens: bool = False, v3000: bool = False) -> str:
    mol = posed(smiles, name)
    if not hydrogens:
        mol = Chem.RemoveHs(mol)
    return Chem.MolToMolBlock(mol, forceV3000=v3000)


def written(path: Path, *blocks: str) -> Path:
    path.write_text("".join(text + "$$$$\n" for text in blocks))
    return path


def form(ligand: Ligand) -> str:
    return Chem.MolToSmiles(standard_form(ligand.mol), isomericSmiles=False)


ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
CAFFEINE = "Cn1cnc2c1c(=O)n(C)c(=O)n2C"


def test_records_keep_their_order_names_and_tags(tmp_path: Path) -> None:
    first = block(ASPIRIN, "aspirin") + "> <pK>\n5.2\n\n> <note>\ntwo\nlines\n\n"
    path = written(tmp_path / "two.sdf", first, block(CAFFEINE))
    one, two = read_ligands(path)
    assert isinstance(one, Ligand)
    assert isinstance(two, Ligand)
    assert (one.name, two.name) == ("aspirin", "record 2")
    assert dict(one.tags) == {"pK": "5.2", "note": "two\nlines"}
    assert (one.source.record, two.source.record) == (0, 1)
    assert form(two) == Chem.CanonSmiles(CAFFEINE)


def test_positions_are_those_of_the_file(tmp_path: Path) -> None:
    mol = Chem.RemoveHs(posed(ASPIRIN))
    ligand = read_ligand(written(tmp_path / "a.sdf", Chem.MolToMolBlock(mol)))
    assert ligand.positions == pytest.approx(mol.GetConformer().GetPositions(), abs=1e-4)
    assert np.array_equal(ligand.mol.GetConformer().GetPositions(), ligand.positions)


@pytest.mark.parametrize("v3000", [False, True])
def test_hydrogens_make_no_difference(tmp_path: Path, v3000: bool) -> None:
    bare = read_ligand(written(tmp_path / "a.sdf", block(ASPIRIN, v3000=v3000)))
    full = read_ligand(written(tmp_path / "b.sdf", block(ASPIRIN, hydrogens=True, v3000=v3000)))
    assert form(bare) == form(full) == Chem.CanonSmiles(ASPIRIN)
    assert len(bare.positions) == len(full.positions) == 13


def test_gzip_is_seen_by_content(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf.gz"
    path.write_bytes(gzip.compress((block(ASPIRIN) + "$$$$\n").encode()))
    assert form(read_ligand(path)) == Chem.CanonSmiles(ASPIRIN)


def test_only_the_records_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.sdf", *(block("C" * n, f"c{n}") for n in range(4, 9)))
    assert [item.name for item in read_ligands(path, records=(1, 3))] == ["c5", "c7"]
    with pytest.raises(LigandUnreadable, match="no record 9"):
        read_ligand(path, record=8)


def truncated(text: str) -> str:
    return "\n".join(text.split("\n")[:9]) + "\n"


@pytest.mark.parametrize("end", ["$$$$\n", ""])
def test_a_record_cut_short_between_two_good_ones(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.sdf"
    path.write_text(
        block(ASPIRIN, "good")
        + "$$$$\n"
        + truncated(block(CAFFEINE, "cut"))
        + end
        + block(CAFFEINE, "last")
    )
    one, cut, last = read_ligands(path)
    assert isinstance(one, Ligand)
    assert isinstance(cut, LigandFailure)
    assert (cut.name, cut.source.record) == ("cut", 1)
    assert "cut short" in cut.reason
    assert isinstance(last, Ligand)
    assert last.name == "last"


def _change(text: str, line: int, start: int, new: str) -> str:
    lines = text.split("\n")
    old = lines[line]
    lines[line] = old[:start] + new + old[start + len(new) :]
    return "\n".join(lines)


def _with_coordinates(text: str, columns: str) -> str:
    lines = text.split("\n")
    for row in range(4, 17):
        lines[row] = columns + lines[row][30:]
    return "\n".join(lines)


FAULTS = {
    "counts": (lambda t: _change(t, 3, 0, "garbag"), "counts line"),
    "stars": (lambda t: _change(t, 5, 0, "**********"), "coordinates of atom 2 are no numbers"),
    "nan": (lambda t: _change(t, 5, 0, "       nan"), "coordinates of atom 2 are no numbers"),
    "element": (lambda t: _change(t, 5, 31, "Xx "), "unknown element 'Xx'"),
    "R-group": (lambda t: _change(t, 5, 31, "R# "), "R-group"),
    "query": (lambda t: _change(t, 5, 31, "A  "), "query atom"),
    "bond": (lambda t: _change(t, 17, 0, " 99"), "names an atom that is not there"),
    "query bond": (lambda t: _change(t, 17, 6, "  8"), "query bond"),
    "origin": (
        lambda t: _with_coordinates(t, "    0.0000    0.0000    0.0000"),
        "no 3D coordinates",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_its_sentence(tmp_path: Path, fault: str) -> None:
    spoil, sentence = FAULTS[fault]
    path = written(tmp_path / "a.sdf", spoil(block(ASPIRIN, "bad")), block(CAFFEINE))
    bad, good = read_ligands(path)
    assert isinstance(bad, LigandFailure)
    assert sentence in bad.reason
    assert bad.reason.endswith(".")
    assert isinstance(good, Ligand)


def test_no_atoms(tmp_path: Path) -> None:
    empty = Chem.MolToMolBlock(Chem.Mol())
    (item,) = read_ligands(written(tmp_path / "a.sdf", empty))
    assert isinstance(item, LigandFailure)
    assert "no heavy atom" in item.reason


def test_a_drawing_is_no_pose_but_a_flat_molecule_is(tmp_path: Path) -> None:
    drawn = Chem.MolFromSmiles(ASPIRIN)
    AllChem.Compute2DCoords(drawn)
    silent = _change(Chem.MolToMolBlock(drawn), 1, 20, "3D")
    flat = Chem.RemoveHs(posed("c1ccncc1"))
    places = flat.GetConformer().GetPositions()
    centred = places - places.mean(axis=0)
    axes = np.linalg.svd(centred)[2]
    flat.GetConformer().SetPositions(np.round(centred @ axes.T, 4) * [1.0, 1.0, 0.0])
    path = written(tmp_path / "a.sdf", Chem.MolToMolBlock(drawn), silent, Chem.MolToMolBlock(flat))
    said, unsaid, planar = read_ligands(path)
    assert isinstance(said, LigandFailure)
    assert isinstance(unsaid, LigandFailure)
    assert "2D drawing" in said.reason
    assert "2D drawing" in unsaid.reason
    assert isinstance(planar, Ligand)


def test_counter_ions_are_left_out_and_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.sdf", block("CC(=O)Oc1ccccc1C(=O)[O-].[Na+].O"))
    ligand = read_ligand(path)
    assert form(ligand) == Chem.CanonSmiles(ASPIRIN)
    assert [note.code for note in ligand.notes] == ["largest-fragment"]
    two = read_ligand(written(tmp_path / "b.sdf", block(ASPIRIN + "." + CAFFEINE)))
    assert "large-fragment-dropped" in [note.code for note in two.notes]


def test_query_columns_are_not_believed(tmp_path: Path) -> None:
    """Hydrogen counts, valences and topology as X-TOOL fills them change nothing."""
    lines = block(ASPIRIN).split("\n")
    for row in range(4, 17):
        lines[row] = lines[row][:39] + "  1  0  3"
    for row in range(17, 30):
        lines[row] = lines[row][:9] + "  0  0  2"
    ligand = read_ligand(written(tmp_path / "a.sdf", "\n".join(lines)))
    assert form(ligand) == Chem.CanonSmiles(ASPIRIN)


MOL2 = """@<TRIPOS>MOLECULE
benzamidine acid
{atoms} {bonds} 0 0 0
SMALL
NO_CHARGES

@<TRIPOS>ATOM
1 C1 0.00 1.39 0.0 C.ar 1 LIG 0.0
2 C2 1.20 0.69 0.0 C.ar 1 LIG 0.0
3 C3 1.20 -0.69 0.0 C.ar 1 LIG 0.0
4 C4 0.00 -1.39 0.0 C.ar 1 LIG 0.0
5 C5 -1.20 -0.69 0.0 C.ar 1 LIG 0.0
6 C6 -1.20 0.69 0.0 C.ar 1 LIG 0.0
7 C7 0.00 2.87 0.0 C.cat 1 LIG 0.0
8 N1 1.14 3.52 0.3 N.pl3 1 LIG 0.0
9 N2 -1.14 3.52 -0.3 N.pl3 1 LIG 0.0
10 C8 0.00 -2.89 0.0 C.2 1 LIG 0.0
11 O1 1.09 -3.51 0.3 O.co2 1 LIG 0.0
12 O2 -1.09 -3.51 -0.3 O.co2 1 LIG 0.0
{more_atoms}@<TRIPOS>BOND
1 1 2 ar
2 2 3 ar
3 3 4 ar
4 4 5 ar
5 5 6 ar
6 6 1 ar
7 1 7 1
8 7 8 ar
9 7 9 ar
10 4 10 1
11 10 11 ar
12 10 12 ar
{more_bonds}"""


def test_mol2_chemistry_comes_from_heavy_atoms(tmp_path: Path) -> None:
    bare, full = tmp_path / "bare.mol2", tmp_path / "full.mol2"
    bare.write_text(MOL2.format(atoms=12, bonds=12, more_atoms="", more_bonds=""))
    full.write_text(
        MOL2.format(
            atoms=14,
            bonds=14,
            more_atoms="13 H1 2.0 3.0 0.3 H 1 LIG 0.0\n14 H2 1.1 4.5 0.4 H 1 LIG 0.0\n",
            more_bonds="13 8 13 1\n14 8 14 1\n",
        )
    )
    assert form(read_ligand(bare)) == "N=C(N)c1ccc(C(=O)O)cc1"
    assert form(read_ligand(full)) == "N=C(N)c1ccc(C(=O)O)cc1"
    assert read_ligand(bare).notes == ()


def test_mol2_records_and_faults(tmp_path: Path) -> None:
    good = MOL2.format(atoms=12, bonds=12, more_atoms="", more_bonds="")
    path = tmp_path / "a.mol2"
    path.write_text(
        good + good.replace("C.cat", "Zz.9") + good.replace("12 12 0", "20 12 0") + good
    )
    one, unknown, short, last = read_ligands(path)
    assert isinstance(one, Ligand)
    assert isinstance(last, Ligand)
    assert isinstance(unknown, LigandFailure)
    assert isinstance(short, LigandFailure)
    assert "'Zz.9'" in unknown.reason
    assert "12 of 20 atom lines" in short.reason


def test_files_that_are_no_ligands(tmp_path: Path) -> None:
    page = tmp_path / "page.sdf"
    page.write_text("<!DOCTYPE html><html><body>not found</body></html>")
    empty = tmp_path / "empty.sdf"
    empty.write_text("")
    for path in (page, empty, tmp_path, tmp_path / "missing.sdf"):
        with pytest.raises(FileUnreadable):
            list(read_ligands(path))


def test_an_rdkit_molecule_is_a_ligand() -> None:
    mol = posed(ASPIRIN, "aspirin")
    ligand = ligand_from_mol(mol)
    assert ligand.name == "aspirin"
    assert form(ligand) == Chem.CanonSmiles(ASPIRIN)
    with pytest.raises(LigandUnreadable, match="conformer"):
        ligand_from_mol(Chem.MolFromSmiles("CCO"))
