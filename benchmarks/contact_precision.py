"""How well views of an answer find the residues that the rules of PLIP call contacts.

::

    python benchmarks/contact_precision.py INDEX CONTACTS [--gradients] [--out CSV] [--limit N] \\
        [--run RUN --config RECIPE]

INDEX is a CSV with id, protein, ligand, paths relative to it; CONTACTS one with id, chain,
residue_number, icode, residue_name, interaction, a row per residue and kind. Each complex is
scored, its residues are ordered by each view and by simple geometry, and each order is held against
the reference: precision among as many residues as the reference has (k), average precision,
intersection over union of the first k. Means over complexes with 95 % bootstrap intervals. A
residue of the reference that is not among those of the graph counts as not found.

With the folder of `molattn train` and its recipe, each complex is explained by the members that
held it out, and those that no fold held out are left aside.
"""

from __future__ import annotations

import argparse
import csv
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from molattn.errors import InputError, MolattnError, UsageError
from molattn.evaluate.run_folds import finished_folds, fold_ensemble, fold_members
from molattn.explain.contact_ranking import average_precision, overlap_of_top, precision_at
from molattn.explain.explainer import FAST, explain_prepared
from molattn.explain.explanation import Explanation, ViewName
from molattn.explain.main_contacts import pocket_rows
from molattn.explain.reference_contacts import interactions
from molattn.predict import Predictor
from molattn.predict.prepare import prepare
from molattn.predict.request import Request, Settings
from molattn.predict.sources import Sources
from molattn.structure.records import ResidueTable
from molattn.train.answers import read_lines
from molattn.train.config import load_config

Floats = NDArray[np.float64]
Residue = tuple[str, int, str]
"""Chain, number, insertion code."""

NEAR = 4.0  # Å, of the pairs of atoms that are counted
DRAWS = 2000


def by_view(name: ViewName) -> Callable[[Explanation], Floats]:
    """Return the ranking of residues by the size of their number in a view."""

    def score(explanation: Explanation) -> Floats:
        return np.abs(explanation.views[name].residues)

    return score


def near_pairs(explanation: Explanation) -> Floats:
    """Return how many pairs of heavy atoms lie within 4 Å, ties broken by the closest."""
    pose = explanation.score.pose
    assert pose is not None
    atoms = explanation.pocket.atoms
    near = (cdist(pose.positions, atoms.position) < NEAR).sum(axis=0)
    count = np.bincount(atoms.residue, near, minlength=len(explanation.pocket.residues))
    score: Floats = count[pocket_rows(explanation)] - 1e-3 * explanation.closest
    return score


def prolif_count(explanation: Explanation) -> Floats:
    """Return how many interactions ProLIF finds at each residue, ties broken by the closest."""
    pose = explanation.score.pose
    assert pose is not None
    found = interactions(explanation.pocket, pose, explanation.labels)
    rows = [one.residue for one in found if one.residue >= 0]
    count = np.bincount(np.array(rows, dtype=np.int64), minlength=len(explanation.labels))
    score: Floats = count - 1e-3 * explanation.closest
    return score


def chance(explanation: Explanation) -> Floats:
    """Return random numbers that depend on the complex alone."""
    seed = zlib.crc32(explanation.score.id.encode())
    return np.random.default_rng(seed).random(len(explanation.labels))


RANKINGS: dict[str, Callable[[Explanation], Floats]] = {
    "attention": by_view("attention"),
    "ledger": by_view("ledger"),
    "gradients": by_view("gradients"),
    "occlusion": by_view("occlusion"),
    "closest distance": lambda explanation: -explanation.closest,
    "atom pairs under 4 Å": near_pairs,
    "ProLIF interactions": prolif_count,
    "random": chance,
}
"""Orders of residues; to judge another, add its function here."""

FIGURES: Mapping[str, Callable[[Floats, NDArray[np.bool_]], float]] = {
    "precision at k": precision_at,
    "average precision": average_precision,
    "IoU": overlap_of_top,
}


@dataclass(frozen=True)
class Judged:
    """Figures of every ranking on one complex."""

    id: str
    reference: int
    missing: int
    residues: int
    figures: Mapping[tuple[str, str], float]


def read_reference(path: Path, left_out: Sequence[str]) -> dict[str, set[Residue]]:
    """Return the residues of each complex with a contact of any kind that is not left out."""
    found: defaultdict[str, set[Residue]] = defaultdict(set)
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        needed = {"id", "chain", "residue_number", "icode", "interaction"}
        if not needed <= set(reader.fieldnames or ()):
            raise UsageError(f"{path} needs the columns {', '.join(sorted(needed))}.")
        for row in reader:
            if row["interaction"] not in left_out:
                number = int(row["residue_number"])
                found[row["id"]].add((row["chain"], number, row["icode"].strip()))
    return dict(found)


