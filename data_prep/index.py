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

import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from data_prep.command_line import run_command
from data_prep.duplicates import MergedRow, MergeOptions, merge_rows, unique_ids
from data_prep.index_options import CheckOptions, chosen_options, parser
from data_prep.index_table import index_text
from data_prep.shards import Job, Outcome, Shard, open_folder, run_job, write_whole
from data_prep.sources.detect import read_source
from data_prep.sources.row import SourceOptions, SourceRead
from data_prep.structure_check import CheckedRow, CheckTask, check_rows, crashed
from data_prep.summary import write_summary
from molattn.errors import EXIT_OK, InputError

INDEX_FILE: Final = "index.csv"
SUMMARY_FILE: Final = "summary.md"  # written last
_SHARD: Final = 100  # rows read between two points from which a killed run goes on


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
    open_folder(job)
    if (out / SUMMARY_FILE).exists():
        return (out / SUMMARY_FILE).read_text(encoding="utf-8")
    outcomes = run_job(job, shards, check_rows, workers=checking.workers, quiet=checking.quiet)
    merged, fates = merge_rows(_checked_rows(job, shards), merging)
    merged, numbered = unique_ids(merged)
    account = [*read.dropped, *_final_account(outcomes, fates | numbered)]
    write_whole(out / INDEX_FILE, index_text(merged, out))
    return write_summary(out, f"Index of {source.name}", account, _figures(read, merged))


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
        "set of rows": digest.hexdigest(),
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


def _figures(read: SourceRead, merged: Sequence[MergedRow]) -> dict[str, Any]:
    labels = [one.affinity for one in merged if one.affinity is not None]
    relations = Counter(label.relation for label in labels)
    measures = Counter(label.measure or "not named" for label in labels)
    warnings = Counter(code for one in merged for code in one.checked.warnings.split(";") if code)
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
        "warnings": ", ".join(f"{code} {count}" for code, count in warnings.most_common())
        or "none",
        "proteins": len({one.checked.row.protein for one in merged} - {""}),
        "compounds": len(compounds),
        "from_several_values": sum(one.n_values > 1 for one in merged),
        "sequence_from_structure": sum(one.checked.sequence_from == "structure" for one in merged),
    }


def _first_reason(read: SourceRead) -> str:
    reasons = Counter(one.reason for one in read.dropped).most_common(1)
    return f": {reasons[0][0]} ({reasons[0][1]} records)" if reasons else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    chosen = parser(__doc__.split("\n", 1)[0]).parse_args(arguments)
    done = (chosen.out / SUMMARY_FILE).exists()
    started = time.monotonic()

    def work() -> int:
        options, merging, checking = chosen_options(chosen)
        text = build_index(chosen.source, chosen.out, options, merging, checking, kind=chosen.kind)
        if done:
            print(f"nothing to do: {chosen.out / INDEX_FILE} is complete.", file=sys.stderr)
        print(text, end="")
        print(f"{time.monotonic() - started:.1f} s", file=sys.stderr)
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
