"""Score tables: the same columns in CSV, Parquet, JSON and SDF, written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from molattn.errors import UsageError
from molattn.predict.request import Cell
from molattn.predict.score_record import SCORE_COLUMNS, Score

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Cell]
# no leading zeros and no bare exponents: 007 and 1e10 are names, the latter a PDB code
_WHOLE: Final = re.compile(r"-?(0|[1-9]\d{0,17})")
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]\d+)?")

FLOATS: Final[Mapping[str, str]] = {
    "pK": ".3f",
    "pK_low": ".3f",
    "pK_high": ".3f",
    "kcal_per_mol": ".3f",
    "affinity_nM": ".4g",
    "pose_confidence": ".3f",
}
"""Columns with decimals, and how text formats round them; Parquet keeps them whole."""


def columns(carried: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the columns of a score table, in order."""
    return (*SCORE_COLUMNS, *carried)


def rounded(name: str, value: Cell) -> Cell:
    """Return one value of a score table as text formats show it; other columns are left alone."""
    if name not in FLOATS or not isinstance(value, float):
        return value
    return float(format(value, FLOATS[name])) if math.isfinite(value) else None


def to_frame(scores: Iterable[Score], carried: Sequence[str] = ()) -> pd.DataFrame:
    """Return scores as a pandas frame with the columns of a score table.

    Parameters
    ----------
    scores
        One row each.
    carried
        Columns carried through; those of the scores where it is empty.
    """
    rows = [score.to_row() for score in scores]
    found = dict.fromkeys(name for row in rows for name in row if name not in SCORE_COLUMNS)
    extra = carried or found
    return _typed_frame(rows, columns(extra))


def write_csv(stream: IO[str], rows: Iterable[Row], names: Sequence[str]) -> None:
    """Write rows as CSV; empty cells where there is no value."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([as_text(name, row.get(name)) for name in names])


def as_text(name: str, value: Cell) -> str:
    """Return one value of a score table as text, empty where there is none."""
    shown = rounded(name, value)
    if shown is None:
        return ""
    if name in FLOATS and isinstance(shown, float):
        return f"{shown:.3f}" if FLOATS[name] == ".3f" else f"{shown:.12g}"
    return str(shown)


def csv_bytes(rows: Sequence[Row], names: Sequence[str]) -> bytes:
    """Return rows as CSV in UTF-8."""
    stream = io.StringIO()
    write_csv(stream, rows, names)
    return stream.getvalue().encode()


def json_bytes(rows: Sequence[Row], names: Sequence[str]) -> bytes:
    """Return rows as a JSON list of objects, null where there is no value."""
    typed = {name: _typed(name, [row.get(name) for row in rows]) for name in names}
    records = [
        {name: rounded(name, typed[name][place]) for name in names} for place in range(len(rows))
    ]
    return (json.dumps(records, indent=1, ensure_ascii=False) + "\n").encode()


def parquet_bytes(rows: Sequence[Row], names: Sequence[str]) -> bytes:
    """Return rows as Parquet, numbers at full precision, carried columns typed by content."""
    stream = io.BytesIO()
    _typed_frame(rows, names).to_parquet(stream, index=False)
    return stream.getvalue()


WRITERS: Final[Mapping[str, Callable[[Sequence[Row], Sequence[str]], bytes]]] = {
    ".csv": csv_bytes,
    ".json": json_bytes,
    ".parquet": parquet_bytes,
}
SDF: Final = ".sdf"
ENDINGS: Final = (*WRITERS, SDF)


def ending(path: Path) -> str:
    """Return the ending that chooses the format.

    Raises
    ------
    UsageError
        If it is none of `ENDINGS`.
    """
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        raise UsageError(
            f"{path} has no ending that names a table format; end it with one of "
            f"{', '.join(ENDINGS)}."
        )
    return suffix


def _typed(name: str, values: Sequence[Cell]) -> list[Cell]:
    """Return carried text as numbers where every cell that is not empty is plainly one."""
    if name in SCORE_COLUMNS:
        return list(values)
    texts = [str(value) for value in values if value not in (None, "")]
    if not texts or not all(_NUMBER.fullmatch(text) for text in texts):
        return list(values)
    whole = all(_WHOLE.fullmatch(text) for text in texts)
    convert: Callable[[str], int | float] = int if whole else float
    return [None if value in (None, "") else convert(str(value)) for value in values]


def _typed_frame(rows: Sequence[Row], names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    data: dict[str, pd.Series] = {}
    for name in names:
        values = _typed(name, [row.get(name) for row in rows])
        kinds = {type(value) for value in values if value is not None}
        if name in FLOATS or kinds == {float}:
            data[name] = pd.Series(values, dtype="float64")
        elif name == "record" or kinds == {int}:
            data[name] = pd.Series(values, dtype="Int64")
        else:
            data[name] = pd.Series(values, dtype="str")
    return pd.DataFrame(data, columns=list(names))
