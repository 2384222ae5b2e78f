"""Delimited text as rows: CSV, TSV and semicolons, plain or gzipped, never whole in memory."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from molattn.errors import FileUnreadable
from molattn.structure.source import iterate_lines

_BLANKS = ' \t\r\n"'
_DELIMITERS = "\t;,|"


def read_header(path: Path) -> list[str]:
    """Return the names of the columns of a table.

    Raises
    ------
    FileUnreadable
        The file is missing, empty or no table.
    """
    return _names(path, _first_line(path))


def iterate_rows(
    path: Path, wanted: Callable[[str], bool] | None = None
) -> Iterator[dict[str, str]]:
    """Yield the rows of a table by column name, cells stripped of blanks, empty rows left out.

    A row that is too short has empty cells at its end; cells beyond the header are left aside. Of
    columns with one name the first that is filled counts.

    Parameters
    ----------
    path
        The table.
    wanted
        Says of a name whether its column is needed; all are by default.

    Raises
    ------
    FileUnreadable
        The file is missing, empty or no table.
    """
    first = _first_line(path)
    places = [
        (place, name)
        for place, name in enumerate(_names(path, first))
        if wanted is None or wanted(name)
    ]
    names = [name for _, name in places]
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # sequences and peptides are long cells
    lines = iterate_lines(path)
    try:
        reader = _reader((f"{line}\n" for line in lines), _delimiter(first))
        next(reader)
        for cells in reader:
            row = dict.fromkeys(names, "")
            for place, name in places:
                if place < len(cells) and not row[name]:
                    row[name] = cells[place].strip(_BLANKS)
            if any(row.values()):
                yield row
    except csv.Error as error:
        raise FileUnreadable(f"{path} is not a table ({error}); give CSV or TSV.") from error
    finally:
        lines.close()


def _first_line(path: Path) -> str:
    lines = iterate_lines(path)
    try:
        return next(lines)
    finally:
        lines.close()


def _names(path: Path, first: str) -> list[str]:
    cells = next(_reader([first], _delimiter(first)), [])
    names = [name.strip(_BLANKS) for name in cells]
    if not any(names):
        raise FileUnreadable(f"{path} has no header in its first line; give CSV or TSV with one.")
    return names


def _reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Return a reader; in tables with tabs a quote is a letter like others, as in gene names."""
    if delimiter == "\t":
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter)


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count) if any(map(line.count, _DELIMITERS)) else ","
