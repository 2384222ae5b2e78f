"""Decoys chosen and written as a source of training."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_prep.decoy_manifest import choose
from data_prep.decoy_manifest import run as decoy_manifest
from molattn.pose.decoys import DecoyKind, DecoySet
from molattn.pose.rmsd import symmetric_rmsd, symmetries
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand
from molattn.train.config import TrainConfig
from molattn.train.manifest import read_rows


def decoy_set(kinds: list[DecoyKind], energy: list[float], clashes: list[int]) -> DecoySet:
    count = len(kinds)
    return DecoySet(
        kind=np.array(kinds, dtype=np.int64),
        positions=np.zeros((count, 3, 3)),
        rmsd=np.zeros(count),
        clashes=np.array(clashes, dtype=np.int64),
        nearest=np.zeros(count),
        energy=np.array(energy),
    )


def test_the_best_docked_poses_are_taken_first() -> None:
    docked, far = DecoyKind.DOCKED, DecoyKind.FAR
    kinds = [DecoyKind.NATIVE, DecoyKind.RELAXED, far, far, far, docked, docked, docked]
    held = decoy_set(
        kinds, [np.nan, -9, np.nan, np.nan, np.nan, -5, -8, -7], [0, 0, 9, 1, 2, 0, 0, 0]
    )
    assert choose(held, 5) == [1, 3, 4, 6, 7]
    assert choose(held, 8) == [1, 2, 3, 4, 5, 6, 7]
    moved = decoy_set([DecoyKind.NEAR] * 3 + [far] * 3, [np.nan] * 6, [0, 1, 2, 7, 8, 9])
    moved.rmsd[3:] = 4.0
    assert choose(moved, 4) == [0, 1, 3, 4]
    without = decoy_set([DecoyKind.NATIVE, far, far], [np.nan] * 3, [0, 3, 1])
    assert choose(without, 2) == [1, 2]


@pytest.fixture(scope="module")
def written(complexes: dict[str, ExampleComplex], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decoys")
    lines = ["id,protein,ligand,sequence"]
    for name in ("1s3v", "1of6"):
        one = complexes[name]
        lines.append(f"{name},{one.protein},{one.ligand},SEQ{name}")
    (folder / "index.csv").write_text("\n".join(lines) + "\n")
    words = ["--no-vina", "--workers", "1", "--quiet", "--total", "10"]
    run("decoys", folder / "index.csv", "--out", folder / "made", *words)
    run(
        "decoy_manifest",
        folder / "index.csv",
        *("--decoys", folder / "made", "--out", folder / "chosen", "--poses", "4"),
    )
    return folder


def run(module: str, *words: object) -> None:
    subprocess.run(
        [sys.executable, "-m", f"data_prep.{module}", *map(str, words)],
        check=True,
        cwd=Path(__file__).parents[2],
    )


def test_written_poses_have_the_rmsd_that_the_manifest_says(
    written: Path, complexes: dict[str, ExampleComplex]
) -> None:
    table = pd.read_csv(written / "chosen" / "index.csv")
    assert table["id"].is_unique
    assert table.groupby("complex").size().to_dict() == {"1s3v": 4, "1of6": 4}
    for row in table.itertuples():
        pose = read_ligand(written / "chosen" / str(row.ligand), int(row.record))
        true = read_ligand(complexes[str(row.complex)].ligand)
        found = symmetric_rmsd(pose.positions[None], true.positions, symmetries(true.mol))
        assert float(found[0]) == pytest.approx(row.rmsd, abs=0.05)


def test_a_complex_that_is_left_out_is_named(written: Path, tmp_path: Path) -> None:
    lines = (written / "index.csv").read_text().splitlines()
    (tmp_path / "index.csv").write_text("\n".join(lines[:2]) + "\n")
    said = decoy_manifest(tmp_path / "index.csv", written / "made", tmp_path / "out", 4)
    assert said.startswith("4 poses of 1 complexes")
    assert "1 complexes left out.\n- 1of6: not in " in said


def test_training_reads_it_as_a_source(written: Path) -> None:
    values = {
        "name": "x",
        "data": {"manifest": written / "index.csv", "label_column": "sequence"},
        "sources": {
            "decoys": {
                "manifest": written / "chosen" / "index.csv",
                "rmsd_column": "rmsd",
                "complex_column": "complex",
            }
        },
    }
    values["data"]["drop_labels"] = {"id": ["1s3v", "1of6"]}
    (written / "index.csv").write_text(
        (written / "index.csv").read_text().replace("SEQ1s3v", "1").replace("SEQ1of6", "2")
    )
    rows = [row for row in read_rows(TrainConfig.model_validate(values)) if row.source]
    assert len(rows) == 8
    assert {row.complex for row in rows} == {"1s3v", "1of6"}
    assert all(row.protein.exists() and row.ligand.exists() for row in rows)
