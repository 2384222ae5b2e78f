"""A ligand out of a complex file: which residue, which location, which bonds."""

from __future__ import annotations

import gzip
from pathlib import Path

import gemmi
import pytest
from rdkit import Chem

from molattn.errors import LigandUnreadable, UsageError
from molattn.resources import example
from molattn.structure import (
    Ligand,
    ligand_from_complex,
    list_ligands,
    locate_ligand,
    read_ligand,
    standard_form,
)
from molattn.structure import complex_ligand as complex_ligand_module

# planar salicylic acid, Å, by its names in the dictionary
PLACES = {
    "C1": (0.000, 0.000, 0.0),
    "C2": (1.213, 0.700, 0.0),
    "C3": (1.213, 2.101, 0.0),
    "C4": (0.000, 2.801, 0.0),
    "C5": (-1.213, 2.101, 0.0),
    "C6": (-1.213, 0.700, 0.0),
    "C1'": (0.000, -1.480, 0.0),
    "O1'": (-1.060, -2.090, 0.0),
    "O2'": (1.130, -2.150, 0.0),
    "O2": (2.395, 0.020, 0.0),
}


def residue(
    name: str = "SAL",
    chain: str = "A",
    number: str = " 710 ",
    shift: float = 0.0,
    altloc: str = " ",
    occupancy: float = 1.0,
    leave_out: tuple[str, ...] = (),
    rename: bool = False,
) -> str:
    lines = []
    for serial, (atom, (x, y, z)) in enumerate(PLACES.items(), start=1):
        if atom in leave_out:
            continue
        label = f"{atom[0]}{serial + 30}" if rename else atom
        place = f"{x + shift:8.3f}{y:8.3f}{z + 5:8.3f}"
        lines.append(
            f"HETATM{serial:5d}  {label:<3}{altloc}{name:>3} {chain}{number}   "
            f"{place}{occupancy:6.2f}{20.0:6.2f}          {atom[0]:>2}\n"
        )
    return "".join(lines)


WATER = "HETATM  900  O   HOH A 900      30.000  30.000  30.000  1.00 20.00           O\n"


def written(path: Path, *parts: str) -> Path:
    path.write_text("".join(parts) + WATER + "END\n")
    return path


def form(ligand: Ligand) -> str:
    return Chem.MolToSmiles(standard_form(ligand.mol), isomericSmiles=False)


def codes(ligand: Ligand) -> list[str]:
    return [note.code for note in ligand.notes]


SALICYLIC_ACID = "O=C(O)c1ccccc1O"


def test_bonds_from_the_dictionary_the_template_and_geometry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.pdb", residue())
    named = ligand_from_complex(path, "SAL")
    assert form(named) == SALICYLIC_ACID
    assert named.name == "SAL:A:710"
    assert codes(named) == []
    assert codes(ligand_from_complex(path, "sal:A:710", template=SALICYLIC_ACID)) == []
    unknown = written(tmp_path / "b.pdb", residue(name="ZZZ", rename=True))
    monkeypatch.setattr(complex_ligand_module, "component", lambda code: None)
    perceived = ligand_from_complex(unknown, "ZZZ")
    assert form(perceived) == SALICYLIC_ACID
    assert "bonds-from-geometry" in codes(perceived)


def test_names_unknown_to_the_dictionary_are_matched_by_element(tmp_path: Path) -> None:
    ligand = ligand_from_complex(written(tmp_path / "a.pdb", residue(rename=True)), "SAL")
    assert form(ligand) == SALICYLIC_ACID
    assert "atom-names-unknown" in codes(ligand)


