"""``molattn rescore``: the output of docking programs, a row for each pose, tags kept."""

from __future__ import annotations

import csv
import gzip
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from molattn.predict.docked_poses import column_names
from molattn.predict.score_record import SCORE_COLUMNS
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand
from tests.cli.command import run
from tests.structure.vina_output import model, pdbqt_of, without_smiles

Capture = pytest.CaptureFixture[str]
Rows = list[dict[str, str]]


def rows_of(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text)))


def sdf(path: Path, *records: tuple[str, Chem.Mol, float, dict[str, object]]) -> Path:
    """Write poses with title, molecule, shift along x in Å and tags."""
    with Chem.SDWriter(str(path)) as writer:
        for title, mol, shift, tags in records:
            moved = Chem.Mol(mol)
            positions = moved.GetConformer().GetPositions() + np.array([shift, 0.0, 0.0])
            moved.GetConformer().SetPositions(np.ascontiguousarray(positions))
            for tag in moved.GetPropNames():
                moved.ClearProp(tag)
            moved.SetProp("_Name", title)
            for tag, value in tags.items():
                moved.SetProp(tag, str(value))
            writer.write(moved)
    return path


@pytest.fixture
def receptor(complex_1s3v: ExampleComplex) -> Path:
    return complex_1s3v.protein


@pytest.fixture
def inhibitor(complex_1s3v: ExampleComplex) -> Chem.Mol:
    return read_ligand(complex_1s3v.ligand).mol


@pytest.fixture
def fragment(inhibitor: Chem.Mol) -> Chem.Mol:
    """Return a second ligand in the same place: the inhibitor without a methoxy group."""
    edited = Chem.RWMol(inhibitor)
    (carbon, oxygen, _), *_ = edited.GetSubstructMatches(Chem.MolFromSmarts("[CH3]Oc"))
    for atom in sorted((carbon, oxygen), reverse=True):
        edited.RemoveAtom(atom)
    Chem.SanitizeMol(edited)
    return edited.GetMol()


