"""Files of an explanation: read again by other programs, they hold the same numbers and names."""

from __future__ import annotations

import csv
import json
import re
import warnings
from dataclasses import replace
from pathlib import Path

import gemmi
import numpy as np
import pytest
from Bio.PDB.PDBParser import PDBParser

from molattn.errors import OutputError, UsageError
from molattn.explain.explanation import Explanation, View, ViewName
from molattn.explain.exports import ENDINGS, export, export_contacts
from molattn.explain.exports.contact_atoms import contact_atoms
from molattn.explain.exports.pdb_file import b_factor_scale, ligand_serial, pocket_serial
from molattn.explain.main_contacts import main_contacts, pocket_rows
from molattn.predict.attention_file import attention_arrays, attention_json
from tests.explain.made_up import packaged, with_metal, with_peptide, without_chain


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return packaged("1s3v")


@pytest.fixture(scope="module")
def fast() -> Explanation:
    """Return an explanation without faithfulness, mutations, gradients and interactions."""
    return packaged("1ia1", fast=True)


def read_values(path: Path) -> dict[tuple[str, int, str, str, str], float]:
    """Return the B factor of each atom by chain, number, insertion, residue and atom, by gemmi."""
    structure = gemmi.read_structure(str(path))
    assert len(structure) == 1
    return {
        (chain.name, residue.seqid.num, residue.seqid.icode.strip(), residue.name, atom.name): (
            atom.b_iso
        )
        for chain in structure[0]
        for residue in chain
        for atom in residue
    }


