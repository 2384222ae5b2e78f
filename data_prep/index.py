"""Make one manifest of raw files: structures, and affinities as their source wrote them.

::

    python -m data_prep.index SOURCE --out DIR
    python -m data_prep.index PDBBIND_FOLDER --out DIR
    python -m data_prep.index BindingDB.tsv --structures RECEPTORS --out DIR

``DIR/index.csv`` is what ``molattn train``, ``molattn score --manifest`` and ``molattn evaluate``
read. ``relation`` belongs to the affinity, not to pK: ``<`` with a pK of 8 says that the affinity
is below 10 nM and pK above 8. ``summary.md`` counts what was kept, repaired and dropped, and
``account.csv`` says it of every record.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from data_prep.duplicates import MergedRow, MergeOptions, merge_rows, unique_ids
from data_prep.shards import Job, Outcome, Shard, run_job, write_whole
from data_prep.sources.detect import READERS, read_source
from data_prep.sources.row import SourceOptions, SourceRead
from data_prep.structure_check import CheckedRow, CheckTask, check_rows, crashed
from data_prep.summary import write_summary
from molattn.errors import EXIT_INTERRUPTED, InputError, MolattnError, UsageError
from molattn.train.affinity import MEASURES

COLUMNS: Final = (
    "id", "protein", "ligand", "record", "pK", "relation", "measure", "sequence", "smiles",
    "series", "year", "resolution", "n_heavy", "nearest_contact", "ligand_code", "template",
    "inchikey", "n_values", "spread", "conflict", "sequence_from",
)  # fmt: skip
"""Columns of the index before those that are carried through."""

INDEX_FILE: Final = "index.csv"
ACCOUNT_FILE: Final = "account.csv"
_SHARD: Final = 50  # rows read between two points from which a killed run goes on


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


def build_index(
    source: Path,
    out: Path,
    options: SourceOptions,
    merging: MergeOptions,
    checking: CheckOptions,
    *,
    kind: str = "auto",
) -> str:
    """Build the index of a source in a folder and return the summary as Markdown.

    A second call with the same source and options reads nothing again; one that was killed goes
    on where it stopped.

    Raises
    ------
    MolattnError
        The source cannot be read, or the folder holds another index.
    """
    read = read_source(source, kind, options)
    if not read.rows:
        raise InputError(f"{source} gave no row to index{_first_reason(read)}.")
    job = Job(
        folder=out,
        suffix=".jsonl",
        settings=_settings(source, read, merging, checking),
        description="Reading complexes",
        crashed=crashed,
    )
    shards = [
        Shard(f"{start:07d}", CheckTask(rows, checking.read, checking.min_contact), len(rows))
        for start in range(0, len(read.rows), _SHARD)
        for rows in (read.rows[start : start + _SHARD],)
    ]
    outcomes = run_job(job, shards, check_rows, workers=checking.workers, quiet=checking.quiet)
    merged, fates = merge_rows(_checked_rows(job, shards), merging)
    merged, numbered = unique_ids(merged)
    account = [*read.dropped, *_final_account(outcomes, fates | numbered)]
    write_whole(out / INDEX_FILE, index_text(merged, out))
    write_whole(out / ACCOUNT_FILE, _account_text(account))
    return write_summary(out, f"Index of {source.name}", account, _figures(read, merged))


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
        known = _cells(merged, folder.resolve())
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
        "pK": f"{label.pK:.4f}" if label else "",
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
    }
    return {name: values[name] for name in COLUMNS}


def relative_path(path: str, folder: Path) -> str:
    """Return a path relative to a folder; absolute where they share nothing but the root."""
    if not path:
        return ""
    shared = os.path.commonpath([path, folder])
    return path if shared == os.sep else os.path.relpath(path, folder)


def _settings(
    source: Path, read: SourceRead, merging: MergeOptions, checking: CheckOptions
) -> dict[str, Any]:
    """Return everything that decides the index; the rows as read stand for source and options."""
    digest = hashlib.sha256()
    for row in read.rows:
        digest.update(json.dumps(row.as_json(), sort_keys=True).encode())
    return {
        "source": source.name,
        "kind": read.kind,
        "rows": digest.hexdigest(),
        "structures_read": checking.read,
        "min_contact": checking.min_contact,
        **{name: _json(value) for name, value in asdict(merging).items()},
    }


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _checked_rows(job: Job, shards: Sequence[Shard]) -> list[CheckedRow]:
    rows = []
    for shard in shards:
        part = job.part(shard)
        if part.exists():
            lines = part.read_text(encoding="utf-8").splitlines()
            rows += [CheckedRow.from_json(json.loads(line)) for line in lines]
    return rows


def _final_account(outcomes: Sequence[Outcome], fates: dict[int, Outcome]) -> list[Outcome]:
    """Replace, among the outcomes of the check, those of rows that met their fate later."""
    final = []
    place = 0
    for outcome in outcomes:
        if outcome.status == "dropped":
            final.append(outcome)
            continue
        later = fates.get(place)
        if later is not None and later.status == "repaired" and outcome.reason:
            later = replace(later, reason=f"{outcome.reason}; {later.reason}")
        final.append(later or outcome)
        place += 1
    return final


def _account_text(account: Sequence[Outcome]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "status", "reason", "detail"])
    writer.writerows([one.id, one.status, one.reason, one.detail] for one in account)
    return text.getvalue()


def _figures(read: SourceRead, merged: Sequence[MergedRow]) -> dict[str, Any]:
    labels = [one.affinity for one in merged if one.affinity is not None]
    relations = Counter(label.relation for label in labels)
    measures = Counter(label.measure or "not named" for label in labels)
    compounds = {one.checked.identity.inchikey for one in merged if one.checked.identity}
    return {
        "kind": read.kind,
        "rows": len(merged),
        "with_a_pose": sum(bool(one.checked.ligand) for one in merged),
        "with_a_pK": len(labels),
        "exact": relations["="],
        "rough": relations["~"],
        "bounds": relations["<"] + relations[">"],
        "measures": ", ".join(f"{name} {count}" for name, count in measures.most_common()),
        "proteins": len({one.checked.row.protein for one in merged}),
        "compounds": len(compounds),
        "from_several_values": sum(one.n_values > 1 for one in merged),
        "sequence_from_structure": sum(one.checked.sequence_from == "structure" for one in merged),
    }


def _first_reason(read: SourceRead) -> str:
    reasons = Counter(one.reason for one in read.dropped).most_common(1)
    return f": {reasons[0][0]} ({reasons[0][1]} records)" if reasons else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        options, merging, checking = _options(chosen)
        started = time.monotonic()
        done = (chosen.out / INDEX_FILE).exists()
        text = build_index(chosen.source, chosen.out, options, merging, checking, kind=chosen.kind)
    except MolattnError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where it stopped.", file=sys.stderr)
        return EXIT_INTERRUPTED
    if done:
        print(f"nothing to do: {chosen.out / INDEX_FILE} is complete.", file=sys.stderr)
    print(text)
    print(f"{time.monotonic() - started:.1f} s", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m data_prep.index",
        description=__doc__.split("\n", 1)[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("source", type=Path, help="table, index file, folder, or tar archive of structures")
    add("--out", type=Path, required=True, help="folder of the index")
    add("--kind", choices=("auto", *READERS), default="auto", help="what the source is")
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
    add("--max-spread", type=float, default=1.0, help="largest range of repeated values, pK")
    add("--flag-spread", action="store_true", help="keep pairs beyond it, with conflict = 1")
    add("--by-series", action="store_true", help="do not merge values of different series")
    add("--measures", default=",".join(MEASURES), help="order in which measures are taken")
    add("--min-contact", type=float, default=0.0, help="drop poses nearer to the protein, Å")
    add("--no-check", action="store_true", help="do not read the structures")
    add("--workers", type=int, default=1, help="processes")
    add("--quiet", action="store_true", help="no progress")
    return parser


def _options(chosen: argparse.Namespace) -> tuple[SourceOptions, MergeOptions, CheckOptions]:
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


if __name__ == "__main__":
    sys.exit(main())
