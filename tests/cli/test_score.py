"""``molattn score`` on real complexes: tables, maps, manifests, messages."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from molattn.predict.score_record import SCORE_COLUMNS
from molattn.resources import ExampleComplex
from tests.cli.command import run

Capture = pytest.CaptureFixture[str]
Complexes = dict[str, ExampleComplex]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_pipe_gets_csv_and_messages_go_elsewhere(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex
) -> None:
    result = run(capsys, "score", complex_1s3v.protein, complex_1s3v.ligand, "--weights", weights)
    (row,) = rows_of(result.out)
    assert result.code == 0
    assert tuple(row) == SCORE_COLUMNS
    assert row["id"] == "TQD"
    assert float(row["pK_low"]) < float(row["pK"]) < float(row["pK_high"])
    assert float(row["kcal_per_mol"]) == pytest.approx(-1.36423 * float(row["pK"]), abs=2e-3)
    assert float(row["affinity_nM"]) == pytest.approx(10 ** (9 - float(row["pK"])), rel=2e-3)
    assert "1 record: 1 scored" in result.sentence


def test_quiet_says_nothing(capsys: Capture, weights: Path, complex_1s3v: ExampleComplex) -> None:
    words = ("score", complex_1s3v.protein, complex_1s3v.ligand, "--weights", weights)
    assert run(capsys, *words, "--quiet").err == ""


def test_messages_as_json(capsys: Capture, weights: Path, complex_1s3v: ExampleComplex) -> None:
    words = ("score", complex_1s3v.protein, "absent.sdf", complex_1s3v.ligand)
    result = run(capsys, *words, "--weights", weights, "--log-format", "json")
    events = [json.loads(line) for line in result.err.splitlines()]
    assert [event["event"] for event in events] == ["failed", "end"]
    assert events[1]["failed"] == 1
    refused = run(capsys, "score", "absent.pdb", "x.sdf", "--log-format", "json")
    assert json.loads(refused.err)["level"] == "error"


def test_an_attention_file_as_json(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    path = tmp_path / "map.json"
    words = ("score", complex_1s3v.protein, complex_1s3v.ligand, "--weights", weights)
    assert run(capsys, *words, "--attention", path).code == 0
    content = json.loads(path.read_text())
    attention = np.array(content["attention"])
    assert attention.shape == (len(content["atoms"]), len(content["residues"]))
    null = np.array([atom["null"] for atom in content["atoms"]])
    assert np.abs(attention.sum(1) + null - 1.0).max() < 1e-4  # six decimals, 60 residues
    mean = [residue["attention"] for residue in content["residues"]]
    assert np.allclose(mean, attention.mean(0), atol=2e-6)
    assert sum(line["share_pK"] for line in content["ledger"]) == pytest.approx(
        content["pK"], abs=1e-4
    )
    assert set(content["residues"][0]) == {
        *("chain", "number", "insertion", "name", "attention", "share_pK")
    }
    elements = [atom["element"] for atom in content["atoms"]]
    mol = next(iter(Chem.SDMolSupplier(str(complex_1s3v.ligand), removeHs=True)))
    assert elements == [atom.GetSymbol() for atom in mol.GetAtoms()]


def test_attention_of_several_records(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    words = ("score", complex_1s3v.protein, complex_1s3v.ligand, "absent.sdf", "--quiet")
    archive, text = tmp_path / "map.npz", tmp_path / "map.json"
    assert run(capsys, *words, "--weights", weights, "--attention", archive).code == 1
    assert run(capsys, *words, "--weights", weights, "--attention", text).code == 1
    arrays = np.load(archive, allow_pickle=False)
    listed = json.loads(text.read_text())
    assert np.allclose(arrays["0/attention"], listed[0]["attention"], atol=1e-6)
    assert arrays["0/ledger_share_pK"].sum() == pytest.approx(arrays["0/pK"].item(), abs=1e-4)
    assert arrays["1/attention"].shape == (0, 0)
    assert listed[1]["attention"] == []
    assert "absent.sdf" in listed[1]["reason"]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "sdf"])
def test_a_manifest_in_every_format(
    capsys: Capture, weights: Path, complexes: Complexes, tmp_path: Path, ending: str
) -> None:
    lines = ["id,protein,ligand,record,ligand_code,pK,note"]
    lines += [
        f"{name},{one.protein},{one.ligand},0,,{5 + row},n{row}"
        for row, (name, one) in enumerate(complexes.items())
    ]
    lines.append(f"inside,{complexes['1ia1'].protein},,,TQ3:A,,x")
    lines.append("absent,no.pdb,no.sdf,,,1.5,")
    manifest = tmp_path / "pairs.csv"
    manifest.write_text("\n".join(lines) + "\n")
    out = tmp_path / f"out.{ending}"
    result = run(capsys, "score", "--manifest", manifest, "--out", out, "--weights", weights)
    assert result.code == 1
    assert result.out == ""
    assert read_ids(out) == [*complexes, "inside", "absent"]
    if ending == "csv":
        rows = rows_of(out.read_text())
        assert tuple(rows[0]) == (*SCORE_COLUMNS, "ligand_code", "measured_pK", "note")
        assert [row["measured_pK"] for row in rows] == ["5", "6", "7", "8", "", "1.5"]
        # 1ia1 from its SDF, and taken out of the entry, whose coordinates have three decimals
        assert float(rows[0]["pK"]) == pytest.approx(float(rows[4]["pK"]), abs=0.02)
        assert rows[4]["ligand"] == "TQ3:A:194"  # which copy was taken
        assert "no.pdb" in rows[5]["reason"]


def read_ids(path: Path) -> list[str]:
    if path.suffix == ".sdf":
        return [mol.GetProp("_Name") for mol in Chem.SDMolSupplier(str(path))]
    if path.suffix == ".parquet":
        return list(pd.read_parquet(path)["id"])
    if path.suffix == ".json":
        return [row["id"] for row in json.loads(path.read_text())]
    return [row["id"] for row in rows_of(path.read_text())]


def test_a_row_that_names_no_record_of_several_says_so(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    record = complex_1s3v.ligand.read_text().rstrip("\n").removesuffix("$$$$")
    (tmp_path / "two.sdf").write_text(f"{record}$$$$\n" * 2)
    manifest = tmp_path / "pairs.csv"
    manifest.write_text(
        "id,protein,ligand,record\n"
        + "".join(f"{r},{complex_1s3v.protein},two.sdf,{r}\n" for r in ("", 1, 2))
    )
    result = run(capsys, "score", "--manifest", manifest, "--weights", weights)
    rows = rows_of(result.out)
    assert [row["status"] for row in rows] == ["warning", "ok", "failed"]
    assert "more than one record" in rows[0]["reason"]
    assert "no record 2" in rows[2]["reason"]
    assert rows[0]["pK"] == rows[1]["pK"]


def test_skip_goes_on_where_a_run_stopped(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    manifest = tmp_path / "pairs.csv"
    pair = f"{complex_1s3v.protein},{complex_1s3v.ligand}"
    manifest.write_text(f"id,protein,ligand\na,{pair}\nb,{pair}\nc,{pair}\n")
    words = ("score", "--manifest", manifest, "--weights", weights, "--skip", "2")
    assert [row["id"] for row in rows_of(run(capsys, *words).out)] == ["c"]


def test_temperature_flattens_attention(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    words = ("score", complex_1s3v.protein, complex_1s3v.ligand, "--weights", weights, "--quiet")
    sharpness = {}
    for temperature in ("0.01", "1", "100"):
        path = tmp_path / f"{temperature}.npz"
        run(capsys, *words, "--attention", path, "--temperature", temperature)
        rows = np.load(path)["attention"]
        # of the attention that atoms give to residues, the share of the first
        sharpness[temperature] = float((rows.max(1) / (rows.sum(1) + 1e-9)).mean())
    assert sharpness["0.01"] > sharpness["1"] > sharpness["100"]


def test_info_lists_ligands_ready_to_paste(
    capsys: Capture, weights: Path, complexes: Complexes
) -> None:
    protein = complexes["1ia1"].protein
    told = run(capsys, "info", protein)
    assert told.code == 0
    code = re.search(r"--ligand (TQ3\S+)", told.out)
    assert code is not None
    result = run(capsys, "score", protein, "--ligand", code[1], "--weights", weights)
    assert rows_of(result.out)[0]["status"] == "ok"


def test_info_on_ligands_and_weights(
    capsys: Capture, weights: Path, complex_1s3v: ExampleComplex
) -> None:
    assert "1 ligand records, 1 readable" in run(capsys, "info", complex_1s3v.ligand).out
    told = run(capsys, "info", "--weights", weights).out
    assert "trained on        nothing" in re.sub(r" {2,}(?=nothing)", " " * 8, told)
    assert run(capsys, "info", "absent.pdb").code == 2


def test_demo_shows_pk_interval_and_contacts(capsys: Capture, weights: Path) -> None:
    result = run(capsys, "demo", "--weights", weights)
    assert result.code == 0
    for words in ("pK ", "90 % interval", "kcal/mol", "nM", "top contacts", "A:"):
        assert words in result.out


def test_version(capsys: Capture) -> None:
    assert re.fullmatch(r"molattn \d+\.\d+\.\d+\n", run(capsys, "--version").out)


def test_without_words_there_is_help(capsys: Capture) -> None:
    result = run(capsys)
    assert result.code == 0
    assert "score" in result.out


def test_a_mistyped_command_is_one_sentence(capsys: Capture) -> None:
    result = run(capsys, "scoer")
    assert result.code == 2
    assert "score" in result.sentence


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interruption_keeps_what_is_finished(
    weights: Path, complex_1s3v: ExampleComplex, tmp_path: Path, workers: int
) -> None:
    manifest, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    rows = [f"{n},{complex_1s3v.protein},{complex_1s3v.ligand}" for n in range(2000)]
    manifest.write_text("\n".join(["id,protein,ligand", "bad,no.pdb,no.sdf", *rows]))
    words = ["score", "--manifest", manifest, "--out", out, "--weights", weights]
    program = (sys.executable, "-c", "from molattn.cli.app import main; main()")
    command = [*program, *map(str, words), "--workers", str(workers)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "bad" in process.stderr.readline()  # told once the first chunk is answered
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    assert process.returncode == 130, told
    finished = len(rows_of(out.read_text()))
    assert 1 <= finished < 2001
    assert f"--skip {finished}" in told
    assert "Traceback" not in told
