"""Make decoys of every complex of a manifest: poses of known RMSD from the true one.

::

    python -m data_prep.decoys PATH/TO/index.csv --out DIR

Writes ``decoys.csv`` (a row a pose: complex, number, kind, rmsd, clashes, nearest, energy) and the
poses themselves into ``parts/*.npz`` (:func:`molattn.pose.decoy_file.read_decoys`). Needs the extra
``[dock]`` unless ``--no-vina``.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from data_prep.command_line import at_least, builder_parser, require_vina, run_command
from data_prep.shards import Job, Outcome, Shard, run_job
from data_prep.summary import reason_of, write_summary
from molattn.errors import EXIT_OK, InputError, MolattnError
from molattn.pose.decoy_file import read_decoys, write_decoys
from molattn.pose.decoys import DecoyConfig, DecoyKind, DecoySet, make_decoys
from molattn.pose.perturb import with_positions
from molattn.pose.superpose import superpose
from molattn.structure import read_ligand, read_protein, select_pocket
from molattn.structure.records import Ligand, Protein
from molattn.train.clusters import UNKNOWN
from molattn.train.manifest import read_manifest
from molattn.train.manifest_config import DataConfig
from molattn.train.split_file import read_split

SHARD_COMPLEXES = 16
POCKET_RADIUS = 14.0
FEWEST = 50


@dataclass(frozen=True, slots=True)
class Complex:
    """A row of the manifest and other rows of the same protein."""

    id: str
    protein: Path
    ligand: Path
    record: int
    others: tuple[Complex, ...] = ()


@dataclass(frozen=True, slots=True)
class DecoyTask:
    """What a worker needs for one shard."""

    complexes: tuple[Complex, ...]
    config: DecoyConfig
    seed: int


def read_complexes(
    manifest: Path, clusters: Path | None, borrowed: int, per_protein: int | None = None
) -> list[Complex]:
    """Read the manifest; each complex gets a few others of the same protein, chosen by its id.

    With ``per_protein`` at most so many complexes of one protein are returned, in an order that
    does not follow the manifest's, so that the first of them are a fair draw.
    """
    held = read_manifest(DataConfig(manifest=manifest), need_labels=False)
    family = [row.sequence for row in held]
    if clusters is not None:
        split = read_split(clusters)
        known = dict(zip(split.ids, split.protein_cluster, strict=True))
        family = [known.get(row.id, UNKNOWN).replace(UNKNOWN, "") for row in held]
    rows = [Complex(row.id, row.protein, row.ligand, row.record) for row in held]
    members: defaultdict[str, list[Complex]] = defaultdict(list)
    for row, name in zip(rows, family, strict=True):
        members[name].append(row)
    found = [
        replace(row, others=_others(row, members[name], borrowed) if name else ())
        for row, name in zip(rows, family, strict=True)
    ]
    return found if per_protein is None else _drawn(found, family, per_protein)


def _drawn(rows: Sequence[Complex], family: Sequence[str], most: int) -> list[Complex]:
    """Return at most so many complexes of each family, in an order that their ids decide."""
    taken: Counter[str] = Counter()
    drawn = []
    order = sorted(range(len(rows)), key=lambda row: hashlib.sha256(rows[row].id.encode()).digest())
    for row in order:
        # a protein that is not known is a family of its own
        name = family[row] or rows[row].id
        if taken[name] < most:
            taken[name] += 1
            drawn.append(rows[row])
    return drawn


def _others(row: Complex, members: Sequence[Complex], count: int) -> tuple[Complex, ...]:
    """Return some other members, the same ones whatever the order of the manifest."""

    def draw(other: Complex) -> bytes:
        return hashlib.sha256(f"{row.id} {other.id}".encode()).digest()

    others = [one for one in members if one.ligand != row.ligand or one.record != row.record]
    return tuple(sorted(others, key=draw)[:count])


def build(task: DecoyTask, path: Path) -> list[Outcome]:
    """Make the decoys of some complexes; one that fails is an entry of the account."""
    sets: list[tuple[str, DecoySet]] = []
    account: list[Outcome] = []
    for one in task.complexes:
        try:
            found = decoys_of(one, task.config, task.seed)
        except MolattnError as fault:
            account.append(Outcome(one.id, "dropped", reason_of(fault), str(fault)))
            continue
        except Exception as fault:  # noqa: BLE001 — one odd file must not end a job of thousands
            account.append(Outcome(one.id, "dropped", reason_of(fault), str(fault)))
            continue
        sets.append((one.id, found))
        few = "" if len(found) > FEWEST else f"fewer than {FEWEST} decoys"
        account.append(Outcome(one.id, "kept", few, str(len(found) - 1)))
    write_decoys(path, sets)
    return account


def decoys_of(one: Complex, config: DecoyConfig, seed: int) -> DecoySet:
    """Read a complex and make its decoys; they follow from the seed and its id alone."""
    protein = read_protein(one.protein)
    ligand = read_ligand(one.ligand, one.record)
    pocket = select_pocket(protein, ligand.positions, cutoff=POCKET_RADIUS)
    digest = hashlib.sha256(f"{seed} {one.id}".encode()).digest()
    others = [other for row in one.others if (other := _brought_over(row, protein)) is not None]
    return make_decoys(
        ligand, pocket, others=others, config=config, seed=int.from_bytes(digest[:4], "big")
    )


def _brought_over(other: Complex, protein: Protein) -> Ligand | None:
    """Return the ligand of another structure in the frame of this one, if the two superpose."""
    try:
        theirs = read_protein(other.protein)
        ligand = read_ligand(other.ligand, other.record)
    except MolattnError:
        return None
    fit = superpose((theirs.atoms, theirs.residues), (protein.atoms, protein.residues))
    return None if fit is None else with_positions(ligand, fit.apply(ligand.positions))


def _crashed(task: DecoyTask) -> list[Outcome]:
    return [Outcome(one.id, "dropped", "its process died") for one in task.complexes]


def write_table(job: Job, shards: Sequence[Shard], out: Path) -> pd.DataFrame:
    """Write a row for every pose, and return them."""
    frames = []
    for shard in shards:
        path = job.part(shard)
        if not path.exists():
            continue
        for identity, found in read_decoys(path).items():
            frames.append(
                pd.DataFrame(
                    {
                        "complex": identity,
                        "pose": np.arange(len(found)),
                        "kind": [DecoyKind(kind).name.lower() for kind in found.kind],
                        "rmsd": found.rmsd.round(3),
                        "clashes": found.clashes,
                        "nearest": found.nearest.round(2),
                        "energy": found.energy.round(2),
                        "part": path.name,
                    }
                )
            )
    table = pd.concat(frames, ignore_index=True)
    partial = out / ".decoys.csv.partial"
    table.to_csv(partial, index=False)
    partial.replace(out / "decoys.csv")
    return table


def run(chosen: argparse.Namespace) -> str:
    """Make what is missing and return the summary."""
    config = DecoyConfig(total=chosen.total)
    if not chosen.no_vina:
        require_vina()
    if chosen.no_vina:
        config = replace(config, docked=0)
    rows = read_complexes(chosen.manifest, chosen.clusters, config.borrowed, chosen.per_protein)
    rows = rows[: chosen.limit]
    tasks = [
        DecoyTask(tuple(rows[start : start + SHARD_COMPLEXES]), config, chosen.seed)
        for start in range(0, len(rows), SHARD_COMPLEXES)
    ]
    shards = [
        Shard(f"{number:05d}", task, len(task.complexes)) for number, task in enumerate(tasks)
    ]
    inputs = hashlib.sha256("\n".join(str(row) for row in rows).encode()).hexdigest()
    settings = {"inputs": inputs, "seed": chosen.seed, "decoys": asdict(config)}
    job = Job(chosen.out, ".npz", settings, "Making decoys", _crashed)
    started = time.monotonic()
    account = run_job(job, shards, build, workers=chosen.workers, quiet=chosen.quiet)
    seconds = time.monotonic() - started
    if all(one.status == "dropped" for one in account):
        raise InputError(f"Not one complex gave decoys; the first: {account[0].detail}")
    table = write_table(job, shards, chosen.out)
    return write_summary(chosen.out, "Decoys", account, _figures(table, job, seconds))


def _figures(table: pd.DataFrame, job: Job, seconds: float) -> dict[str, object]:
    parts = (job.folder / "parts").glob("*.npz")
    made = table[table["kind"] != "native"]
    counts = made.groupby("complex").size()
    kinds = Counter(table["kind"])
    return {
        "poses": len(table),
        "complexes_with_50_decoys": int((counts >= FEWEST).sum()),
        "near_native_under_2_Å": int((table["rmsd"] < 2.0).sum()),
        "kinds": ", ".join(f"{name} {count}" for name, count in sorted(kinds.items())),
        "megabytes": round(sum(path.stat().st_size for path in parts) / 1e6, 1),
        "seconds_of_this_run": round(seconds),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = builder_parser("decoys", __doc__)
    parser.add_argument("manifest", type=Path, help="CSV with id, protein, ligand")
    parser.add_argument("--out", type=Path, required=True, help="folder of the decoys")
    parser.add_argument(
        "--total", type=at_least(1), default=DecoyConfig().total, help="decoys a complex"
    )
    parser.add_argument("--clusters", type=Path, help="splits.csv; its protein clusters borrow")
    parser.add_argument("--no-vina", action="store_true", help="moved and borrowed poses only")
    parser.add_argument(
        "--per-protein", type=at_least(1), help="complexes of one protein at most, drawn"
    )
    parser.add_argument("--limit", type=at_least(1), help="first complexes only")
    parser.add_argument("--seed", type=int, default=0, help="decides every random number")
    parser.add_argument("--workers", type=at_least(1), default=2, help="processes")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    chosen = parser.parse_args(arguments)
    done = (chosen.out / "decoys.csv").exists()

    def work() -> int:
        text = run(chosen)
        if done:
            print(f"nothing to do: {chosen.out / 'decoys.csv'} is complete.", file=sys.stderr)
        print(text, end="")
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
