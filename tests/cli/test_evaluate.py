"""``molattn evaluate``: the table on standard output, exit codes, molattn's own scores."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.evaluate.rows import EXAMPLES


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = ["id,protein,ligand,pK"]
    for name, suffix in (("1ia1", ".pdb.gz"), ("1of6", ".pdb.gz"), ("1s3v", ".pdb")):
        protein = EXAMPLES / f"{name}_protein{suffix}"
        rows.append(f"{name},{protein},{EXAMPLES / name}_ligand.sdf,{4 + len(rows)}")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def judge(capsys, manifest: Path, *words: object):
    return run(capsys, "evaluate", manifest, "--out", manifest.parent / "out", *words)


def test_somebody_elses_predictions_are_judged(capsys, manifest):
    said = manifest.parent / "said.csv"
    said.write_text("id,pK\n1ia1,5.5\n1of6,6\n1s3v,6.5\n")
    done = judge(
        capsys, manifest, "--predictions", f"theirs={said}", "--baselines", "none", "--quiet"
    )
    assert (done.code, done.err) == (0, "")
    assert "| theirs | 1.00" in done.out
    assert (manifest.parent / "out" / "report.html").is_file()


def test_molattn_scores_the_rows_itself_and_a_failed_row_is_told(capsys, manifest, weights):
    with manifest.open("a") as file:
        file.write(f"lost,{EXAMPLES / '1s3v_protein.pdb'},absent.sdf,6\n")
    done = judge(capsys, manifest, "--weights", weights, "--baselines", "none", "--folds", "random")
    assert done.code == 1
    assert "rows that stood in its training are not held out" in done.out
    assert "1 rows are not in the table" in done.err
    with (manifest.parent / "out" / "rows.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert "absent.sdf" in rows[-1]["reason"]
    assert float(rows[0]["model"]) > 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--predictions", "absent.csv"), "absent.csv: there is no such file"),
        (("--baselines", "crystal_ball", "--no-score"), "No baseline is called crystal_ball"),
        (("--folds", "sideways"), "sideways"),
        (("--train", "absent.csv", "--no-score"), "absent.csv"),
    ],
)
def test_bad_input_ends_in_a_sentence(capsys, manifest, words, sentence):
    done = judge(capsys, manifest, "--quiet", *words)
    assert done.code == 2
    assert sentence in done.sentence
