"""Rows of CSV, TSV and Parquet tables, one row or one batch of rows in memory."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from molattn.errors import FileUnreadable
from molattn.screen.library_columns import (
    SMILES_NAMES,
    ColumnChoice,
    Columns,
    Row,
    choose_columns,
    known_place,
    plain_name,
)

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_NO_CHOICE: Final = ColumnChoice()
_DELIMITERS: Final = ",;\t"
_SEPARATOR_LINE: Final = re.compile(r'^"?sep=([,;\t])"?$', re.IGNORECASE)
_MOST_LINES: Final = 2000  # of one row; a quote still open by then was never meant as one
_BATCH_ROWS: Final = 1024


class _UnclosedQuote(Exception):
    """A quoted cell runs on for more lines than a cell has."""


def table_rows(lines: Iterable[str], where: str, choice: ColumnChoice) -> Iterator[Row]:
    """Yield the rows of a CSV or TSV table with a header.

    Commas, semicolons or tabs separate the cells, as the header says. A cell in quotes may hold
    any of them and line breaks. A row of empty cells is no record.

    Parameters
    ----------
    lines
        Lines without line ends.
    where
        The file, for the sentence of an error.
    choice
        Columns that the user names.

    Raises
    ------
    FileUnreadable, UsageError
        As for :func:`molattn.screen.library_columns.choose_columns`, or there is no header.
    """
    rows = iter(cells_of_rows(lines, choice))
    columns = choose_columns(where, _header(rows, where), choice)
    for number, cells in enumerate(rows):
        yield columns.row(cells, number)


def check_table(lines: Iterable[str], where: str, choice: ColumnChoice) -> None:
    """Raise what :func:`table_rows` would, having read no more than the header."""
    choose_columns(where, _header(cells_of_rows(lines, choice), where), choice)


def cells_of_rows(
    lines: Iterable[str], choice: ColumnChoice = _NO_CHOICE, delimiter: str = ""
) -> Iterator[list[str]]:
    """Yield the cells of every row that has any, the header first.

    Quotes that are never closed, or not where a cell ends, are read as characters of one line, so
    that a stray quote costs no row but its own.

    Parameters
    ----------
    lines
        Lines without line ends.
    choice
        Columns that the user names; one of them helps to tell the delimiter.
    delimiter
        Told from the header by default.
    """
    source = _RowLines(_whole_lines(lines))
    if not delimiter:
        delimiter = source.take_delimiter(choice)
    reader = _strict_reader(source, delimiter)
    while True:
        source.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _UnclosedQuote):
            cells = source.give_back().split(delimiter)
            reader = _strict_reader(source, delimiter)
        if any(cell.strip() for cell in cells):
            yield cells


def parquet_rows(path: Path, where: str, choice: ColumnChoice) -> Iterator[Row]:
    """Yield the rows of a Parquet file.

    Every cell becomes text, "" where it is null. Binary and nested columns are left out.

    Parameters
    ----------
    path
        The file; one batch of it is in memory.
    where, choice
        As for :func:`table_rows`.

    Raises
    ------
    FileUnreadable
        The file is no Parquet file, is damaged, or has no column of SMILES.
    UsageError
        A column that the user names is not there.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # buffer_size: pages are fetched as they are needed, not a whole row group at once
        with pq.ParquetFile(path, buffer_size=1 << 20) as file:
            names = _text_columns(file.schema_arrow, choice)
            columns = choose_columns(where, names, choice)
            number = 0
            for batch in _batches(file, names):
                cells = [_texts(batch.column(name), columns, name) for name in names]
                for row in zip(*cells, strict=True):
                    yield columns.row(row, number)
                    number += 1
    except (OSError, pa.ArrowException) as error:
        raise FileUnreadable(_parquet_sentence(path, error)) from error


def check_parquet(path: Path, where: str, choice: ColumnChoice) -> None:
    """Raise what :func:`parquet_rows` would about the columns; pass over an unreadable file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = _text_columns(pq.read_schema(path), choice)
    except (OSError, pa.ArrowException):
        return
    choose_columns(where, names, choice)


def parquet_length(path: Path) -> int:
    """Return the number of rows that the footer of a Parquet file states.

    Raises
    ------
    FileUnreadable
        The footer cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException) as error:
        raise FileUnreadable(_parquet_sentence(path, error)) from error


class _RowLines:
    """Lines for a CSV reader, which remembers those of the row at hand and can take them back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.taken: list[str] = []
        self._lines = lines
        self._waiting: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _MOST_LINES:
            raise _UnclosedQuote
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self.taken.append(line)
        return line + "\n"

    def give_back(self) -> str:
        """Return the first line of the row at hand; the others come again."""
        first, *others = self.taken
        self._waiting.extendleft(reversed(others))
        return first

    def take_delimiter(self, choice: ColumnChoice) -> str:
        """Return the delimiter of the first line that is not blank, which comes again."""
        first = next((line for line in self._lines if line.strip()), "")
        stated = _SEPARATOR_LINE.match(first)
        if stated:
            return stated[1]
        self._waiting.append(first)
        return _sniffed_delimiter(first, choice)


def _strict_reader(source: _RowLines, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)


def _whole_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if "\r" in line:  # a file of an old Macintosh, or a line break within a cell
            yield from line.split("\r")
        else:
            yield line


def _sniffed_delimiter(header: str, choice: ColumnChoice) -> str:
    """Return what leaves a column of SMILES in the header, and then the most columns."""
    known = (plain_name(choice.smiles), *SMILES_NAMES) if choice.smiles else SMILES_NAMES

    def merit(delimiter: str) -> tuple[bool, int]:
        try:
            cells = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            return False, 0
        return known_place([plain_name(cell) for cell in cells], known) is not None, len(cells)

    return max(_DELIMITERS, key=merit)


def _header(rows: Iterator[list[str]], where: str) -> list[str]:
    header = next(rows, None)
    if header is None:
        raise FileUnreadable(f"{where}: the file is empty; fetch or write it again.")
    return header


def _text_columns(schema: pa.Schema, choice: ColumnChoice) -> list[str]:
    import pyarrow as pa

    chosen = {plain_name(choice.smiles), plain_name(choice.id)} - {""}
    return [
        field.name
        for field in schema
        if not pa.types.is_nested(field.type)
        if not _is_binary(field.type) or plain_name(field.name) in chosen
    ]


def _is_binary(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return any(
        check(kind)
        for check in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    )


def _batches(file: pq.ParquetFile, names: list[str]) -> Iterator[pa.RecordBatch]:
    # one row group after another: a batch never waits for a row group that is damaged
    for group in range(file.num_row_groups):
        yield from file.iter_batches(_BATCH_ROWS, [group], names, use_threads=False)


def _texts(column: pa.Array, columns: Columns, name: str) -> list[str]:
    is_id = columns.id is not None and columns.names[columns.id] == name
    return [_cell_text(value, whole=is_id) for value in column.to_pylist()]


def _cell_text(value: Any, *, whole: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if whole and isinstance(value, float) and value.is_integer():
        return str(int(value))  # whole numbers become floats where one of them is missing
    return str(value)


def _parquet_sentence(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{path}: there is no such file; check the path."
    if isinstance(error, PermissionError):
        return f"{path}: no permission to read this file; change its mode or copy it."
    detail = str(error).split("\n")[0].rstrip(".")[:160]
    return f"{path}: the Parquet file is damaged ({detail}); download or write it again."
