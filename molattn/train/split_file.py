"""``splits.csv``: clusters, folds, and the rows that each fold leaves out, as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from molattn.errors import FileUnreadable, InputError
from molattn.structure.source import read_text
from molattn.train.splits import NEVER_HELD_OUT, Flags

COLUMNS: Final = ("id", "protein_cluster", "ligand_cluster", "fold", "left_out_of")
"""Columns that every split file has; others may follow."""


@dataclass(frozen=True, slots=True)
class SplitTable:
    """A division of the rows of a manifest.

    Attributes
    ----------
    ids
        Of the rows.
    protein_cluster, ligand_cluster
        Names of their clusters.
    folds
        Fold in which each is held out, -1 if in none.
    left_out
        [rows, folds] whether a row is left out of the training of a fold.
    columns
        Further columns by name.
    """

    ids: tuple[str, ...]
    protein_cluster: tuple[str, ...]
    ligand_cluster: tuple[str, ...]
    folds: tuple[int, ...]
    left_out: Flags
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of folds."""
        return int(self.left_out.shape[1])

    def of_rows(self, ids: Sequence[str]) -> SplitTable:
        """Return the table of some rows, in their order.

        Raises
        ------
        InputError
            One of them is not in the table.
        """
        place = {identity: row for row, identity in enumerate(self.ids)}
        missing = [identity for identity in ids if identity not in place]
        if missing:
            named = ", ".join(missing[:3])
            raise InputError(
                f"The split file lacks {len(missing)} of {len(ids)} ids of the manifest ({named}); "
                "make it again for this manifest."
            )
        rows = [place[identity] for identity in ids]
        return SplitTable(
            tuple(ids),
            tuple(self.protein_cluster[row] for row in rows),
            tuple(self.ligand_cluster[row] for row in rows),
            tuple(self.folds[row] for row in rows),
            self.left_out[rows],
            {name: tuple(cells[row] for row in rows) for name, cells in self.columns.items()},
        )


def read_split(path: Path) -> SplitTable:
    """Read a split file, plain or gzipped.

    Raises
    ------
    FileUnreadable
        The file is missing or no split file.
    InputError
        A fold is no whole number.
    """
    rows = list(csv.DictReader(io.StringIO(read_text(path), newline="")))
    missing = [name for name in COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise FileUnreadable(
            f"{path} has no column {', '.join(missing)}; make a split with data_prep.splits."
        )
    try:
        folds = tuple(int(row["fold"]) if row["fold"] else NEVER_HELD_OUT for row in rows)
        places = [
            (index, int(fold))
            for index, row in enumerate(rows)
            for fold in (row["left_out_of"] or "").split(";")
            if fold
        ]
    except ValueError as error:
        raise InputError(f"{path}: fold and left_out_of hold whole numbers ({error}).") from None
    left_out = np.zeros((len(rows), max(folds, default=-1) + 1), dtype=bool)
    for index, fold in places:
        if not 0 <= fold < left_out.shape[1]:
            raise InputError(f"{path}: {rows[index]['id']} is left out of fold {fold}: none such.")
        left_out[index, fold] = True
    return SplitTable(
        tuple(row["id"] for row in rows),
        tuple(row["protein_cluster"] for row in rows),
        tuple(row["ligand_cluster"] for row in rows),
        folds,
        left_out,
        {name: tuple(row[name] or "" for row in rows) for name in rows[0] if name not in COLUMNS},
    )


def write_split(table: SplitTable, path: Path) -> None:
    """Write a split file that is there whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow((*COLUMNS, *table.columns))
        for row, identity in enumerate(table.ids):
            writer.writerow(
                (
                    identity,
                    table.protein_cluster[row],
                    table.ligand_cluster[row],
                    table.folds[row],
                    ";".join(str(fold) for fold in np.flatnonzero(table.left_out[row])),
                    *(cells[row] for cells in table.columns.values()),
                )
            )
    partial.replace(path)
