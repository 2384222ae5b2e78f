"""Reading predictions and joining them to the judged rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from molattn.errors import FileUnreadable, UsageError
from molattn.evaluate.predictions import (
    from_columns,
    own_predictions,
    parse_source,
    read_predictions,
)
from tests.evaluate.rows import rows_of

ROWS = rows_of(id=["1a", "1b", "007"])


def read(folder: Path, text: str, source: str = ""):
    (folder / "said.csv").write_text(text)
    return read_predictions(parse_source(source or str(folder / "said.csv")), ROWS)


def test_predictions_stand_in_the_order_of_the_rows(tmp_path):
    found = read(tmp_path, "id,pK,fold,cluster\n007,7.5,2,z\n1b,6.5,1,x\n1a,5.5,0,y\n")
    assert found.predicted.tolist() == [5.5, 6.5, 7.5]
    assert found.fold.tolist() == [0, 1, 2]
    assert found.cluster.tolist() == ["y", "x", "z"]
    assert (found.name, found.low, found.notes) == ("said", None, ())


def test_rows_without_an_answer_are_told_and_strangers_passed_over(tmp_path):
    found = read(tmp_path, "id,pK\n1a,5.5\n1b,none\n9z,7.0\n")
    assert found.answered.tolist() == [True, False, False]
    assert found.reasons == {"007": "not in the predictions"}
    assert found.notes == ("said: 1 predictions of other ids are passed over.",)


def test_a_spread_becomes_the_ninety_percent_interval_of_a_normal_error(tmp_path):
    found = read(tmp_path, "id,pK,spread\n1a,5.0,1.0\n1b,6.0,2.0\n007,6.0,\n")
    assert (found.high - found.predicted)[:2] == pytest.approx([1.6449, 3.2897], abs=1e-4)
    assert np.isnan(found.low[2])


def test_given_intervals_come_before_a_spread(tmp_path):
    found = read(tmp_path, "id,pK,spread,pK_low,pK_high\n1a,5.0,1.0,4.0,7.0\n")
    assert (found.low[0], found.high[0]) == (4.0, 7.0)


def test_a_minus_turns_an_energy_round(tmp_path):
    path = tmp_path / "said.csv"
    found = read(tmp_path, "id,energy\n1a,-9\n1b,-5\n", f"vina={path}:-energy")
    assert found.name == "vina"
    assert found.predicted[:2].tolist() == [9.0, 5.0]
    assert read(tmp_path, "id,energy\n1a,-9\n", f"{path}:energy").predicted[0] == -9.0


@pytest.mark.parametrize(
    ("text", "name", "path", "column"),
    [
        ("a.csv", "a", "a.csv", "pK"),
        ("mine=b/a.csv.gz", "mine", "b/a.csv.gz", "pK"),
        ("mine=a.csv:score", "mine", "a.csv", "score"),
        ("b=1/a.csv", "b", "1/a.csv", "pK"),
        ("x/b=1/a.csv", "a", "x/b=1/a.csv", "pK"),
    ],
)
def test_sources_are_taken_apart(text, name, path, column):
    source = parse_source(text)
    assert (source.name, source.path, source.column) == (name, Path(path), column)


def test_a_file_whose_name_holds_signs_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("t=1:b.csv").write_text("id,pK\n1a,5\n")
    assert parse_source("t=1:b.csv").path == Path("t=1:b.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,pK\n1a,5\n", "has no column id"),
        ("id,score\n1a,5\n", r"said=.*:COLUMN"),
        ("id,pK\n1a,5\n1a,6\n", "holds the id 1a more than once"),
        ("id,pK\n9z,5\n", "shares no id with the manifest; its first is 9z"),
    ],
)
def test_unusable_tables_are_refused_in_a_sentence(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        read(tmp_path, text)


def test_missing_and_empty_files_are_refused(tmp_path):
    with pytest.raises(FileUnreadable, match="there is no such file"):
        read_predictions(parse_source(str(tmp_path / "absent.csv")), ROWS)
    with pytest.raises(FileUnreadable, match="empty"):
        read(tmp_path, "")
    with pytest.raises(FileUnreadable, match="cannot be read as CSV"):
        read(tmp_path, "id,pK\na,1\nb,1,2,3\n")
    with pytest.raises(FileUnreadable, match="directory"):
        read_predictions(parse_source(str(tmp_path)), ROWS)
    with pytest.raises(UsageError, match="names no file"):
        parse_source("mine=")


def test_predictions_in_the_manifest_stand_beside_the_measurements():
    rows = rows_of(id=["a", "b"], measured_pK=["5", "6"], pK=["5.5", "6.5"])
    assert own_predictions(rows, "mine").predicted.tolist() == [5.5, 6.5]
    assert own_predictions(rows_of(id=["a"], pK=["5"]), "mine") is None


def test_select_keeps_columns_in_step(tmp_path):
    found = read(tmp_path, "id,pK,spread,fold\n1a,5.5,1,0\n1b,6.5,2,1\n007,6,1,1\n")
    kept = found.select(np.array([False, True, True]))
    assert kept.predicted.tolist() == [6.5, 6.0]
    assert kept.low.tolist() == found.low[1:].tolist()
    assert kept.fold.tolist() == [1, 1]


def test_intervals_whose_ends_are_exchanged_are_refused() -> None:
    columns = {"pK": np.array(["5"]), "pK_low": np.array(["7"]), "pK_high": np.array(["3"])}
    with pytest.raises(UsageError, match="pK_low is above pK_high in 1 rows"):
        from_columns("model", "model", columns)
