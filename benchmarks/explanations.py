"""Explanations put to the test over many complexes: sums, faithfulness, verdicts.

::

    python benchmarks/explanations.py INDEX.csv --limit 50 --plot curves.svg --out figures.csv

INDEX has the columns id, protein, ligand, with paths relative to it. For each complex the views are
computed as ``molattn explain`` does, and their sums and curves noted. Figures are means over
complexes with 95 % bootstrap intervals. An area is a fraction of the way from the ligand in solvent
(0) to the complex (1); the gap is the insertion area less the deletion area.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from molattn.errors import MolattnError
from molattn.explain.explainer import ExplainSettings, explain
from molattn.explain.explanation import TITLES, Curve, Explanation
from molattn.explain.faithfulness import LEAST_GAIN, POINTS
from molattn.predict.predictor import Predictor
from molattn.predict.request import Request

Floats = NDArray[np.float64]
DRAWS = 2000
SETTINGS = ExplainSettings(mutations=False, interactions=False)
CHANCE = "random"


def row_of(found: Explanation) -> dict[str, float | str | bool]:
    """Return the figures of one complex."""
    tested, score = found.faithfulness, found.score
    assert tested is not None
    assert score.ledger is not None
    assert score.pK is not None
    row: dict[str, float | str | bool] = {
        "id": score.id,
        "pK": score.pK,
        "solvent_pK": found.solvent_pK,
        "ledger_error": abs(score.ledger.total() - score.pK),
        "completeness": np.nan if found.completeness is None else found.completeness,
        "believed": tested.believed,
        "seconds": sum(found.seconds.values()),
    }
    for name, curve in curves_of(found).items():
        row |= {
            f"{name}_deletion": curve.deletion_area,
            f"{name}_insertion": curve.insertion_area,
            f"{name}_gap": curve.gap,
        }
    for (first, second), value in tested.agreement.items():
        row[f"{first}_{second}_rank"] = value
    return row


def curves_of(found: Explanation) -> dict[str, Curve]:
    """Return the curves of the views, and one that stands for the random orders of a complex."""
    tested = found.faithfulness
    assert tested is not None
    random = tested.random
    deletion = np.mean([one.deletion for one in random], axis=0)
    insertion = np.mean([one.insertion for one in random], axis=0)
    mean = Curve(
        random[0].share,
        deletion,
        insertion,
        float(np.mean([one.deletion_area for one in random])),
        float(np.mean([one.insertion_area for one in random])),
    )
    return {**{str(name): curve for name, curve in tested.curves.items()}, CHANCE: mean}


def interval(values: Floats, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean of values and its 95 % bootstrap interval."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
    return float(values.mean()), float(low), float(high)


def normalised(found: Explanation, curve: Curve) -> Floats:
    """Return the deletion curve on the common points, 1 the complex and 0 the ligand alone."""
    span = curve.deletion[0] - curve.deletion[-1]
    level = (curve.deletion - curve.deletion[-1]) / span
    common: Floats = np.interp(np.linspace(0.0, 1.0, POINTS), curve.share, level)
    return common


def show(table: pd.DataFrame) -> None:
    """Print the figures over all complexes."""
    print(f"complexes                    {len(table)}")
    print(f"ledger less pK, largest      {table['ledger_error'].max():.1e}")
    wrong = table["completeness"]
    print(
        f"gradients' sum, error        mean {wrong.mean():.2%}, largest {wrong.max():.2%}, "
        f"below 1 % in {(wrong < 0.01).sum()} of {wrong.notna().sum()}"
    )
    clear = table[(table["pK"] - table["solvent_pK"]).abs() >= LEAST_GAIN]
    print(
        f"pocket changes pK by {LEAST_GAIN} or more: {len(clear)} complexes, on which:\n"
        f"attention is believed        {clear['believed'].mean():.0%}\n"
        f"seconds each                 {table['seconds'].mean():.1f}"
    )
    print(f"\n{'order of':<22}{'deletion area':>24}{'insertion area':>24}{'gap':>24}")
    for name in names_of(clear):
        cells = ""
        for part in ("deletion", "insertion", "gap"):
            mean, low, high = interval(clear[f"{name}_{part}"].to_numpy(float))
            cells += f"{mean:>9.2f} [{low:5.2f}, {high:5.2f}]"
        print(f"{title_of(name):<22}{cells}")
    print("\nrank agreement (Spearman) of residues, mean")
    for column in (one for one in map(str, table.columns) if one.endswith("_rank")):
        first, second, _ = column.split("_")
        print(f"  {first} and {second}: {clear[column].mean():.2f}")


def names_of(table: pd.DataFrame) -> list[str]:
    """Return the orders that a table has figures of."""
    return [name.removesuffix("_gap") for name in map(str, table.columns) if name.endswith("_gap")]


def title_of(name: str) -> str:
    """Return what to call an order."""
    return {str(key): title for key, title in TITLES.items()}.get(name, "random orders")


def plot(levels: Mapping[str, Sequence[Floats]], path: Path) -> None:
    """Draw the mean deletion curve of each order with its 95 % interval."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "molattn"  # the same file from the same numbers
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    share = np.linspace(0.0, 1.0, POINTS)
    styles = ["-", "--", "-.", ":", (0, (1, 1))]
    for (name, curves), style in zip(levels.items(), styles, strict=False):
        rows = np.array(curves)
        drawn = np.random.default_rng(0).integers(len(rows), size=(DRAWS, len(rows)))
        low, high = np.quantile(rows[drawn].mean(axis=1), (0.025, 0.975), axis=0)
        (line,) = axes.plot(share, rows.mean(axis=0), linestyle=style, label=title_of(name))
        axes.fill_between(share, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    axes.set_xlabel("share of residues that have left, most important first")
    axes.set_ylabel("what the pocket adds to pK, 1 as it is")
    axes.axhline(0.0, color="0.7", linewidth=0.8)
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("--limit", type=int, default=50, help="complexes, evenly spread")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--out", type=Path, help="CSV with a row for each complex")
    parser.add_argument("--plot", type=Path, help="deletion curves as .svg or .png")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    predictor = Predictor.load(arguments.weights)
    index = pd.read_csv(arguments.index)
    places = np.linspace(0, len(index) - 1, min(arguments.limit, len(index))).round()
    chosen = index.iloc[np.unique(places).astype(np.int64)]
    folder = arguments.index.parent
    rows: list[dict[str, float | str | bool]] = []
    levels: dict[str, list[Floats]] = {}
    start = time.monotonic()
    for _, line in chosen.iterrows():
        request = Request(folder / line["protein"], folder / line["ligand"], id=str(line["id"]))
        try:
            found = explain(request, predictor=predictor, settings=SETTINGS)
        except MolattnError as error:
            print(f"{request.id}: {error}", file=sys.stderr)
            continue
        rows.append(row_of(found))
        if abs(float(rows[-1]["pK"]) - found.solvent_pK) >= LEAST_GAIN:
            for name, curve in curves_of(found).items():
                levels.setdefault(name, []).append(normalised(found, curve))
    table = pd.DataFrame(rows)
    show(table)
    print(f"\n{time.monotonic() - start:.0f} s")
    if arguments.out:
        table.to_csv(arguments.out, index=False)
    if arguments.plot:
        plot(levels, arguments.plot)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
