"""The table of all scores, written shard by shard; the rows of the hits are picked on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from molattn.predict.output_file import atomic
from molattn.predict.request import Cell
from molattn.screen.carried import parse_fields
from molattn.screen.copies import CopyCounter, counting_copies
from molattn.screen.row import FIELDS, PLACE, POSE, ROW_COLUMNS
from molattn.screen.shard import COPY, SHARD_SCHEMA, column_type, read_shard
from molattn.screen.survey import texts

ROWS_IN_GROUP: Final = 20_000
"""Rows of a row group, whatever the shards have: how the work was cut does not show."""


@dataclass(frozen=True, slots=True)
class HitRow:
    """One of the best rows, as its shard has it."""

    rank: int
    row: Mapping[str, Cell]  # ROW_COLUMNS
    carried: Mapping[str, str]  # by their names in tables
    pose: str  # mol block, "" where there is none


def write_score_table(
    shards: Sequence[Path], path: Path, carried: Mapping[str, str], ranks: Mapping[int, int]
) -> list[HitRow]:
    """Write every row in the order of the library, and return those that have a rank.

    Parameters
    ----------
    shards
        In the order of the library.
    path
        The Parquet file.
    carried
        Columns carried through: name in the shards to name in the table.
    ranks
        Place to rank.

    Returns
    -------
    list of HitRow
        The best first.

    Raises
    ------
    FileUnreadable
        If a shard is missing or damaged.
    OutputError
        If the table cannot be written.
    """
    schema = pa.schema([pa.field(name, column_type(name)) for name in ROW_COLUMNS])
    for name in carried.values():
        schema = schema.append(pa.field(name, pa.string()))
    hits: list[HitRow] = []
    with (
        counting_copies() as copies,
        atomic(path) as stream,
        closing(pq.ParquetWriter(stream, schema, compression="zstd")) as writer,
    ):
        tables = _tables(shards, carried, ranks, copies, hits)
        for group in _groups(tables, schema):
            writer.write_table(group, row_group_size=ROWS_IN_GROUP)
    return sorted(hits, key=lambda hit: hit.rank)


def _tables(
    shards: Sequence[Path],
    carried: Mapping[str, str],
    ranks: Mapping[int, int],
    copies: CopyCounter,
    hits: list[HitRow],
) -> Iterator[pa.Table]:
    """Yield the table of each shard, and add its hits to ``hits``."""
    plain = [name for name in SHARD_SCHEMA.names if name != POSE]
    for shard in shards:
        table = read_shard(shard, plain)
        places = table[PLACE].to_pylist()
        fields = [parse_fields(text) for text in texts(table, FIELDS)]
        numbers = pa.array(copies.number(texts(table, "id")), pa.int64())
        table = table.drop_columns([PLACE, FIELDS]).append_column(COPY, numbers)
        chosen = [row for row, place in enumerate(places) if place in ranks]
        if chosen:
            poses = read_shard(shard, [POSE])[POSE]
            hits += [
                HitRow(
                    ranks[places[row]],
                    table.slice(row, 1).select(ROW_COLUMNS).to_pylist()[0],
                    {carried[name]: text for name, text in fields[row].items()},
                    str(poses[row].as_py()),
                )
                for row in chosen
            ]
        for name, outgoing in carried.items():
            texts_of = pa.array([row.get(name) for row in fields], pa.string())
            table = table.append_column(outgoing, texts_of)
        yield table


def _groups(tables: Iterator[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the same rows in tables of `ROWS_IN_GROUP`."""
    kept: Any = schema.empty_table()
    for table in tables:
        kept = pa.concat_tables([kept, table.select(schema.names).cast(schema)])
        while kept.num_rows >= ROWS_IN_GROUP:
            yield kept.slice(0, ROWS_IN_GROUP).combine_chunks()
            kept = kept.slice(ROWS_IN_GROUP)
    if kept.num_rows:
        yield kept.combine_chunks()
