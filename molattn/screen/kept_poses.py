"""All scored poses of a screen as one SDF, where they were kept (``--keep-poses``)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from molattn.predict.output_file import atomic
from molattn.screen.carried import carried_names, parse_fields
from molattn.screen.hits import hit_record
from molattn.screen.row import FIELDS, PLACE, POSE, ROW_COLUMNS
from molattn.screen.score_table import HitRow
from molattn.screen.shard import COPY, read_shard

POSES_FILE: Final = "poses.sdf"
_COLUMNS: Final = tuple(name for name in ROW_COLUMNS if name != COPY)


def write_poses(shards: Iterable[Path], path: Path) -> int:
    """Write every pose with its columns as tags; ``rank`` counts the poses of a record from 1.

    Parameters
    ----------
    shards
        Of all poses, in the order of the library; read one at a time.
    path
        The SDF.

    Returns
    -------
    int
        How many poses there are.

    Raises
    ------
    OutputError
        If it cannot be written.
    FileUnreadable
        If a shard is missing or damaged.
    """
    count = 0
    with atomic(path) as stream:
        for shard in shards:
            place, rank = -1, 0
            for row in read_shard(shard).to_pylist():
                rank = rank + 1 if row[PLACE] == place else 1
                place = row[PLACE]
                fields = parse_fields(row[FIELDS])
                carried = {new: fields[old] for old, new in carried_names(fields).items()}
                hit = HitRow(rank, {name: row[name] for name in _COLUMNS}, carried, row[POSE])
                stream.write(hit_record(hit, (*_COLUMNS, "rank", *carried)).encode())
                count += 1
    return count
