"""Shards: the rows of a stretch of the library as Parquet, the unit in which a screen is kept."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from molattn.errors import FileUnreadable
from molattn.screen.row import FIELDS, PLACE, POSE, ROW_COLUMNS

COPY: Final = "copy"
"""The one column of `ROW_COLUMNS` that no shard has: it depends on all shards before."""

_FLOATS: Final = frozenset(
    {"pK", "pK_low", "pK_high", "kcal_per_mol", "affinity_nM", "pose_confidence", "vina_energy"}
)
_WHOLE: Final = frozenset({COPY, "record", "heavy_atoms", "poses"})
_BLANK: Final = {FIELDS: "{}", POSE: ""}


def column_type(name: str) -> pa.DataType:
    """Return the type of a column of a screen; carried columns are text."""
    if name in _FLOATS:
        return pa.float64()
    if name in _WHOLE:
        return pa.int64()
    return pa.bool_() if name == "plausible" else pa.string()


SHARD_SCHEMA: Final = pa.schema(
    [
        pa.field(PLACE, pa.int64(), nullable=False),
        *(pa.field(name, column_type(name)) for name in ROW_COLUMNS if name != COPY),
        pa.field(FIELDS, pa.string(), nullable=False),
        pa.field(POSE, pa.string(), nullable=False),
    ]
)
"""Columns of a shard, in order; null where there is no value."""


def shard_bytes(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return rows as a Parquet file; the same rows make the same bytes.

    Parameters
    ----------
    rows
        Columns of `SHARD_SCHEMA`, sorted by `PLACE`. A column that a row lacks is null; without
        `FIELDS` nothing is carried, without `POSE` there is none. Other columns are left out.
    """
    arrays = [
        _array([row.get(field.name, _BLANK.get(field.name)) for row in rows], field.type)
        for field in SHARD_SCHEMA
    ]
    stream = io.BytesIO()
    table = pa.Table.from_arrays(arrays, schema=SHARD_SCHEMA)
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def read_shard(path: str | PathLike[str], columns: Iterable[str] | None = None) -> pa.Table:
    """Return the rows of a shard.

    Parameters
    ----------
    path
        The Parquet file.
    columns
        Which columns, in this order; all of `SHARD_SCHEMA` by default.

    Raises
    ------
    FileUnreadable
        If it is missing, damaged, or not the shard of a screen.
    """
    names = list(SHARD_SCHEMA.names if columns is None else columns)
    try:
        with pq.ParquetFile(path) as file:
            found = file.schema_arrow
            if not found.equals(SHARD_SCHEMA):
                raise FileUnreadable(
                    f"{path} has not the columns of a screen's shard; was it made by another "
                    "version of molattn? Remove it and screen its records again."
                )
            return file.read(columns=names, use_threads=False).select(names)
    except FileNotFoundError as error:
        raise FileUnreadable(
            f"The shard {path} does not exist; continue the screen to make it again."
        ) from error
    except (OSError, pa.ArrowException) as error:
        detail = " ".join(str(error).split())[:200].rstrip(".")
        raise FileUnreadable(
            f"The shard {path} cannot be read ({detail}); remove it and screen its records again."
        ) from error


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # half a character, from a file in another encoding
        clean = [None if one is None else one.encode("utf-8", "replace").decode() for one in values]
        return pa.array(clean, kind)
