"""``molattn screen`` as typed: folders, messages, exit codes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molattn.resources import ExampleComplex
from molattn.structure import read_ligand
from tests.cli.command import run
from tests.screen.libraries import write_library

Capture = pytest.CaptureFixture[str]


def test_a_screen_from_beginning_to_end(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    library = write_library(tmp_path / "library", posed=6)
    (library / "c_more.csv").write_text(
        "name;smiles;hit\nposed1;Nc1nc(N)c2cc(CNc3ccccc3)ccc2n1;1\nsalt;[Na+].[Cl-];0\n"
    )
    words = ("screen", complex_1s3v.protein, library, "--reference", complex_1s3v.ligand)
    words += ("--weights", weights, "--out", tmp_path / "out", "--workers", "1", "--poses", "1")
    result = run(capsys, *words, "--top", "3", "--keep-poses", "--actives", "hit")
    assert result.code == 1
    assert result.out == ""
    assert "12 records: 9 scored" in result.err
    assert "3 failed (failed.csv says why); 3 hits" in result.err
    table = pd.read_parquet(tmp_path / "out" / "scores.parquet")
    assert list(table.loc[table["id"] == "posed1", "copy"]) == [1, 2]
    assert (tmp_path / "out" / "poses.sdf").read_text().count("$$$$") == 9
    assert "Enrichment" in (tmp_path / "out" / "summary.html").read_text()
    told = run(capsys, "screen", "--status", tmp_path / "out")
    assert told.code == 0
    assert "finished" in told.out
    assert "12 of 12, 3 failed" in told.out


def test_given_poses_may_be_relaxed(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    words = ("screen", complex_1s3v.protein, complex_1s3v.ligand, "--relax", "--workers", "1")
    words += ("--reference", complex_1s3v.ligand, "--weights", weights)
    assert run(capsys, *words, "--out", tmp_path / "out").code == 0
    (row,) = pd.read_parquet(tmp_path / "out" / "scores.parquet").to_dict("records")
    assert (row["pose_source"], row["plausible"]) == ("relaxed", True)
    moved = read_ligand(tmp_path / "out" / "hits.sdf").positions
    away = np.linalg.norm(moved - read_ligand(complex_1s3v.ligand).positions, axis=1)
    assert 0.0 < np.sqrt((away**2).mean()) < 0.6


@pytest.mark.slow
def test_a_library_is_docked_in_a_box_or_around_a_reference(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    pytest.importorskip("vina")
    library = tmp_path / "library.smi"
    library.write_text("Nc1ncc(Cc2ccccc2)c(N)n1 one\n[Cu] metal\n")
    center = read_ligand(complex_1s3v.ligand).positions.mean(axis=0)
    words = ("screen", complex_1s3v.protein, library, "--pose", "dock", "--exhaustiveness", "1")
    words += ("--weights", weights, "--workers", "1", "--poses", "2")
    places = {
        "box": ("--center", ",".join(f"{value:.2f}" for value in center), "--box", "18"),
        "around": ("--reference", complex_1s3v.ligand),
    }
    for name, place in places.items():
        assert run(capsys, *words, *place, "--out", tmp_path / name).code == 1
        rows = pd.read_parquet(tmp_path / name / "scores.parquet").to_dict("records")
        assert rows[0]["pose_source"] == "docked"
        assert 1 <= rows[0]["poses"] <= 2
        assert rows[0]["vina_energy"] < -4.0
        assert rows[1]["status"] == "failed"
        docked = read_ligand(tmp_path / name / "hits.sdf").positions.mean(axis=0)
        assert np.linalg.norm(docked - center) < 9.0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Nothing to screen"),
        (("R", "L"), "--out DIR"),
        (("R", "L", "--out", "O", "--pose", "place"), "--reference"),
        (("R", "L", "--out", "O", "--pose", "dock"), "Docking needs a box"),
        (("R", "L", "--out", "O", "--relax"), "--relax needs to know the pocket"),
        (("R", "L", "--out", "O", "--tautomers"), "A given pose has one form"),
        (("R", "absent.sdf", "--out", "O"), "absent.sdf"),
        (("absent.pdb", "L", "--out", "O"), "absent.pdb"),
        (("R", "L", "--out", "O", "--shard", "3/2"), "--shard 3/20"),
        (("R", "L", "--out", "O", "--smiles-column", "structure"), "structure"),
        (("R", "L", "--out", "O", "--center", "900,900,900"), "not in a pocket"),
        (("R", "L", "--out", "O", "--ray", "127.0.0.1:1"), "Ray"),
        (("--status", "nowhere"), "holds no screen"),
        (("--merge", "nowhere", "--out", "O"), "holds no screen"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    capsys: Capture,
    complex_1s3v: ExampleComplex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    library = tmp_path / "library.csv"
    library.write_text("id,smiles\na,CCO\n")
    names = {"R": str(complex_1s3v.protein), "L": str(library)}
    result = run(capsys, "screen", *(names.get(word, word) for word in words))
    assert result.code == 2
    assert sentence in result.sentence
