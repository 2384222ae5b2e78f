"""The outcome of a screen: every record comes out, the best are found, faults are sentences."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molattn.errors import FileUnreadable, InternalError, OutputError, UsageError
from molattn.screen.carried import carried_names, parse_fields
from molattn.screen.copies import counting_copies
from molattn.screen.outcome import FILES, OutcomeSettings, write_outcome
from molattn.screen.ranking import Ranking, standing
from molattn.screen.row import FIELDS, PLACE, POSE, ROW_COLUMNS
from molattn.screen.score_table import ROWS_IN_GROUP
from molattn.screen.shard import SHARD_SCHEMA, read_shard, shard_bytes
from tests.screen.outcome_rows import (
    failed_row,
    good_row,
    mixed_rows,
    outcome_of,
    pose_block,
    write_shards,
)

# --- shards


def test_a_shard_gives_back_its_rows_and_the_same_bytes(tmp_path: Path) -> None:
    rows = mixed_rows(12)
    assert shard_bytes(rows) == shard_bytes([dict(row) for row in rows])
    (path,) = write_shards(tmp_path, rows, 12)
    table = read_shard(path)
    assert table.schema.equals(SHARD_SCHEMA)
    for found, row in zip(table.to_pylist(), rows, strict=True):
        assert found == {name: row.get(name) for name in SHARD_SCHEMA.names}
    assert read_shard(path, [POSE, "id"]).column_names == [POSE, "id"]


def test_half_a_character_costs_no_row(tmp_path: Path) -> None:
    (path,) = write_shards(tmp_path, [good_row(0, id="caf\udce9"), good_row(1)], 2)
    assert read_shard(path, ["id"])["id"].to_pylist() == ["caf?", "mol-1"]


@pytest.mark.parametrize("fault", ["missing", "cut", "text", "folder", "other columns"])
def test_a_shard_that_is_none_is_a_sentence(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "s.parquet"
    if fault == "cut":
        path.write_bytes(shard_bytes(mixed_rows(9))[:-100])
    elif fault == "text":
        path.write_text("id,pK\n")
    elif fault == "folder":
        path.mkdir()
    elif fault == "other columns":
        pd.DataFrame({"id": ["a"]}).to_parquet(path)
    with pytest.raises(FileUnreadable, match=r"s\.parquet") as caught:
        read_shard(path)
    assert "\n" not in str(caught.value)


# --- tables


def test_rows_out_equal_records_in(tmp_path: Path) -> None:
    rows = mixed_rows()
    done, out = outcome_of(tmp_path, rows)
    assert (done.records, done.scored, done.failed, done.hits) == (40, 35, 5, 5)
    assert done.notes == ()
    assert sorted(file.name for file in out.iterdir()) == sorted(FILES)
    scores = pq.read_table(out / "scores.parquet")
    assert scores.column_names == [*ROW_COLUMNS, "active", "batch", "note"]
    assert scores["id"].to_pylist() == [row["id"] for row in rows]
    assert scores["pK"].to_pylist() == [row.get("pK") for row in rows]
    assert scores["batch"].to_pylist()[2:5] == ["2", None, "1"]
    assert set(scores.schema.types) == {pa.string(), pa.float64(), pa.int64(), pa.bool_()}
    with (out / "failed.csv").open(newline="") as stream:
        bad = list(csv.DictReader(stream))
    assert [row["id"] for row in bad] == ["bad-3", "bad-11", "bad-19", "bad-27", "bad-35"]
    assert bad[0] == {
        "id": "bad-3",
        "ligand": "made.smi",
        "record": "3",
        "reason": "Atom 3 has 5 bonds.",
    }


def test_copies_of_an_id_are_numbered_across_shards(tmp_path: Path) -> None:
    rows = [good_row(place, id="abacaba"[place % 7]) for place in range(20)]
    _, out = outcome_of(tmp_path, rows, OutcomeSettings(top=20), size=3)
    frame = pd.read_parquet(out / "scores.parquet")
    assert frame["copy"].tolist() == (frame.groupby("id").cumcount() + 1).tolist()
    hits = pd.read_parquet(out / "hits.parquet")
    both = hits.merge(frame, on="record", suffixes=("", "_all"))
    assert (both["copy"] == both["copy_all"]).all()


@pytest.mark.parametrize("rank_by", ["pK", "pK_low", "pose_confidence"])
def test_hits_are_the_best_scored_rows_and_ties_keep_their_order(
    tmp_path: Path, rank_by: str
) -> None:
    rows = mixed_rows()
    rows[5]["pK"] = float("nan")  # no number, so no score
    rows[6] |= {"status": "failed", "pK": 15.0, "reason": "Its pose was lost."}
    rows[7]["status"] = "warning"
    done, out = outcome_of(tmp_path, rows, OutcomeSettings(top=12, rank_by=rank_by))  # type: ignore[arg-type]
    assert (done.scored, done.failed, done.warnings) == (33, 7, 1)
    scored = [row for place, row in enumerate(rows) if "pK" in row and place not in (5, 6)]
    best = sorted(
        scored,
        key=lambda row: (not row["plausible"], -row[rank_by], row[PLACE]),  # type: ignore[operator]
    )[:12]
    hits = pq.read_table(out / "hits.parquet")
    assert hits["id"].to_pylist() == [row["id"] for row in best]
    assert hits["rank"].to_pylist() == list(range(1, 13))


def test_implausible_poses_may_be_ranked_with_the_others(tmp_path: Path) -> None:
    rows = mixed_rows()
    _, out = outcome_of(tmp_path, rows, OutcomeSettings(top=40, plausible_first=False))
    pK = pq.read_table(out / "hits.parquet")["pK"].to_pylist()
    assert pK == sorted(pK, reverse=True)
    assert "behind all others" not in (out / "summary.html").read_text()


def test_tables_of_hits_agree_with_each_other(tmp_path: Path) -> None:
    rows = mixed_rows()
    rows[4] |= {"vina_energy": -7.123456, FIELDS: json.dumps({"batch": "1.5", "series": "a, b"})}
    _, out = outcome_of(tmp_path, rows, OutcomeSettings(top=40))
    frame = pd.read_parquet(out / "hits.parquet")
    names = [*ROW_COLUMNS, "rank", "active", "batch", "note", "series"]
    assert list(frame.columns) == names
    assert (frame["batch"].dtype, frame["plausible"].dtype) == ("float64", "bool")
    with (out / "hits.csv").open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert list(lines[0]) == names
    assert [line["id"] for line in lines] == frame["id"].tolist()
    fifth = next(line for line in lines if line["id"] == "mol-4")
    assert (fifth["pK"], fifth["plausible"], fifth["copy"]) == ("8.800", "true", "1")
    assert (fifth["vina_energy"], fifth["series"], fifth["batch"]) == ("-7.123", "a, b", "1.5")
    for mol, line in zip(Chem.SDMolSupplier(str(out / "hits.sdf")), lines, strict=True):
        assert mol.GetProp("_Name") == line["id"]
        assert {name: mol.GetProp(name) for name in names} == line


def test_the_pose_of_a_hit_is_the_one_that_was_scored(tmp_path: Path) -> None:
    _, out = outcome_of(tmp_path, [good_row(0), good_row(1, plausible=True, **{POSE: ""})])
    second, first = Chem.SDMolSupplier(str(out / "hits.sdf"))  # pK 7.7 before 4.0
    given = Chem.MolFromMolBlock(pose_block("1ia1"))
    assert Chem.MolToSmiles(first) == Chem.MolToSmiles(given)
    assert (first.GetConformer().GetPositions() == given.GetConformer().GetPositions()).all()
    assert second.GetNumAtoms() == 0


def test_names_that_the_screen_has_itself_are_carried_under_others(tmp_path: Path) -> None:
    fields = json.dumps({"pK": "6.5", "rank": "a", "input_pK": "b", "": "c"})
    _, out = outcome_of(tmp_path, [good_row(0, **{FIELDS: fields})])
    found = pq.read_table(out / "scores.parquet").to_pylist()[0]
    assert found["pK"] == 4.0
    carried = ("input_input_pK", "input_rank", "input_pK", "column")
    assert [found[name] for name in carried] == ["6.5", "a", "b", "c"]


@given(st.lists(st.sampled_from([*ROW_COLUMNS[:5], "rank", "a", "", "input_pK", "column"])))
def test_carried_names_never_clash(found: list[str]) -> None:
    names = carried_names(found)
    assert list(names) == list(dict.fromkeys(found))
    assert len({*names.values(), *ROW_COLUMNS, "rank"}) == len(names) + len(ROW_COLUMNS) + 1


def test_fields_that_are_no_object_carry_nothing() -> None:
    assert parse_fields("[1]") == parse_fields("{") == parse_fields("") == {}
    assert parse_fields('{"a": null, "b": 2}') == {"a": "", "b": "2"}


# --- the way the work was cut does not show


def test_twice_the_same_bytes_whatever_the_shards(tmp_path: Path) -> None:
    rows, asked = mixed_rows(), OutcomeSettings(top=9, actives="active")
    (tmp_path / "again").mkdir()
    folders = [
        outcome_of(tmp_path, rows, asked, size=7)[1],
        outcome_of(tmp_path / "again", rows, asked, size=7)[1],
        outcome_of(tmp_path, rows, asked, size=40)[1],
    ]
    for name in FILES:
        assert len({(folder / name).read_bytes() for folder in folders}) == 1, name


def test_row_groups_do_not_follow_shards(tmp_path: Path) -> None:
    rows = [failed_row(place, "No.") for place in range(ROWS_IN_GROUP + 10)]
    _, out = outcome_of(tmp_path, rows, size=9_000)
    file = pq.ParquetFile(out / "scores.parquet")
    groups = [file.metadata.row_group(one).num_rows for one in range(file.num_row_groups)]
    assert groups == [ROWS_IN_GROUP, 10]
    assert file.read(["id"])["id"].to_pylist() == [row["id"] for row in rows]


ROWS = st.tuples(st.sampled_from([1.0, 2.0, 3.0, float("nan")]), st.booleans())


@given(st.lists(ROWS), st.integers(1, 6))
def test_a_ranking_is_that_of_a_sort(rows: list[tuple[float, bool]], top: int) -> None:
    frame = pd.DataFrame(rows, columns=["value", "plausible"]).astype(
        {"value": "float64", "plausible": "bool"}
    )
    ranking = Ranking(top)
    for begin in range(0, len(frame), 3):
        part = frame.iloc[begin : begin + 3]
        values = standing(part["value"].to_numpy(), part["plausible"].to_numpy())
        ranking.add(values, part.index.to_numpy())
    ordered = frame.dropna().sort_values(
        ["plausible", "value"], ascending=[False, False], kind="stable"
    )
    best = ordered.index[:top]
    assert ranking.ranks() == {place: rank for rank, place in enumerate(best, start=1)}


# --- nothing to show


@pytest.mark.parametrize("count", [0, 3])
def test_without_a_score_the_files_are_there_and_empty(tmp_path: Path, count: int) -> None:
    done, out = outcome_of(tmp_path, [failed_row(place, "No.") for place in range(count)])
    assert (done.records, done.scored, done.failed, done.hits) == (count, 0, count, 0)
    assert pq.read_table(out / "scores.parquet").num_rows == count
    assert pq.read_table(out / "hits.parquet").column_names[-1] == ("note" if count else "rank")
    assert (out / "hits.csv").read_text().count("\n") == 1
    assert (out / "hits.sdf").read_text() == ""
    assert "There are no hits" in (out / "summary.html").read_text()


# --- faults


def drop_one(rows: list[dict[str, object]]) -> None:
    del rows[5]


def repeat_one(rows: list[dict[str, object]]) -> None:
    rows.insert(6, rows[5])


def drop_last(rows: list[dict[str, object]]) -> None:
    del rows[-1]


def one_too_many(rows: list[dict[str, object]]) -> None:
    rows.append(good_row(12))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (drop_one, r"Place 5 of the library has no row: .*1\.parquet goes on at place 6"),
        (repeat_one, r"Place 5 of the library comes twice, the second time in .*1\.parquet"),
        (drop_last, "Place 11 of the library has no row: the shards hold 11 of 12"),
        (one_too_many, "holds place 12 and the library has 12 records"),
    ],
)
def test_a_place_that_is_missing_or_twice_is_named(
    tmp_path: Path, fault: Callable[[list[dict[str, object]]], None], sentence: str
) -> None:
    rows = mixed_rows(12)
    fault(rows)
    shards = write_shards(tmp_path, rows, 4)
    with pytest.raises(InternalError, match=sentence):
        write_outcome(shards, tmp_path, OutcomeSettings(), records=12, about={})
    assert [one.name for one in tmp_path.iterdir()] == ["shards"]


def test_a_shard_lost_between_is_named_and_old_results_stay(tmp_path: Path) -> None:
    rows = mixed_rows(12)
    _, out = outcome_of(tmp_path, rows, size=4)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    shards = write_shards(tmp_path, rows, 4)
    shards[1].unlink()
    with pytest.raises(FileUnreadable, match=r"4-0001\.parquet does not exist"):
        write_outcome(shards, out, OutcomeSettings(), records=12, about={})
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


@pytest.mark.parametrize("name", FILES)
def test_a_full_disk_is_a_sentence(tmp_path: Path, name: str) -> None:
    shards = write_shards(tmp_path, mixed_rows(60), 20)
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(OutputError, match=rf"{name}.* \(No space left"):
        write_outcome(shards, tmp_path, OutcomeSettings(top=60), records=60, about={})
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_cannot_be_written_is_found_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lost = [tmp_path / "no such shard.parquet"]
    folders = {"file": "is a file", "absent": "does not exist", "/proc": "cannot be written"}
    for place, sentence in folders.items():
        with pytest.raises(OutputError, match=sentence):
            write_outcome(lost, tmp_path / place, OutcomeSettings(), records=1, about={})


def test_no_hits_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="At least 1 hit"):
        write_outcome([], tmp_path, OutcomeSettings(top=0), records=0, about={})


LIMITED = """
import resource
from molattn.errors import OutputError
from molattn.screen.copies import counting_copies
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))
try:
    with counting_copies(cache=1 << 16) as copies:
        for begin in range(0, 50_000, 1_000):
            copies.number([f"molecule-{number:09d}" for number in range(begin, begin + 1_000)])
except OutputError as error:
    print(error)
"""


def test_a_full_disk_for_temporary_files_is_a_sentence() -> None:
    run = [sys.executable, "-c", LIMITED]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("The temporary table of ids cannot be written")


def test_more_ids_than_the_cache_holds_are_counted() -> None:
    with counting_copies(cache=1 << 14) as copies:
        for begin in range(0, 6_000, 500):
            ids = [f"molecule-{number % 2_000:09d}" for number in range(begin, begin + 500)]
            assert copies.number(ids) == [begin // 2_000 + 1] * 500
