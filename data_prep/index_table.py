"""The index as a table: its columns, its cells, and the account of every record."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from data_prep.duplicates import MergedRow

COLUMNS: Final = (
    "id", "protein", "ligand", "record", "pK", "relation", "measure", "sequence", "smiles",
    "series", "year", "resolution", "n_heavy", "nearest_contact", "ligand_code", "template",
    "inchikey", "n_values", "spread", "conflict", "sequence_from", "warnings",
)  # fmt: skip
"""Columns of the index before those that are carried through."""


def index_text(rows: Sequence[MergedRow], folder: Path) -> str:
    """Return the index as CSV, with paths relative to its folder where they share a root."""
    carried: dict[str, str] = {}
    for merged in rows:
        for name in merged.checked.row.columns:
            carried.setdefault(name, f"source_{name}" if name in COLUMNS else name)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *carried.values()])
    for merged in rows:
        known = _cells(merged, folder.absolute())
        columns = merged.checked.row.columns
        writer.writerow([*known.values(), *(columns.get(name, "") for name in carried)])
    return text.getvalue()


def _cells(merged: MergedRow, folder: Path) -> dict[str, str]:
    """Return the cells of the columns of the index, in their order."""
    checked, label = merged.checked, merged.affinity
    row, named = checked.row, checked.identity
    near = checked.nearest_contact
    values = {
        "id": row.id,
        "protein": relative_path(row.protein, folder),
        "ligand": relative_path(checked.ligand, folder),
        "record": "" if row.record is None else str(row.record),
        "pK": repr(round(label.pK, 6)) if label else "",
        "relation": label.relation if label else "",
        "measure": label.measure if label else "",
        "sequence": row.sequence,
        "smiles": row.smiles or (named.smiles if named else ""),
        "series": row.series,
        "year": row.year,
        "resolution": row.resolution,
        "n_heavy": str(named.n_heavy) if named else "",
        "nearest_contact": "" if near is None else f"{near:.2f}",
        "ligand_code": row.ligand_code,
        "template": relative_path(row.template, folder),
        "inchikey": named.inchikey if named else "",
        "n_values": str(merged.n_values),
        "spread": f"{merged.spread:.2f}" if label else "",
        "conflict": str(int(merged.conflict)),
        "sequence_from": checked.sequence_from,
        "warnings": checked.warnings,
    }
    return {name: values[name] for name in COLUMNS}


def relative_path(path: str, folder: Path) -> str:
    """Return a path relative to a folder; absolute where they share nothing but the root."""
    if not path:
        return ""
    shared = os.path.commonpath([path, folder])
    return path if shared == os.sep else os.path.relpath(path, folder)
