"""Predictions as read: a CSV of predicted pK joined to the files and measurements of a manifest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import FileUnreadable, UsageError

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Strings = NDArray[np.str_]

INTERVAL: Final = 0.90
"""Confidence of the predicted interval that a spread stands for."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Measured complexes, one row each, with what a model said of them."""

    id: Strings  # [n]
    measured: Floats  # [n] pK
    predicted: Floats | None  # [n] pK; None where only baselines are asked for
    low: Floats | None  # [n] lower end of the 90 % interval, pK
    high: Floats | None  # [n] upper end
    fold: Integers | None  # [n] the fold in which the row was left out
    cluster: Strings  # [n] protein cluster; the id itself where the file names none
    protein: tuple[Path, ...]
    ligand: tuple[Path, ...]
    record: Integers  # [n] record within the ligand file, 0-based
    dropped: tuple[str, ...]  # a sentence for each reason that left rows out

    def __len__(self) -> int:
        return len(self.id)

    def select(self, rows: NDArray[np.bool_]) -> Predictions:
        """Return the rows where the mask [n] is true."""
        kept = np.flatnonzero(rows)
        return replace(
            self,
            id=self.id[kept],
            measured=self.measured[kept],
            predicted=None if self.predicted is None else self.predicted[kept],
            low=None if self.low is None else self.low[kept],
            high=None if self.high is None else self.high[kept],
            fold=None if self.fold is None else self.fold[kept],
            cluster=self.cluster[kept],
            protein=tuple(self.protein[row] for row in kept),
            ligand=tuple(self.ligand[row] for row in kept),
            record=self.record[kept],
        )


def read_predictions(path: Path, manifest: Path) -> Predictions:
    """Read predictions and join them to a manifest by ``id``.

    Parameters
    ----------
    path
        CSV with ``id`` and, each optional, ``pK`` (the prediction), ``measured_pK``, ``pK_low``
        and ``pK_high`` or ``spread`` (standard deviation, pK), ``fold``, ``cluster``.
    manifest
        CSV with ``id, protein, ligand`` and, where the predictions carry no measurement, ``pK``;
        ``record`` if a ligand file holds several. Paths are relative to the manifest.

    Raises
    ------
    FileUnreadable
        A file is missing or not a table.
    UsageError
        A column is missing, an id stands twice, or no row is left.
    """
    said = _read_table(path, ("id",))
    known = _read_table(manifest, ("id", "protein", "ligand"))
    matched = said["id"].isin(known["id"])
    dropped = _account("that the manifest does not hold", int((~matched).sum()))
    said = said[matched]
    known = known.set_index("id").loc[said["id"]].reset_index()
    measured = _measured(said, known, manifest)
    predicted = _numbers(said, "pK")
    keep = np.isfinite(measured)
    dropped += _account("without a measured pK", int((~keep).sum()))
    if predicted is not None:
        silent = keep & ~np.isfinite(predicted)
        dropped += _account("without a predicted pK", int(silent.sum()))
        keep &= ~silent
    if not keep.any():
        raise UsageError(
            f"{path} and {manifest} share no id with a measurement and a prediction; "
            "check the columns id, pK and measured_pK."
        )
    said, known = said[keep], known[keep]
    low, high = _interval(said)
    fold = _numbers(said, "fold")
    cluster = said["cluster" if "cluster" in said else "id"]
    record = _numbers(known, "record")
    return Predictions(
        id=said["id"].to_numpy(dtype=np.str_),
        measured=measured[keep],
        predicted=None if predicted is None else predicted[keep],
        low=low,
        high=high,
        fold=None if fold is None else fold.astype(np.int64),
        cluster=cluster.astype(str).to_numpy(dtype=np.str_),
        protein=tuple(manifest.parent / entry for entry in known["protein"]),
        ligand=tuple(manifest.parent / entry for entry in known["ligand"]),
        record=np.zeros(len(said), np.int64) if record is None else record.astype(np.int64),
        dropped=dropped,
    )


def _read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a CSV whose ids are text, each standing once."""
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype={"id": str, "cluster": str, "protein": str, "ligand": str})
    except FileNotFoundError:
        raise FileUnreadable(f"{path} does not exist; give a CSV file.") from None
    except (OSError, ValueError) as fault:
        raise FileUnreadable(f"{path} cannot be read as CSV ({fault}).") from fault
    absent = [name for name in columns if name not in table]
    if absent:
        raise UsageError(f"{path} has no column {', '.join(absent)}; add it.")
    table = table.dropna(subset=list(columns)).reset_index(drop=True)
    twice = table["id"][table["id"].duplicated()]
    if len(twice):
        raise UsageError(f"{path} holds the id {twice.iloc[0]} more than once; make ids unique.")
    return table


def _numbers(table: pd.DataFrame, column: str) -> Floats | None:
    """Return a column as numbers, NaN where it holds none; None without the column."""
    import pandas as pd

    if column not in table:
        return None
    return np.asarray(pd.to_numeric(table[column], errors="coerce"), dtype=np.float64)


def _measured(said: pd.DataFrame, known: pd.DataFrame, manifest: Path) -> Floats:
    """Return the measurements: those of the predictions, else those of the manifest."""
    for table, column in ((said, "measured_pK"), (known, "measured_pK"), (known, "pK")):
        values = _numbers(table, column)
        if values is not None:
            return values
    raise UsageError(f"Neither the predictions nor {manifest} hold a measured pK; add a column pK.")


def _interval(said: pd.DataFrame) -> tuple[Floats | None, Floats | None]:
    """Return the 90 % interval: as given, else from the spread of a normal error."""
    low, high = _numbers(said, "pK_low"), _numbers(said, "pK_high")
    if low is not None and high is not None:
        return low, high
    predicted, spread = _numbers(said, "pK"), _numbers(said, "spread")
    if predicted is None or spread is None:
        return None, None
    reach = NormalDist().inv_cdf((1 + INTERVAL) / 2) * spread
    return predicted - reach, predicted + reach


def _account(reason: str, rows: int) -> tuple[str, ...]:
    """Return a sentence on rows left out, none if there are none."""
    return (f"{rows} rows {reason} are left out.",) if rows else ()
