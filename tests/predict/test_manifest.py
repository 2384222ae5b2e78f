"""Manifests: every row becomes a request, every other column comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from molattn.errors import FileUnreadable, UsageError
from molattn.predict.manifest import Manifest, read_manifest


def manifest(folder: Path, text: str, name: str = "pairs.csv") -> Manifest:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_manifest(path)


def test_paths_are_relative_to_the_manifest(tmp_path: Path) -> None:
    (row,) = manifest(tmp_path, "id,protein,ligand\na,p/a.pdb,/abs/a.sdf\n").requests
    assert row.protein == str(tmp_path / "p/a.pdb")
    assert row.ligand == "/abs/a.sdf"
    assert (row.protein_name, row.ligand_name) == ("p/a.pdb", "/abs/a.sdf")
    assert row.record is None


def test_columns_come_back_and_collisions_are_renamed(tmp_path: Path) -> None:
    text = "id,protein,ligand,pK,reason,status,input_status,year\na,p,l,6.10,why,fine,s,1998.0\n"
    read = manifest(tmp_path, text)
    assert read.carried == (
        "measured_pK",
        "input_reason",
        "input_input_status",
        "input_status",
        "year",
    )
    assert read.requests[0].carried == {
        "measured_pK": "6.10",
        "input_reason": "why",
        "input_input_status": "fine",
        "input_status": "s",
        "year": "1998.0",
    }


def test_a_column_measured_pk_gives_way_to_pk(tmp_path: Path) -> None:
    read = manifest(tmp_path, "measured_pK,id,protein,ligand,pK\n1,a,p,l,2\n")
    assert read.requests[0].carried == {"input_measured_pK": "1", "measured_pK": "2"}


def test_records_are_numbers_even_as_spreadsheets_write_them(tmp_path: Path) -> None:
    text = "id,protein,ligand,record\na,p,l,3\nb,p,l,4.0\nc,p,l,\nd,p,l,-1\ne,p,l,x\nf,p,l,nan\n"
    rows = manifest(tmp_path, text).requests
    assert [row.record for row in rows] == [3, 4, None, None, None, None]
    assert [bool(row.problem) for row in rows] == [False, False, False, True, True, True]
    assert "-1" in rows[3].problem


def test_a_ligand_code_is_used_where_there_is_no_ligand_file(tmp_path: Path) -> None:
    text = "id,protein,ligand,ligand_code,smiles,template\na,p,,MTX:A,CCO,\nb,p,l.sdf,MTX,CCO,\n"
    rows = manifest(tmp_path, text).requests
    assert (rows[0].ligand, rows[0].code, rows[0].template) == (None, "MTX:A", "CCO")
    assert (rows[1].ligand, rows[1].code, rows[1].template) == (str(tmp_path / "l.sdf"), "", "")
    assert rows[0].carried["ligand_code"] == "MTX:A"


def test_rows_that_name_too_little_say_so(tmp_path: Path) -> None:
    text = "id,protein,ligand,smiles\na,,l,\nb,p,,\nc,p,,CCO\n,p,l,\nd,p\ne,p,l,s,x\n"
    rows = manifest(tmp_path, text).requests
    assert "no protein" in rows[0].problem
    assert "neither" in rows[1].problem
    assert "screen --pose place" in rows[2].problem
    assert rows[3].id == "row 4"
    assert "2 cells" in rows[4].problem
    assert "5 cells" in rows[5].problem


@pytest.mark.parametrize("text", ["\ufeffid,protein,ligand\na,p,l\n", "id;protein;ligand\na;p;l\n"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, text: str) -> None:
    (row,) = manifest(tmp_path, text).requests
    assert row.id == "a"


def test_a_header_alone_is_a_manifest_of_nothing(tmp_path: Path) -> None:
    assert manifest(tmp_path, "id,protein,ligand\n").requests == ()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"id,protein\na,p\n", "lacks the column ligand"),
        (b"name\na\n", "lacks the columns id, protein, ligand"),
        (b"id,protein,ligand,x,x\n", "the column x more than once"),
        (b"id,protein,ligand\n\xff\xfe\n", "not UTF-8"),
        (b"\x1f\x8b\x08 cut", "cannot be read"),
    ],
)
def test_what_is_no_manifest_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(content)
    with pytest.raises((FileUnreadable, UsageError), match=sentence) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)


def test_a_missing_manifest_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="does not exist"):
        read_manifest(tmp_path / "absent.csv")
    with pytest.raises(FileUnreadable, match="is a folder"):
        read_manifest(tmp_path)