def read_values_again(path: Path) -> dict[tuple[str, int, str, str, str], float]:
    """Return the same by Biopython."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        structure = PDBParser(QUIET=True, PERMISSIVE=False).get_structure("x", str(path))
    return {
        (
            atom.get_parent().get_parent().id.strip(),
            atom.get_parent().id[1],
            atom.get_parent().id[2].strip(),
            atom.get_parent().get_resname().strip(),
            atom.get_name(),
        ): atom.get_bfactor()
        for atom in structure.get_atoms()
    }


def stated_scale(path: Path) -> float:
    found = re.search(r"REMARK  99 The B factor is (\S+) times", path.read_text())
    assert found is not None
    return float(found.group(1))


def test_arrays_hold_everything_without_pickle(explanation: Explanation, tmp_path: Path) -> None:
    (path,) = export(explanation, tmp_path / "x.npz")
    with np.load(path, allow_pickle=False) as arrays:
        held = dict(arrays)
    for name, value in attention_arrays(explanation.score).items():
        np.testing.assert_array_equal(held[name], value)
    for name, view in explanation.views.items():
        np.testing.assert_array_equal(held[f"view/{name}/residues"], view.residues)
        np.testing.assert_array_equal(held[f"view/{name}/atoms"], view.atoms)
        assert (f"view/{name}/contacts" in held) == (view.contacts is not None)
    names = list(map(str, explanation.heads))
    assert held["heads/atom_to_residue/name"].tolist() == names
    for row, one in enumerate(explanation.heads.values()):
        np.testing.assert_array_equal(held["heads/atom_to_residue/attention"][row], one.attention)
    assert explanation.faithfulness is not None
    assert held["faithfulness/random/deletion"].shape == (20, 21)
    assert held["verdict"] == explanation.faithfulness.verdict
    owner = held["fragment_of_atom"]
    for number, fragment in enumerate(explanation.fragments):
        assert np.flatnonzero(owner == number).tolist() == list(fragment.atoms)


def test_json_is_the_attention_file_and_more(explanation: Explanation, tmp_path: Path) -> None:
    (path,) = export(explanation, tmp_path / "x.json")
    held = json.loads(path.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(attention_json(explanation.score))).items() <= held.items()
    assert list(held["views"]) == list(explanation.views)
    ledger = held["views"]["ledger"]
    assert sum(ledger["residues"]) == pytest.approx(sum(ledger["contacts"]), abs=1e-4)
    assert held["interactions"][-1]["residue"] == -1
    assert len(held["faithfulness"]["random"]) == 20


def test_what_is_not_known_is_null(fast: Explanation, tmp_path: Path) -> None:
    unknown = replace(fast, solvent_pK=float("nan"))
    (path,) = export(unknown, tmp_path / "x.json")
    held = json.loads(path.read_text(encoding="utf-8"))
    keys = ("solvent_pK", "interactions", "faithfulness", "completeness")
    assert all(held[key] is None for key in keys)
    with np.load(export(unknown, tmp_path / "x.npz")[0], allow_pickle=False) as arrays:
        assert not arrays["interaction_known"]
        assert np.isnan(arrays["completeness"])


def test_tables_have_a_row_per_residue_and_per_contact(
    explanation: Explanation, tmp_path: Path
) -> None:
    (path,) = export(explanation, tmp_path / "x.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [row["residue"] for row in rows] == list(explanation.labels)
    for name, column in (("attention", "attention"), ("occlusion", "occlusion_pK")):
        view = explanation.views[name]  # type: ignore[index]
        np.testing.assert_allclose([float(row[column]) for row in rows], view.residues, atol=1e-6)
    assert sum(row["alanine_pK"] != "" for row in rows) == len(explanation.mutations)
    path = export_contacts(explanation, tmp_path / "contacts.csv")
    contacts = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(contacts) == len(explanation.contact_atom)
    assert "occlusion_pK" not in contacts[0]  # it has no numbers for contacts
    shortest = {row["residue"]: float(row["closest_A"]) for row in rows}
    for label in {row["residue"] for row in contacts}:
        own = [float(row["distance_A"]) for row in contacts if row["residue"] == label]
        assert min(own) == pytest.approx(shortest[label], abs=2e-6)


@pytest.mark.parametrize("name", ["attention", "gradients"])
@pytest.mark.parametrize("code", ["1s3v", "1ia1", "1of6", "1uou"])
def test_structures_read_again_hold_the_values(code: str, name: ViewName, tmp_path: Path) -> None:
    explanation = packaged(code)
    view = explanation.views[name]
    (path,) = export(explanation, tmp_path / "x.pdb", name)
    scale = stated_scale(path)
    half_a_digit = 0.00501 / scale
    values, again = read_values(path), read_values_again(path)
    assert values == pytest.approx(again)
    atoms, table = explanation.pocket.atoms, explanation.pocket.residues
    assert explanation.score.pose is not None
    assert len(values) == len(atoms) + len(explanation.score.pose.positions)
    expected = np.zeros(len(table))
    expected[pocket_rows(explanation)] = view.residues
    for row, residue in enumerate(atoms.residue.tolist()):
        key = (
            str(table.chain[residue]),
            int(table.number[residue]),
            str(table.insertion[residue]),
            str(table.name[residue]),
            str(atoms.name[row]),
        )
        assert values[key] / scale == pytest.approx(expected[residue], abs=half_a_digit)
    ligand = [value for key, value in values.items() if key[3] == "LIG"]
    np.testing.assert_allclose(np.array(ligand) / scale, view.atoms, atol=half_a_digit)


def test_the_ligand_keeps_its_place_and_its_bonds(explanation: Explanation, tmp_path: Path) -> None:
    (path,) = export(explanation, tmp_path / "x.pdb")
    pose = explanation.score.pose
    assert pose is not None
    structure = gemmi.read_structure(str(path))
    (residue,) = [residue for chain in structure[0] for residue in chain if residue.name == "LIG"]
    placed = np.array([[a.pos.x, a.pos.y, a.pos.z] for a in residue])
    np.testing.assert_allclose(placed, pose.positions, atol=6e-4)
    symbols = [atom.element.name for atom in residue]
    assert symbols == [atom.GetSymbol() for atom in pose.mol.GetAtoms()]
    serials = [atom.serial for atom in residue]
    assert serials == [ligand_serial(explanation, row) for row in range(len(residue))]
    bonds = set()
    for line in path.read_text().splitlines():
        if line.startswith("CONECT"):
            first, *others = (int(line[at : at + 5]) for at in range(6, len(line), 5))
            bonds |= {frozenset((first, other)) for other in others}
    assert bonds == {
        frozenset(
            ligand_serial(explanation, atom) for atom in (b.GetBeginAtomIdx(), b.GetEndAtomIdx())
        )
        for b in pose.mol.GetBonds()
    }


def test_metals_and_files_without_chains(explanation: Explanation, tmp_path: Path) -> None:
    (path,) = export(with_metal(tmp_path), tmp_path / "metal.pdb", "ledger")
    zinc = next(line for line in path.read_text().splitlines() if line[17:20] == " ZN")
    assert zinc.startswith("HETATM") and zinc[12:16] == "ZN  " and zinc[76:78] == "ZN"
    (path,) = export(without_chain(explanation), tmp_path / "bare.pdb", "ledger")
    chains = {line[21] for line in path.read_text().splitlines() if line.startswith("ATOM")}
    assert chains == {" "}
    assert len(read_values_again(path)) == len(read_values(path))


def test_names_too_long_for_the_format_are_written_otherwise_and_said(
    explanation: Explanation, tmp_path: Path
) -> None:
    atoms, table = explanation.pocket.atoms, explanation.pocket.residues
    count = len(table)
    name, number = table.name.astype("<U8"), table.number.copy()
    name[0], number[1], number[2] = "A1LU6", 12345, -1000
    insertion = table.insertion.astype("<U1")
    insertion[3] = "B"
    atom_name = atoms.name.astype("<U8")
    atom_name[atoms.residue == 4] = [f"ATOM{at}" for at in range((atoms.residue == 4).sum())]
    long = replace(
        table,
        chain=np.array(["AAA", "LX"] + ["L"] * (count - 2)),
        name=name,
        number=number,
        insertion=insertion,
    )
    rows = pocket_rows(explanation)
    renamed = replace(
        explanation,
        pocket=replace(explanation.pocket, residues=long, atoms=replace(atoms, name=atom_name)),
        residues=long.take(rows),
    )
    (path,) = export(renamed, tmp_path / "x.pdb", "ledger")
    text = " ".join(
        line[11:].strip() for line in path.read_text().splitlines() if line.startswith("REMARK")
    )
    assert "Residue name A1LU6 is written as A1L." in text
    assert "Chain AAA is written as A. Chain LX is written as B." in text
    assert "Residue LX:" in text and "with the number 9999." in text
    assert "Atom name ATOM0 is written as N1." in text
    assert all(len(line) <= 80 for line in path.read_text().splitlines())
    values, again = read_values(path), read_values_again(path)
    assert values == pytest.approx(again)
    assert len(values) == len(atoms) + len(explanation.views["ledger"].atoms)
    assert {key[0] for key in values} == {"A", "B", "L", "X"}  # the ligand avoids L
    assert any(key[2] == "B" for key in values)


def test_a_structure_that_does_not_fit_leaves_no_file(
    explanation: Explanation, tmp_path: Path
) -> None:
    atoms = explanation.pocket.atoms
    far = replace(
        explanation,
        pocket=replace(explanation.pocket, atoms=replace(atoms, position=atoms.position + 2e4)),
    )
    for ending in (".pdb", ".pml"):
        with pytest.raises(OutputError, match="does not fit"):
            export(far, tmp_path / f"x{ending}")
    crowd = with_peptide()
    table = crowd.pocket.residues
    assert len(table) > 62
    many = replace(table, chain=np.array([f"C{row}" for row in range(len(table))]))
    with pytest.raises(OutputError, match="more chains"):
        export(replace(crowd, pocket=replace(crowd.pocket, residues=many)), tmp_path / "x.pdb")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".pml", ".cxc"])
@pytest.mark.parametrize("name", ["attention", "ledger", "occlusion"])
def test_scripts_name_atoms_that_stand_where_they_say(
    explanation: Explanation, ending: str, name: ViewName, tmp_path: Path
) -> None:
    beside, path = export(explanation, tmp_path / f"x{ending}", name)
    assert beside.name == "x_pocket.pdb" and path.name == f"x{ending}"
    script = path.read_text()
    assert re.search(rf'^(load|open) "?{beside.name}"?', script, re.MULTILINE)
    assert str(tmp_path) not in script
    view = explanation.views[name]
    drawn = main_contacts(explanation, view)
    assert len({contact.residue for contact in drawn}) == len(drawn) == 10
    by_serial = {
        int(line[6:11]): (line[17:26], np.array([float(line[at : at + 8]) for at in (30, 38, 46)]))
        for line in beside.read_text().splitlines()
        if line.startswith(("ATOM", "HETATM"))
    }
    pairs = re.findall(r"^distance .*?(?:id |number=)(\d+)\D.*?(?:id |number=)(\d+)", script, re.M)
    assert len(pairs) == 10
    for contact, (first, second) in zip(drawn, pairs, strict=True):
        ligand, pocket = by_serial[int(first)], by_serial[int(second)]
        assert ligand[0].startswith("LIG") and not pocket[0].startswith("LIG")
        label = explanation.labels[contact.residue]
        assert pocket[0].split()[0] in label and f'"{label}"' in script
        assert float(np.linalg.norm(ligand[1] - pocket[1])) == pytest.approx(
            contact.distance, abs=2e-3
        )
    if view.contacts is None:
        closest = [explanation.closest[contact.residue] for contact in drawn]
        np.testing.assert_allclose([contact.distance for contact in drawn], closest, atol=1e-6)
    top = float(np.abs(view.residues).max()) * b_factor_scale(view)
    low = 0.0 if view.unit == "share" else -top
    assert (f"minimum={low:g}, maximum={top:g}" in script) or (f"range {low:g},{top:g} " in script)
    assert "white_red" in script or "white:red" in script


def test_a_name_cannot_add_a_command(explanation: Explanation, tmp_path: Path) -> None:
    odd = replace(explanation, score=replace(explanation.score, id='x\nquit; "y'))
    _, path = export(odd, tmp_path / "x.pml")
    assert not re.search("^quit", path.read_text(), re.MULTILINE)
    with pytest.raises(UsageError, match="another name"):
        export(explanation, tmp_path / "a;b.pml")


def test_a_view_of_zeros_is_written(explanation: Explanation, tmp_path: Path) -> None:
    view = explanation.views["ledger"]
    zeros = View("ledger", "pK", np.zeros_like(view.residues), np.zeros_like(view.atoms))
    nothing = replace(explanation, views={**explanation.views, "ledger": zeros})
    beside, path = export(nothing, tmp_path / "x.pml", "ledger")
    assert set(read_values(beside).values()) == {0.0}
    assert "distance" not in path.read_text() and "contact_" not in path.read_text()


def test_endings_and_views_that_are_not_known(explanation: Explanation, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape(", ".join(ENDINGS))):
        export(explanation, tmp_path / "x.xyz")
    with pytest.raises(UsageError, match=r"no view 'noise'; it has attention, ledger"):
        export(explanation, tmp_path / "x.pdb", "noise")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"\.csv"):
        export_contacts(explanation, tmp_path / "x.json")
    with pytest.raises(OutputError, match="does not exist"):
        export(explanation, tmp_path / "missing" / "x.pdb")
    assert not list(tmp_path.iterdir())


def test_closest_atoms_are_those_of_the_pocket(explanation: Explanation) -> None:
    ends = contact_atoms(explanation)
    assert (ends.pocket_atom >= 0).all() and (ends.distance < 8.0).all()
    assert pocket_serial(0) == 1
    stranger = replace(
        explanation.residues, name=np.full(len(explanation.residues), "XXX", dtype="<U3")
    )
    unknown = contact_atoms(replace(explanation, residues=stranger))
    assert (unknown.pocket_atom == -1).all() and np.isnan(unknown.distance).all()
