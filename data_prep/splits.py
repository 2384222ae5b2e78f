"""Divide the complexes of a manifest into folds without leaks: clusters, folds, rows left out.

::

    python -m data_prep.splits MANIFEST --out DIR --folds 5 --by protein

writes ``DIR/splits.csv``: id, protein_cluster, ligand_cluster, fold, left_out_of, then scaffold,
generic_scaffold, random_fold, time_part and cleansplit. ``fold`` is where a row is held out (-1:
nowhere), ``left_out_of`` the folds, joined by ``;``, whose training must not use it. ``molattn
train`` takes the file as ``split.file``. ``configs/splits/crystal.csv`` is what

::

    python -m data_prep.splits crystal/index.csv --out DIR --bare \\
        --drop-labels "relation=<" --drop-labels "relation=>"

makes of the crystal complexes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from data_prep.command_line import at_least, builder_parser, run_command, share
from data_prep.manifest_options import add_manifest_options, data_config
from data_prep.shards import Job, Outcome, open_folder
from data_prep.summary import write_summary
from molattn.errors import EXIT_OK, ConfigError, UsageError
from molattn.train.cluster_cache import cached_clusters
from molattn.train.clusters import UNKNOWN
from molattn.train.ligand_clusters import cluster_ligands, cluster_scaffolds
from molattn.train.manifest import ManifestRow, manifest_hash, read_manifest
from molattn.train.row_ligands import row_ligands
from molattn.train.split_file import SplitTable, read_split, write_split
from molattn.train.splits import (
    NEVER_HELD_OUT,
    Flags,
    assign_folds,
    random_folds,
    rows_left_out,
    training_rows,
)

WAYS: Final = ("protein", "ligand", "scaffold", "time", "cleansplit", "random")
_APART: Final = ("protein", "ligand", "scaffold")
"""Ways whose folds also leave out rows with a ligand like a held-out one."""

_HELD_OUT_BY_TIME: Final = 0.2  # share of the labelled rows, the latest


@dataclass(frozen=True, slots=True)
class SplitRecipe:
    """How a manifest is divided; see the help of the command line."""

    by: str = "protein"
    folds: int = 5
    seed: int = 0
    identity: float = 0.4
    coverage: float = 0.5
    ligand_similarity: float = 0.9
    year_column: str = "year"
    year: float | None = None
    cleansplit_column: str = "cleansplit_train"


def build_split(
    rows: Sequence[ManifestRow], recipe: SplitRecipe, cache: Path | None = None
) -> SplitTable:
    """Divide rows as a recipe says.

    Raises
    ------
    ConfigError
        The column that the recipe divides by is not in the manifest.
    """
    ids = [row.id for row in rows]
    smiles = row_ligands(rows, cache)
    proteins = cached_clusters(
        ids,
        [row.sequence for row in rows],
        identity=recipe.identity,
        coverage=recipe.coverage,
        cache=cache,
    )
    ligands = cluster_ligands(ids, smiles, similarity=recipe.ligand_similarity)
    scaffolds = cluster_scaffolds(ids, smiles)
    labelled = [row.labelled for row in rows]
    chance = random_folds(labelled, folds=recipe.folds, seed=recipe.seed)
    time = _time_parts(rows, recipe)
    flags = tuple(_cell(row, recipe.cleansplit_column) for row in rows)
    if recipe.by == "time":
        folds, left_out = _one_fold(rows, time, recipe.year_column)
    elif recipe.by == "cleansplit":
        parts = [_CLEANSPLIT_PART.get(flag, "") for flag in flags]
        folds, left_out = _one_fold(rows, parts, recipe.cleansplit_column)
    else:
        names = {
            "protein": proteins.names,
            "ligand": ligands.names,
            "scaffold": scaffolds,
            "random": ids,
        }[recipe.by]
        folds = assign_folds(names, labelled, folds=recipe.folds, seed=recipe.seed)
        _require_every_fold(folds, names, recipe)
        left_out = np.zeros((len(rows), recipe.folds), dtype=bool)
    if recipe.by in _APART:
        left_out = rows_left_out(folds, ligands, count=recipe.folds)
    return SplitTable(
        tuple(ids),
        proteins.names,
        ligands.names,
        tuple(folds),
        left_out,
        {
            "scaffold": scaffolds,
            "generic_scaffold": cluster_scaffolds(ids, smiles, generic=True),
            "random_fold": tuple(str(fold) for fold in chance),
            "time_part": tuple(time),
            "cleansplit": flags,
        },
    )


def _require_every_fold(folds: Sequence[int], names: Sequence[str], recipe: SplitRecipe) -> None:
    """Refuse a split of which a fold holds nothing out."""
    clusters = set(names)
    if recipe.by == "protein" and clusters == {UNKNOWN}:
        raise ConfigError(
            "No row has a sequence, so proteins cannot be told apart; add a column sequence, as "
            "data_prep.index does, or choose another --by."
        )
    if len(set(folds)) < recipe.folds:
        raise UsageError(
            f"{recipe.folds} folds cannot be filled with {len(clusters)} clusters; "
            "choose fewer --folds."
        )


_CLEANSPLIT_PART: Final = {"1": "train", "0": "test"}


def _one_fold(
    rows: Sequence[ManifestRow], parts: Sequence[str], column: str
) -> tuple[tuple[int, ...], Flags]:
    """Hold the part ``test`` out as fold 0; rows of no part are left out of its training."""
    if not any(parts):
        raise ConfigError(f"No row has a value in the column {column}, which this split needs.")
    folds = tuple(0 if part == "test" else NEVER_HELD_OUT for part in parts)
    return folds, np.array([[not part] for part in parts], dtype=bool).reshape(len(rows), 1)


def _time_parts(rows: Sequence[ManifestRow], recipe: SplitRecipe) -> list[str]:
    years = [_number(_cell(row, recipe.year_column)) for row in rows]
    dated = [
        year for year, row in zip(years, rows, strict=True) if row.labelled and year is not None
    ]
    if not dated and recipe.year is None:
        return [""] * len(rows)
    first = recipe.year
    if first is None:
        first = float(np.quantile(dated, 1.0 - _HELD_OUT_BY_TIME, method="higher"))
    return ["" if year is None else "test" if year >= first else "train" for year in years]


def _cell(row: ManifestRow, column: str) -> str:
    """Return a cell, whole numbers without their decimals."""
    text = row.columns.get(column, "").strip()
    number = _number(text)
    return str(int(number)) if number is not None and number == int(number) else text


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def outcomes(rows: Sequence[ManifestRow], table: SplitTable) -> list[Outcome]:
    """Return the account of every row."""
    account = []
    for row, protein, ligand in zip(rows, table.protein_cluster, table.ligand_cluster, strict=True):
        lacking = [
            name
            for name, cluster in (("sequence", protein), ("ligand", ligand))
            if cluster == UNKNOWN
        ]
        reason = f"no {' and no '.join(lacking)}: cluster {UNKNOWN}" if lacking else ""
        account.append(Outcome(row.id, "kept", reason))
    return account


def figures(rows: Sequence[ManifestRow], table: SplitTable) -> dict[str, Any]:
    """Return counts of clusters and of the parts of every fold."""
    labelled = np.array([row.labelled for row in rows])
    found: dict[str, Any] = {
        "labelled": int(labelled.sum()),
        "protein_clusters": len(set(table.protein_cluster)),
        "ligand_clusters": len(set(table.ligand_cluster)),
        "scaffolds": len(set(table.columns["scaffold"])),
    }
    for fold in range(table.count):
        train = training_rows(table.folds, fold, table.left_out)
        held = np.array(table.folds) == fold
        out = table.left_out[:, fold]
        found[f"fold_{fold}"] = ", ".join(
            f"{name} {int(part.sum())} ({int((part & labelled).sum())} labelled)"
            for name, part in (("training", train), ("held out", held), ("left out", out))
        )
    return found


def write(
    rows: Sequence[ManifestRow], recipe: SplitRecipe, out: Path, *, only: Sequence[str] | None
) -> str:
    """Write ``splits.csv`` and its summary, unless they are there; return the summary."""
    settings = {
        **{name: getattr(recipe, name) for name in SplitRecipe.__slots__},
        "manifest_sha256": manifest_hash(tuple(rows)),
        "columns": list(only) if only is not None else "all",
    }
    job = Job(out, ".json", settings, "Dividing", lambda _: ())
    open_folder(job)
    path = out / "splits.csv"
    if path.exists() and (out / "summary.md").exists():
        read_split(path)
        return f"{path} is already made; nothing to do.\n"
    table = build_split(rows, recipe, cache=out / "parts")
    kept = table.columns if only is None else {name: table.columns[name] for name in only}
    summary = figures(rows, table)
    write_split(
        SplitTable(
            table.ids,
            table.protein_cluster,
            table.ligand_cluster,
            table.folds,
            table.left_out,
            dict(kept),
        ),
        path,
    )
    return write_summary(out, f"Split by {recipe.by}", outcomes(rows, table), summary)


def _parser() -> argparse.ArgumentParser:
    parser = builder_parser("splits", __doc__)
    default = SplitRecipe()
    add = parser.add_argument
    add("manifest", type=Path, help="CSV with id, protein, ligand, pK, sequence, smiles …")
    add("--out", type=Path, required=True, help="folder of splits.csv and its summary")
    add("--by", choices=WAYS, default=default.by, help="what a fold is made of")
    add("--folds", type=at_least(2), default=default.folds, help="number of folds")
    add("--seed", type=int, default=default.seed, help="of ties and chance")
    add(
        "--identity",
        type=share,
        default=default.identity,
        help="sequence identity from which proteins are one cluster, 0–1",
    )
    add(
        "--coverage",
        type=share,
        default=default.coverage,
        help="share of the shorter sequence that must be aligned, 0–1",
    )
    add(
        "--ligand-similarity",
        type=share,
        default=default.ligand_similarity,
        help="Tanimoto from which ligands are one cluster and left out, 0–1",
    )
    add("--year-column", default=default.year_column, help="year of each row")
    add(
        "--year",
        type=float,
        help="first year held out by time (default: so that a fifth of the labels is)",
    )
    add(
        "--cleansplit-column",
        default=default.cleansplit_column,
        help="1 for PDBbind CleanSplit's training part",
    )
    add("--bare", action="store_true", help="write ids, clusters, folds and rows left out only")
    add_manifest_options(parser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    chosen = _parser().parse_args(arguments)
    recipe = SplitRecipe(**{name: getattr(chosen, name) for name in SplitRecipe.__slots__})

    def work() -> int:
        rows = read_manifest(data_config(chosen, chosen.manifest), need_labels=False)
        print(write(rows, recipe, chosen.out, only=() if chosen.bare else None), end="")
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
