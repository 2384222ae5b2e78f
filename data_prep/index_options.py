"""The options of the index on the command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from data_prep.command_line import builder_parser
from data_prep.duplicates import MergeOptions
from data_prep.sources.detect import READERS
from data_prep.sources.row import SourceOptions
from molattn.errors import UsageError
from molattn.train.affinity import MEASURES


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """How rows are checked.

    Attributes
    ----------
    read
        Read every protein and pose.
    min_contact
        Å; poses nearer to the protein are dropped.
    """

    read: bool = True
    min_contact: float = 0.0
    workers: int = 1
    quiet: bool = False


def parser(description: str) -> argparse.ArgumentParser:
    """Return the parser of the command."""
    made = builder_parser("index", description)
    add = made.add_argument
    add("source", type=Path, help="table, index file, folder, or tar archive of structures")
    add("--out", type=Path, required=True, help="folder of the index")
    add(
        "--kind",
        choices=("auto", *READERS),
        default="auto",
        help="what the source is",
    )
    add("--structures", type=Path, help="folder, archive, or table target,protein,template")
    add("--join", type=Path, action="append", default=[], help="table that fills missing columns")
    add("--on", help="column by which tables are joined (default: id, else the first shared)")
    add(
        "--column",
        action="append",
        default=[],
        metavar="NAME=COLUMN",
        help="column of the source that holds id, protein, ligand, pK, value, unit, ...",
    )
    add("--ligand-only", action="store_true", help="keep rows without a protein")
    add("--limit", type=int, help="most records of the source, for a trial")
    add(
        "--max-spread",
        type=float,
        default=1.0,
        help="largest range of repeated values, pK",
    )
    add("--flag-spread", action="store_true", help="keep pairs beyond it, with conflict = 1")
    add("--by-series", action="store_true", help="do not merge values of different series")
    add(
        "--measures",
        default=",".join(MEASURES),
        help="order in which they are taken",
    )
    add(
        "--min-contact",
        type=float,
        default=0.0,
        help="drop poses nearer to the protein, Å",
    )
    add("--no-check", action="store_true", help="do not read the structures")
    add("--workers", type=int, default=1, help="processes")
    add("--quiet", action="store_true", help="no progress")
    return made


def chosen_options(
    chosen: argparse.Namespace,
) -> tuple[SourceOptions, MergeOptions, CheckOptions]:
    """Return what was chosen as options of reading, merging and checking.

    Raises
    ------
    UsageError
        An option makes no sense.
    """
    columns = {}
    for text in chosen.column:
        name, sign, column = text.partition("=")
        if not sign:
            raise UsageError(f"--column {text}: write it as NAME=COLUMN, such as pK=my_pKd.")
        columns[name] = column
    measures = tuple(part for part in chosen.measures.split(",") if part)
    for measure in measures:
        if measure not in MEASURES:
            raise UsageError(f"--measures {measure}: take of {', '.join(MEASURES)}.")
    if chosen.workers < 1 or (chosen.limit is not None and chosen.limit < 1):
        raise UsageError("--workers and --limit must be 1 or more.")
    source = SourceOptions(
        structures=chosen.structures,
        join=tuple(chosen.join),
        on=chosen.on,
        columns=columns,
        ligand_only=chosen.ligand_only,
        limit=chosen.limit,
        unpack=chosen.out / "structures",
    )
    merging = MergeOptions(chosen.max_spread, chosen.flag_spread, chosen.by_series, measures)
    checking = CheckOptions(not chosen.no_check, chosen.min_contact, chosen.workers, chosen.quiet)
    return source, merging, checking
