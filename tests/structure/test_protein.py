"""Proteins as they are met: altlocs, insertion codes, odd names, missing and impossible atoms."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import gemmi
import numpy as np
import pytest
from Bio.PDB import PDBParser

from molattn.errors import InputError, StructureUnreadable, UsageError
from molattn.resources import ExampleComplex
from molattn.structure import Protein, ResidueKind, read_protein
from molattn.structure.residue_names import ADDITIVES, ALIASES, HEAVY_ATOMS, MODIFIED
from molattn.structure.residues import meaning_of, parent_from_atoms
from tests.structure.pdb_lines import ALANINE, atom_line, pdb_text, residue_lines


def read(tmp_path: Path, text: str, name: str = "one.pdb") -> Protein:
    path = tmp_path / name
    path.write_text(text)
    return read_protein(path)


def codes(protein: Protein) -> set[str]:
    return {note.code for note in protein.notes}


def assert_same(one: Protein, other: Protein) -> None:
    for table in ("atoms", "residues"):
        first, second = getattr(one, table), getattr(other, table)
        for field in first.__slots__:
            assert np.array_equal(getattr(first, field), getattr(second, field)), field


def test_a_real_complex_in_four_guises(tmp_path: Path, complex_1s3v: ExampleComplex) -> None:
    protein = read_protein(complex_1s3v.protein)
    assert len(protein.residues) > 150
    assert not set(protein.atoms.element) & {"H", "D"}
    assert np.all(np.diff(protein.atoms.residue) >= 0)
    structure = gemmi.read_structure(str(complex_1s3v.protein))
    structure.setup_entities()
    structure.make_mmcif_document().write_file(str(tmp_path / "1s3v.cif"))
    packed = tmp_path / "1s3v.cif.gz"
    packed.write_bytes(gzip.compress((tmp_path / "1s3v.cif").read_bytes()))
    biopython = PDBParser(QUIET=True).get_structure("x", str(complex_1s3v.protein))
    for source in (tmp_path / "1s3v.cif", packed, structure):
        assert_same(protein, read_protein(source))
    by_biopython = read_protein(biopython)
    assert np.array_equal(by_biopython.atoms.name, protein.atoms.name)
    assert np.allclose(by_biopython.atoms.position, protein.atoms.position, atol=1e-4)


def test_every_packaged_complex_is_read(complexes: dict[str, ExampleComplex]) -> None:
    for name, entry in complexes.items():
        protein = read_protein(entry.protein)
        assert protein.name.startswith(name)
        assert (protein.residues.kind == ResidueKind.AMINO_ACID).sum() > 100
        amino = protein.residues.kind == ResidueKind.AMINO_ACID
        assert set(protein.residues.parent[amino]) <= set(HEAVY_ATOMS)


def test_the_better_occupied_location_stays(tmp_path: Path) -> None:
    lines = [
        *residue_lines("ALA", 1, leave_out=["CB"]),
        atom_line("CB", "ALA", 1, (1.9, -0.8, -0.2), altloc="A", occupancy=0.4),
        atom_line("CB", "ALA", 1, (1.9, -0.9, 2.1), altloc="B", occupancy=0.6),
    ]
    protein = read(tmp_path, pdb_text(lines))
    assert protein.atoms.name.tolist() == ["N", "CA", "C", "O", "CB"]
    assert protein.atoms.position[-1].tolist() == [1.9, -0.9, 2.1]
    assert protein.residues.alternative.tolist() == [True]
    assert "altloc-resolved" in codes(protein)


def test_one_letter_through_a_residue_and_the_first_of_equals(tmp_path: Path) -> None:
    lines = [
        *residue_lines("ALA", 1, altloc="B", occupancy=0.5, shift=5),
        *residue_lines("ALA", 1, altloc="A", occupancy=0.5),
    ]
    protein = read(tmp_path, pdb_text(lines))
    assert len(protein.atoms) == 5
    assert protein.atoms.position[0, 0] == 0.0


def test_two_amino_acids_at_one_place(tmp_path: Path) -> None:
    lines = [
        *residue_lines("SER", 1, altloc="A", occupancy=0.3, extra={"OG": (3.4, -0.7, -0.2)}),
        *residue_lines("ALA", 1, altloc="B", occupancy=0.7),
    ]
    protein = read(tmp_path, pdb_text(lines))
    assert protein.residues.name.tolist() == ["ALA"]
    assert len(protein.atoms) == 5


def test_insertion_codes_negative_numbers_and_blank_chains(tmp_path: Path) -> None:
    lines = [
        *residue_lines("ALA", -3),
        *residue_lines("ALA", 60, shift=10),
        *residue_lines("GLY", 60, shift=20, insertion="A", leave_out=["CB"]),
        atom_line("ZN", "ZN", 301, (30, 0, 0), chain=" ", element="Zn", record="HETATM"),
    ]
    residues = read(tmp_path, pdb_text(lines)).residues
    assert residues.number.tolist() == [-3, 60, 60, 301]
    assert residues.insertion.tolist() == ["", "", "A", ""]
    assert residues.chain.tolist() == ["A", "A", "A", ""]
    assert [residues.label(row) for row in range(4)] == ["A:ALA-3", "A:ALA60", "A:GLY60A", "ZN301"]
    assert residues.kind[-1] == ResidueKind.METAL


def test_two_chains_without_names_stay_apart(tmp_path: Path) -> None:
    lines = [
        *residue_lines("ALA", 1, chain=" "),
        *residue_lines("ALA", 2, chain=" ", shift=4),
        *residue_lines("ALA", 1, chain=" ", shift=40),
        *residue_lines("ALA", 2, chain=" ", shift=44),
    ]
    protein = read(tmp_path, pdb_text(lines))
    assert sorted(protein.residues.number.tolist()) == [1, 1, 2, 2]
    assert np.bincount(protein.atoms.residue).tolist() == [5, 5, 5, 5]


def test_atoms_given_twice(tmp_path: Path) -> None:
    protein = read(tmp_path, pdb_text(residue_lines("ALA", 1), residue_lines("ALA", 1, shift=0.1)))
    assert len(protein.atoms) == 5
    assert protein.atoms.position[0, 0] == 0.0
    assert "duplicate-atoms" in codes(protein)


def test_atoms_at_one_place(tmp_path: Path) -> None:
    lines = residue_lines("ALA", 1, extra={"CX": ALANINE["CB"]})
    assert "coincident-atoms" in codes(read(tmp_path, pdb_text(lines)))


def test_hydrogens_do_not_matter(tmp_path: Path) -> None:
    bare = pdb_text(residue_lines("ALA", 1))
    hydrogens = {"HA": (1.8, 0.5, 1.9), "1HB": (2.5, 0, -1), "HG11": (3, 0, -1), "D": (0, 1, 1)}
    lines = residue_lines("ALA", 1, extra=hydrogens)
    assert_same(read(tmp_path, bare), read(tmp_path, pdb_text(lines)))
    no_elements = "\n".join(line[:76] for line in pdb_text(lines).split("\n"))
    assert_same(read(tmp_path, bare), read(tmp_path, no_elements))


def test_elements_follow_from_names(tmp_path: Path) -> None:
    """A name one column to the left reads as calcium, cadmium, mercury, cerium."""
    extra = {"CG": (3, 0, 0), "CD": (4, 0, 0), "CE": (5, 0, 0), "NZ": (6, 0, 0), "HG2": (3, 1, 0)}
    lines = [
        line[:12] + f"{line[12:16].strip():<4}" + line[16:76]
        for line in residue_lines("LYS", 1, extra=extra)
    ]
    protein = read(tmp_path, pdb_text(lines))
    assert protein.atoms.element.tolist() == ["N", "C", "C", "O", "C", "C", "C", "C", "N"]
    assert not protein.residues.missing_atoms.any()


def test_selenomethionine_becomes_methionine(tmp_path: Path) -> None:
    lines = [
        *residue_lines("MSE", 1, extra={"CG": (3, 0, 0), "CE": (5, 0, 0)}, record="HETATM"),
        atom_line("SE", "MSE", 1, (4, 0, 0), element="Se", record="HETATM"),
    ]
    protein = read(tmp_path, pdb_text(lines))
    residues = protein.residues
    assert (residues.name[0], residues.parent[0]) == ("MSE", "MET")
    assert residues.kind[0] == ResidueKind.MODIFIED
    assert not residues.missing_atoms[0]
    assert protein.atoms.element[protein.atoms.name == "SD"].tolist() == ["S"]


def test_an_unknown_residue_in_the_chain_counts_as_the_one_it_extends(tmp_path: Path) -> None:
    extra = {"OG": (3.4, -0.7, -0.2), "Q9": (4.5, -0.7, -0.2)}
    bonded = [*residue_lines("GLY", 1, leave_out=["CB"]), *residue_lines("QX9", 2, extra=extra)]
    moved = [
        line
        if "QX9" not in line
        else line[:30] + f"{float(line[30:38]) + 2.0:8.3f}"
        f"{float(line[38:46]) + 2.6:8.3f}" + line[46:]
        for line in bonded
    ]
    residues = read(tmp_path, pdb_text(moved)).residues
    assert residues.parent.tolist() == ["GLY", "SER"]
    assert residues.kind[1] == ResidueKind.MODIFIED
    free = [*residue_lines("GLY", 1), *residue_lines("QX9", 2, extra=extra, shift=30)]
    assert read(tmp_path, pdb_text(free)).residues.kind[1] == ResidueKind.COFACTOR


@pytest.mark.parametrize(
    ("name", "kind", "parent"),
    [
        ("HID", ResidueKind.AMINO_ACID, "HIS"),
        ("CYX", ResidueKind.AMINO_ACID, "CYS"),
        ("NALA", ResidueKind.AMINO_ACID, "ALA"),
        ("SEP", ResidueKind.MODIFIED, "SER"),
        ("KCX", ResidueKind.MODIFIED, "LYS"),
        ("CRO", ResidueKind.MODIFIED, "THR"),
        ("HEM", ResidueKind.COFACTOR, ""),
        ("NAG", ResidueKind.COFACTOR, ""),
        ("DG", ResidueKind.NUCLEOTIDE, ""),
        ("HOH", ResidueKind.WATER, ""),
    ],
)
def test_what_names_mean(name: str, kind: ResidueKind, parent: str) -> None:
    meaning = meaning_of(name)
    assert (meaning.kind, meaning.parent, meaning.additive) == (kind, parent, False)


def test_tables_of_names_do_not_contradict_each_other() -> None:
    assert not set(ALIASES) & set(MODIFIED)
    assert not set(HEAVY_ATOMS) & (set(ALIASES) | set(MODIFIED) | ADDITIVES)
    assert not ADDITIVES & (set(MODIFIED) | set(ALIASES))
    assert {*ALIASES.values(), *MODIFIED.values()} <= set(HEAVY_ATOMS)
    for name, atoms in HEAVY_ATOMS.items():
        # Atoms alone tell the name, but for what only the elements tell apart.
        assert HEAVY_ATOMS[parent_from_atoms(atoms)] == atoms, name


def test_additives_are_left_out_and_cofactors_stay(tmp_path: Path) -> None:
    lines = [
        *residue_lines("ALA", 1),
        atom_line("S", "SO4", 2, (9, 0, 0), record="HETATM"),
        atom_line("CL", "CL", 3, (9, 9, 0), element="Cl", record="HETATM"),
        atom_line("MG", "MG", 4, (9, 9, 9), element="Mg", record="HETATM"),
        atom_line("C1", "NAG", 5, (9, 0, 9), record="HETATM"),
        atom_line("C2", "NAG", 5, (9, 1, 9), record="HETATM"),
        atom_line("O", "HOH", 6, (0, 9, 9), record="HETATM"),
    ]
    protein = read(tmp_path, pdb_text(lines))
    assert protein.residues.name.tolist() == ["ALA", "MG", "NAG", "HOH"]
    assert protein.residues.kind.tolist() == [
        ResidueKind.AMINO_ACID,
        ResidueKind.METAL,
        ResidueKind.COFACTOR,
        ResidueKind.WATER,
    ]
    (note,) = [note for note in protein.notes if note.code == "additives-left-out"]
    assert note.kind == "info"
    assert "SO4 (1)" in note.text
    assert "CL (1)" in note.text


def test_missing_atoms_are_flagged_but_for_the_terminal_oxygen(tmp_path: Path) -> None:
    lines = [
        *residue_lines("ALA", 1, leave_out=["CB"]),
        *residue_lines("ALA", 2, shift=5, extra={"OXT": (2.9, 1.6, 1.0)}),
        *residue_lines("GLY", 3, shift=10, leave_out=["CB"]),
    ]
    assert read(tmp_path, pdb_text(lines)).residues.missing_atoms.tolist() == [True, False, False]


@pytest.mark.parametrize("bad", ["********", "     nan", "     abc", "        ", "     inf"])
def test_coordinates_that_are_no_numbers(tmp_path: Path, bad: str) -> None:
    lines = residue_lines("ALA", 1)
    broken = [line[:30] + bad * 3 + line[54:] if " CB " in line else line for line in lines]
    protein = read(tmp_path, pdb_text(broken))
    assert protein.atoms.name.tolist() == ["N", "CA", "C", "O"]
    (note,) = [note for note in protein.notes if note.code == "coordinates-not-numbers"]
    assert note.kind == "warning"
    assert note.text.startswith("1 atom ")
    with pytest.raises(StructureUnreadable):
        read(tmp_path, pdb_text([line[:30] + bad * 3 + line[54:] for line in lines]))


def test_the_first_model_is_used(tmp_path: Path) -> None:
    models = [
        ["MODEL        1", *residue_lines("ALA", 1), "ENDMDL"],
        ["MODEL        2", *residue_lines("ALA", 1, shift=3), "ENDMDL"],
    ]
    protein = read(tmp_path, pdb_text(*models))
    assert len(protein.atoms) == 5
    assert protein.atoms.position[0, 0] == 0.0
    assert "first-model" in codes(protein)
    structure = gemmi.read_pdb_string(pdb_text(*models))
    assert_same(protein, read_protein(structure))
    assert len(structure) == 2


def test_lines_numbered_in_the_old_way(tmp_path: Path) -> None:
    lines = [
        line[:72] + f"1OLD{row:4d}" for row, line in enumerate(residue_lines("ALA", 1), start=50)
    ]
    assert read(tmp_path, pdb_text(lines)).atoms.element.tolist() == ["N", "C", "C", "O", "C"]


def test_alpha_carbons_alone_warn(tmp_path: Path) -> None:
    lines = [atom_line("CA", "ALA", row, (3.8 * row, 1, 0)) for row in range(1, 9)]
    protein = read(tmp_path, pdb_text(lines))
    assert "coarse-grained" in codes(protein)
    assert set(protein.atoms.element) == {"C"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("HEADER    NOTHING\nEND\n", "no atoms"),
        (pdb_text([atom_line("CA", "ALA", 1, (0, 0, 0))]), "zero"),
        (pdb_text([atom_line("S", "SO4", 1, (1, 0, 0))]), "additives"),
        (pdb_text([atom_line("H", "ALA", 1, (1, 0, 0))]), "hydrogens"),
        ("data_X\nloop_\n_chem_comp_atom.comp_id\n_chem_comp_atom.atom_id\nALA N\n", "component"),
        ("data_X\n_cell_length_a 5\nloop_\n_atom_site_fract_x\n0.5\n", "small-molecule"),
        ("data_X\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n1\n", "read"),
        ("@<TRIPOS>MOLECULE\nx\n", "MOL2"),
        ("what is this?!\n", "PDB or mmCIF"),
    ],
)
def test_what_is_no_protein_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "input"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_protein(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_objects_are_refused() -> None:
    with pytest.raises(UsageError, match="not as int"):
        read_protein(3)


def test_a_file_cut_anywhere_gives_a_protein_or_a_sentence(
    tmp_path: Path, complex_1s3v: ExampleComplex
) -> None:
    text = complex_1s3v.protein.read_text()
    generator = np.random.default_rng(12)
    for row in range(40):
        start, end = np.sort(generator.integers(0, len(text), 2))
        damaged = text[:start] + text[end:] if row % 2 else text[start:end]
        path = tmp_path / "cut.pdb"
        path.write_text(damaged)
        with contextlib.suppress(InputError):
            assert np.isfinite(read_protein(path).atoms.position).all()
