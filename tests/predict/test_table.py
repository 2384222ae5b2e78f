"""Score tables: the same columns and rows in every format."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem

from molattn.errors import OutputError, UsageError
from molattn.predict.score_record import SCORE_COLUMNS
from molattn.predict.table import to_frame
from molattn.predict.table_file import TableFile
from tests.predict.scores import failed_score, good_score

DESIGN_COLUMNS = [
    *("id", "protein", "ligand", "record", "pK", "pK_low", "pK_high", "kcal_per_mol"),
    *("affinity_nM", "domain", "domain_reason", "pose_confidence", "status", "reason", "repairs"),
]
CARRIED = ("measured_pK", "series", "code")
SCORES = [
    good_score(measured_pK="6.40", series="a, b", code="007"),
    failed_score(measured_pK="", series="<x>", code="1e10"),
]


def written(path: Path) -> Path:
    table = TableFile(path, CARRIED)
    for score in SCORES:
        table.add(score)
    table.close()
    return path


def test_columns_stand_in_the_promised_order() -> None:
    assert list(SCORE_COLUMNS) == DESIGN_COLUMNS


def test_csv_has_rounded_numbers_and_carried_text_as_it_was(tmp_path: Path) -> None:
    with written(tmp_path / "t.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == [*DESIGN_COLUMNS, *CARRIED]
    assert rows[0]["pK"] == "5.625"
    assert rows[0]["kcal_per_mol"] == "-7.674"
    assert rows[0]["affinity_nM"] == "2371"
    assert rows[0]["repairs"] == "An oxygen was given its double bond. A charge was set."
    assert (rows[0]["measured_pK"], rows[0]["series"], rows[0]["code"]) == ("6.40", "a, b", "007")
    assert [rows[1][name] for name in ("pK", "pK_low", "affinity_nM", "domain")] == [""] * 4
    assert rows[1]["reason"] == "The record ends within its atoms, after 3 of 20."


def test_parquet_keeps_numbers_whole_and_types_carried_columns(tmp_path: Path) -> None:
    frame = pd.read_parquet(written(tmp_path / "t.parquet"))
    assert list(frame.columns) == [*DESIGN_COLUMNS, *CARRIED]
    assert frame["pK"].iloc[0] == 5.6251234
    assert frame["pK"].isna().tolist() == [False, True]
    assert frame["measured_pK"].dtype == "float64"
    assert frame["code"].tolist() == ["007", "1e10"]
    assert frame["record"].tolist() == [0, 1]


def test_json_is_a_list_with_null_where_nothing_is_known(tmp_path: Path) -> None:
    rows = json.loads(written(tmp_path / "t.json").read_text())
    assert list(rows[0]) == [*DESIGN_COLUMNS, *CARRIED]
    assert rows[0]["pK"] == 5.625
    assert rows[0]["measured_pK"] == 6.4
    assert rows[1]["pK"] is None
    assert rows[1]["measured_pK"] is None


def test_sdf_has_a_record_for_each_row_with_all_columns_as_tags(tmp_path: Path) -> None:
    path = written(tmp_path / "t.sdf")
    assert path.read_text().count("$$$$") == 2
    first, second = Chem.SDMolSupplier(str(path))
    assert [mol.GetProp("_Name") for mol in (first, second)] == ["one", "two"]
    assert first.GetProp("pK") == "5.625"
    assert second.GetNumAtoms() == 0
    assert second.GetProp("pK") == ""
    assert second.GetProp("series") == "<x>"
    assert second.GetProp("status") == "failed"


def test_a_frame_has_the_same_columns() -> None:
    frame = to_frame(SCORES)
    assert list(frame.columns) == [*DESIGN_COLUMNS, *CARRIED]
    assert len(frame) == 2


def test_an_unknown_ending_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.json, \.parquet, \.sdf"):
        TableFile(tmp_path / "t.xlsx")


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("absent/t.csv", "does not exist"),
        ("file/t.csv", "is a file"),
        ("folder.csv", "is a folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_found_before_the_work(
    tmp_path: Path, place: str, sentence: str
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match=sentence):
        TableFile(tmp_path / place)


def test_a_full_disk_is_a_sentence_and_leaves_the_link(tmp_path: Path) -> None:
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        written(full)
    assert full.is_symlink()


def test_an_old_table_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("old")
    table = TableFile(path)
    table.add(good_score())
    assert path.read_text() == "old"
    table.close()
    assert path.read_text().startswith("id,protein")
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]
