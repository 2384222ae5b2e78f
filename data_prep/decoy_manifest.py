"""Choose some decoys of every complex and write them as a source that training can read.

::

    python -m data_prep.decoy_manifest PATH/TO/index.csv --decoys DIR --out OUT

Writes ``index.csv`` (id, complex, protein, ligand, record, rmsd, kind, sequence) and the poses as
``ligands/COMPLEX.sdf.gz``. Which poses: the relaxed one, those that Vina likes best, and a few that
were moved or borrowed, see :func:`choose`.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

import numpy as np
from rdkit import Chem

from data_prep.command_line import at_least, builder_parser, run_command
from data_prep.pose_conditions import file_name
from data_prep.shards import write_whole
from molattn.errors import EXIT_OK, InputError, MolattnError
from molattn.pose.decoy_file import read_decoys
from molattn.pose.decoys import DecoyKind, DecoySet
from molattn.pose.perturb import with_positions
from molattn.structure import read_ligand
from molattn.train.dataset import NEAR_NATIVE
from molattn.train.manifest import ManifestRow, read_manifest
from molattn.train.manifest_config import DataConfig

COLUMNS: Final = ("id", "complex", "protein", "ligand", "record", "rmsd", "kind", "sequence")
OTHERS: Final = 2
"""Poses of a complex that Vina's search did not find, beside the relaxed one."""


def choose(decoys: DecoySet, count: int) -> list[int]:
    """Return which poses of a complex are taken, in the order of the set.

    The relaxed true pose, ``OTHERS`` that were moved or borrowed, right and wrong ones in turn and
    those with the fewest clashes first, and for the rest those found by docking with the lowest
    energy: a wrong pose that a docking program likes teaches most. What one kind lacks the others
    make up for.
    """
    kind = decoys.kind
    relaxed = np.flatnonzero(kind == DecoyKind.RELAXED).tolist()
    docked = _by(decoys.energy, np.flatnonzero(kind == DecoyKind.DOCKED))
    moved = (DecoyKind.NEAR, DecoyKind.FAR, DecoyKind.BORROWED)
    near = decoys.rmsd < NEAR_NATIVE
    right, wrong = (
        _by(decoys.clashes, np.flatnonzero(np.isin(kind, moved) & side)) for side in (near, ~near)
    )
    others = [one for pair in zip_longest(right, wrong) for one in pair if one is not None]
    wanted = max(count - len(relaxed) - OTHERS, 0)
    order = [*relaxed, *docked[:wanted], *others, *docked[wanted:]]
    return sorted(order[:count])


def _by(values: np.ndarray, places: np.ndarray) -> list[int]:
    order: list[int] = places[np.argsort(values[places], kind="stable")].tolist()
    return order


def run(manifest: Path, decoys: Path, out: Path, poses: int) -> str:
    """Write the manifest of the chosen poses; return what it holds.

    Raises
    ------
    InputError
        The folder has no decoys of any row of the manifest.
    FileUnreadable
        A file of decoys cannot be read.
    """
    rows = {row.id: row for row in read_manifest(DataConfig(manifest=manifest), need_labels=False)}
    (out / "ligands").mkdir(parents=True, exist_ok=True)
    lines: list[tuple[object, ...]] = []
    lost: list[str] = []
    for part in sorted((decoys / "parts").glob("*.npz")):
        for identity, held in read_decoys(part).items():
            if identity not in rows:
                lost.append(f"{identity}: not in {manifest}")
                continue
            try:
                lines += _write_poses(rows[identity], held, out, poses)
            except MolattnError as fault:
                lost.append(f"{identity}: {fault}")
    if not lines:
        raise InputError(f"{decoys} has no decoys of the complexes of {manifest}; make them first.")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    write_whole(out / "index.csv", text.getvalue())
    kinds = Counter(str(line[COLUMNS.index("kind")]) for line in lines)
    near = sum(float(str(line[COLUMNS.index("rmsd")])) < NEAR_NATIVE for line in lines)
    named = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    complexes = len({line[1] for line in lines})
    return (
        f"{len(lines)} poses of {complexes} complexes ({named}), {near} of them under 2 Å; "
        f"{len(lost)} complexes left out.\n" + "".join(f"- {reason}\n" for reason in lost)
    )


def _write_poses(
    row: ManifestRow, decoys: DecoySet, out: Path, count: int
) -> list[tuple[object, ...]]:
    """Write the chosen poses of one complex; return their rows."""
    ligand = read_ligand(row.ligand, row.record)
    chosen = choose(decoys, count)
    posed = [with_positions(ligand, decoys.positions[place]).mol for place in chosen]
    text = "".join(f"{Chem.MolToMolBlock(mol, kekulize=True)}$$$$\n" for mol in posed)
    path = Path("ligands") / f"{file_name(row.id)}.sdf.gz"
    (out / path).write_bytes(gzip.compress(text.encode(), mtime=0))
    protein = row.protein if row.protein.is_absolute() else os.path.relpath(row.protein, out)
    return [
        (
            f"{row.id}_{place:02d}",
            row.id,
            protein,
            path,
            record,
            f"{decoys.rmsd[place]:.3f}",
            DecoyKind(decoys.kind[place]).name.lower(),
            row.sequence,
        )
        for record, place in enumerate(chosen)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = builder_parser("decoy_manifest", __doc__)
    parser.add_argument("manifest", type=Path, help="CSV with id, protein, ligand, sequence")
    parser.add_argument("--decoys", type=Path, required=True, help="folder of data_prep.decoys")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--poses", type=at_least(2), default=8, help="poses of a complex")
    chosen = parser.parse_args(arguments)

    def work() -> int:
        print(run(chosen.manifest, chosen.decoys, chosen.out, chosen.poses), end="")
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
