"""A plain table of compounds as SMILES, measured on targets whose structures lie in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from data_prep.sources.activities import Activity, read_activities
from data_prep.sources.known_columns import Columns, plain_name, recognise, row_affinities
from data_prep.sources.row import SourceOptions, SourceRead, SourceRow
from data_prep.sources.table_file import iterate_rows, read_header

_TARGETS: Final = ("target", "receptor", "pdb", "pdb_id", "pdbid", "uniprot")


def target_column(header: Sequence[str]) -> str | None:
    """Return the column that names the target of a compound, None if there is none."""
    by_plain = {plain_name(name): name for name in reversed(header)}
    return next((by_plain[name] for name in _TARGETS if name in by_plain), None)


def read_compounds(path: Path, options: SourceOptions) -> SourceRead:
    """Read a table with SMILES, a target, and affinities under any of their usual names.

    Raises
    ------
    FileUnreadable
        A file cannot be read.
    UsageError
        No structures are named.
    """
    header = read_header(path)
    target = target_column(header) or ""
    columns = recognise([name for name in header if name != target], options.columns)

    def activity_of(cells: Mapping[str, str], number: int) -> Activity:
        return _activity(cells, number, columns, target)

    return read_activities("compounds", path, options, iterate_rows(path), activity_of)


def _activity(cells: Mapping[str, str], number: int, columns: Columns, target: str) -> Activity:
    name = cells.get(target, "")
    carried = {key: cell for key, cell in columns.carried(cells).items() if key != target}
    row = SourceRow(
        id=columns.cell(cells, "id") or f"row {number}",
        smiles=columns.cell(cells, "smiles"),
        sequence=columns.cell(cells, "sequence").upper(),
        series=columns.cell(cells, "series"),
        year=columns.cell(cells, "year").removesuffix(".0"),
        columns={"target": name, **carried},
    )
    return Activity(row, row_affinities(cells, columns), [name] if name else [])
