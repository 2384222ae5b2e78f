"""A library of molecules as a stream of records, one of them in memory at a time.

Every record of every file becomes exactly one `LibraryRecord`, in the order of the files. Whatever
keeps a file from being read to its end costs one more record, whose ``problem`` says after which
record the file breaks off; a file without records, empty or unreadable, is such a record alone. So
nothing that a user names is passed over without a row that says so.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Final

from molattn.errors import FileUnreadable, UsageError
from molattn.screen.library_columns import ColumnChoice, Row, one_line
from molattn.screen.library_files import LibraryFile, file_stem, find_files
from molattn.screen.library_fingerprint import (
    FileFingerprint,
    LibraryFingerprint,
    inspect_library,
)
from molattn.screen.library_table import check_parquet, check_table, parquet_rows, table_rows
from molattn.screen.library_text import check_text, text_rows
from molattn.screen.record import LibraryRecord, RecordKind
from molattn.structure.ligand import NAME_TAGS
from molattn.structure.mol2 import mol2_records
from molattn.structure.sdf import data_fields, sdf_records
from molattn.structure.source import iterate_lines

__all__ = [
    "FileFingerprint",
    "LibraryFile",
    "LibraryFingerprint",
    "find_files",
    "inspect_library",
    "read_library",
]

_NO_TITLE: Final = re.compile(r"\**\s*")  # "*****" is what MOL2 writers put for no name
_TITLE_OF_MOL2: Final = re.compile(r"^@<TRIPOS>MOLECULE[^\n]*\n([^\n]*)", re.MULTILINE)


def read_library(
    files: Sequence[LibraryFile],
    *,
    smiles_column: str | None = None,
    id_column: str | None = None,
) -> Iterator[LibraryRecord]:
    """Read a library.

    The columns of every table are looked at before this returns; the records are read as they are
    asked for.

    Parameters
    ----------
    files
        As `find_files` gives them.
    smiles_column
        Column of SMILES in tables and in lists of SMILES with a header; by default the first of
        a known name.
    id_column
        Column of ids, likewise; in SDF files the tag that names a record before its title does.

    Yields
    ------
    LibraryRecord
        With ``place`` counting from 0 over all files and ``number`` within each.

    Raises
    ------
    FileUnreadable
        A table has no column that is known to hold SMILES.
    UsageError
        A table has no column of the name given.
    """
    choice = ColumnChoice(smiles_column or "", id_column or "")
    for file in files:
        _check_columns(file, choice)
    return _numbered(files, choice)


def _check_columns(file: LibraryFile, choice: ColumnChoice) -> None:
    if file.format in ("sdf", "mol2"):
        return
    if file.format == "parquet":
        check_parquet(file.path, file.name, choice)
        return
    try:
        with closing(iterate_lines(file.path)) as lines:
            next(lines)
    except FileUnreadable:
        return  # becomes a record of its own
    check = check_text if file.format == "smiles" else check_table
    with closing(iterate_lines(file.path)) as lines:
        check(lines, file.name, choice)


def _numbered(files: Sequence[LibraryFile], choice: ColumnChoice) -> Iterator[LibraryRecord]:
    place = 0
    for file in files:
        kind = _kind_of(file)
        stem = file_stem(file.name)
        number = 0
        problem = ""
        try:
            with closing(_rows(file, choice)) as rows:
                for text, own, fields, fault in rows:
                    name = own or f"{stem}-{number + 1}"
                    yield LibraryRecord(place, file.name, number, kind, text, name, fields, fault)
                    place += 1
                    number += 1
        except (FileUnreadable, UsageError) as error:
            problem = _break_sentence(file, number, str(error))
        if not number and not problem:
            problem = f"{file.name}: there is no record in this file; check its content."
        if problem:
            name = f"{stem}-{number + 1}"
            yield LibraryRecord(place, file.name, number, kind, "", name, problem=problem)
            place += 1


def _kind_of(file: LibraryFile) -> RecordKind:
    return file.format if file.format in ("sdf", "mol2") else "smiles"


def _break_sentence(file: LibraryFile, number: int, reason: str) -> str:
    if not number:
        return reason
    for prefix in (f"{file.path}: ", f"{file.name}: "):
        reason = reason.removeprefix(prefix)
    return f"{file.name} breaks off after record {number}: {reason}"


def _rows(file: LibraryFile, choice: ColumnChoice) -> Generator[Row, None, None]:
    if file.format == "parquet":
        yield from parquet_rows(file.path, file.name, choice)
        return
    with closing(iterate_lines(file.path)) as lines:
        if file.format == "sdf":
            yield from _sdf_rows(lines, choice.id)
        elif file.format == "mol2":
            yield from _mol2_rows(lines)
        elif file.format == "smiles":
            yield from text_rows(lines, file.name, choice)
        else:
            yield from table_rows(lines, file.name, choice)


def _sdf_rows(lines: Iterable[str], id_tag: str) -> Iterator[Row]:
    for text in sdf_records(lines):
        title = text.partition("\n")[0].strip()
        if id_tag or _NO_TITLE.fullmatch(title):
            title = _tagged_name(text, (id_tag, *NAME_TAGS) if id_tag else NAME_TAGS) or title
        yield Row(text, _own_name(title), {})


def _mol2_rows(lines: Iterable[str]) -> Iterator[Row]:
    for text in mol2_records(lines):
        title = _TITLE_OF_MOL2.search(text)
        yield Row(text, _own_name(title[1]) if title else "", {})


def _own_name(title: str) -> str:
    return "" if _NO_TITLE.fullmatch(title.strip()) else one_line(title)


def _tagged_name(text: str, tags: Sequence[str]) -> str:
    """Return the first line of the first of the tags that a record has."""
    fields = data_fields(text.partition("M  END")[2].split("\n"))
    for tag in tags:
        if fields.get(tag, "").strip():
            return fields[tag].strip().split("\n")[0]
    return ""
