"""Every way in which a file cannot be read, and what format it is taken for."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from molattn.errors import FileUnreadable
from molattn.structure.source import (
    content_format,
    file_format,
    iterate_lines,
    name_format,
    read_bytes,
    read_text,
)

ATOM = "ATOM      1  CA  ALA A   1       1.000   2.000   3.000  1.00 10.00           C\n"
MOL_BLOCK = (
    "name\n  made\n\n  1  0  0  0  0  0            999 V2000\n"
    "    1.0000    0.0000    0.0000 C   0  0\nM  END\n"
)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.pdb", b"", "empty"),
        ("blank.pdb", b" \n\n", "empty"),
        # without the hour, so that every process names the test alike
        ("empty.pdb.gz", gzip.compress(b"", mtime=0), "empty"),
        ("page.pdb", b"<!DOCTYPE html>\n<html><body>404</body></html>", "web page"),
        ("page.cif", b"\n<!-- moved -->\n<HTML><head></head></HTML>", "web page"),
        ("page.sdf.gz", gzip.compress(b"<html></html>", mtime=0), "web page"),
        ("list.xml", b"<?xml version='1.0'?><PDBx></PDBx>", "XML"),
        ("cut.pdb.gz", gzip.compress(ATOM.encode() * 50, mtime=0)[:-20], "damaged"),
        ("damaged.pdb.gz", b"\x1f\x8b" + b"\x00" * 30, "damaged"),
        ("packed.pdb", b"PK\x03\x04" + b"\x00" * 30, "zip"),
        ("picture.pdb", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    path = write(tmp_path / name, data)
    for read in (read_bytes, read_text, lambda file: list(iterate_lines(file))):
        with pytest.raises(FileUnreadable) as caught:
            read(path)
        message = str(caught.value)
        assert says in message
        assert name in message
        assert "\n" not in message
        assert message.endswith(".")


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="no such file"):
        read_bytes(tmp_path / "absent.pdb")
    with pytest.raises(FileUnreadable, match="directory"):
        read_bytes(tmp_path)
    with pytest.raises(FileUnreadable, match="device"):
        read_bytes("/dev/zero")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_no_permission(tmp_path: Path) -> None:
    path = write(tmp_path / "closed.pdb", ATOM.encode())
    path.chmod(0)
    with pytest.raises(FileUnreadable, match="permission"):
        read_bytes(path)


@pytest.mark.parametrize(
    "data",
    [
        ATOM.encode(),
        gzip.compress(ATOM.encode(), mtime=0),
        b"\xef\xbb\xbf" + ATOM.encode(),
        gzip.compress(b"\xef\xbb\xbf" + ATOM.encode(), mtime=0),
        ATOM.replace("\n", "\r\n").encode(),
        ATOM.encode("utf-16"),
    ],
    ids=["plain", "gzip", "mark", "mark-in-gzip", "crlf", "utf-16"],
)
def test_the_same_text_in_every_packing(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path / "one.pdb", data)
    assert read_text(path) == ATOM
    assert [line for line in iterate_lines(path) if line] == [ATOM.rstrip("\n")]


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = write(tmp_path / "old.pdb", "REMARK Å\n".encode("latin-1") + ATOM.encode())
    assert read_text(path).startswith("REMARK Å\n")
    assert next(iterate_lines(path)) == "REMARK Å"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.pdb", "pdb"),
        ("a.ENT.gz", "pdb"),
        ("a.pdbqt", "pdbqt"),
        ("a.dlg.gz", "pdbqt"),
        ("a.cif", "mmcif"),
        ("a.mmcif.gz", "mmcif"),
        ("a.mol", "sdf"),
        ("a.sdf.gz", "sdf"),
        ("a.mol2", "mol2"),
        ("a.smi", "smiles"),
        ("a.txt", "unknown"),
        ("1abc", "unknown"),
    ],
)
def test_format_by_name(name: str, expected: str) -> None:
    assert name_format(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ATOM, "pdb"),
        ("HEADER    X\n" + ATOM, "pdb"),
        ("\n\n" + ATOM, "pdb"),
        ("data_1ABC\n#\nloop_\n_atom_site.id\n1\n", "mmcif"),
        (MOL_BLOCK, "sdf"),
        ("@<TRIPOS>MOLECULE\nx\n", "mol2"),
        ("CCO ethanol\nc1ccccc1\n", "smiles"),
        ("", "unknown"),
        ("nothing of the kind, really!\n", "unknown"),
    ],
)
def test_format_by_content(text: str, expected: str) -> None:
    assert content_format(text) == expected


def test_content_decides_against_the_name(tmp_path: Path) -> None:
    assert file_format(write(tmp_path / "a.pdb", MOL_BLOCK.encode())) == "sdf"
    assert file_format(write(tmp_path / "a.download", ATOM.encode())) == "pdb"
    assert file_format("a.sdf", "CCO\n") == "sdf"


def test_judging_a_file_takes_linear_time(tmp_path: Path) -> None:
    """Blank runs and comments made an earlier expression run for minutes."""
    awkward = " " * 60_000 + "\n" + "<!-- -->" * 3_000
    path = write(tmp_path / "awkward.pdb", b"<?xml version='1.0'?>" + awkward.encode())
    with pytest.raises(FileUnreadable, match="XML"):
        read_text(path)
    assert content_format(awkward) == "unknown"
