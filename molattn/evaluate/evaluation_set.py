"""The rows that are judged: a manifest with measured pK, read into columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import FileUnreadable, UsageError
from molattn.structure.source import read_text

if TYPE_CHECKING:
    import pandas as pd

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Strings = NDArray[np.str_]

CRYSTAL: Final = "crystal"
"""Value of the column ``condition`` that names the crystal pose."""

_EXACT: Final = ("", "=", "~", "==", "≈")
_RELATIONS: Final = ("measured_relation", "relation")


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationSet:
    """Measured complexes, one row each.

    Attributes
    ----------
    id
        [n], each once.
    measured
        [n] pK; NaN in rows that only rank poses (``rmsd``) or molecules (``label``).
    protein, ligand
        [n] files, None where the manifest names none.
    record
        [n] record within the ligand file, 0-based.
    columns
        Every column of the manifest as text, [n].
    notes
        A sentence for each reason that left rows out.
    unusable
        Rows that should have counted and could not be used.
    """

    id: Strings
    measured: Floats
    protein: tuple[Path | None, ...]
    ligand: tuple[Path | None, ...]
    record: Integers
    columns: Mapping[str, Strings] = field(repr=False)
    notes: tuple[str, ...] = ()
    unusable: int = 0

    def __len__(self) -> int:
        return len(self.id)

    def text(self, name: str) -> Strings:
        """Return a column as text, empty where the manifest has no such column, [n]."""
        found = self.columns.get(name)
        return np.full(len(self), "", dtype=np.str_) if found is None else found

    def numbers(self, name: str) -> Floats | None:
        """Return a column as numbers, NaN where a cell is none; None without the column."""
        return as_numbers(self.columns[name]) if name in self.columns else None

    @property
    def has_structures(self) -> bool:
        """Whether any row names a protein and a ligand file."""
        return any(a and b for a, b in zip(self.protein, self.ligand, strict=True))

    @property
    def complex(self) -> Strings:
        """Name of the complex of each row, its id where the manifest has no such column."""
        named = self.text("complex")
        return np.where(named == "", self.id, named)

    @property
    def standard(self) -> Booleans:
        """Measured rows of the main table: crystal poses, all poses without a ``condition``."""
        known = np.isfinite(self.measured)
        crystal = self.text("condition") == CRYSTAL
        return known & crystal if crystal.any() else known

    def select(self, rows: Booleans) -> EvaluationSet:
        """Return the rows where the mask [n] is true."""
        kept = np.flatnonzero(rows)
        return replace(
            self,
            id=self.id[kept],
            measured=self.measured[kept],
            protein=tuple(self.protein[row] for row in kept),
            ligand=tuple(self.ligand[row] for row in kept),
            record=self.record[kept],
            columns={name: values[kept] for name, values in self.columns.items()},
        )


def read_evaluation_set(path: Path) -> EvaluationSet:
    """Read a manifest of measured complexes.

    Parameters
    ----------
    path
        CSV, plain or ``.gz``, with ``id`` and ``measured_pK`` or ``pK``; optional ``protein``,
        ``ligand`` (paths relative to the manifest), ``record``, ``relation`` and others. Rows
        whose relation is a bound (``<``, ``>``) are left out, and so are rows without a number.

    Raises
    ------
    FileUnreadable
        The file is missing or not a table.
    UsageError
        A column is missing, an id stands twice, or no measured row is left.
    """
    table = read_table(path)
    columns = {str(name): table[name].to_numpy(dtype=np.str_) for name in table}
    ranked = _ranked(columns, len(table))
    column = next((name for name in ("measured_pK", "pK") if name in table), None)
    if column is None and not ranked.any():
        raise UsageError(f"{path} has no column measured_pK or pK; add the measured pK.")
    measured = np.full(len(table), np.nan) if column is None else as_numbers(columns[column])
    bound = np.isfinite(measured) & ~np.isin(_relation(columns), _EXACT)
    measured[bound] = np.nan
    silent = ~np.isfinite(measured) & ~ranked & ~bound
    notes = account("without a measured pK", int(silent.sum()))
    notes += account("whose measurement is only a bound", int((bound & ~ranked).sum()))
    kept = np.isfinite(measured) | ranked
    if not kept.any():
        raise UsageError(f"{path} has no row with a measured {column}; nothing can be judged.")
    folder = path.parent
    every = EvaluationSet(
        id=columns["id"],
        measured=measured,
        protein=_files(columns.get("protein"), folder, len(table)),
        ligand=_files(columns.get("ligand"), folder, len(table)),
        record=_records(columns.get("record"), len(table)),
        columns=columns,
        notes=notes,
    )
    return every.select(kept)


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV as text, whose column ``id`` names each row once.

    Commas, semicolons or tabs divide it; it may be gzipped.

    Raises
    ------
    FileUnreadable, UsageError
        As of :func:`read_evaluation_set`.
    """
    import pandas as pd

    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    table: pd.DataFrame
    try:
        table = pd.read_csv(StringIO(text), sep=separator, dtype=str, keep_default_na=False)
    except ValueError as fault:
        raise FileUnreadable(f"{path} cannot be read as CSV ({fault}).") from fault
    table = table.rename(columns=str.strip).apply(lambda cells: cells.str.strip())
    if "id" not in table:
        raise UsageError(f"{path} has no column id; add it.")
    table = table.loc[table["id"] != ""].reset_index(drop=True)
    twice = table["id"][table["id"].duplicated()]
    if len(twice):
        raise UsageError(f"{path} holds the id {twice.iloc[0]} more than once; make ids unique.")
    return table


def as_numbers(cells: Strings) -> Floats:
    """Return text as numbers, NaN where a cell is none, [n]."""
    import pandas as pd

    return np.array(pd.to_numeric(pd.Series(cells), errors="coerce"), dtype=np.float64)


def account(reason: str, rows: int) -> tuple[str, ...]:
    """Return a sentence on rows left out, none if there are none."""
    if rows == 0:
        return ()
    counted = f"1 row {reason} is" if rows == 1 else f"{rows} rows {reason} are"
    return (f"{counted} left out.",)


def _ranked(columns: Mapping[str, Strings], rows: int) -> Booleans:
    """Return the rows that rank poses or molecules, with or without a measurement, [n]."""
    found = np.zeros(rows, dtype=np.bool_)
    for name, partner in (("rmsd", "complex"), ("label", None)):
        if name in columns and (partner is None or partner in columns):
            found |= np.isfinite(as_numbers(columns[name]))
    return found


def _relation(columns: Mapping[str, Strings]) -> Strings:
    name = next((name for name in _RELATIONS if name in columns), None)
    return columns[name] if name else np.full(len(columns["id"]), "", dtype=np.str_)


def _files(cells: Strings | None, folder: Path, rows: int) -> tuple[Path | None, ...]:
    if cells is None:
        return (None,) * rows
    return tuple(folder / cell if cell else None for cell in cells.tolist())


def _records(cells: Strings | None, rows: int) -> Integers:
    if cells is None:
        return np.zeros(rows, dtype=np.int64)
    return np.nan_to_num(as_numbers(cells), nan=0.0).astype(np.int64)
