"""Rows of tables: delimiters, quotes, columns under many names, Parquet and its types."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molattn.errors import FileUnreadable, UsageError
from molattn.screen.library import find_files, inspect_library, read_library
from molattn.screen.library_columns import ColumnChoice, choose_columns
from molattn.screen.library_table import cells_of_rows
from molattn.screen.record import LibraryRecord


def records_of(path: Path, **columns: str) -> list[LibraryRecord]:
    return list(read_library(find_files([str(path)]), **columns))


def records_of_text(folder: Path, text: str, name: str = "t.csv") -> list[LibraryRecord]:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return records_of(folder / name)


class TestColumns:
    """Which column is which."""

    @pytest.mark.parametrize(
        ("header", "smiles", "own"),
        [
            (["id", "smiles"], 1, 0),
            (["SMILES"], 0, None),
            (["ChEMBL ID", "Name", "Smiles"], 2, 0),  # the web export of ChEMBL
            (["Ligand SMILES", "BindingDB MonomerID", "Ligand InChI"], 0, 1),
            (["smiles", "canonical_smiles", "title"], 0, 2),
            (["Original SMILES string", "Catalog ID"], 0, 1),
            (["mol", "CID", "Class"], 0, 1),  # MoleculeNet's BACE
            (["structure", "weight"], 0, None),
            (["row", "Isomeric-SMILES", "Molecule ChEMBL ID"], 1, 2),
        ],
    )
    def test_known_names_are_found(self, header: list[str], smiles: int, own: int | None) -> None:
        columns = choose_columns("t.csv", header, ColumnChoice())
        assert (columns.smiles, columns.id) == (smiles, own)

    def test_the_names_given_go_first(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text("id,smiles,drawn as,number\na,CCO,CN,7\n")
        (record,) = records_of(path, smiles_column="drawn as", id_column="Number")
        assert (record.text, record.id) == ("CN", "7")
        assert record.fields == {"id": "a", "smiles": "CCO"}

    def test_a_name_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text("id,smiles\na,CCO\n")
        with pytest.raises(
            UsageError, match=r"--id-column nr: .*t\.csv has no such column.*id, sm"
        ):
            records_of(path, id_column="nr")

    def test_names_that_stand_twice_or_are_blank_are_kept_apart(self, tmp_path: Path) -> None:
        (record,) = records_of_text(tmp_path, "smiles,x,x,,x\nCCO,1,2,3,4\n")
        assert record.fields == {"x": "1", "x_2": "2", "column_4": "3", "x_3": "4"}


class TestText:
    """CSV and TSV as people write them."""

    def test_a_quoted_cell_holds_line_breaks_and_delimiters(self, tmp_path: Path) -> None:
        text = 'smiles,"the\nnote",id\nCCO,"a, ""b""\n\nc",1\nCN,,"2\n3"\n'
        records = records_of_text(tmp_path, text)
        assert [r.fields for r in records] == [{"the note": 'a, "b"\n\nc'}, {"the note": ""}]
        assert [r.id for r in records] == ["1", "2 3"]
        assert inspect_library(find_files([str(tmp_path)])).records == 2

    @pytest.mark.parametrize("row", ['"open,CN,x', '"a"b,CN,x', '5" tube,CN,x'])
    def test_a_stray_quote_costs_no_row(self, tmp_path: Path, row: str) -> None:
        rows = [f"n{i},CCO,y" for i in range(5)]
        records = records_of_text(tmp_path, "\n".join(["name,smiles,z", row, *rows]))
        assert [r.text for r in records] == ["CN", *["CCO"] * 5]
        assert [r.id for r in records[1:]] == [f"n{i}" for i in range(5)]

    def test_a_quote_that_is_never_closed_costs_no_row_of_a_long_file(self) -> None:
        lines = ["smiles,id", 'CN,"open', *(f"CCO,{i}" for i in range(5000))]
        rows = list(cells_of_rows(lines))
        assert rows[1] == ["CN", '"open']
        assert [row[1] for row in rows[2:]] == [str(i) for i in range(5000)]

    def test_short_long_and_blank_rows(self, tmp_path: Path) -> None:
        text = "id,smiles,note\na,CCO\n\n,,\nb\nc,CN,x,extra,\n"
        records = records_of_text(tmp_path, text)
        assert [r.id for r in records] == ["a", "b", "c"]
        assert [r.problem for r in records] == ["", "Row 2 has no SMILES.", ""]
        assert records[0].fields == {"note": ""}
        assert records[2].fields == {"note": "x", "column_4": "extra"}
        assert inspect_library(find_files([str(tmp_path)])).records == 3

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_the_header_tells_the_delimiter(self, tmp_path: Path, delimiter: str) -> None:
        header = delimiter.join(["smiles", '"IC50, nM; at 5, 6, 7"', "id"])
        row = delimiter.join(["CCO", "3", "a"])
        (record,) = records_of_text(tmp_path, f"{header}\n{row}\n")
        assert (record.text, record.id) == ("CCO", "a")
        assert record.fields == {"IC50, nM; at 5, 6, 7": "3"}

    def test_excels_line_about_the_separator_is_none_of_the_table(self, tmp_path: Path) -> None:
        (record,) = records_of_text(tmp_path, "sep=;\r\nid;smiles\r\na;CCO\r\n")
        assert (record.text, record.id) == ("CCO", "a")

    def test_rows_without_ids_are_named_by_file_and_row(self, tmp_path: Path) -> None:
        records = records_of_text(tmp_path, "id,smiles\n,CCO\nb,CN\n", "part 1.csv")
        assert [r.id for r in records] == ["part 1-1", "b"]

    def test_a_mark_and_latin_1_are_read(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes("name;smiles\nsäure;CC(=O)O\n".encode("latin-1"))
        assert [r.id for r in records_of(path)] == ["säure"]
        path.write_bytes("\ufeffname;smiles\nα;CCO\n".encode())
        assert [r.id for r in records_of(path)] == ["α"]

    @given(st.lists(st.text('ab",;\t\n'), min_size=1, max_size=8))
    def test_no_text_stops_the_rows(self, lines: list[str]) -> None:
        whole = "\n".join(lines).split("\n")
        rows = list(cells_of_rows(["smiles,id", *whole, "CCO,last"]))
        assert rows[0] == ["smiles", "id"]
        assert any("last" in cell for cell in rows[-1])


class TestParquet:
    """Parquet files, whole and damaged."""

    def test_cells_become_text_and_what_is_none_is_left_out(self, tmp_path: Path) -> None:
        table = pa.table(
            {
                "smiles": ["CCO", None],
                "compound_id": [17, None],
                "weight": [46.5, None],
                "bought": [dt.date(2020, 1, 2), None],
                "good": [True, None],
                "kind": pa.array(["x", None]).dictionary_encode(),
                "blob": pa.array([b"\x00", None]),
                "nested": pa.array([{"a": 1}, None]),
                "list": pa.array([[1], None]),
                "__index_level_0__": [5, 6],
            }
        )
        pq.write_table(table, tmp_path / "t.parquet")
        first, second = records_of(tmp_path / "t.parquet")
        assert (first.text, first.id) == ("CCO", "17")
        assert first.fields == {
            "weight": "46.5",
            "bought": "2020-01-02",
            "good": "True",
            "kind": "x",
        }
        assert second.problem == "Row 2 has no SMILES."
        assert second.fields == dict.fromkeys(first.fields, "")
        assert second.id == "t-2"

    def test_whole_numbers_stay_whole_as_ids(self, tmp_path: Path) -> None:
        table = pa.table({"smiles": ["CCO", "CN"], "id": [12.0, np.nan], "x": [3.0, 2.0]})
        pq.write_table(table, tmp_path / "t.parquet")
        assert records_of(tmp_path / "t.parquet")[0].id == "12"

    def test_the_names_given_may_be_of_binary_columns(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"s": [b"CCO"], "key": [b"k1"]}), tmp_path / "t.parquet")
        with pytest.raises(FileUnreadable, match="--smiles-column"):
            records_of(tmp_path / "t.parquet")
        (record,) = records_of(tmp_path / "t.parquet", smiles_column="s", id_column="key")
        assert (record.text, record.id) == ("CCO", "k1")

    def test_a_damaged_row_group_costs_what_follows(self, tmp_path: Path) -> None:
        path = tmp_path / "t.parquet"
        smiles = [f"C{'C' * (i % 50)}O" for i in range(9000)]
        table = pa.table({"smiles": smiles, "id": [f"m{i}" for i in range(9000)]})
        pq.write_table(table, path, row_group_size=3000, use_dictionary=False)
        column = pq.read_metadata(path).row_group(1).column(0)
        data = bytearray(path.read_bytes())
        start = column.data_page_offset
        data[start : start + 200] = b"\xff" * 200
        path.write_bytes(data)
        (tmp_path / "u.smi").write_text("CCO last\n")
        *before, broken, last = records_of(tmp_path)
        assert [r.id for r in before] == [f"m{i}" for i in range(3000)]
        assert "t.parquet breaks off after record 3000: the Parquet file is da" in broken.problem
        assert (broken.place, last.place, last.id) == (3000, 3001, "last")

    def test_a_file_cut_short_is_one_record(self, tmp_path: Path) -> None:
        path = tmp_path / "t.parquet"
        pq.write_table(pa.table({"smiles": ["CCO"] * 100}), path)
        path.write_bytes(path.read_bytes()[:-20])
        (record,) = records_of(path)
        assert "the Parquet file is damaged" in record.problem
        assert inspect_library(find_files([str(path)])).records == 1
