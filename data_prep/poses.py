"""Place the ligands of series on their posed template ligands: files of poses and a manifest.

::

    python -m data_prep.poses LIGANDS.csv --out DIR [--workers 2] [--relax vina]

LIGANDS.csv (plain or gzipped) has the columns ``id, smiles, protein, template``, optional
``series``, ``is_template`` and any others; paths are relative to it. DIR gets ``index.csv``, a
manifest with one row for each row read, and ``ligand/SERIES.sdf.gz`` with the poses. A row that is
the template compound itself takes the template's pose.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import math
import os
import re
import shutil
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
from rdkit import Chem

from data_prep.command_line import at_least, builder_parser, require_vina, run_command
from data_prep.shards import Job, Outcome, Shard, run_job, write_whole
from data_prep.summary import write_summary
from molattn.errors import EXIT_OK, InputError
from molattn.pose.place import PlacedPose, Placer, Relaxation
from molattn.structure import read_ligand, read_protein
from molattn.structure.source import read_bytes, read_text

INDEX_FILE: Final = "index.csv"
LIGAND_FOLDER: Final = "ligand"
NEEDED: Final = ("id", "smiles", "protein", "template")
QUALITY: Final = (
    "nearest_contact",
    "hard_clashes",
    "clashes",
    "core_atoms",
    "core_fraction",
    "core_rmsd",
    "inner_clashes",
    "soft_energy",
    "energy",
    "method",
    "confidence",
    "seconds",
)
_FIRST: Final = ("id", "protein", "ligand", "record", "pK", "series", "status", "reason")
_RECIPE: Final = 1  # raised when the same options give other poses


@dataclass(frozen=True, slots=True)
class SeriesTask:
    """The ligands placed on one template: rows of id, SMILES, whether it is the template."""

    protein: str
    template: str
    relaxation: Relaxation
    seed: int
    rows: tuple[tuple[str, str, bool], ...]


def build_poses(
    table: Path,
    out: Path,
    *,
    relaxation: Relaxation = "soft",
    seed: int = 1,
    workers: int = 1,
    proteins: Path | None = None,
) -> str:
    """Place every ligand of a table and return the summary.

    Parameters
    ----------
    table
        CSV with the columns ``id, smiles, protein, template``.
    out
        Folder of the results.
    relaxation
        As for :class:`~molattn.pose.place.Placer`.
    seed
        Of the conformers.
    workers
        Processes.
    proteins
        CSV with the columns ``protein, sequence``, whose sequences are carried into the manifest.

    Raises
    ------
    MolattnError
        An input cannot be used, or the folder holds something else.
    """
    if relaxation == "vina":
        require_vina()
    rows = read_rows(table)
    sequences = {} if proteins is None else _sequences(proteins)
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[row["protein"], row["template"]].append(row)
    names = _shard_names(groups)
    shards = [
        Shard(names[key], _task(table.parent, key, members, relaxation, seed), len(members))
        for key, members in groups.items()
    ]
    settings = {
        "recipe": _RECIPE,
        "ligands": hashlib.sha256(read_bytes(table)).hexdigest(),
        "rows": len(rows),
        "relax": relaxation,
        "seed": seed,
    }
    job = Job(out, ".sdf.gz", settings, "placing ligands", _crashed)
    outcomes = {one.id: one for one in run_job(job, shards, place_series, workers=workers)}
    (out / LIGAND_FOLDER).mkdir(exist_ok=True)
    for shard in shards:
        if job.part(shard).exists():
            shutil.copyfile(job.part(shard), out / LIGAND_FOLDER / f"{shard.name}.sdf.gz")
    lines = [
        _line(row, outcomes[row["id"]], names[row["protein"], row["template"]], table, out)
        for row in rows
    ]
    for row, line in zip(rows, lines, strict=True):
        known = sequences.get((table.parent / row["protein"]).resolve())
        if known is not None and not line.get("sequence"):
            line["sequence"] = known
    _write_index(out / INDEX_FILE, lines)
    account = [Outcome(o.id, o.status, o.reason) for o in outcomes.values()]
    return write_summary(out, f"Placed poses of {table.name}", account, _figures(lines))


def place_series(task: SeriesTask, part: Path) -> list[Outcome]:
    """Place the ligands of one template into an SDF file and return their account."""
    try:
        protein, template = read_protein(task.protein), read_ligand(task.template)
        placer = Placer(template, protein.atoms, protein.residues, relaxation=task.relaxation)
    except InputError as error:
        return [_dropped(row[0], "protein or template unreadable", str(error)) for row in task.rows]
    outcomes: list[Outcome] = []
    blocks: list[str] = []
    for identity, smiles, is_template in task.rows:
        start = time.process_time()
        try:
            if is_template:
                pose = placer.as_template(smiles, identity)
            else:
                pose = placer.place(smiles, identity, seed=task.seed)
            block = _record(pose, identity)
        except InputError as error:
            outcomes.append(_dropped(identity, "ligand cannot be placed", str(error)))
            continue
        # the boundary of a record: a fault of a foreign library costs this ligand alone
        except Exception as error:  # noqa: BLE001
            detail = f"{type(error).__name__}: {error}"
            outcomes.append(_dropped(identity, "placing failed", detail))
            continue
        figures = {**asdict(pose.quality), "seconds": time.process_time() - start}
        detail = json.dumps({"record": len(blocks), **{key: figures[key] for key in QUALITY}})
        outcomes.append(Outcome(identity, "kept", "", detail))
        blocks.append(block)
    if blocks:
        with part.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as stream:
            stream.write("".join(blocks).encode())
    return outcomes


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read the rows of a CSV of ligands, plain or gzipped.

    Raises
    ------
    InputError
        A needed column or cell is missing, or two rows have the same id.
    """
    rows = _csv_rows(path)
    missing = [name for name in NEEDED if not rows or name not in rows[0]]
    if missing:
        present = ", ".join(rows[0]) if rows else "none"
        raise InputError(f"{path} has no column {', '.join(missing)}; its columns are {present}.")
    for line, row in enumerate(rows, start=2):
        empty = [name for name in NEEDED if not row[name] and name != "smiles"]
        if empty:
            raise InputError(f"{path}, line {line}: {empty[0]} is empty; fill it in.")
    identity, count = Counter(row["id"] for row in rows).most_common(1)[0]
    if count > 1:
        raise InputError(f"{path}: the id {identity} stands in {count} rows; make ids unique.")
    return rows


