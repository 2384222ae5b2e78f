"""Poses of a series, from a table to a manifest: rows, resume, failures, refusals."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from data_prep.poses import QUALITY, SeriesTask, main, place_series
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, read_ligand, read_ligands
from molattn.train.manifest import read_manifest
from molattn.train.manifest_config import DataConfig

COLUMNS = ("id", "smiles", "protein", "template", "series", "pK", "is_template", "assay")


def _series(folder: Path, files: ExampleComplex) -> Path:
    """Write a table of four ligands: the template, two relatives, and one that is none."""
    folder.mkdir(exist_ok=True)
    for source, name in ((files.protein, "protein.pdb"), (files.ligand, "template.sdf")):
        (folder / name).write_bytes(Path(source).read_bytes())
    smiles = Chem.MolToSmiles(read_ligand(files.ligand).mol)
    rows = [
        ("whole", smiles, "7.0", "1"),
        ("fragment", "CCOc1ccccc1", "5.0", "0"),
        ("broken", "C1CC(", "4.0", "0"),
        ("other", "COc1ccc(C)cc1", "", "0"),
    ]
    table = folder / "ligands.csv.gz"
    with gzip.open(table, "wt", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for name, text, label, template in rows:
            writer.writerow(
                (name, text, "protein.pdb", "template.sdf", "S/1", label, template, "assay, one")
            )
    return table


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, complexes: dict[str, ExampleComplex]
) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("series")
    table = _series(folder / "in", complexes["1s3v"])
    sequences = folder / "in" / "series.csv"
    sequences.write_text("protein,sequence\nprotein.pdb,MVGSLNCIVA\n")
    out = folder / "out"
    assert main([str(table), "--out", str(out), "--proteins", str(sequences)]) == 0
    return table, out


def _index(out: Path) -> list[dict[str, str]]:
    with (out / "index.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_rows_out_are_rows_in_with_their_columns(built: tuple[Path, Path]) -> None:
    rows = _index(built[1])
    assert [row["id"] for row in rows] == ["whole", "fragment", "broken", "other"]
    assert [row["status"] for row in rows] == ["ok", "ok", "failed", "ok"]
    assert [row["record"] for row in rows] == ["0", "1", "", "2"]
    assert {row["assay"] for row in rows} == {"assay, one"}
    assert {row["sequence"] for row in rows} == {"MVGSLNCIVA"}
    assert "not a SMILES" in rows[2]["reason"]
    assert rows[2]["ligand"] == rows[2]["nearest_contact"] == ""
    assert set(QUALITY) <= set(rows[0])
    assert rows[0]["method"] == "template"
    assert rows[1]["method"] == "core, soft"


def test_poses_are_read_back_under_their_ids(built: tuple[Path, Path]) -> None:
    table, out = built
    rows = [row for row in _index(out) if row["status"] == "ok"]
    assert {row["ligand"] for row in rows} == {"ligand/S_1.sdf.gz"}
    found = list(read_ligands(out / rows[0]["ligand"]))
    assert [one.name for one in found] == [row["id"] for row in rows]
    template = read_ligand(table.parent / "template.sdf")
    for row, ligand in zip(rows, found, strict=True):
        assert isinstance(ligand, Ligand)
        assert int(row["record"]) == ligand.source.record
        distance = np.linalg.norm(ligand.positions[:, None] - template.positions, axis=2)
        assert distance.min(axis=1).mean() < 2.0
        assert (out / row["protein"]).exists()
        assert (out / row["pose_template"]).exists()


def test_the_index_is_a_manifest_for_training(built: tuple[Path, Path]) -> None:
    config = DataConfig(manifest=built[1] / "index.csv", drop={"status": ("failed",)})
    rows = read_manifest(config)
    assert [row.id for row in rows] == ["whole", "fragment", "other"]
    assert [row.labelled for row in rows] == [True, True, False]


def test_a_second_run_does_nothing_and_says_so(
    built: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    table, out = built
    part = next((out / "parts").glob("*.sdf.gz"))
    before = part.stat().st_mtime_ns
    assert main([str(table), "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "nothing to do" in shown.err
    assert "4 records: 3 kept" in shown.out
    assert part.stat().st_mtime_ns == before


def test_other_settings_and_bad_tables_are_refused(
    built: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, out = built
    assert main([str(table), "--out", str(out), "--seed", "2"]) == 2
    assert "was made with another seed" in capsys.readouterr().err
    bad = tmp_path / "bad.csv"
    bad.write_text("id,smiles,protein\na,CC,p.pdb\n")
    assert main([str(bad), "--out", str(tmp_path / "x")]) == 2
    assert "has no column template" in capsys.readouterr().err
    bad.write_text("id,smiles,protein,template\na,CC,p,t\na,CCC,p,t\n")
    assert main([str(bad), "--out", str(tmp_path / "x")]) == 2
    assert "the id a stands in 2 rows" in capsys.readouterr().err
    assert main([str(tmp_path / "none.csv"), "--out", str(tmp_path / "x")]) == 2
    assert "error: " in capsys.readouterr().err


def test_a_series_without_its_files_is_dropped_row_by_row(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pdb")
    task = SeriesTask(missing, missing, "soft", 1, (("a", "CC", False), ("b", "CCC", False)))
    outcomes = place_series(task, tmp_path / "part.sdf.gz")
    assert [one.status for one in outcomes] == ["dropped", "dropped"]
    assert {one.reason for one in outcomes} == {"protein or template unreadable"}
    assert not (tmp_path / "part.sdf.gz").exists()