def judge(explanation: Explanation, wanted: set[Residue], names: Sequence[str]) -> Judged:
    """Return the figures of the named rankings; those of the reference out of reach count."""
    known = list(residues_of(explanation.residues))
    missing = len(wanted - set(known))
    # what is not in the graph stands at the very end of every order
    reference = np.array([one in wanted for one in known] + [True] * missing)
    figures = {}
    for name in names:
        score = np.concatenate((RANKINGS[name](explanation), np.full(missing, -np.inf)))
        for figure, function in FIGURES.items():
            figures[name, figure] = function(score, reference)
    return Judged(explanation.score.id, len(wanted), missing, len(known), figures)


def residues_of(table: ResidueTable) -> Iterator[Residue]:
    """Yield chain, number and insertion code of each residue."""
    for chain, number, insertion in zip(table.chain, table.number, table.insertion, strict=True):
        yield str(chain), int(number), str(insertion)


def held_out_predictors(run: Path, recipe: Path) -> dict[str, Predictor]:
    """Return who answers for each complex of a run without having seen it."""
    config, info = load_config(recipe), Predictor.load().info
    found = {}
    for fold in finished_folds(run, config):
        predictor = Predictor(fold_ensemble(run, config, fold), info)
        first = next(iter(fold_members(run, config, fold).values()))
        lines = read_lines(first.held_out)
        found.update({line["id"]: predictor for line in lines if not line["source"]})
    return found


def collect(
    index: Path,
    reference: Mapping[str, set[Residue]],
    names: Sequence[str],
    limit: int,
    predictors: Mapping[str, Predictor],
) -> Iterator[Judged]:
    """Yield the figures of up to ``limit`` complexes, evenly from the index, 0 for all.

    One that cannot be read is named on standard error.
    """
    with index.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["id"] in reference]
    rows = [row for row in rows if not predictors or row["id"] in predictors]
    if not rows:
        raise UsageError(f"{index} has no complex that the contacts name.")
    shipped = Predictor.load(threads=1)
    settings = replace(FAST, gradients="gradients" in names)
    scoring = Settings(attention=True)
    count = min(limit or len(rows), len(rows))
    for place in np.linspace(0, len(rows) - 1, count).astype(int).tolist():
        row = rows[place]
        files = index.parent / row["protein"], index.parent / row["ligand"]
        try:
            ready = prepare(Request(*files, id=row["id"]), scoring, Sources())
            predictor = predictors.get(row["id"], shipped)
            explanation = explain_prepared(predictor, ready, settings, scoring)
            yield judge(explanation, reference[row["id"]], names)
        except InputError as error:
            print(f"{row['id']}: {error}", file=sys.stderr)


def report(judged: Sequence[Judged], names: Sequence[str]) -> Iterator[str]:
    """Yield the means as Markdown."""
    size, missing = (
        sum(one.reference for one in judged),
        sum(one.missing for one in judged),
    )
    yield (
        f"{len(judged)} complexes, {size} reference residues ({missing} not in the graph), "
        f"{np.mean([one.residues for one in judged]):.1f} residues each; "
        "mean [95 % interval over complexes]\n"
    )
    yield f"| residues ordered by | {' | '.join(FIGURES)} |"
    yield "| --- |" + " --- |" * len(FIGURES)
    for name in names:
        cells = [
            shown(np.array([one.figures[name, figure] for one in judged])) for figure in FIGURES
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def shown(values: Floats) -> str:
    """Return the mean of a column with its bootstrap interval."""
    rows = np.random.default_rng(0).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.percentile(values[rows].mean(axis=1), (2.5, 97.5))
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def write(path: Path, judged: Sequence[Judged]) -> None:
    """Write a row per complex and ranking."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "ranking", "reference", "missing", "residues", *FIGURES])
        for one in judged:
            for name in dict.fromkeys(name for name, _ in one.figures):
                values = [f"{one.figures[name, figure]:.6f}" for figure in FIGURES]
                writer.writerow([one.id, name, one.reference, one.missing, one.residues, *values])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("index", type=Path, help="CSV of complexes")
    parser.add_argument("contacts", type=Path, help="CSV of reference contacts")
    parser.add_argument("--gradients", action="store_true", help="judge them too; seconds each")
    parser.add_argument(
        "--leave-out", action="append", default=[], help="kind of reference contact"
    )
    parser.add_argument("--out", type=Path, help="CSV with a row per complex and ranking")
    parser.add_argument("--run", type=Path, help="folder of a trained ensemble")
    parser.add_argument("--config", type=Path, help="its recipe")
    parser.add_argument("--limit", type=int, default=0, help="complexes at most, 0 for all")
    chosen = parser.parse_args(arguments)
    names = [name for name in RANKINGS if chosen.gradients or name != "gradients"]
    if (chosen.run is None) != (chosen.config is None):
        raise UsageError("--run and --config go together.")
    predictors = held_out_predictors(chosen.run, chosen.config) if chosen.run else {}
    reference = read_reference(chosen.contacts, chosen.leave_out)
    judged = list(collect(chosen.index, reference, names, chosen.limit, predictors))
    if not judged:
        raise InputError("None of the complexes could be read.")
    for line in report(judged, names):
        print(line)
    if chosen.out is not None:
        write(chosen.out, judged)


if __name__ == "__main__":
    try:
        main()
    except MolattnError as error:
        sys.exit(str(error))