def _csv_rows(path: Path) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(read_text(path)))
    return [
        {key.strip(): (value or "").strip() for key, value in row.items() if key is not None}
        for row in reader
    ]


def _sequences(path: Path) -> dict[Path, str]:
    rows = _csv_rows(path)
    if not rows or not {"protein", "sequence"} <= rows[0].keys():
        raise InputError(f"{path} must have the columns protein and sequence.")
    return {(path.parent / row["protein"]).resolve(): row["sequence"] for row in rows}


def _task(
    folder: Path,
    key: tuple[str, str],
    rows: Sequence[dict[str, str]],
    relaxation: Relaxation,
    seed: int,
) -> SeriesTask:
    return SeriesTask(
        str(folder / key[0]),
        str(folder / key[1]),
        relaxation,
        seed,
        tuple((row["id"], row["smiles"], row.get("is_template") == "1") for row in rows),
    )


def _shard_names(
    groups: dict[tuple[str, str], list[dict[str, str]]],
) -> dict[tuple[str, str], str]:
    """Return a file name for each template: the name of its series where that is one of a kind."""
    names: dict[tuple[str, str], str] = {}
    for number, (key, rows) in enumerate(groups.items()):
        series = rows[0].get("series") or Path(key[1]).parent.name or Path(key[1]).name
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", series)
        names[key] = f"{name}_{number}" if name in names.values() else name
    return names


