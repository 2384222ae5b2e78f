"""The index of raw files from end to end: checked, merged, written, resumed."""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_prep.duplicates import MergeOptions, merge_rows, unique_ids
from data_prep.index import main
from data_prep.index_table import COLUMNS, relative_path
from data_prep.sources.row import SourceRow
from data_prep.structure_check import (
    CheckedRow,
    CheckTask,
    check_rows,
    sequence_of_nearest_chain,
)
from molattn.predict.manifest import read_manifest as read_score_manifest
from molattn.resources import example
from molattn.structure import read_ligand, read_protein
from molattn.structure.ligand_identity import LigandIdentity
from molattn.train.affinity import Affinity
from molattn.train.manifest import read_manifest
from molattn.train.manifest_config import DataConfig

MOL2 = """@<TRIPOS>MOLECULE
broken
@<TRIPOS>ATOM
1 C1 no coordinates here
"""


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pdbbind_folder(root: Path, *names: str) -> Path:
    """Lay the packaged complexes out as PDBbind does."""
    for name in names:
        packed = example(name)
        folder = root / "general" / name
        folder.mkdir(parents=True)
        text = packed.protein.read_bytes()
        text = gzip.decompress(text) if packed.protein.suffix == ".gz" else text
        (folder / f"{name}_protein.pdb").write_bytes(text)
        (folder / f"{name}_ligand.sdf").write_bytes(packed.ligand.read_bytes())
    return root


def checked(
    name: str, affinity: Affinity | None, *, compound: str = "KEY", ligand: str = "", **more: str
) -> CheckedRow:
    columns = {key: more.pop(key) for key in ("spread", "n_values") if key in more}
    row = SourceRow(name, affinity=affinity, columns=columns, **{"protein": "/p.pdb", **more})
    return CheckedRow(row, ligand, LigandIdentity("C", compound, 1), None, "")


def test_a_folder_like_pdbbind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = pdbbind_folder(tmp_path / "raw", "1s3v", "1of6")
    (root / "general" / "1s3v" / "1s3v_ligand.mol2").write_text(MOL2)
    (root / "INDEX_general_PL_data.2020").write_text(
        "# a comment\n"
        "1s3v  1.80  2004   8.00  Ki<10nM  // 1s3v.pdf (TQD)\n"
        "1of6  2.10  2003   4.00  Kd=100uM // 1of6.pdf (DTY)\n"
        "9zzz  2.10  2003   4.00  Kd=100uM // 9zzz.pdf (DTY)\n"
    )
    out = tmp_path / "out"
    assert main([str(root), "--out", str(out), "--quiet"]) == 0
    first, second = rows_of(out / "index.csv")
    assert list(first)[: len(COLUMNS)] == list(COLUMNS)
    assert (first["id"], first["pK"], first["relation"], first["measure"]) == (
        "1s3v", "8.0", "<", "Ki"
    )  # fmt: skip
    assert first["ligand"] == "../raw/general/1s3v/1s3v_ligand.sdf"
    assert (first["year"], first["resolution"], first["ligand_code"]) == ("2004", "1.80", "TQD")
    assert second["pK"] == "4.0" and second["n_heavy"] == "13"
    assert second["inchikey"] == "OUYCCCASQSFEME-QMMMGPOBSA-N"
    assert 2.0 < float(first["nearest_contact"]) < 3.5
    assert first["sequence"].startswith(
        "VGSLNCIVAVSQNMGIGKNGDLPWPPLRNEFRYFQRMTTTSSVEGKQNLVIMGKKTWF"
    )
    assert first["sequence_from"] == "structure"
    account = {row["id"]: row for row in rows_of(out / "account.csv")}
    assert "other-ligand-file" in account["1s3v"]["reason"]
    assert account["1s3v"]["status"] == "repaired"
    assert "MOL2 cannot be read" in account["1s3v"]["detail"]
    assert account["9zzz"]["reason"] == "no structure files of this id"
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["records"], summary["kept"], summary["dropped"]) == (3, 2, 1)
    assert summary["bounds"] == 1

    # what the index is for: the readers of training and scoring take it
    trained = read_manifest(DataConfig(manifest=out / "index.csv"))
    assert [row.pK for row in trained] == [8.0, 4.0]
    assert all(row.protein.exists() and row.ligand.exists() for row in trained)
    assert len(read_score_manifest(out / "index.csv").requests) == 2

    # a second run does nothing and says so; other options are refused
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert main([str(root), "--out", str(out)]) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert main([str(root), "--out", str(out), "--max-spread", "2"]) == 2
    assert "was made with another max_spread" in capsys.readouterr().err


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    packed = example("1s3v")
    lines = [f"r{i},{packed.protein},{packed.ligand},{i % 9 + 1}" for i in range(300)]
    table = tmp_path / "pairs.csv"
    table.write_text("id,protein,ligand,pK\n" + "\n".join(lines) + "\n")
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "data_prep.index",
        str(table),
        "--out",
        str(out),
        "--by-series",
    ]
    run = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(out.glob("parts/*.account.json")) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    done = {path: path.stat().st_mtime_ns for path in out.glob("parts/*.account.json")}
    assert 0 < len(done) < 3
    assert not (out / "summary.md").exists()
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "300 records" in again.stdout
    assert len(list(out.glob("parts/*.account.json"))) == 3
    assert done == {path: path.stat().st_mtime_ns for path in done}


