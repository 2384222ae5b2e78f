"""Files of one SMILES a line, in the many layouts that people give them.

A line is a SMILES, then its id, then perhaps more. What separates them is told from the first
lines: a tab, a comma, a semicolon, else blanks. What is decided, and how:

- Blank lines and lines that start with ``#`` are no records.
- The first line is a header where one of its words is a known name of a column of SMILES
  (``smiles``, ``canonical_smiles``, … in any case, also after a ``#``). With a header, the columns
  are chosen by name as in a CSV, the first other column holds the ids where none has a known name,
  and further columns become fields. Columns apart by blanks: the last one takes the rest of a line.
- Without a header, the first column holds the SMILES unless most of it reads as none and most of
  a later one does (``ZINC0001 CCO``). The next column, or else the first, holds the id: its first
  word where blanks separate, the whole cell otherwise. What follows is left.
- A CXSMILES extension, ``CCO |…|``, belongs to the SMILES.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from molattn.screen.library_columns import (
    SMILES_NAMES,
    ColumnChoice,
    Row,
    choose_columns,
    is_smiles,
    one_line,
    plain_name,
)
from molattn.screen.library_table import cells_of_rows

_SAMPLE: Final = 20  # lines that the layout is told from
_LATEST_COLUMN: Final = 4  # the SMILES stand in one of the first four
_EXTENDED: Final = re.compile(r"([^\s,;|]+)[ \t]+(\|[^|]*\|)(?=$|[\s,;])")
_BLANKS: Final = ""


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How the lines of a file of SMILES are built.

    Attributes
    ----------
    delimiter
        Tab, comma or semicolon; "" for blanks.
    header
        Names of the columns, empty where there are none.
    skipped
        How many lines the header takes.
    smiles, id
        Places of both in a line without a header.
    """

    delimiter: str
    header: tuple[str, ...] = ()
    skipped: int = 0
    smiles: int = 0
    id: int = 1


def text_rows(lines: Iterable[str], where: str, choice: ColumnChoice) -> Iterator[Row]:
    """Yield a row for every SMILES of a text.

    Parameters
    ----------
    lines
        Lines without line ends.
    where
        The file, for the sentence of an error.
    choice
        Columns that the user names, of a file with a header.

    Raises
    ------
    UsageError
        The file has a header of several columns, and a column that the user names is not there.
    """
    kept = kept_lines(lines)
    sample = list(islice(kept, _SAMPLE))
    layout = text_layout(sample)
    body = islice(chain(sample, kept), layout.skipped, None)
    if not layout.header:
        for number, line in enumerate(body):
            yield _bare_row(cells_of_line(line, layout.delimiter), layout, number)
        return
    columns = choose_columns(where, layout.header, choice, any_id=True)
    for number, cells in enumerate(_headed_cells(body, layout)):
        yield columns.row(cells, number)


def check_text(lines: Iterable[str], where: str, choice: ColumnChoice) -> None:
    """Raise what :func:`text_rows` would about the columns, having read the first lines only."""
    layout = layout_of_lines(lines)
    if layout.header:
        choose_columns(where, layout.header, choice, any_id=True)


def layout_of_lines(lines: Iterable[str]) -> TextLayout:
    """Tell the layout of a file of SMILES from its first lines."""
    return text_layout(list(islice(kept_lines(lines), _SAMPLE)))


def kept_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines that are neither blank nor a comment; a header after a ``#`` is kept."""
    first = True
    for line in lines:
        for part in line.split("\r") if "\r" in line else (line,):
            if not part or part.isspace():
                continue
            if part[0] != "#":
                yield part
            elif first and _header_of(part.lstrip("# ")) is not None:
                yield part.lstrip("# ")
            else:
                continue
            first = False


def text_layout(sample: Sequence[str]) -> TextLayout:
    """Tell the layout of a file of SMILES.

    Parameters
    ----------
    sample
        Its first lines as :func:`kept_lines` gives them.
    """
    header = _header_of(sample[0]) if sample else None
    if header is not None and len(header.header) > 1:
        return header
    skipped = 0 if header is None else 1
    body = sample[skipped:]
    delimiter = _delimiter_of(body)
    rows = [cells_of_line(line, delimiter) for line in body]
    smiles = _smiles_place(rows)
    return TextLayout(delimiter, (), skipped, smiles, 1 if smiles == 0 else 0)


def holds_smiles(lines: Iterable[str]) -> bool:
    """Return whether a text is a list of SMILES: it has a header that says so, or reads as one."""
    sample = list(islice(kept_lines(lines), _SAMPLE))
    layout = text_layout(sample)
    if layout.header or layout.skipped:
        return True
    rows = [cells_of_line(line, layout.delimiter) for line in sample]
    return bool(rows) and 2 * _readable(rows, layout.smiles) > len(rows)


def cells_of_line(line: str, delimiter: str, most: int = 0) -> list[str]:
    """Return the cells of a line.

    Parameters
    ----------
    line
        A CXSMILES extension at its start stays with the SMILES.
    delimiter
        "" for blanks.
    most
        Number of cells that blanks may make, the last one taking the rest; any number by default.
    """
    extended = _EXTENDED.match(line)
    if extended is not None:
        own = f"{extended[1]} {extended[2]}"
        rest = line[extended.end() :].lstrip(" ").removeprefix(delimiter)
        return [own, *cells_of_line(rest, delimiter, most - 1)] if rest.strip() else [own]
    if delimiter == _BLANKS:
        return line.split(None, most - 1 if most > 0 else -1)
    if delimiter == "\t":
        return line.split("\t")
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def _headed_cells(body: Iterable[str], layout: TextLayout) -> Iterator[list[str]]:
    if layout.delimiter == _BLANKS:
        return (cells_of_line(line, _BLANKS, len(layout.header)) for line in body)
    return cells_of_rows(body, delimiter=layout.delimiter)


def _bare_row(cells: Sequence[str], layout: TextLayout, number: int) -> Row:
    smiles = cells[layout.smiles].strip() if layout.smiles < len(cells) else ""
    own = one_line(cells[layout.id]) if layout.id < len(cells) else ""
    return Row(smiles, own, {}, "" if smiles else f"Row {number + 1} has no SMILES.")


def _header_of(line: str) -> TextLayout | None:
    """Return the layout that a header states, ``None`` where the line is none."""
    for delimiter in ("\t", ",", ";", _BLANKS):
        cells = [cell.strip().strip('"') for cell in cells_of_line(line, delimiter)]
        known = [plain for plain in map(plain_name, cells) if plain in SMILES_NAMES]
        # an id may well be "mol" or "structure", so the line must not begin with a SMILES
        if any("smiles" in name for name in known) or (known and not is_smiles(cells[0])):
            return TextLayout(delimiter, tuple(cells), 1)
    return None


def _delimiter_of(lines: Sequence[str]) -> str:
    """Return what stands in at least half of the lines; commas only within their first word."""
    firsts = [_EXTENDED.sub(r"\1", line, count=1).split(None, 1)[0] for line in lines]
    for delimiter, texts in (("\t", lines), (",", firsts), (";", firsts)):
        if texts and 2 * sum(delimiter in text for text in texts) >= len(texts):
            return delimiter
    return _BLANKS


def _smiles_place(rows: Sequence[Sequence[str]]) -> int:
    """Return the first column of which at least half reads as SMILES, 0 where none does."""
    for place in range(_LATEST_COLUMN):
        if rows and 2 * _readable(rows, place) >= len(rows):
            return place
    return 0


def _readable(rows: Sequence[Sequence[str]], place: int) -> int:
    return sum(place < len(row) and is_smiles(row[place].strip()) for row in rows)