def _record(pose: PlacedPose, identity: str) -> str:
    mol = Chem.Mol(pose.ligand.mol)
    mol.SetProp("_Name", identity)
    return f"{Chem.MolToMolBlock(mol)}$$$$\n"


def _dropped(identity: str, reason: str, detail: str) -> Outcome:
    return Outcome(identity, "dropped", reason, detail)


def _crashed(task: SeriesTask) -> list[Outcome]:
    return [
        _dropped(row[0], "the process died", "placing this series crashed") for row in task.rows
    ]


def _line(
    row: dict[str, str], outcome: Outcome, name: str, table: Path, out: Path
) -> dict[str, str]:
    """Return a row of the manifest: the row read, its pose, and the figures of the pose."""
    line = {key: value for key, value in row.items() if key != "template"}
    for column, cell in (("protein", row["protein"]), ("pose_template", row["template"])):
        path = Path(cell)
        line[column] = cell if path.is_absolute() else os.path.relpath(table.parent / path, out)
    if outcome.status == "dropped":
        return {**line, "status": "failed", "reason": outcome.detail or outcome.reason}
    figures: dict[str, Any] = json.loads(outcome.detail)
    line |= {"ligand": f"{LIGAND_FOLDER}/{name}.sdf.gz", "status": "ok", "reason": ""}
    return {**line, **{key: _cell(value) for key, value in figures.items()}}


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else ""
    return str(value)


def _write_index(path: Path, lines: Sequence[dict[str, str]]) -> None:
    seen = dict.fromkeys(key for line in lines for key in line)
    first = [name for name in _FIRST if name in seen or name in ("ligand", "record")]
    last = [name for name in QUALITY if name in seen]
    middle = [name for name in seen if name not in first and name not in last]
    text = io.StringIO()
    writer = csv.DictWriter(text, [*first, *middle, *last], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    write_whole(path, text.getvalue())


def _figures(lines: Sequence[dict[str, str]]) -> dict[str, Any]:
    placed = [line for line in lines if line["status"] == "ok"]
    if not placed:
        return {"placed": 0}
    nearest = np.array([float(line["nearest_contact"] or "inf") for line in placed])
    seconds = np.array([float(line["seconds"]) for line in placed])
    return {
        "placed": f"{len(placed) / len(lines):.1%}",
        "no_contact_under_2.0_Å": f"{(nearest >= 2.0).mean():.1%}",
        "no_contact_under_2.5_Å": f"{(nearest >= 2.5).mean():.1%}",
        "seconds_of_one_core_per_ligand": f"{seconds.mean():.2f} (longest {seconds.max():.1f})",
        "poses_by_method": dict(Counter(line["method"] for line in placed)),
    }


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = builder_parser("poses", __doc__)
    result.add_argument("ligands", type=Path, help="CSV with id, smiles, protein, template")
    result.add_argument("--out", type=Path, required=True, help="folder of the results")
    result.add_argument(
        "--relax",
        choices=get_args(Relaxation),
        default="soft",
        help="soft: in the fields of the pocket; vina: by Vina as well; none: as built",
    )
    result.add_argument("--proteins", type=Path, help="CSV with protein and sequence, to carry on")
    result.add_argument("--seed", type=int, default=1, help="of the conformers")
    result.add_argument("--workers", type=at_least(1), default=1, help="processes")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    chosen = parser().parse_args(arguments)
    done = (chosen.out / INDEX_FILE).exists()

    def work() -> int:
        text = build_poses(
            chosen.ligands,
            chosen.out,
            relaxation=chosen.relax,
            seed=chosen.seed,
            workers=chosen.workers,
            proteins=chosen.proteins,
        )
        if done:
            print(f"nothing to do: {chosen.out / INDEX_FILE} is complete.", file=sys.stderr)
        print(text, end="")
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
