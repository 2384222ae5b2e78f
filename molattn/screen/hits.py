"""The hits of a screen as tables and as SDF, the columns formatted as in every score table."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rdkit import Chem, rdBase

from molattn.predict.output_file import write_atomically
from molattn.predict.request import Cell
from molattn.predict.score_record import SCORE_COLUMNS, Score
from molattn.predict.sdf_table import sdf_record
from molattn.predict.table import csv_bytes, parquet_bytes
from molattn.screen.carried import RANK
from molattn.screen.row import ROW_COLUMNS, SCREEN_COLUMNS
from molattn.screen.score_table import HitRow
from molattn.screen.shard import column_type
from molattn.structure.records import Ligand, SourceRecord


def write_hits(hits: Sequence[HitRow], carried: Sequence[str], folder: Path) -> None:
    """Write ``hits.parquet``, ``hits.csv`` and ``hits.sdf``.

    Parameters
    ----------
    hits
        The best first.
    carried
        Columns carried through, by their names in tables.
    folder
        Where.

    Raises
    ------
    OutputError
        If one of them cannot be written.
    """
    names = (*ROW_COLUMNS, RANK, *carried)
    write_atomically(folder / "hits.parquet", hits_parquet(hits, carried))
    rows = [_row_of_text(hit) for hit in hits]
    write_atomically(folder / "hits.csv", csv_bytes(rows, names))
    sdf = "".join(hit_record(hit, names) for hit in hits)
    write_atomically(folder / "hits.sdf", sdf.encode())


def hit_record(hit: HitRow, names: Sequence[str]) -> str:
    """Return a hit as an SDF record: its pose, with the named columns as tags."""
    return sdf_record(_score(hit, _row_of_text(hit)), names)


def hits_parquet(hits: Sequence[HitRow], carried: Sequence[str]) -> bytes:
    """Return the table as Parquet: numbers whole, columns carried through typed by content."""
    table = pa.table(
        {
            **{
                name: pa.array([hit.row.get(name) for hit in hits], column_type(name))
                for name in ROW_COLUMNS
            },
            RANK: pa.array([hit.rank for hit in hits], pa.int64()),
        }
    )
    if carried:  # by the rule of every score table
        typed = parquet_bytes([hit.carried for hit in hits], list(carried))
        found = pq.read_table(io.BytesIO(typed))
        for name in carried:
            table = table.append_column(name, found[name])
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def pose_molecule(block: str) -> Chem.Mol | None:
    """Return the molecule of a mol block, None where there is none that can be read."""
    if not block.strip():
        return None
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromMolBlock(block, sanitize=True, removeHs=False)
        if mol is None:
            mol = Chem.MolFromMolBlock(block, sanitize=False, removeHs=False)
        return mol


def _row_of_text(hit: HitRow) -> dict[str, Cell]:
    """Return the row as text formats show it: Vina's energy as the other energies, true or false.

    Programs that read CSV know ``true``, not all of them ``True``.
    """
    row: dict[str, Cell] = {**hit.row, RANK: hit.rank, **hit.carried}
    energy, plausible = row.get("vina_energy"), row.get("plausible")
    if isinstance(energy, float):
        row["vina_energy"] = f"{energy:.3f}" if math.isfinite(energy) else None
    if isinstance(plausible, bool):
        row["plausible"] = str(plausible).lower()
    return row


def _score(hit: HitRow, row: Mapping[str, Cell]) -> Score:
    """Return a hit as the score of which it is the row, other columns as carried ones."""
    mol = pose_molecule(hit.pose)
    known = {name: value for name, value in row.items() if name in SCORE_COLUMNS}
    repairs = str(known.pop("repairs", "") or "")
    del known["kcal_per_mol"], known["affinity_nM"]  # follow from pK
    others = {name: row.get(name) for name in (*SCREEN_COLUMNS, RANK, *hit.carried)}
    pose = None
    if mol is not None:
        positions = np.asarray(mol.GetConformer().GetPositions(), dtype=np.float64)
        pose = Ligand(mol, positions, str(row["id"]), SourceRecord(str(row["ligand"]), hit.rank))
    return Score(**known, repairs=(repairs,), pose=pose, carried=others)  # type: ignore[arg-type]
