"""PDBQT of docking programs: every pose a record, its bonds from wherever they can be had."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import AllChem

from molattn.errors import FileUnreadable
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, LigandFailure, read_ligand, read_ligands, standard_form
from molattn.structure.pdbqt import pdbqt_records, pdbqt_tags
from tests.structure.vina_output import meeko_text, model, pdbqt_of, without_smiles

ROUNDED = 1e-3  # Å: PDBQT has three decimals in each direction


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def form(ligand: Ligand) -> str:
    return str(Chem.MolToSmiles(standard_form(ligand.mol)))


def reason(path: Path) -> str:
    (item,) = read_ligands(path)
    assert isinstance(item, LigandFailure)
    return item.reason


@pytest.fixture(params=["1ia1", "1of6", "1s3v", "1uou"])
def crystal(request: pytest.FixtureRequest, complexes: dict[str, ExampleComplex]) -> Ligand:
    """Return the ligand of each packaged complex."""
    return read_ligand(complexes[str(request.param)].ligand)


@pytest.fixture
def inhibitor(complex_1s3v: ExampleComplex) -> Ligand:
    """Return the ligand of the demo."""
    return read_ligand(complex_1s3v.ligand)


def test_the_remarks_of_meeko_give_the_molecule_back(crystal: Ligand, tmp_path: Path) -> None:
    text = pdbqt_of(crystal)
    path = written(tmp_path / "out.pdbqt", model(text, 1, -7.0) + model(text, 2, -6.5, shift=1.0))
    first, second = read_ligands(path)
    assert isinstance(first, Ligand)
    assert isinstance(second, Ligand)
    assert form(first) == form(second) == form(crystal)
    assert np.allclose(second.positions - first.positions, [1.0, 0.0, 0.0], atol=2e-3)
    assert not first.notes


def test_every_atom_stands_where_it_stood(crystal: Ligand, tmp_path: Path) -> None:
    ligand = read_ligand(written(tmp_path / "one.pdbqt", pdbqt_of(crystal)))
    distance = np.linalg.norm(ligand.positions[:, None] - crystal.positions, axis=-1)
    nearest = distance.argmin(axis=1).tolist()
    assert distance.min(axis=1).max() < ROUNDED
    assert sorted(nearest) == list(range(len(crystal.positions)))
    for bond in ligand.mol.GetBonds():
        ends = nearest[bond.GetBeginAtomIdx()], nearest[bond.GetEndAtomIdx()]
        assert crystal.mol.GetBondBetweenAtoms(*ends) is not None
    elements = [crystal.mol.GetAtomWithIdx(atom).GetSymbol() for atom in nearest]
    assert [atom.GetSymbol() for atom in ligand.mol.GetAtoms()] == elements


def test_tags_are_the_scores_of_the_programs(inhibitor: Ligand) -> None:
    (text,) = pdbqt_records(model(pdbqt_of(inhibitor), 1, -7.052).split("\n"))
    assert pdbqt_tags(text) == {
        "vina_affinity": "-7.052",
        "vina_rmsd_lb": "0.000",
        "vina_rmsd_ub": "1.500",
        "vina_inter": "-9.732",
        "vina_intra": "0.534",
        "vina_unbound": "0.534",
    }
    smina = "REMARK minimizedAffinity -7.05\nREMARK CNNscore 0.87\nREMARK  5 active torsions:"
    assert pdbqt_tags(smina) == {"minimizedAffinity": "-7.05", "CNNscore": "0.87"}


def test_a_docking_log_holds_the_poses_and_nothing_else(inhibitor: Ligand, tmp_path: Path) -> None:
    # the lines of AutoDock 4.2.6: DOCKED: before a pose, then the best of each cluster once more
    pose = ["MODEL        1", "USER    Run = 1"]
    pose.append(
        "USER    Estimated Free Energy of Binding    =   -8.44 kcal/mol  [=(1)+(2)+(3)-(4)]"
    )
    pose += [*pdbqt_of(inhibitor).rstrip("\n").split("\n"), "TER", "ENDMDL"]
    log = ["AutoDock 4.2", "INPUT-LIGAND-PDBQT: ROOT", *(f"DOCKED: {line}" for line in pose)]
    clusters = [line for line in pose if line.startswith(("MODEL", "USER", "ATOM", "ENDMDL"))]
    path = written(tmp_path / "run.dlg", "\n".join([*log, "", *clusters]))
    (item,) = read_ligands(path)
    assert isinstance(item, Ligand)
    assert item.tags == {"autodock_affinity": "-8.44"}
    assert form(item) == form(inhibitor)


def test_glue_of_an_opened_ring_is_no_atom(tmp_path: Path) -> None:
    mol = Chem.AddHs(Chem.MolFromSmiles("C1CCCCCCC(=O)NCCCCCCCCOCC1"))
    AllChem.EmbedMolecule(mol, randomSeed=1)
    text = meeko_text(Chem.MolToMolBlock(Chem.RemoveHs(mol)))
    assert " G0" in text
    ligand = read_ligand(written(tmp_path / "ring.pdbqt", text))
    assert form(ligand) == Chem.MolToSmiles(Chem.RemoveHs(mol))


def test_several_ligands_of_one_model_share_its_scores(
    inhibitor: Ligand, complexes: dict[str, ExampleComplex], tmp_path: Path
) -> None:
    other = read_ligand(complexes["1uou"].ligand)
    both = pdbqt_of(inhibitor) + pdbqt_of(other)
    items = list(read_ligands(written(tmp_path / "two.pdbqt", model(both, 1, -8.2))))
    assert [form(item) for item in items if isinstance(item, Ligand)] == [
        *(form(inhibitor), form(other))
    ]
    assert all(item.tags["vina_affinity"] == "-8.200" for item in items if isinstance(item, Ligand))
    joined = list(read_ligands(written(tmp_path / "joined.pdbqt", both)))
    assert len(joined) == 2


def test_side_chains_that_moved_are_named_and_no_part_of_the_ligand(
    inhibitor: Ligand, tmp_path: Path
) -> None:
    chain = (
        "BEGIN_RES LEU A  22\nREMARK  1 active torsions:\nROOT\n"
        "ATOM      1  CA  LEU A  22      10.000  10.000  10.000  1.00  0.00     0.100 C \n"
        "ENDROOT\nEND_RES LEU A  22\n"
    )
    path = written(tmp_path / "flex.pdbqt", model(pdbqt_of(inhibitor) + chain, 1, -8.0))
    (item,) = read_ligands(path)
    assert isinstance(item, Ligand)
    assert form(item) == form(inhibitor)
    (note,) = item.notes
    assert (note.kind, note.code) == ("warning", "flexible-side-chains")
    assert "LEU A  22" in note.text


def test_without_remarks_a_template_gives_the_bonds(inhibitor: Ligand, tmp_path: Path) -> None:
    path = written(tmp_path / "old.pdbqt", without_smiles(pdbqt_of(inhibitor)))
    smiles = Chem.MolToSmiles(inhibitor.mol)
    (item,) = read_ligands(path, template=smiles)
    assert isinstance(item, Ligand)
    assert form(item) == form(inhibitor)
    assert not [note for note in item.notes if note.kind == "warning"]


def test_without_a_template_distances_do_and_a_warning_says_so(
    inhibitor: Ligand, tmp_path: Path
) -> None:
    path = written(tmp_path / "old.pdbqt", without_smiles(pdbqt_of(inhibitor)))
    item = read_ligand(path)
    assert item.mol.GetNumAtoms() == inhibitor.mol.GetNumAtoms()
    assert item.mol.GetNumBonds() == inhibitor.mol.GetNumBonds()
    assert [note.code for note in item.notes if note.kind == "warning"] == ["bonds-from-geometry"]
    (wrong,) = read_ligands(path, template="c1ccccc1")
    assert isinstance(wrong, Ligand)
    assert "template does not match" in wrong.notes[0].text


def test_a_name_is_taken_and_a_gzip_file_read(inhibitor: Ligand, tmp_path: Path) -> None:
    path = tmp_path / "out.pdbqt.gz"
    named = "REMARK  Name = TQD\n" + without_smiles(pdbqt_of(inhibitor))
    path.write_bytes(gzip.compress(named.encode()))
    assert read_ligand(path).name == "TQD"


def test_a_receptor_is_no_pose(complex_1s3v: ExampleComplex, tmp_path: Path) -> None:
    lines = [
        f"{line[:54]}  1.00  0.00    +0.000 {line[77:78].replace('O', 'OA'):<2}"
        for line in complex_1s3v.protein.read_text().split("\n")
        if line.startswith("ATOM") and line[76:78].strip() != "H"
    ]
    assert "receptor" in reason(written(tmp_path / "receptor.pdbqt", "\n".join(lines)))


def test_faults_cost_one_pose_and_are_told(inhibitor: Ligand, tmp_path: Path) -> None:
    text = pdbqt_of(inhibitor)
    atoms = [line for line in text.split("\n") if line.startswith("ATOM")]
    faults = {
        "cut short: its TORSDOF": text[: text.index(atoms[-1])],
        f"ATOM line {len(atoms)} of": text.replace(atoms[-1], ""),
        "not that of its atoms": text.replace("REMARK SMILES COc1", "REMARK SMILES CNc1"),
        "heavy atoms and the pose": text.replace("REMARK SMILES COc1", "REMARK SMILES CCOc1"),
        "no valid SMILES": text.replace("REMARK SMILES COc1", "REMARK SMILES COc1("),
        "leaves out": "\n".join(
            line.rsplit(" ", 2)[0] if line.startswith("REMARK SMILES IDX 23") else line
            for line in text.split("\n")
        ),
        "no pairs": text.replace("REMARK SMILES IDX ", "REMARK SMILES IDX x ", 1),
        "no number and coordinates": text.replace(atoms[3], atoms[3].replace(".", "x")),
        "has no AutoDock type": text.replace(atoms[3], atoms[3][:70]),
        "unknown AutoDock type": text.replace(atoms[3], atoms[3][:77] + "Xx"),
        "has no atoms": "\n".join(line for line in text.split("\n") if line not in atoms),
    }
    models = "".join(
        model(fault, number, -7.0) for number, fault in enumerate(faults.values(), start=1)
    )
    path = written(tmp_path / "out.pdbqt", models + model(text, 99, -7.0))
    *failures, good = read_ligands(path)
    for told, item in zip(faults, failures, strict=True):
        assert isinstance(item, LigandFailure), told
        assert told in item.reason
        assert item.name == f"record {item.source.record + 1}"
    assert isinstance(good, Ligand)


def test_a_file_cut_short_keeps_what_is_whole(inhibitor: Ligand, tmp_path: Path) -> None:
    whole = model(pdbqt_of(inhibitor), 1, -7.0) + model(pdbqt_of(inhibitor), 2, -6.0)
    cut = whole[: int(len(whole) * 0.8)]
    first, second = read_ligands(written(tmp_path / "cut.pdbqt", cut))
    assert isinstance(first, Ligand)
    assert isinstance(second, LigandFailure)
    assert "cut short" in second.reason


def test_a_gap_in_the_numbers_is_not_bridged(inhibitor: Ligand, tmp_path: Path) -> None:
    text = pdbqt_of(inhibitor)
    for number, told in ((9, 9), (1, 31)):  # without the first line all are one nearer to it
        line = next(line for line in text.split("\n") if line.startswith(f"ATOM {number:>6}"))
        gap = written(tmp_path / "gap.pdbqt", text.replace(f"{line}\n", ""))
        assert f"ATOM line {told} of" in reason(gap)


def test_an_empty_file_and_other_text(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="empty"):
        list(read_ligands(written(tmp_path / "empty.pdbqt", "")))
    assert "no atoms" in reason(written(tmp_path / "words.pdbqt", "REMARK nothing here\n"))