def test_vina_output_becomes_a_row_for_each_pose(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    text = pdbqt_of(read_ligand(complex_1s3v.ligand))
    models = model(text, 1, -8.1) + model(text, 2, -7.4, shift=2.0)
    path = tmp_path / "tqd_out.pdbqt.gz"
    path.write_bytes(gzip.compress(models.encode()))
    result = run(capsys, "rescore", complex_1s3v.protein, path, "--weights", weights)
    first, second = rows_of(result.out)
    assert result.code == 0
    assert tuple(first) == (
        *SCORE_COLUMNS,
        *("pose", "vina_affinity", "vina_rmsd_lb", "vina_rmsd_ub"),
        *("vina_inter", "vina_intra", "vina_unbound"),
    )
    assert (first["id"], first["pose"], first["record"]) == ("tqd_out", "1", "0")
    assert (second["id"], second["pose"], second["record"]) == ("tqd_out", "2", "1")
    assert [first["vina_affinity"], second["vina_affinity"]] == ["-8.100", "-7.400"]
    assert "2 records: 2 scored" in result.sentence
    crystal = run(
        capsys, "score", complex_1s3v.protein, complex_1s3v.ligand, "--weights", weights, "--quiet"
    )
    # the same pose, to the three decimals of PDBQT
    assert float(first["pK"]) == pytest.approx(float(rows_of(crystal.out)[0]["pK"]), abs=0.02)
    assert first["pose_confidence"] != second["pose_confidence"]


def test_tags_of_all_poses_are_columns_in_order_of_appearance(
    capsys: Capture,
    weights: Path,
    receptor: Path,
    inhibitor: Chem.Mol,
    fragment: Chem.Mol,
    tmp_path: Path,
) -> None:
    gnina = sdf(
        tmp_path / "gnina.sdf",
        ("A", inhibitor, 0.0, {"minimizedAffinity": -7.1, "CNNscore": 0.9}),
        ("B", fragment, 0.0, {"minimizedAffinity": -6.8, "CNNaffinity": 6.1}),
        ("A", inhibitor, 0.5, {"minimizedAffinity": -6.0, "pK": 5, "pose": "p9"}),
    )
    result = run(capsys, "rescore", receptor, gnina, "--weights", weights, "--quiet")
    rows = rows_of(result.out)
    assert tuple(rows[0])[len(SCORE_COLUMNS) :] == (
        *("pose", "minimizedAffinity", "CNNscore", "CNNaffinity", "docking_pK", "docking_pose"),
    )
    assert [(row["id"], row["pose"]) for row in rows] == [("A", "1"), ("B", "1"), ("A", "2")]
    assert [row["minimizedAffinity"] for row in rows] == ["-7.1", "-6.8", "-6.0"]
    assert [row["CNNscore"] for row in rows] == ["0.9", "", ""]
    assert (rows[2]["docking_pK"], rows[2]["docking_pose"]) == ("5", "p9")
    assert rows[2]["pK"] not in ("", "5")


def test_columns_get_names_of_their_own() -> None:
    assert column_names(["a", "id", "docking_id", "pose", "a"]) == {
        "a": "a",
        "id": "docking_docking_id",
        "docking_id": "docking_id",
        "pose": "docking_pose",
    }


def test_best_keeps_one_row_for_each_ligand(
    capsys: Capture,
    weights: Path,
    receptor: Path,
    inhibitor: Chem.Mol,
    fragment: Chem.Mol,
    tmp_path: Path,
) -> None:
    poses = [
        (title, mol, shift, {})
        for shift in (0.4, 3.0, 0.8)
        for title, mol in (("A", inhibitor), ("B", fragment))
    ]
    one = sdf(tmp_path / "one.sdf", *poses)
    other = sdf(tmp_path / "other.sdf", ("A", inhibitor, 1.2, {}), ("A", fragment, 0.0, {}))
    words = ("rescore", receptor, one, other, "--weights", weights)
    assert run(capsys, *words, "--quiet", "--out", tmp_path / "all.parquet").code == 0
    result = run(capsys, *words, "--best", "--out", tmp_path / "best.parquet")
    assert "8 records: 8 scored" in result.sentence
    assert "the best pose of each ligand (3)" in result.sentence
    every = pd.read_parquet(tmp_path / "all.parquet")
    groups = (
        [0, 2, 4, 6],
        [1, 3, 5],
        [7],
    )  # A is two ligands: the title is the same, not the atoms
    chosen = [every.loc[group, "pose_confidence"].idxmax() for group in groups]
    best = pd.read_parquet(tmp_path / "best.parquet")
    key = ["id", "ligand", "record", "pose"]
    pd.testing.assert_frame_equal(best[key], every.loc[chosen, key].reset_index(drop=True))
    confidence = every.loc[chosen, "pose_confidence"].to_list()
    assert best["pose_confidence"].to_list() == pytest.approx(confidence, abs=1e-5)


def test_best_tells_of_a_ligand_that_has_no_score(
    capsys: Capture, weights: Path, receptor: Path, inhibitor: Chem.Mol, tmp_path: Path
) -> None:
    poses = sdf(
        tmp_path / "poses.sdf",
        ("near", inhibitor, 900.0, {}),
        ("near", inhibitor, 0.0, {}),
        ("far", inhibitor, 900.0, {}),
    )
    words = ("--best", "--weights", weights, "--attention", tmp_path / "map.npz")
    result = run(capsys, "rescore", receptor, poses, *words)
    near, far = rows_of(result.out)
    assert result.code == 1
    assert (near["id"], near["pose"], near["status"]) == ("near", "2", "ok")
    assert (far["id"], far["status"]) == ("far", "failed")
    assert "1/attention" in np.load(tmp_path / "map.npz")


def test_records_without_a_title_are_told_apart_by_their_atoms(
    capsys: Capture,
    weights: Path,
    receptor: Path,
    inhibitor: Chem.Mol,
    fragment: Chem.Mol,
    tmp_path: Path,
) -> None:
    poses = sdf(
        tmp_path / "poses.sdf",
        *(("", inhibitor, shift, {}) for shift in (0.0, 0.2)),
        *(("", fragment, shift, {}) for shift in (0.0, 0.2)),
    )
    broken = poses.read_text().split("$$$$\n")
    broken[1] = broken[1].replace(" C ", " Q ", 1)
    poses.write_text("$$$$\n".join(broken))
    rows = rows_of(run(capsys, "rescore", receptor, poses, "--weights", weights, "--quiet").out)
    named = [(row["id"], row["pose"], row["status"]) for row in rows]
    assert named == [
        *(("poses", "1", "ok"), ("poses", "2", "failed")),
        *(("poses_1", "1", "ok"), ("poses_1", "2", "ok")),
    ]


def test_a_template_gives_bonds_to_poses_of_older_programs(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    ligand = read_ligand(complex_1s3v.ligand)
    path = tmp_path / "old.pdbqt"
    path.write_text(model(without_smiles(pdbqt_of(ligand)), 1, -8.1))
    words = ("rescore", complex_1s3v.protein, path, "--weights", weights, "--quiet")
    (guessed,) = rows_of(run(capsys, *words).out)
    assert guessed["status"] == "warning"
    assert "derived from the geometry" in guessed["reason"]
    (told,) = rows_of(run(capsys, *words, "--template", Chem.MolToSmiles(ligand.mol)).out)
    assert told["status"] == "ok"
    refused = run(capsys, *words, "--template", "C1CC")
    assert refused.code == 2
    assert "no valid SMILES" in refused.sentence


def test_a_receptor_as_poses_and_a_lost_file_cost_their_rows(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    prepared = tmp_path / "receptor.pdbqt"
    prepared.write_text(
        "".join(
            f"{line[:54]}  1.00  0.00    +0.000 {line[77:78].replace('O', 'OA')}\n"
            for line in complex_1s3v.protein.read_text().split("\n")
            if line.startswith("ATOM")
        )
    )
    words = (prepared, complex_1s3v.ligand, "absent.sdf", prepared, "--weights", weights)
    rows = rows_of(run(capsys, "rescore", *words, "--quiet").out)
    assert [row["status"] for row in rows] == ["ok", "failed", "failed"]
    assert "no such file" in rows[1]["reason"]
    assert "receptor" in rows[2]["reason"]


def test_what_cannot_be_done_is_one_sentence(
    capsys: Capture, receptor: Path, tmp_path: Path
) -> None:
    pipe, empty = tmp_path / "pipe", tmp_path / "empty.pdbqt"
    os.mkfifo(pipe)
    empty.touch()
    refusals = {
        "pipe": ("rescore", receptor, pipe),
        "empty": ("rescore", receptor, empty),
        "no such file": ("rescore", "absent.pdb", empty),
        "--skip": ("rescore", receptor, "x.sdf", "--best", "--skip", "3"),
        "POSES": ("rescore", receptor),
    }
    for told, words in refusals.items():
        result = run(capsys, *words)
        assert result.code == 2
        assert told in result.sentence


def test_skip_goes_on_after_an_interruption(
    capsys: Capture, weights: Path, receptor: Path, inhibitor: Chem.Mol, tmp_path: Path
) -> None:
    poses = sdf(tmp_path / "poses.sdf", *(("A", inhibitor, 0.1 * n, {"n": n}) for n in range(4)))
    words = ("rescore", receptor, poses, "--weights", weights, "--quiet")
    every = run(capsys, *words).out.splitlines()
    rest = run(capsys, *words, "--skip", "3").out.splitlines()
    assert rest == [every[0], every[4]]


@pytest.mark.slow
def test_poses_that_vina_itself_wrote(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    vina = pytest.importorskip("vina")
    from molattn.pose.receptor_pdbqt import receptor_pdbqt
    from molattn.structure import read_protein

    protein, ligand = read_protein(complex_1s3v.protein), read_ligand(complex_1s3v.ligand)
    (tmp_path / "receptor.pdbqt").write_text(receptor_pdbqt(protein.atoms, protein.residues))
    docking = vina.Vina(seed=1, cpu=1, verbosity=0)
    docking.set_receptor(str(tmp_path / "receptor.pdbqt"))
    docking.set_ligand_from_string(pdbqt_of(ligand))
    docking.compute_vina_maps(ligand.positions.mean(axis=0).tolist(), [22] * 3, spacing=0.6)
    docking.dock(exhaustiveness=1, n_poses=5, max_evals=2000)
    path = tmp_path / "out.pdbqt"
    docking.write_poses(str(path), n_poses=5, energy_range=20.0)
    words = ("rescore", complex_1s3v.protein, path, "--weights", weights, "--quiet")
    rows = rows_of(run(capsys, *words).out)
    energies = docking.energies(n_poses=5, energy_range=20.0)
    assert len(rows) == len(energies) > 1
    assert [row["status"] for row in rows] == ["ok"] * len(rows)
    for row, energy in zip(rows, energies, strict=True):
        assert float(row["vina_affinity"]) == pytest.approx(energy[0], abs=6e-4)
