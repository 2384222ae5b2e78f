"""A manifest: a CSV whose rows are complexes to score.

Columns ``id, protein, ligand``; optional ``record`` (0-based), ``smiles``, ``ligand_code``,
``template``. Paths are relative to the manifest. A measured ``pK`` comes back as ``measured_pK``,
every other column as it is; a column named as one of a score table comes back with ``input_``
before its name.

A row with an empty ``ligand`` takes the ligand named ``ligand_code`` out of the protein file, with
bond orders from ``template``, else from ``smiles``, else from the Chemical Component Dictionary. A
row that names a file of many records and no ``record`` scores the first and says so.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from molattn.errors import FileUnreadable, UsageError
from molattn.predict.request import Request
from molattn.predict.score_record import SCORE_COLUMNS

REQUIRED: Final = ("id", "protein", "ligand")
_CONSUMED: Final = (*REQUIRED, "record")
_MEASURED: Final = "measured_pK"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows of a manifest as requests.

    Attributes
    ----------
    requests
        One for each row, in order.
    carried
        Names of the columns that come back with the scores.
    """

    requests: tuple[Request, ...]
    carried: tuple[str, ...]


def read_manifest(path: str | os.PathLike[str]) -> Manifest:
    """Read a manifest.

    Parameters
    ----------
    path
        CSV with a header, plain or gzipped, separated by commas, semicolons or tabs, in UTF-8.

    Raises
    ------
    FileUnreadable
        If the file is missing, a folder, empty, or not text.
    UsageError
        If a required column is missing or a column stands twice.
    """
    source = Path(path)
    text = _read_text(source)
    header, rows = _read_rows(source, text)
    carried = _carried_names(header)
    requests = [
        _request(source.parent, header, carried, cells, number)
        for number, cells in enumerate(rows, start=1)
    ]
    return Manifest(requests=tuple(requests), carried=tuple(carried.values()))


def _read_text(source: Path) -> str:
    if source.is_dir():
        raise FileUnreadable(f"{source} is a folder; name the CSV file inside it.")
    try:
        data = source.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except FileNotFoundError as error:
        raise FileUnreadable(f"{source} does not exist; check the path of the manifest.") from error
    except (OSError, EOFError) as error:
        raise FileUnreadable(f"{source} cannot be read ({error}); check the manifest.") from error
    if not data.strip():
        raise FileUnreadable(f"{source} is empty; a manifest needs a header with {_listed()}.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable(
            f"{source} is not UTF-8 text; save the manifest as CSV in UTF-8."
        ) from error


def _read_rows(source: Path, text: str) -> tuple[list[str], list[list[str]]]:
    first = text.lstrip().splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise FileUnreadable(
            f"{source} is not a CSV file ({error}); save the manifest as CSV in UTF-8."
        ) from error
    header = [name.strip() for name in rows[0]]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        shown = ", ".join(header[:12])[:200]
        raise UsageError(
            f"{source} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"a manifest needs {_listed()} and this one has: {shown}."
        )
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise UsageError(f"{source} has the column {twice[0]} more than once; rename one of them.")
    return header, rows[1:]


def _listed() -> str:
    return "the columns id, protein, ligand"


def _carried_names(header: Sequence[str]) -> dict[int, str]:
    """Return the column number and the outgoing name of every column that is carried."""
    taken = set(SCORE_COLUMNS)
    if "pK" in header:
        taken.add(_MEASURED)
    names: dict[int, str] = {}
    for column, name in enumerate(header):
        if name in _CONSUMED:
            continue
        outgoing = _MEASURED if name == "pK" else (name or f"column_{column + 1}")
        while name != "pK" and (outgoing in taken or (outgoing in header and outgoing != name)):
            outgoing = f"input_{outgoing}"
        taken.add(outgoing)
        names[column] = outgoing
    return names


def _request(
    folder: Path, header: Sequence[str], carried: dict[int, str], cells: list[str], number: int
) -> Request:
    problem = ""
    if len(cells) != len(header):
        problem = f"Row {number} has {len(cells)} cells and the header has {len(header)} columns."
    padded = [*cells, *[""] * (len(header) - len(cells))]
    values = {name: cell.strip() for name, cell in zip(header, padded, strict=False)}
    record, record_problem = _record(values.get("record", ""))
    ligand = values["ligand"]
    code = "" if ligand else values.get("ligand_code", "")
    problem = problem or record_problem or _missing_input(values, code)
    return Request(
        protein=_resolve(folder, values["protein"]),
        ligand=None if code else _resolve(folder, ligand),
        record=None if code else record,
        code=code,
        template=values.get("template", "") or (values.get("smiles", "") if code else ""),
        id=values["id"] or f"row {number}",
        protein_name=values["protein"],
        ligand_name=ligand or code,
        carried={name: padded[column] for column, name in carried.items()},
        problem=problem,
    )


def _record(text: str) -> tuple[int | None, str]:
    if not text:
        return None, ""
    try:
        number = float(text)  # spreadsheets write 3 as 3.0
    except ValueError:
        number = -1.0
    if not number.is_integer() or number < 0:
        return None, f"The record {text} is not a number from 0 on."
    return int(number), ""


def _missing_input(values: dict[str, str], code: str) -> str:
    if not values["protein"]:
        return "The row names no protein file."
    if values["ligand"] or code:
        return ""
    if values.get("smiles"):
        return (
            "The row has a SMILES and no pose, and this command scores given poses; "
            "`molattn screen --pose place` places it in the pocket first."
        )
    return "The row names neither a ligand file nor a ligand_code."


def _resolve(folder: Path, name: str) -> str:
    return str(folder / name) if name else ""
