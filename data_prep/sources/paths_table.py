"""A table of paths: one complex a row, with its files, and what was measured if anything was."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from data_prep.shards import Outcome
from data_prep.sources.known_columns import Columns, recognise, row_affinities
from data_prep.sources.row import SourceOptions, SourceRead, SourceRow
from data_prep.sources.table_file import iterate_rows, read_header
from molattn.errors import UsageError
from molattn.train.affinity import NO_VALUE, Affinity, Refusal

_COMPANIONS: Final = {
    "receptors.csv": "receptor",
    "complexes.csv": "complex",
    "series.csv": "series",
}
_FROM_COMPANIONS: Final = ("sequence", "smiles", "year", "resolution")


def read_paths_table(path: Path, options: SourceOptions) -> SourceRead:
    """Read a table whose rows name their files.

    Tables beside it that describe its receptors, complexes or series (``receptors.csv``,
    ``complexes.csv``, ``series.csv``) fill in sequences and SMILES that it lacks.

    Raises
    ------
    FileUnreadable
        A table cannot be read.
    UsageError
        It names no proteins, or a table to join shares no column with it.
    """
    header = read_header(path)
    joins = _joins(path, header, options)
    joined = [name for join in joins for name in join.header]
    columns = recognise(list(dict.fromkeys([*header, *joined])), options.columns)
    if not options.ligand_only and "protein" not in columns.names:
        raise UsageError(
            f"{path} has no column protein, so its rows lead to no structure; name one with "
            "--column protein=NAME, the folder of the structures with --structures, or take "
            "ligands alone with --ligand-only."
        )
    rows: list[SourceRow] = []
    dropped: list[Outcome] = []
    for number, cells in enumerate(iterate_rows(path), start=1):
        if options.limit is not None and number > options.limit:
            break
        for join in joins:
            cells = join.fill(cells)
        made, lost = _rows_of(path.parent, cells, columns, number, options.ligand_only)
        rows += made
        dropped += lost
    return SourceRead("csv", tuple(rows), tuple(dropped))


def labelled_rows(
    row: SourceRow, found: Sequence[Affinity | Refusal], *, needed: bool = False
) -> tuple[list[SourceRow], list[Outcome]]:
    """Return a row once for each affinity that was found for it.

    A row for which nothing was measured stays without a label, unless one is ``needed``. A row
    whose affinities are all refused is dropped; beside a good one a refused one is a remark.
    """
    good = [one for one in found if isinstance(one, Affinity)]
    bad = [one for one in found if isinstance(one, Refusal)]
    if good:
        remark = row.remark or (f"affinity left aside: {bad[0].reason}" if bad else "")
        return [replace(row, affinity=one, remark=remark) for one in good], []
    if all(one == NO_VALUE for one in bad) and not needed:
        return [row], []
    return [], [Outcome(row.id, "dropped", bad[0].reason, bad[0].detail)]


def _rows_of(
    folder: Path, cells: Mapping[str, str], columns: Columns, number: int, ligand_only: bool
) -> tuple[list[SourceRow], list[Outcome]]:
    ligand, protein = columns.cell(cells, "ligand"), columns.cell(cells, "protein")
    code, smiles = columns.cell(cells, "ligand_code"), columns.cell(cells, "smiles")
    identity = columns.cell(cells, "id") or f"row {number}"
    record = _record(columns.cell(cells, "record"))
    if not protein and not ligand_only:
        return [], [Outcome(identity, "dropped", "no protein is named")]
    if not (ligand or code or smiles):
        return [], [Outcome(identity, "dropped", "no ligand is named")]
    if isinstance(record, str):
        return [], [Outcome(identity, "dropped", "record is no number", record)]
    row = SourceRow(
        id=identity,
        protein=_path(folder, protein),
        ligands=(_path(folder, ligand),) if ligand else (),
        record=record,
        template=_path(folder, columns.cell(cells, "template")),
        smiles=smiles,
        sequence=columns.cell(cells, "sequence").upper(),
        series=columns.cell(cells, "series"),
        year=_whole(columns.cell(cells, "year")),
        resolution=columns.cell(cells, "resolution"),
        ligand_code=code,
        columns=columns.carried(cells),
    )
    return labelled_rows(row, row_affinities(cells, columns))


def _path(folder: Path, name: str) -> str:
    return os.path.abspath(folder / name) if name else ""  # noqa: PTH100 — links stay as named


def _whole(text: str) -> str:
    """Return ``1998.0``, as spreadsheets write whole numbers, as ``1998``."""
    return text.removesuffix(".0")


def _record(text: str) -> int | str | None:
    if not text:
        return None
    whole = _whole(text)
    return int(whole) if whole.isdecimal() else text


class _Join:
    """A table whose rows fill empty cells of another by a common column."""

    def __init__(self, path: Path, key: str, header: Sequence[str]) -> None:
        self.key = key
        self.header = tuple(name for name in header if name != key)
        self._rows = {row[key]: row for row in iterate_rows(path)}

    def fill(self, cells: dict[str, str]) -> dict[str, str]:
        """Return the row with its empty cells filled."""
        more = self._rows.get(cells.get(self.key, ""), {})
        added = {name: more.get(name, "") for name in self.header if not cells.get(name)}
        return {**cells, **added}


def _joins(path: Path, header: Sequence[str], options: SourceOptions) -> list[_Join]:
    joins = []
    for table in options.join:
        names = read_header(table)
        shared = [name for name in names if name in header]
        key = options.on or ("id" if "id" in shared else next(iter(shared), ""))
        if key not in shared:
            raise UsageError(
                f"{table} and {path} share no column {key}; name one that both have with --on."
            )
        joins.append(_Join(table, key, names))
    for name, key in _COMPANIONS.items():
        companion = path.parent / name
        if companion.exists() and companion != path and key in header:
            names = read_header(companion)
            wanted = [column for column in _FROM_COMPANIONS if column in names]
            if key in names and any(column not in header for column in wanted):
                joins.append(_Join(companion, key, [key, *wanted]))
    return joins
