"""Count atom pairs of every complex of a manifest within growing distances.

::

    python -m data_prep.spectra MANIFEST --out DIR [--typed]

writes ``DIR/spectra.npz``: ``counts`` uint16 [complex, cutoff, pair], ``ids``, ``cutoffs`` float32
in Å and ``pairs`` "protein-ligand". Counts are cumulative. Pairs of elements (4 × 9, cutoffs 4 to
15 Å) are defined as the published ones (see :mod:`molattn.graph.spectrum`); ``--typed`` counts
pairs of atom types in finer shells up to 10 Å.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_prep.command_line import at_least, builder_parser, run_command
from data_prep.manifest_options import add_manifest_options, data_config
from data_prep.shards import Job, Outcome, Shard, run_job
from data_prep.summary import reason_of, write_summary
from molattn.errors import EXIT_OK, MolattnError
from molattn.graph.spectrum import ELEMENT_CUTOFFS, ELEMENT_PAIRS, TYPE_CUTOFFS, TYPE_PAIRS
from molattn.train.graph_cache import files_hash
from molattn.train.manifest import ManifestRow, read_manifest

SHARD_ROWS: Final = 64
_MOST: Final = np.iinfo(np.uint16).max

Counts = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class SpectraTask:
    """What a worker needs to count one shard."""

    rows: tuple[ManifestRow, ...]
    typed: bool


def count_pairs(row: ManifestRow, *, typed: bool) -> Counts:
    """Return the counts of one complex, [cutoffs, pairs].

    Raises
    ------
    InputError
        A file cannot be used, or ligand and protein do not meet.
    """
    from molattn.graph import build_graph
    from molattn.graph.spectrum import atom_type_spectrum, element_pair_spectrum
    from molattn.structure import read_ligand, read_protein, select_pocket

    ligand, protein = read_ligand(row.ligand, row.record), read_protein(row.protein)
    if typed:
        import torch

        pocket = select_pocket(protein, ligand.positions)
        spectrum = atom_type_spectrum(build_graph(pocket, ligand, dtype=torch.float64))
    else:
        spectrum = element_pair_spectrum(protein, ligand, ELEMENT_CUTOFFS)
    counts = spectrum.counts.reshape(len(spectrum.cutoffs), -1)
    return np.minimum(counts, _MOST).astype(np.uint16)


def build_shard(task: SpectraTask, path: Path) -> list[Outcome]:
    """Count the complexes of a shard into an archive; one that fails costs its own row only."""
    ids: list[str] = []
    found: list[Counts] = []
    account: list[Outcome] = []
    for row in task.rows:
        try:
            counts = count_pairs(row, typed=task.typed)
        except MolattnError as error:
            account.append(Outcome(row.id, "dropped", reason_of(error), str(error)))
        except Exception as error:  # noqa: BLE001 — one bad file must not end a run of thousands
            detail = f"{type(error).__name__}: {error}"
            account.append(Outcome(row.id, "dropped", "unforeseen failure", detail))
        else:
            ids.append(row.id)
            found.append(counts)
            empty = "" if counts.any() else "no pair within the longest cutoff"
            account.append(Outcome(row.id, "kept", empty))
    cutoffs, pairs = layout(typed=task.typed)
    counts = np.stack(found) if found else np.zeros((0, len(cutoffs), len(pairs)), np.uint16)
    np.savez_compressed(path, counts=counts, ids=np.array(ids, dtype=np.str_))
    return account


def layout(*, typed: bool) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return the cutoffs in Å and the names of the pairs."""
    return (TYPE_CUTOFFS, TYPE_PAIRS) if typed else (ELEMENT_CUTOFFS, ELEMENT_PAIRS)


def build_spectra(rows: Sequence[ManifestRow], out: Path, *, typed: bool, workers: int) -> str:
    """Count every complex, gather the archive, write the summary and return it."""
    settings = {"kind": "types" if typed else "elements", "files_sha256": files_hash(rows)}
    job = Job(
        out,
        ".npz",
        settings,
        "Counting pairs",
        lambda task: [Outcome(row.id, "dropped", "the process died") for row in task.rows],
    )
    shards = [
        Shard(
            f"{start // SHARD_ROWS:05d}",
            SpectraTask(tuple(rows[start : start + SHARD_ROWS]), typed),
            len(rows[start : start + SHARD_ROWS]),
        )
        for start in range(0, len(rows), SHARD_ROWS)
    ]
    target = out / "spectra.npz"
    done = target.exists() and all(job.account(shard).exists() for shard in shards)
    begun = time.monotonic()
    account = run_job(job, shards, build_shard, workers=workers)
    if done:
        return f"{target} is already made; nothing to do.\n"
    figures = _gather([job.part(shard) for shard in shards], target, typed=typed)
    figures["seconds_of_this_run"] = round(time.monotonic() - begun, 1)
    return write_summary(out, "Contact spectra", account, figures)


def _gather(parts: Sequence[Path], target: Path, *, typed: bool) -> dict[str, Any]:
    cutoffs, pairs = layout(typed=typed)
    ids: list[str] = []
    counts = [np.zeros((0, len(cutoffs), len(pairs)), np.uint16)]
    for part in parts:
        if part.exists():
            with np.load(part, allow_pickle=False) as archive:
                counts.append(archive["counts"])
                ids += archive["ids"].tolist()
    joined = np.concatenate(counts)
    partial = target.with_name(f"partial.{target.name}")
    np.savez_compressed(
        partial,
        counts=joined,
        ids=np.array(ids, dtype=np.str_),
        cutoffs=np.array(cutoffs, dtype=np.float32),
        pairs=np.array(pairs, dtype=np.str_),
    )
    partial.replace(target)
    return {
        "complexes": len(ids),
        "cutoffs": f"{len(cutoffs)}, {cutoffs[0]:g} to {cutoffs[-1]:g} Å",
        "pairs": len(pairs),
        "megabytes": round(target.stat().st_size / 1e6, 2),
    }


def _parser() -> argparse.ArgumentParser:
    parser = builder_parser("spectra", __doc__)
    add = parser.add_argument
    add("manifest", type=Path, help="CSV with id, protein, ligand, and record where needed")
    add("--out", type=Path, required=True, help="folder of spectra.npz and its summary")
    add("--typed", action="store_true", help="count pairs of atom types in shells up to 10 Å")
    add("--workers", type=at_least(1), default=1, help="processes")
    add_manifest_options(parser)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit code."""
    chosen = _parser().parse_args(arguments)

    def work() -> int:
        rows = read_manifest(data_config(chosen, chosen.manifest), need_labels=False)
        print(build_spectra(rows, chosen.out, typed=chosen.typed, workers=chosen.workers), end="")
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
