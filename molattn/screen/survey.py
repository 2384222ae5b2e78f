"""The first look at all shards: counts, figures, the best rows, what failed and why."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from molattn.predict.output_file import atomic
from molattn.screen.carried import carried_names, parse_fields
from molattn.screen.completeness import PlaceCheck
from molattn.screen.marked import MarkedRecords
from molattn.screen.ranking import Ranking, standing
from molattn.screen.row import FIELDS, PLACE
from molattn.screen.running_figures import Correlation, Histogram, ReasonCounts
from molattn.screen.shard import read_shard

RankBy = Literal["pK", "pK_low", "pose_confidence"]

FAILED_COLUMNS: Final = ("id", "ligand", "record", "reason")
"""Columns of the table of records without a score."""

PK_LOW, PK_HIGH, PK_WIDTH = -2.0, 16.0, 0.01
HEAVY_ATOMS_HIGH: Final = 1000

_COLUMNS: Final = (
    *(PLACE, *FAILED_COLUMNS, "pK", "pK_low", "pose_confidence", "status", "repairs"),
    *("domain", "plausible", "heavy_atoms", "pose_source", FIELDS),
)
_SALT: Final = r"left out beside the molecule|separate pieces|made an ion"
_COUNTED: Final = ("domain", "plausible", "pose_source")


class Survey:
    """What is known of all rows once every shard was added.

    Parameters
    ----------
    rank_by, top
        What the hits are, and how many.
    actives
        Column that marks actives, "" for none.
    plausible_first
        Whether records of implausible poses stand behind all others.
    """

    def __init__(
        self, rank_by: RankBy, top: int, actives: str, *, plausible_first: bool = True
    ) -> None:
        self._rank_by, self._actives = rank_by, actives
        self.plausible_first = plausible_first
        self.records = self.scored = self.warnings = self.salts = 0
        self.ranking = Ranking(top)
        self.pK = Histogram(PK_LOW, PK_HIGH, PK_WIDTH)
        self.heavy_atoms = Histogram(0, HEAVY_ATOMS_HIGH, 1)
        self.pose_confidence = Histogram(0, 1.001, 0.001)
        self.size = Correlation()
        self.reasons = ReasonCounts()
        self.counts: dict[str, Counter[object]] = {name: Counter() for name in _COUNTED}
        self.marked = MarkedRecords()
        self._fields: dict[str, None] = {}

    @property
    def failed(self) -> int:
        """Records without a score."""
        return self.records - self.scored

    @property
    def found_fields(self) -> tuple[str, ...]:
        """Columns carried through, in the order in which they came."""
        return tuple(self._fields)

    @property
    def carried(self) -> dict[str, str]:
        """The same, with their names in tables."""
        return dict(carried_names(self._fields))

    def add(self, table: pa.Table) -> pa.Table:
        """Take the rows of a shard and return those without a score."""
        scored = has_score(table)
        pK = np.where(scored, numbers(table, "pK"), np.nan)
        heavy_atoms = np.where(scored, numbers(table, "heavy_atoms"), np.nan)
        ranked = np.where(scored, numbers(table, self._rank_by), np.nan)
        good = table.filter(pa.array(scored))
        self.records += len(scored)
        self.scored += int(scored.sum())
        self.warnings += _true(pc.equal(good["status"], "warning"))
        self.salts += _true(pc.match_substring_regex(good["repairs"], _SALT, ignore_case=True))
        for name, counter in self.counts.items():
            found = pc.value_counts(good[name].combine_chunks())
            counter.update({one["values"]: one["counts"] for one in found.to_pylist()})
        self.pK.add(pK)
        self.heavy_atoms.add(heavy_atoms)
        self.pose_confidence.add(numbers(good, "pose_confidence"))
        self.size.add(pK, heavy_atoms)
        if self.plausible_first:
            plausible = np.array(table["plausible"].fill_null(True).to_pylist(), dtype=bool)
            ranked = standing(ranked, plausible)
        self.ranking.add(ranked, numbers(table, PLACE).astype(np.int64))
        self._add_fields(table, ranked)
        bad = table.filter(pa.array(~scored))
        reasons, ids = texts(bad, "reason"), texts(bad, "id")
        self.reasons.add(zip(reasons, ids, strict=True))
        return bad

    def _add_fields(self, table: pa.Table, scores: NDArray[np.float64]) -> None:
        rows = [parse_fields(text) for text in texts(table, FIELDS)]
        for row in rows:
            self._fields.update(dict.fromkeys(row))
        if self._actives:
            marks = [row.get(self._actives, "") for row in rows]
            self.marked.add(marks, scores.tolist())


def survey_shards(shards: Sequence[Path], records: int, survey: Survey, failed: Path) -> None:
    """Add every shard to a survey, and write the table of records without a score on the way.

    Parameters
    ----------
    shards
        In the order of the library.
    records
        How many records it has.
    survey
        Is filled.
    failed
        The table, `FAILED_COLUMNS`.

    Raises
    ------
    FileUnreadable
        If a shard is missing or damaged.
    InternalError
        If the shards do not hold every record once.
    OutputError
        If the table cannot be written.
    """
    check = PlaceCheck(records)
    with atomic(failed) as stream:
        stream.write((",".join(FAILED_COLUMNS) + "\n").encode())
        for shard in shards:
            table = read_shard(shard, _COLUMNS)
            check.add(table[PLACE].to_numpy(), shard)
            stream.write(_failed_rows(survey.add(table)))
        check.finish()


def has_score(table: pa.Table) -> NDArray[np.bool_]:
    """Return which rows of a shard have a score, [rows]."""
    failed = np.array([text == "failed" for text in texts(table, "status")], dtype=np.bool_)
    return np.isfinite(numbers(table, "pK")) & ~failed


def numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    """Return a column of a shard, [rows], NaN where there is no value."""
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def texts(table: pa.Table, name: str) -> list[str]:
    """Return a column of a shard as text, [rows], "" where there is none."""
    return ["" if value is None else str(value) for value in table[name].to_pylist()]


def _true(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _failed_rows(bad: pa.Table) -> bytes:
    stream = io.StringIO()
    cells = zip(*(texts(bad, name) for name in FAILED_COLUMNS), strict=True)
    csv.writer(stream, lineterminator="\n").writerows(cells)
    return stream.getvalue().encode()
