"""The builder of decoys from the command line."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from data_prep.decoys import read_complexes
from molattn.pose.decoy_file import read_decoys
from molattn.resources import ExampleComplex


def command(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "data_prep.decoys", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


@pytest.fixture
def manifest(tmp_path: Path, complexes: dict[str, ExampleComplex]) -> Path:
    lines = ["id,protein,ligand,sequence"]
    for name in ("1s3v", "1of6"):
        one = complexes[name]
        lines.append(f"{name},{one.protein},{one.ligand},SEQ{name}")
    lines.append(f"lost,{complexes['1s3v'].protein},{tmp_path / 'nowhere.sdf'},SEQ1s3v")
    path = tmp_path / "index.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_decoys_of_a_manifest_and_a_second_run(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = (manifest, "--out", out, "--no-vina", "--workers", 1, "--quiet")
    first = command(*words)
    assert first.returncode == 0, first.stderr
    assert "3 records: 2 kept (0 of them repaired), 1 dropped." in first.stdout
    table = pd.read_csv(out / "decoys.csv")
    counts = table.groupby("complex").size()
    assert set(counts.index) == {"1s3v", "1of6"}
    assert (counts >= 51).all()
    held = read_decoys(next((out / "parts").glob("*.npz")))
    assert len(held["1of6"]) == counts["1of6"]
    part = next((out / "parts").glob("*.npz")).stat().st_mtime_ns
    again = command(*words)
    assert again.returncode == 0
    assert next((out / "parts").glob("*.npz")).stat().st_mtime_ns == part


def test_a_draw_of_a_few_complexes_of_each_protein(tmp_path: Path) -> None:
    lines = [f"c{row},p.pdb,l{row}.sdf,SEQ{row % 3}" for row in range(30)]
    path = tmp_path / "index.csv"
    path.write_text("\n".join(["id,protein,ligand,sequence", *lines]) + "\n")
    drawn = [row.id for row in read_complexes(path, None, 2, per_protein=4)]
    assert Counter(int(name[1:]) % 3 for name in drawn) == {0: 4, 1: 4, 2: 4}
    path.write_text("\n".join(["id,protein,ligand,sequence", *reversed(lines)]) + "\n")
    assert [row.id for row in read_complexes(path, None, 2, per_protein=4)] == drawn


def test_a_manifest_without_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text("id,smiles\na,C\n")
    answer = command(path, "--out", tmp_path / "out")
    assert answer.returncode == 2
    assert answer.stderr.strip() == (
        f"error: {path} has no column ligand, protein; its columns are id, smiles."
    )
