"""``molattn explain``: text, files of every ending, one pair, two ligands, and clear refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from molattn.resources import example
from tests.cli.command import run

FILES = example("1s3v")


def test_a_fast_explanation_tells_the_story_and_the_residues(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = run(capsys, "explain", FILES.protein, FILES.ligand, "--fast")
    assert done.code == 0
    assert "90 % interval" in done.out
    assert "- The predicted pK is" in done.out
    table = done.out[done.out.index("residue ") :]
    assert "attention" in table
    assert "gradients" not in table
    assert "A:PHE34" in table


def test_every_file_is_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    names = ["why.html", "why.json", "why.npz", "why.csv", "why.pdb", "why.pml", "why.cxc"]
    outs = [word for name in names for word in ("--out", tmp_path / name)]
    done = run(capsys, "explain", FILES.protein, FILES.ligand, "--fast", "--view", "ledger", *outs)
    assert done.code == 0
    assert {path.name for path in tmp_path.iterdir()} == {*names, "why_pocket.pdb"}
    assert done.err.count("Wrote ") == len(names) + 2  # a script names its pocket as well
    page = (tmp_path / "why.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert json.loads((tmp_path / "why.json").read_text(encoding="utf-8"))["pK"] > 0


def test_a_pair_is_shown_term_by_term(capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "explain", FILES.protein, FILES.ligand, "--pair", "C7:A:PHE34")
    assert done.code == 0
    lines = done.out.splitlines()
    head = lines[1].split()
    row = dict(zip(head, lines[2].replace("ln envelope", "ln").split(), strict=False))
    terms = [float(row[name]) for name in ("content", "prior", "distance", "angle", "atoms")]
    terms += [float(row["vector"]), float(row["reliability"])]
    assert sum(terms) == pytest.approx(float(row["logit"]), abs=0.01)


def test_two_ligands_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", FILES.protein, FILES.ligand, "--fast", "--against", FILES.ligand]
    done = run(capsys, *words)
    assert done.code == 0
    assert "TQD less TQD: +0.00 pK" in done.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([FILES.protein], "Give one ligand"),
        ([FILES.protein, FILES.ligand, "--ligand", "TQD"], "Give one ligand"),
        ([FILES.protein, FILES.ligand, "--pair", "C7"], "names no pair"),
        ([FILES.protein, FILES.ligand, "--out", "why.doc"], "must end with one of .html"),
        ([FILES.protein, FILES.ligand, "--out", "nowhere/why.html"], "does not exist"),
        ([FILES.protein, FILES.ligand, "--pair", "C7:PHE34", "--out", "x.html"], "leave out"),
        ([FILES.protein, FILES.ligand, "--temperature", "0"], "must be above 0"),
        ([FILES.protein, FILES.ligand, "--record", "3"], "record"),
        ([FILES.protein, FILES.ligand, "--fast", "--view", "gradients", "--out", "x.pdb"], "leave"),
        ([FILES.protein, FILES.ligand, "--fast", "--out", "x.json", "--against", "no.sdf"], "no.s"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    words: list[object],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(capsys, "explain", *words)
    assert done.code == 2
    assert sentence in done.err
    assert not list(tmp_path.iterdir())
