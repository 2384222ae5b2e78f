"""What a few measured ligands are worth, over many series.

::

    python benchmarks/few_shot.py INDEX --group series

INDEX is a manifest with a measured pK and a column that names the series. Each series with enough
ligands is calibrated on random parts of itself and judged on the rest; the figures are means over
the series. Series that share over a third of their ligands with an earlier one are left out, and so
are rows whose ``spread`` of reported values is above 1 pK.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from molattn.predict import Settings
from molattn.predict.learning_curve import CurvePoint, learning_curve
from molattn.predict.manifest import read_manifest
from molattn.predict.measurements import Measurements, collect
from molattn.predict.request import Request
from molattn.predict.workers import Loading, score_requests

SHARED = 1 / 3
SPREAD = 1.0  # pK
REPEATS = 20


def series_of(index: Path, group: str, fewest: int) -> dict[str, list[Request]]:
    """Return the requests of each series that is large enough and not seen before."""
    found: dict[str, list[Request]] = defaultdict(list)
    for request in read_manifest(index).requests:
        if float(str(request.carried.get("spread") or 0)) <= SPREAD:
            found[str(request.carried[group])].append(request)
    kept: dict[str, list[Request]] = {}
    seen: list[set[str]] = []
    for name, requests in sorted(found.items()):
        ligands = {str(one.carried.get("smiles") or one.id) for one in requests}
        alike = any(len(ligands & others) > SHARED * len(ligands) for others in seen)
        if len(requests) >= fewest and not alike:
            kept[name] = requests
            seen.append(ligands)
    return kept


def measured(
    series: Mapping[str, Sequence[Request]], weights: Path | None, workers: int
) -> list[Measurements]:
    """Score all series and put the measured pK beside the answers."""
    loading = Loading(None if weights is None else str(weights))
    requests = [request for one in series.values() for request in one]
    scores = score_requests(requests, Settings(), loading, workers=workers)
    return [collect(next(scores) for _ in one)[0] for one in series.values()]


def mean_point(points: Sequence[CurvePoint]) -> str:
    """Return one line of the mean curve."""
    names = ("before", "offset_only", "full", "covered", "width")
    means = [np.mean([getattr(point, name) for point in points]) for name in names]
    cells = "".join(f"{mean:>13.3f}" for mean in means)
    return f"{points[0].measured:>4}{len(points):>8}{cells}"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("index", type=Path)
    parser.add_argument("--group", default="series")
    parser.add_argument("--at-least", type=int, default=13)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    series = series_of(chosen.index, chosen.group, chosen.at_least)
    curves = [
        learning_curve(rows, repeats=REPEATS)
        for rows in measured(series, chosen.weights, chosen.workers)
    ]
    print(f"{'n':>4}{'series':>8}", end="")
    print("".join(f"{name:>13}" for name in ("before", "offset only", "full", "in 90 %", "width")))
    for place in range(min(map(len, curves))):
        print(mean_point([curve[place] for curve in curves]))


if __name__ == "__main__":
    main()
