"""Measure how many distinct complexes a second go from files to the table, and where time goes.

The first figure is ``molattn score --manifest`` as a user runs it, start included and apart; the
second a walk through the stages in one process and one thread. Run as::

    python benchmarks/throughput.py MANIFEST [--workers 2] [--limit 500] [--weights FILE]
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from molattn.errors import EXIT_OK, EXIT_SOME_FAILED, InputError, WeightsError


@dataclass(frozen=True, slots=True)
class Pair:
    """The files of one complex."""

    id: str
    protein: Path
    ligand: Path


class Stopwatch:
    """Seconds spent in each named stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start


def read_pairs(manifest: Path, limit: int | None) -> list[Pair]:
    """Return the first complexes of a manifest, paths made absolute."""
    root = manifest.resolve().parent
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))[:limit]
    return [Pair(row["id"], root / row["protein"], root / row["ligand"]) for row in rows]


def run_command(pairs: Sequence[Pair], workers: int, weights: Path | None) -> tuple[float, int]:
    """Score the pairs with the program; return seconds and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        manifest, out = Path(folder) / "pairs.csv", Path(folder) / "scores.csv"
        with manifest.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "protein", "ligand"))
            writer.writerows((pair.id, pair.protein, pair.ligand) for pair in pairs)
        words = ["score", "--manifest", str(manifest), "--out", str(out), "--quiet"]
        words += ["--workers", str(workers)]
        words += ["--weights", str(weights)] if weights else []
        program = "from molattn.cli.app import main; main()"
        start = time.perf_counter()
        code = subprocess.run([sys.executable, "-c", program, *words], check=False).returncode
        return time.perf_counter() - start, code


def time_stages(pairs: Sequence[Pair], weights: Path | None) -> tuple[dict[str, float], int]:
    """Return seconds by stage in one thread, and how many complexes became graphs."""
    import torch

    from molattn.graph import build_graph, collate
    from molattn.predict import Predictor
    from molattn.structure import read_ligand, read_protein, select_pocket

    torch.set_num_threads(1)
    watch = Stopwatch()
    graphs = []
    for pair in pairs:
        try:
            with watch.stage("read"):
                protein, ligand = read_protein(pair.protein), read_ligand(pair.ligand)
            with watch.stage("pocket"):
                pocket = select_pocket(protein, ligand.positions)
            with watch.stage("graph"):
                graphs.append(build_graph(pocket, ligand))
        except InputError as fault:
            print(f"{pair.id}: {fault}", file=sys.stderr)
    try:
        predictor = Predictor.load(weights, threads=1)
    except WeightsError as fault:
        print(f"The network is not timed: {fault}", file=sys.stderr)
        return dict(watch.seconds), len(graphs)
    with torch.inference_mode():
        size = predictor.batch
        predictor.ensemble(collate(graphs[:size]))  # the first pass pays for set-up
        for start in range(0, len(graphs), size):
            with watch.stage("network"):
                predictor.ensemble(collate(graphs[start : start + size]))
    return dict(watch.seconds), len(graphs)


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description="Complexes a second, files to table.")
    parser.add_argument("manifest", type=Path, help="CSV with id, protein, ligand")
    parser.add_argument("--workers", type=int, default=2, help="processes of the program")
    parser.add_argument("--limit", type=int, help="only the first rows")
    parser.add_argument("--stage-limit", type=int, default=200, help="rows of the stage table")
    parser.add_argument("--weights", type=Path, help="other weights than the shipped ones")
    chosen = parser.parse_args()
    pairs = read_pairs(chosen.manifest, chosen.limit)
    start, _ = run_command(pairs[:1], 1, chosen.weights)
    whole, code = run_command(pairs, chosen.workers, chosen.weights)
    if code in (EXIT_OK, EXIT_SOME_FAILED):
        steady = (len(pairs) - 1) / max(whole - start, 1e-9)
        print("| complexes | workers | seconds | complexes/s | the start aside | start, s |")
        print("| --- | --- | --- | --- | --- | --- |")
        print(
            f"| {len(pairs)} | {chosen.workers} | {whole:.1f} | {len(pairs) / whole:.1f} "
            f"| {steady:.1f} | {start:.1f} |\n"
        )
    else:
        print(f"The program ended with exit code {code}: no rate.", file=sys.stderr)
    seconds, count = time_stages(pairs[: chosen.stage_limit], chosen.weights)
    total = sum(seconds.values())
    print("| stage | ms a complex | share |\n| --- | --- | --- |")
    for name, spent in seconds.items():
        print(f"| {name} | {1000 * spent / max(count, 1):.1f} | {100 * spent / total:.0f} % |")


if __name__ == "__main__":
    main()