def test_rows_that_cannot_be_used_are_dropped_with_the_reason(tmp_path: Path) -> None:
    packed = example("1s3v")
    moved = tmp_path / "far.sdf"
    text = packed.ligand.read_text().splitlines(keepends=True)
    atoms = int(text[3][:3])
    for number in range(4, 4 + atoms):
        text[number] = f"{float(text[number][:10]) + 500:10.4f}{text[number][10:]}"
    moved.write_text("".join(text))
    broken = tmp_path / "broken.sdf"
    broken.write_text("not\na\nmolecule\n")
    protein, ligand = str(packed.protein), str(packed.ligand)
    rows = (
        SourceRow("good", protein, (ligand,)),
        SourceRow("far", protein, (str(moved),)),
        SourceRow("broken", protein, (str(broken),)),
        SourceRow("absent", str(tmp_path / "no.pdb"), (ligand,)),
        SourceRow("record", protein, (ligand,), record=3),
        SourceRow("smiles", protein, smiles="C1CC"),
        SourceRow("unposed", protein, smiles="CCO", template=ligand, sequence="MKV"),
    )
    outcomes = check_rows(CheckTask(rows), tmp_path / "part.jsonl")
    assert {one.id: one.reason for one in outcomes if one.status == "dropped"} == {
        "far": "ligand and protein do not meet",
        "broken": "ligand cannot be read",
        "absent": "file cannot be read",
        "record": "ligand cannot be read",
        "smiles": "ligand cannot be read",
    }
    lines = (tmp_path / "part.jsonl").read_text().splitlines()
    good, unposed = (CheckedRow.from_json(json.loads(line)) for line in lines)
    assert good.row.id == "good" and good.sequence_from == "structure"
    assert unposed.ligand == "" and unposed.nearest_contact is None
    assert unposed.row.template == ligand and unposed.sequence_from == "source"
    assert unposed.identity == LigandIdentity("CCO", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", 3)
    near = good.nearest_contact
    assert near is not None
    (outcome,) = check_rows(CheckTask(rows[:1], min_contact=near + 0.1), tmp_path / "part.jsonl")
    assert outcome.reason == "pose touches the protein"
    assert (tmp_path / "part.jsonl").read_text() == ""
    (outcome,) = check_rows(CheckTask(rows[3:4], read=False), tmp_path / "part.jsonl")
    assert outcome.status == "kept"


def test_sequence_is_that_of_the_chain_at_the_ligand() -> None:
    packed = example("1of6")
    protein, ligand = read_protein(packed.protein), read_ligand(packed.ligand)
    sequence = sequence_of_nearest_chain(protein, ligand)
    chains = set(protein.residues.chain.tolist())
    assert 0 < len(sequence) <= len(protein.residues) and set(sequence) <= set(
        "ACDEFGHIKLMNPQRSTVWYX"
    )
    assert len(chains) == 1 or len(sequence) < len(protein.residues)


def test_repeated_values_become_one_label() -> None:
    rows = [
        checked("a", Affinity(6.0, "=", "Ki")),
        checked("b", Affinity(6.4, "=", "Ki")),
        checked("c", Affinity(9.0, "=", "IC50")),
        checked("d", Affinity(4.0, ">", "Ki")),
        checked("e", Affinity(7.0, "=", "Ki"), protein="/other.pdb"),
        checked("f", None, compound="OTHER"),
    ]
    merged, outcomes = merge_rows(rows, MergeOptions())
    assert [one.checked.row.id for one in merged] == ["a", "e", "f"]
    assert merged[0].affinity == Affinity(6.2, "=", "Ki")
    assert (merged[0].n_values, round(merged[0].spread, 6)) == (2, 0.4)
    assert merged[2].affinity is None and merged[2].n_values == 0
    assert sorted(outcomes) == [1, 2, 3]
    assert {one.reason for one in outcomes.values()} == {
        "same pair and pose as an earlier row: merged into it"
    }


def test_values_too_far_apart_are_dropped_or_flagged() -> None:
    rows = [checked("a", Affinity(6.0)), checked("b", Affinity(7.5)), checked("c", None)]
    merged, outcomes = merge_rows(rows, MergeOptions())
    assert merged == [] and {one.reason for one in outcomes.values()} == {
        "values of this pair differ too much"
    }
    assert outcomes[0].detail == "2 values over 1.50 pK"
    (flagged,), _ = merge_rows(rows, MergeOptions(flag=True))
    assert flagged.conflict and flagged.affinity == Affinity(6.75)
    (loose,), _ = merge_rows(rows, MergeOptions(max_spread=1.5))
    assert not loose.conflict


def test_bounds_that_point_both_ways_are_no_label() -> None:
    rows = [checked("a", Affinity(5.0, "<")), checked("b", Affinity(4.0, ">"))]
    merged, outcomes = merge_rows(rows, MergeOptions())
    assert merged == [] and outcomes[0].reason == "bounds of this pair point both ways"


def test_other_poses_keep_their_rows_and_share_the_label() -> None:
    rows = [
        checked("a", Affinity(6.0), ligand="/1.sdf"),
        checked("b", Affinity(6.2), ligand="/2.sdf"),
        checked("c", Affinity(6.4), ligand="/2.sdf"),
    ]
    merged, outcomes = merge_rows(rows, MergeOptions())
    assert [one.checked.row.id for one in merged] == ["a", "b"]
    assert [one.affinity for one in merged] == [Affinity(6.2)] * 2
    assert list(outcomes) == [2]


def test_series_apart_and_what_the_source_says_of_its_own_means() -> None:
    rows = [
        checked("a", Affinity(6.0), series="s"),
        checked("b", Affinity(6.4), series="t", n_values="3", spread="0.5"),
    ]
    merged, _ = merge_rows(rows, MergeOptions(by_series=True))
    assert [(one.n_values, one.spread) for one in merged] == [(1, 0.0), (3, 0.5)]
    (together,), _ = merge_rows(rows, MergeOptions())
    assert (together.n_values, together.spread) == (4, 0.5)
    wide = [checked("a", Affinity(6.0), spread="1.2", n_values="2")]
    assert merge_rows(wide, MergeOptions())[0] == []


def test_ids_that_stand_twice_are_numbered() -> None:
    rows = [
        checked("a", None, compound="1"),
        checked("a", None, compound="2"),
        checked("a-2", None, compound="3"),
        checked("a", None, compound="4"),
    ]
    merged, _ = merge_rows(rows, MergeOptions())
    named, outcomes = unique_ids(merged)
    assert [one.checked.row.id for one in named] == ["a", "a-3", "a-2", "a-4"]
    assert sorted(outcomes) == [1, 3]


def test_paths_are_relative_where_they_share_a_root() -> None:
    assert relative_path("/data/raw/a.pdb", Path("/data/out")) == "../raw/a.pdb"
    assert relative_path("/elsewhere/a.pdb", Path("/data/out")) == "/elsewhere/a.pdb"
    assert relative_path("", Path("/data/out")) == ""


def test_activities_become_rows_for_placing(tmp_path: Path) -> None:
    pdbbind_folder(tmp_path / "receptors", "1s3v")
    table = tmp_path / "activities.tsv"
    head = "BindingDB MonomerID\tLigand SMILES\tKi (nM)\tPDB ID(s) of Target Chain\n"
    table.write_text(
        head + "7\tNc1nc(N)c2CCCCc2n1\t20\t1S3V\n7\tNc1nc(N)c2CCCCc2[nH+]1\t>5\t1S3V\n"
    )
    out = tmp_path / "out"
    structures = str(tmp_path / "receptors")
    arguments = [str(table), "--structures", structures, "--out", str(out), "--quiet"]
    assert main(arguments) == 0
    (row,) = rows_of(out / "index.csv")
    assert row["ligand"] == "" and row["template"].endswith("1s3v_ligand.sdf")
    assert float(row["pK"]) == pytest.approx(9 - math.log10(20), abs=1e-6)
    assert row["protein"].endswith("1s3v_protein.pdb") and row["sequence_from"] == "structure"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--out", "out"], "does not exist"),
        (["{table}", "--out", "out", "--measures", "Kx"], "--measures Kx"),
        (["{table}", "--out", "out", "--column", "pK"], "write it as NAME=COLUMN"),
        (["{table}", "--out", "out", "--limit", "0"], "must be 1 or more"),
        (["{table}", "--out", "{table}"], "cannot be written"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("id,protein,ligand\na,p.pdb,l.sdf\n")
    assert main([argument.format(table="t.csv") for argument in arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and message in error and error.count("\n") == 1
