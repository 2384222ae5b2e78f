"""The pocket against a plain count of distances, and one complex in several guises."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import pytest
from rdkit import Chem
from scipy.spatial.distance import cdist

from molattn.errors import PocketEmpty, UsageError
from molattn.resources import ExampleComplex
from molattn.structure import Pocket, Protein, ResidueKind, read_protein, select_pocket
from molattn.structure.records import Floats
from tests.structure.pdb_lines import atom_line, pdb_text, residue_lines


def ligand_positions(entry: ExampleComplex) -> Floats:
    mol = Chem.MolFromMolFile(str(entry.ligand))
    return np.array(mol.GetConformer().GetPositions())


@pytest.fixture(scope="module")
def protein(complex_1s3v: ExampleComplex) -> Protein:
    return read_protein(complex_1s3v.protein)


@pytest.fixture(scope="module")
def positions(complex_1s3v: ExampleComplex) -> Floats:
    return ligand_positions(complex_1s3v)


def small(tmp_path: Path, *groups: list[str]) -> Protein:
    path = tmp_path / "small.pdb"
    path.write_text(pdb_text(*groups))
    return read_protein(path)


def codes(pocket: Pocket) -> set[str]:
    return {note.code for note in pocket.notes}


def assert_same(one: Pocket, other: Pocket) -> None:
    for table in ("atoms", "residues"):
        first, second = getattr(one, table), getattr(other, table)
        for field in first.__slots__:
            assert np.array_equal(getattr(first, field), getattr(second, field)), field


@pytest.mark.parametrize("cutoff", [4.0, 6.0, 10.0, 12.0])
def test_whole_residues_within_the_cutoff(
    protein: Protein, positions: Floats, cutoff: float
) -> None:
    pocket = select_pocket(protein, positions, cutoff=cutoff)
    near = cdist(protein.atoms.position, positions).min(axis=1) <= cutoff
    expected = np.unique(protein.atoms.residue[near])
    expected = expected[protein.residues.kind[expected] != ResidueKind.WATER]
    assert pocket.residues.number.tolist() == protein.residues.number[expected].tolist()
    assert len(pocket.atoms) == np.isin(protein.atoms.residue, expected).sum()
    assert np.unique(pocket.atoms.residue).tolist() == list(range(len(expected)))


def test_a_cut_file_gives_the_same_pocket(
    tmp_path: Path, complexes: dict[str, ExampleComplex]
) -> None:
    for entry in complexes.values():
        positions = ligand_positions(entry)
        whole = read_protein(entry.protein)
        structure = gemmi.read_structure(str(entry.protein))
        for chain in structure[0]:
            for row in range(len(chain) - 1, -1, -1):
                heavy = [a.pos.tolist() for a in chain[row] if not a.is_hydrogen()]
                if not heavy or cdist(heavy, positions).min() > 12.0:
                    del chain[row]
        structure.write_pdb(str(tmp_path / "cut.pdb"))
        cut = read_protein(tmp_path / "cut.pdb")
        assert len(cut.residues) < len(whole.residues)
        pocket = select_pocket(cut, positions)
        assert_same(select_pocket(whole, positions), pocket)
        assert "protein-cut-short" not in codes(pocket)


def test_a_file_cut_inside_the_pocket_is_named(protein: Protein, positions: Floats) -> None:
    inner = select_pocket(protein, positions, cutoff=6.0)
    cut = Protein("cut", inner.atoms, inner.residues)
    assert "protein-cut-short" in codes(select_pocket(cut, positions))
    assert "protein-cut-short" not in codes(select_pocket(cut, positions, cutoff=6.0))
    assert_same(inner, select_pocket(cut, positions, cutoff=6.0))


def test_moving_both_changes_nothing(protein: Protein, positions: Floats) -> None:
    shift = np.array([12.5, -40.0, 7.25])
    atoms = replace(protein.atoms, position=protein.atoms.position + shift)
    moved = select_pocket(replace(protein, atoms=atoms), positions + shift)
    assert np.array_equal(moved.atoms.name, select_pocket(protein, positions).atoms.name)


def test_around_a_centre(protein: Protein, positions: Floats) -> None:
    center = positions.mean(axis=0)
    pocket = select_pocket(protein, center=center, radius=8.0)
    assert_same(pocket, select_pocket(protein, center[None], cutoff=8.0))
    assert_same(pocket, select_pocket(protein, positions, center=center, radius=8.0))


def test_the_cutoff_is_inclusive(tmp_path: Path) -> None:
    protein = small(tmp_path, [atom_line("CA", "GLY", 1, (6.0, 8.0, 0.0))])
    assert len(select_pocket(protein, [[0.0, 0.0, 0.0]], cutoff=10.0).atoms) == 1


def test_waters_are_an_option(tmp_path: Path) -> None:
    water = [atom_line("O", "HOH", 9, (3, 3, 3), record="HETATM")]
    protein = small(tmp_path, residue_lines("ALA", 1), water)
    place = [[0.0, 4.0, 1.0]]
    assert select_pocket(protein, place).residues.name.tolist() == ["ALA"]
    assert select_pocket(protein, place, waters=True).residues.name.tolist() == ["ALA", "HOH"]


def test_the_ligand_in_the_protein_file_is_left_out(tmp_path: Path) -> None:
    own = [atom_line(f"C{i}", "LGX", 7, (i * 1.5, 5, 1), record="HETATM") for i in range(1, 6)]
    other = [atom_line(f"C{i}", "LGX", 8, (i * 1.5, 9, 1), record="HETATM") for i in range(1, 6)]
    protein = small(tmp_path, residue_lines("ALA", 1), own, other)
    place = np.array([[i * 1.5, 5.1, 1.0] for i in range(1, 6)])
    pocket = select_pocket(protein, place)
    assert pocket.residues.number.tolist() == [1, 8]
    (note,) = [note for note in pocket.notes if note.code == "ligand-in-protein"]
    assert "A:LGX7" in note.text
    assert note.kind == "info"


def test_a_residue_can_be_named_to_leave_out(tmp_path: Path) -> None:
    protein = small(tmp_path, residue_lines("ALA", 1), residue_lines("ALA", 2, shift=4))
    place = [[0.0, 5.0, 1.0]]
    for named in ("A:ALA2", 1):
        pocket = select_pocket(protein, place, exclude=[named])
        assert pocket.residues.number.tolist() == [1]
    for absent in ("A:ALA9", 7, -1):
        with pytest.raises(UsageError, match="no residue"):
            select_pocket(protein, place, exclude=[absent])


def test_the_nearest_distance_is_told_when_nothing_is_near(tmp_path: Path) -> None:
    protein = small(tmp_path, residue_lines("ALA", 1))
    with pytest.raises(PocketEmpty, match=r"nearest protein atom is 97\.0 Å from the ligand"):
        select_pocket(protein, [[-97.0, 0.0, 1.0]])
    with pytest.raises(PocketEmpty, match="given centre"):
        select_pocket(protein, center=[0.0, 0.0, 60.0], radius=5.0)


def test_close_contacts_and_missing_atoms_warn(tmp_path: Path) -> None:
    protein = small(
        tmp_path, residue_lines("SER", 1), residue_lines("ALA", 2, shift=20, leave_out=["CB"])
    )
    close = select_pocket(protein, [[-1.5, 0.0, 1.0]])
    assert {"close-contact", "missing-atoms-near-ligand"} <= codes(close)
    far = select_pocket(protein, [[20.0, 9.0, 1.0]])
    assert not {"close-contact", "missing-atoms-near-ligand"} & codes(far)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"positions": np.zeros((0, 3))},
        {"positions": np.zeros(3)},
        {"positions": [[np.nan, 0, 0]]},
        {"center": [0.0, 0.0]},
        {"center": [0.0, 0.0, 0.0], "radius": -1.0},
        {"positions": [[0.0, 0.0, 0.0]], "cutoff": np.inf},
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        select_pocket(small(tmp_path, residue_lines("ALA", 1)), **options)  # type: ignore[arg-type]


def test_a_metal_at_its_usual_distance_is_no_clash(tmp_path: Path) -> None:
    zinc = atom_line("ZN", "ZN", 5, (6.0, 0.0, 1.0), element="ZN", record="HETATM")
    protein = small(tmp_path, residue_lines("ALA", 1), [zinc])
    pocket = select_pocket(protein, [[7.95, 0.0, 1.0]])
    assert ResidueKind.METAL in pocket.residues.kind
    assert "close-contact" not in codes(pocket)


@pytest.mark.parametrize(("occupancy", "warned"), [(0.52, True), (0.8, False)])
def test_a_toss_up_between_locations_at_the_ligand_warns(
    tmp_path: Path, occupancy: float, warned: bool
) -> None:
    likelier = residue_lines("ALA", 1, altloc="B", occupancy=occupancy)
    other = residue_lines("ALA", 1, altloc="A", occupancy=1.0 - occupancy, shift=1.0)
    pocket = select_pocket(small(tmp_path, [*likelier, *other]), [[0.0, 0.0, 4.0]])
    assert ("alternative-location-near-ligand" in codes(pocket)) is warned
