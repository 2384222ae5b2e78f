"""Put the same complexes into crystal, redocked, placed and cross-docked poses, as one manifest.

::

    python -m data_prep.robustness PATH/TO/index.csv --splits splits.csv --out DIR

For each labelled complex whose protein has another structure in the manifest: ``crystal``, the pose
as measured; ``redocked``, docked by Vina into its own protein from a fresh conformer; ``placed``,
laid by its common substructure onto the ligand of the other structure; ``cross_docked``, docked
there. Nothing of the crystal pose enters the other three but, for ``redocked``, where the pocket
is, and that the other structure's ligand shares its site. Needs the extra ``[dock]``.
`molattn evaluate` makes the table.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

import pandas as pd

from data_prep.command_line import at_least, builder_parser, require_vina, run_command
from data_prep.manifest_options import add_manifest_options, data_config
from data_prep.pose_conditions import (
    CONDITIONS,
    RobustnessTask,
    Search,
    build,
    crystal_row,
    file_name,
)
from data_prep.shards import Job, Outcome, Shard, run_job, write_whole
from data_prep.summary import write_summary
from molattn.errors import EXIT_OK, InputError, UsageError
from molattn.train.manifest import ManifestRow, read_manifest
from molattn.train.split_file import read_split

TRIED_PARTNERS = 6
"""Structures looked at as partners of one complex."""


def choose_tasks(
    rows: Sequence[ManifestRow], family: dict[str, str], chosen: argparse.Namespace
) -> list[RobustnessTask]:
    """Choose labelled complexes with relatives, a few of each protein, in an order of chance."""
    members: defaultdict[str, list[ManifestRow]] = defaultdict(list)
    for row in rows:
        members[family[row.id]].append(row)
    tasks: list[RobustnessTask] = []
    taken: defaultdict[str, int] = defaultdict(int)
    for row in sorted(rows, key=lambda one: _drawn(chosen.seed, one.id)):
        name = family[row.id]
        if math.isnan(row.pK) or len(members[name]) < 2 or taken[name] >= chosen.per_protein:
            continue
        taken[name] += 1
        others = [one for one in members[name] if one.id != row.id]
        others.sort(key=lambda one: (one.sequence != row.sequence, _drawn(row.id, one.id)))
        seed = int.from_bytes(_drawn(chosen.seed, row.id)[:4], "big") // 2
        tasks.append(
            RobustnessTask(row, tuple(others[:TRIED_PARTNERS]), Search(), seed, str(chosen.out))
        )
    return tasks[: chosen.complexes]


def _drawn(*parts: object) -> bytes:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).digest()


def run(chosen: argparse.Namespace) -> str:
    """Make what is missing, write the manifest and return the summary."""
    require_vina()
    rows = read_manifest(data_config(chosen, chosen.manifest))
    read_split(chosen.splits)  # refused where it is none
    try:
        splits = pd.read_csv(chosen.splits, dtype=str, keep_default_na=False).set_index("id")
        family = {str(one): str(name) for one, name in splits["protein_cluster"].items()}
    except (OSError, ValueError, KeyError) as fault:
        raise UsageError(f"{chosen.splits} is no table of splits ({fault}).") from fault
    if not any(row.id in family for row in rows):
        raise UsageError(f"{chosen.splits} shares no id with {chosen.manifest}.")
    tasks = choose_tasks([row for row in rows if row.id in family], family, chosen)
    if not tasks:
        raise InputError(f"No measured complex of {chosen.manifest} has another of its protein.")
    shards = [Shard(file_name(task.row.id), task) for task in tasks]
    inputs = hashlib.sha256("\n".join(shard.name for shard in shards).encode()).hexdigest()
    settings = {"inputs": inputs, "seed": chosen.seed, "search": asdict(Search())}
    job = Job(chosen.out, ".csv", settings, "Posing complexes", _crashed)
    started = time.monotonic()
    account = run_job(job, shards, build, workers=chosen.workers, quiet=chosen.quiet)
    account = [replace(one, detail="") if one.status == "kept" else one for one in account]
    parts = [job.part(shard) for shard in shards if job.part(shard).exists()]
    if not parts:
        raise InputError(f"Not one complex could be posed; the first: {account[0].detail}")
    kinds = dict.fromkeys(("id", "complex", "structure", "sequence"), str)
    table = pd.concat(
        [pd.read_csv(part, dtype=kinds, keep_default_na=False) for part in parts], ignore_index=True
    )
    posed = table
    if chosen.rest:
        table = pd.concat([posed, _rest(rows, set(posed["complex"]), chosen.out)])
    for column in ("fold", "random_fold", "protein_cluster", "left_out_of"):
        if column in splits:
            table[column] = table["complex"].map(splits[column])
    write_whole(chosen.out / "index.csv", table.to_csv(index=False, lineterminator="\n"))
    figures = {
        f"median_RMSD_{name}_Å": round(median(posed.loc[posed["condition"] == name, "rmsd"]), 2)
        for name in CONDITIONS[1:]
    }
    figures |= {
        f"under_2_Å_{name}": f"{(posed.loc[posed['condition'] == name, 'rmsd'] < 2).mean():.0%}"
        for name in CONDITIONS[1:]
    }
    figures["seconds_of_this_run"] = round(time.monotonic() - started)
    return write_summary(chosen.out, "Poses of four conditions", account, figures)


def _rest(rows: Sequence[ManifestRow], posed: set[str], out: Path) -> pd.DataFrame:
    """Return the other measured complexes in their crystal poses, for baselines to learn from."""
    others = [row for row in rows if row.labelled and row.id not in posed]
    return pd.DataFrame([crystal_row(row, out) for row in others])


def _crashed(task: RobustnessTask) -> list[Outcome]:
    return [Outcome(task.row.id, "dropped", "its process died")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = builder_parser("robustness", __doc__)
    parser.add_argument("manifest", type=Path, help="CSV with id, protein, ligand, pK, sequence")
    parser.add_argument("--splits", type=Path, required=True, help="table of data_prep.splits")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--complexes", type=at_least(1), default=240, help="complexes in all")
    parser.add_argument("--per-protein", type=at_least(1), default=12, help="of one protein")
    parser.add_argument(
        "--rest",
        action="store_true",
        help="add every other measured complex in its crystal pose, for baselines to learn from",
    )
    parser.add_argument("--seed", type=int, default=0, help="decides every random number")
    parser.add_argument("--workers", type=at_least(1), default=2, help="processes")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    add_manifest_options(parser)
    chosen = parser.parse_args(arguments)
    done = (chosen.out / "index.csv").exists()

    def work() -> int:
        text = run(chosen)
        if done:
            print(f"nothing to do: {chosen.out / 'index.csv'} is complete.", file=sys.stderr)
        print(text, end="")
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
