"""``molattn calibrate`` and ``score --calibration``: from measured rows to sharper answers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from molattn.resources import EXAMPLE_NAMES, example
from tests.cli.command import run


def rows_of(names) -> list[str]:
    lines = ["id,protein,ligand,pK,relation"]
    for number, name in enumerate(names):
        files = example(name)
        lines.append(f"{name}_{number},{files.protein},{files.ligand},{8 + number % 3 / 10},=")
    return lines


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "dhfr.csv"
    path.write_text("\n".join(rows_of(EXAMPLE_NAMES * 2)) + "\n")
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "one.csv"
    path.write_text("\n".join(rows_of(["1s3v"])) + "\n")
    return path


def calibrate(capsys, manifest, weights, *words):
    out = manifest.parent / "dhfr.json"
    return run(capsys, "calibrate", manifest, "--out", out, "--weights", weights, *words), out


def scored(capsys, manifest, weights, *words):
    done = run(capsys, "score", "--manifest", manifest, "--weights", weights, "--quiet", *words)
    assert (done.code, done.err) == (0, "")
    return list(csv.DictReader(io.StringIO(done.out)))


def test_measured_ligands_sharpen_the_answers(capsys, manifest, weights, tmp_path):
    curve = tmp_path / "curve.csv"
    done, out = calibrate(capsys, manifest, weights, "--curve", curve)
    assert done.code == 0
    assert "dhfr: 8 measurements, calibrated by offset" in done.out
    assert "leave one out" in done.out and "Learning curve" in done.out
    assert f"score --calibration {out}" in done.err
    assert [line.split(",")[0] for line in curve.read_text().splitlines()[1:]] == list("1235")

    attention = tmp_path / "attention.json"
    before = scored(capsys, manifest, weights)
    after = scored(capsys, manifest, weights, "--calibration", out, "--attention", attention)
    assert list(before[0]) == list(after[0])
    errors = [
        sum((float(row["pK"]) - float(row["measured_pK"])) ** 2 for row in rows)
        for rows in (before, after)
    ]
    assert errors[1] < 0.2 * errors[0]
    for one in json.loads(attention.read_text()):
        assert sum(line["share_pK"] for line in one["ledger"]) == pytest.approx(one["pK"], abs=1e-4)
        assert "calibration" in [line["source"] for line in one["ledger"]]


def test_a_calibration_that_does_not_fit_is_refused(capsys, small, weights, tmp_path):
    done, out = calibrate(capsys, small, weights, "--quiet")
    assert (done.code, done.err) == (0, "")
    assert "1 measurement, calibrated by offset only" in done.out
    assert "needs 4 measurements" in done.out

    table = tmp_path / "table.csv"
    words = ("score", "--manifest", small, "--weights", weights, "--out", table, "--quiet")
    done = run(capsys, *words, "--calibration", out, "--temperature", "0.5")
    assert done.code == 2
    assert "temperature" in done.sentence
    values = json.loads(out.read_text())
    out.write_text(json.dumps({**values, "weights_sha256": "0" * 64}))
    done = run(capsys, *words, "--calibration", out)
    assert done.code == 2
    assert "made with other weights" in done.sentence
    assert not table.exists()


def test_rows_left_out_are_named(capsys, small, weights):
    files = example("1s3v")
    with small.open("a") as file:
        file.write(f"bound,{files.protein},{files.ligand},4.0,>\n")
        file.write(f"unmeasured,{files.protein},{files.ligand},,\n")
    done, _ = calibrate(capsys, small, weights)
    assert done.code == 0
    assert "bound is left out: a bound, not a value." in done.err
    assert "unmeasured is left out: no measurement." in done.err
    with small.open("a") as file:
        file.write(f"lost,{files.protein},absent.sdf,6.0,\n")
    done, _ = calibrate(capsys, small, weights, "--target", "reductase")
    assert done.code == 1
    assert "lost is left out: not scored" in done.err
    assert "reductase: 1 measurement," in done.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--measured", "assay"), "no column assay for --measured"),
        (("--measured", "relation"), "no measurement that can be used"),
        (("--out", "absent/it.json"), "does not exist"),
        (("--weights", "absent.safetensors"), "no weights"),
    ],
)
def test_bad_input_ends_in_a_sentence(capsys, small, weights, words, sentence):
    done, out = calibrate(capsys, small, weights, "--quiet", *words)
    assert done.code == 2
    assert sentence in done.sentence
    assert not out.exists()