def test_mmcif_and_gzip_give_the_same(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdb", residue())
    packed = tmp_path / "a.pdb.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    structure = gemmi.read_structure(str(path))
    structure.make_mmcif_document().write_file(str(tmp_path / "a.cif"))
    reference = ligand_from_complex(path, "SAL")
    for other in (packed, tmp_path / "a.cif", structure):
        ligand = ligand_from_complex(other, "SAL:A:710")
        assert form(ligand) == form(reference)
        assert ligand.positions == pytest.approx(reference.positions)


def test_copies_are_listed_and_the_first_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdb", residue(), residue(chain="B", number=" 711A", shift=20.0))
    ligand = ligand_from_complex(path, "SAL")
    assert ligand.name == "SAL:A:710"
    (note,) = ligand.notes
    assert (note.kind, note.code) == ("info", "ligand-copies")
    assert "B:711A" in note.text
    site = locate_ligand(path, "SAL")
    assert (str(site.taken), [str(a) for a in site.copies]) == ("SAL:A:710", ["SAL:B:711A"])
    assert ligand_from_complex(path, "SAL:B:711A").positions[0, 0] == pytest.approx(20.0)
    assert [(str(c.address), c.heavy_atoms) for c in list_ligands(path)] == [
        ("SAL:A:710", 10),
        ("SAL:B:711A", 10),
    ]


def test_what_is_not_there_is_answered_with_what_is(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdb", residue())
    with pytest.raises(LigandUnreadable, match=r"no ligand MTX; it has SAL:A:710"):
        ligand_from_complex(path, "MTX")
    for spec in ("", "SAL:A:x", "SAL:A:1:2"):
        with pytest.raises(UsageError, match="RES:CHAIN:NUM"):
            ligand_from_complex(path, spec)


def test_one_alternative_location_as_a_whole(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.pdb",
        residue(altloc="A", occupancy=0.4),
        residue(altloc="B", occupancy=0.6, shift=1.0),
    )
    ligand = ligand_from_complex(path, "SAL")
    assert ligand.positions[0, 0] == pytest.approx(1.0)
    assert form(ligand) == SALICYLIC_ACID
    assert "altloc-resolved" in codes(ligand)


def test_missing_atoms_are_a_warning(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdb", residue(leave_out=("O2",)))
    for template in (None, SALICYLIC_ACID):
        ligand = ligand_from_complex(path, "SAL", template=template)
        assert form(ligand) == "O=C(O)c1ccccc1"
        assert codes(ligand) == ["ligand-atoms-missing"]


def test_a_template_that_does_not_fit_falls_through(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdb", residue())
    ligand = ligand_from_complex(path, "SAL", template="CCCCCCCCN")
    assert form(ligand) == SALICYLIC_ACID
    assert codes(ligand) == ["template-mismatch"]
    with pytest.raises(LigandUnreadable, match="no valid SMILES"):
        ligand_from_complex(path, "SAL", template="C1CC")


def test_a_covalent_bond_is_named(tmp_path: Path) -> None:
    cysteine = (
        "ATOM    800  CB  CYS A  25      -1.000   4.500   5.000  1.00 20.00           C\n"
        "ATOM    801  SG  CYS A  25       0.000   4.560   5.000  1.00 20.00           S\n"
    )
    ligand = ligand_from_complex(written(tmp_path / "a.pdb", cysteine, residue()), "SAL")
    (note,) = ligand.notes
    assert note.code == "ligand-covalently-bonded"
    assert "CYS:A:25" in note.text


@pytest.mark.parametrize("name", ["1ia1", "1of6", "1s3v", "1uou"])
def test_a_real_ligand_written_into_its_complex_comes_back(name: str, tmp_path: Path) -> None:
    """The crystal ligand of a packaged complex, as HETATM lines with its SMILES as template."""
    ligand = read_ligand(example(name).ligand)
    text = Chem.MolToPDBBlock(ligand.mol, flavor=4).replace("UNL", "LIG")
    path = tmp_path / "complex.pdb"
    path.write_text(text)
    smiles = Chem.MolToSmiles(ligand.mol)
    taken = ligand_from_complex(path, "LIG", template=smiles)
    assert form(taken) == form(ligand)
