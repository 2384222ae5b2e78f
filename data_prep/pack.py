"""Pack a training set into one file of compact graphs, so that it can train on another machine.

::

    python -m data_prep.pack MANIFEST --out FILE.safetensors --half [--config CONFIG]
    molattn train CONFIG --data MANIFEST --graphs FILE.safetensors

The file holds every pose of every complex; the training needs it and the manifest, no structures.
Labels and filters are those of the manifest at hand when training. What is kept is said in
``FILE-summary/``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data_prep.command_line import at_least, builder_parser, run_command
from data_prep.manifest_options import add_manifest_options, data_config
from data_prep.shards import Outcome
from data_prep.summary import write_summary
from molattn.errors import EXIT_OK, FileUnreadable
from molattn.train.config import TrainConfig, load_config
from molattn.train.dataset import build_shards
from molattn.train.graph_cache import read_shard
from molattn.train.manifest import ManifestRow, read_manifest
from molattn.train.packed_file import Packing, read_packed_file, write_packed_file
from molattn.train.progress import Progress
from molattn.train.row_ligands import row_ligands


def pack_config(chosen: argparse.Namespace) -> TrainConfig:
    """Return the settings of the poses: those of a recipe, or the defaults."""
    data = data_config(chosen, chosen.manifest).model_copy(
        update={"cache": chosen.cache, "workers": chosen.workers}
    )
    config = load_config(chosen.config) if chosen.config else TrainConfig(name="pack", data=data)
    if chosen.config and not data.drop:
        data = data.model_copy(update={"drop": config.data.drop})
    pose = config.pose
    if chosen.decoys is not None:
        pose = pose.model_copy(update={"decoys_per_complex": chosen.decoys})
    return config.model_copy(update={"data": data, "pose": pose})


def pack_file(config: TrainConfig, rows: Sequence[ManifestRow], out: Path, *, half: bool) -> str:
    """Build the graphs, write the packed file unless it is there, and return the summary."""
    from molattn.graph.compact import compact, join

    begun = time.monotonic()
    key, tasks = build_shards(config, rows)
    key = f"{key}-{'half' if half else 'whole'}"
    if _is_made(out, key):
        return f"{out} is already made; nothing to do.\n"
    parts, shards = [], []
    with Progress("Packing", len(rows)) as progress:
        for task in tasks:
            shard = read_shard(task.path)
            if shard.id:
                parts.append(compact(shard.packed, half=half))
            shard.packed.clear()
            shards.append(shard)
            progress.advance(len(task.rows))
    if not parts:
        raise FileUnreadable(
            f"{config.data.manifest}: no complex gave a graph; the first failed as: "
            f"{shards[0].failures[0].reason}"
        )
    smiles = row_ligands(rows, config.data.cache)
    packing = Packing(
        key=key,
        id=tuple(one for shard in shards for one in shard.id),
        pose=tuple(one for shard in shards for one in shard.pose),
        rmsd=tuple(one for shard in shards for one in shard.rmsd),
        clashes=tuple(one for shard in shards for one in shard.clashes),
        failures=tuple(one for shard in shards for one in shard.failures),
        ligands={row.id: one for row, one in zip(rows, smiles, strict=True) if one},
    )
    write_packed_file(out, join(parts), packing)
    figures = _figures(out, packing, sum(task.path.stat().st_size for task in tasks))
    figures["seconds_of_this_run"] = round(time.monotonic() - begun, 1)
    folder = out.with_name(f"{out.stem}-summary")
    folder.mkdir(exist_ok=True)
    return write_summary(folder, "Packed training set", _account(rows, packing), figures)


def _is_made(out: Path, key: str) -> bool:
    try:
        return out.exists() and read_packed_file(out)[1].key == key
    except FileUnreadable:
        return False  # what is there is written over: it is no training set


def _account(rows: Sequence[ManifestRow], packing: Packing) -> list[Outcome]:
    reason = {one.id: one.reason for one in packing.failures}
    return [
        Outcome(row.id, "dropped", "no graph", reason[row.id])
        if row.id in reason
        else Outcome(row.id, "kept")
        for row in rows
    ]


def _figures(out: Path, packing: Packing, cached: int) -> dict[str, Any]:
    size = out.stat().st_size
    return {
        "graphs": len(packing.id),
        "mebibytes": round(size / 2**20, 2),
        "bytes_per_graph": round(size / len(packing.id)),
        "mebibytes_of_the_cache": round(cached / 2**20, 1),
    }


def _parser() -> argparse.ArgumentParser:
    parser = builder_parser("pack", __doc__)
    add = parser.add_argument
    add("manifest", type=Path, help="CSV with id, protein, ligand, and record where needed")
    add("--out", type=Path, required=True, help="the packed file, .safetensors")
    add("--half", action="store_true", help="positions to 0.001 Å in 16 bits, half the size")
    add("--config", type=Path, help="recipe whose poses, seed and filters are used")
    add("--decoys", type=at_least(0), metavar="N", help="moved poses of each complex, 0 for none")
    add("--cache", type=Path, default=Path("cache"), help="built graphs")
    add("--workers", type=at_least(1), default=1, help="processes that build graphs")
    add_manifest_options(parser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    chosen = _parser().parse_args(arguments)

    def work() -> int:
        config = pack_config(chosen)
        rows = read_manifest(config.data, need_labels=False)
        print(pack_file(config, rows, chosen.out, half=chosen.half), end="")
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
