"""Whether docked poses near the crystal's are told from wrong ones, for proteins not seen.

::

    python benchmarks/docked_poses.py RUN --poses poses/index.csv

RUN is the folder of `molattn train`: its out_of_fold_poses.csv (or held_out_poses.csv, of a single
fold) holds the answers for the source ``poses``, of complexes left out of training with their
proteins. The index says, by the same ids, what the docking program thought of each pose: ``complex,
source, kind, score`` (kcal/mol, lower is better).

Only poses of the kind ``docked`` are ranked; crystal poses that the program relaxed are counted
apart. A set is the docked poses of one complex; those with a pose within 2 Å and a wrong one count.
``both`` is the mean of the two scores, each standardised over the poses that are compared: those of
one complex where poses of one complex are ranked, else all.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molattn.errors import InputError, MolattnError, UsageError
from molattn.evaluate.comparison import compare_means
from molattn.evaluate.docking_power import NEAR_NATIVE, docking_power, mean_with_interval
from molattn.evaluate.enrichment import rank_library, roc_auc
from molattn.evaluate.metrics import (
    Estimate,
    bootstrap,
    cluster_draws,
    row_draws,
    rows_by_label,
)
from molattn.predict.pose_calibration import expected_calibration_error, fit_pose_calibration
from molattn.train.answers import read_lines
from molattn.train.splits import assign_folds

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]
Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

DOCKED = "docked"
LIPIDS = "lipid"
"""Part of the name of a source whose complexes are lipids, long chains that dock badly."""

DEALS = 5
"""Into how many parts the clusters of a single fold are dealt for calibration."""


@dataclass(frozen=True, eq=False)
class Poses:
    """Docked poses, a column each, [n]."""

    complex: Strings
    cluster: Strings
    fold: Integers
    lipid: Booleans
    rmsd: Floats  # Å
    logit: Floats  # of the pose confidence
    energy: Floats  # the docking program's score, kcal/mol, lower is better

    def __len__(self) -> int:
        return len(self.rmsd)

    @property
    def near(self) -> Booleans:
        """Whether each pose is within 2 Å of the crystal's."""
        near: Booleans = self.rmsd < NEAR_NATIVE
        return near

    def take(self, rows: Booleans) -> Poses:
        """Return some of the poses."""
        return Poses(
            self.complex[rows], self.cluster[rows], self.fold[rows], self.lipid[rows],
            self.rmsd[rows], self.logit[rows], self.energy[rows],
        )  # fmt: skip


def read_poses(run: Path, index: Path, source: str) -> tuple[Poses, Booleans]:
    """Return the poses of a source that the run answered for, and which are docked, [n].

    Raises
    ------
    UsageError
        There is no table, or nothing of the source in it.
    InputError
        The index lacks a pose of the table, or a score.
    """
    tables = [run / name for name in ("out_of_fold_poses.csv", "held_out_poses.csv")]
    table = next((path for path in tables if path.exists()), None)
    if table is None:
        raise UsageError(f"{run} holds no {' or '.join(path.name for path in tables)}.")
    lines = [line for line in read_lines(table) if line["source"] == source]
    if not lines or not all(line["pose_confidence"] for line in lines):
        raise UsageError(f"{table} has no pose confidence for poses of the source {source}.")
    with index.open(newline="", encoding="utf-8") as stream:
        known = {f"{source}:{row['id']}": row for row in csv.DictReader(stream)}
    for line in lines:
        if not known.get(line["id"], {}).get("score"):
            raise InputError(f"{index} has no score of {line['id'].removeprefix(source + ':')}.")
    rows = [known[line["id"]] for line in lines]
    confidence = np.clip([float(line["pose_confidence"]) for line in lines], 1e-4, 1 - 1e-4)
    poses = Poses(
        complex=np.array([row["complex"] for row in rows]),
        cluster=np.array([line["cluster"] for line in lines]),
        fold=np.array([int(line["fold"]) for line in lines]),
        lipid=np.array([LIPIDS in row["source"] for row in rows]),
        rmsd=np.array([float(row["rmsd"]) for row in rows]),
        logit=np.log(confidence / (1 - confidence)),
        energy=np.array([float(row["score"]) for row in rows]),
    )
    return poses, np.array([row["kind"] == DOCKED for row in rows])


def standardised(values: Floats, labels: Strings | None = None) -> Floats:
    """Return values with mean 0 and spread 1, within each label where labels are given."""
    if labels is None:
        spread = values.std()
        centred: Floats = values - values.mean()
        return centred / spread if spread > 0 else centred
    result = np.empty(len(values))
    for _, rows in rows_by_label(labels):
        result[rows] = standardised(values[rows])
    return result


def scores_of(poses: Poses, labels: Strings | None) -> dict[str, Floats]:
    """Return what ranks poses, higher is better; ``both`` is standardised within labels."""
    both = standardised(poses.logit, labels) - standardised(poses.energy, labels)
    return {
        "pose confidence": poses.logit,
        "docking program": -poses.energy,
        "both": both / 2,
    }


def decidable(poses: Poses) -> Booleans:
    """Return the poses of complexes that have a pose within 2 Å and a wrong one, [n]."""
    found = np.zeros(len(poses), dtype=bool)
    for _, rows in rows_by_label(poses.complex):
        found[rows] = poses.near[rows].any() and not poses.near[rows].all()
    return found


def first_is_near(poses: Poses, score: Floats) -> Floats:
    """Return for each complex whether its best pose is within 2 Å, ties as chances, [complexes]."""
    power = docking_power(poses.complex, score, poses.rmsd, repeats=0)
    return np.array([one.success[1] for one in power.per_complex])


def auc(near: Floats, score: Floats) -> float:
    """Return the probability that a right pose outranks a wrong one, ties as half."""
    return roc_auc(rank_library(score, near > 0.5))


def auc_of_all(poses: Poses, score: Floats) -> Estimate:
    """Return the AUC over all poses, its interval over complexes."""
    near = poses.near.astype(np.float64)
    return bootstrap(auc, near, score, cluster_draws(poses.complex)).estimate


def auc_within(poses: Poses, score: Floats) -> Estimate:
    """Return the mean AUC of the complexes that have right and wrong poses."""
    near = poses.near.astype(np.float64)
    values = [auc(near[rows], score[rows]) for _, rows in rows_by_label(poses.complex)]
    return mean_with_interval([value for value in values if np.isfinite(value)])


def parts_of(poses: Poses) -> Integers:
    """Return the part, [n], of each pose: its fold, or with one fold a deal of its cluster."""
    if len(np.unique(poses.fold)) > 1:
        return poses.fold
    every = [True] * len(poses)
    return np.array(assign_folds(poses.cluster.tolist(), every, folds=DEALS, seed=0))


def calibrated(poses: Poses) -> Floats:
    """Return the probability of each pose, calibrated on the poses of the other parts, [n].

    Each complex counts alike in the fit, as in the weights that are shipped.
    """
    probability = np.empty(len(poses))
    count = Counter(poses.complex.tolist())
    weight = np.array([1.0 / count[name] for name in poses.complex.tolist()])
    parts = parts_of(poses)
    for part in np.unique(parts):
        held = parts == part
        fit = fit_pose_calibration(poses.logit[~held], poses.near[~held], weight[~held])
        probability[held] = fit.probability(poses.logit[held])
    return probability


def calibration_error(poses: Poses, probability: Floats) -> Estimate:
    """Return the expected calibration error, its interval over complexes."""

    def error(near: Floats, said: Floats) -> float:
        return expected_calibration_error(said, near)

    near = poses.near.astype(np.float64)
    return bootstrap(error, near, probability, cluster_draws(poses.complex)).estimate


def ranking(poses: Poses) -> Iterator[str]:
    """Yield the rows of the table of one part: top 1, its lead, and the two AUCs of each score."""
    sets = poses.take(decidable(poses))
    within, overall = scores_of(sets, sets.complex), scores_of(poses, None)
    first = {name: first_is_near(sets, score) for name, score in within.items()}
    draws = row_draws(len(first["docking program"]))
    for name, score in within.items():
        lead = compare_means(first[name], first["docking program"], draws).difference
        figures = (
            mean_with_interval(first[name].tolist()),
            lead,
            auc_of_all(poses, overall[name]),
            auc_within(sets, score),
        )
        yield f"| {name} | {len(first[name])} | {' | '.join(map(shown, figures))} |"


def relaxed_crystals(poses: Poses, docked: Booleans) -> str:
    """Return how often a relaxed crystal pose is put first among the poses of its complex."""
    names = set(poses.complex[~docked].tolist())
    if not names:
        return "no relaxed crystal poses."
    sets = np.array([name in names for name in poses.complex.tolist()])
    some, crystal = poses.take(sets), ~docked[sets]
    firsts: dict[str, list[bool]] = {}
    for name, score in scores_of(some, some.complex).items():
        firsts[name] = [
            bool(crystal[rows[np.argmax(score[rows])]]) for _, rows in rows_by_label(some.complex)
        ]
    counts = ", ".join(f"{name} {sum(one)}" for name, one in firsts.items())
    return f"relaxed crystal poses put first among the docked, of {len(names)} complexes: {counts}."


def by_kind_of_ligand(poses: Poses) -> Mapping[str, Booleans]:
    """Return which poses are all, those redocked and those of lipids, where there are any, [n]."""
    masks = {
        "all": np.ones(len(poses), dtype=bool),
        "redocked": ~poses.lipid,
        "lipids": poses.lipid,
    }
    return {name: mask for name, mask in masks.items() if mask.any()}


def report(poses: Poses, docked: Booleans) -> Iterator[str]:
    """Yield the figures as Markdown."""
    ranked = poses.take(docked)
    for name, chosen in by_kind_of_ligand(ranked).items():
        part = ranked.take(chosen)
        complexes = len(np.unique(part.complex))
        yield (
            f"\n{name}: {len(part)} docked poses of {complexes} complexes, "
            f"{int(part.near.sum())} within {NEAR_NATIVE:g} Å; [95 % interval over complexes]\n"
        )
        yield "| score | sets | top 1 | lead over docking | AUC of all poses | AUC within a set |"
        yield "| --- | --- | --- | --- | --- | --- |"
        yield from ranking(part)
    yield f"\n{relaxed_crystals(poses, docked)}\n"
    yield from calibration(ranked)


def calibration(poses: Poses) -> Iterator[str]:
    """Yield the expected calibration error before and after, by part."""
    if len(np.unique(poses.fold)) > 1:
        where = "the other folds"
    else:
        where = f"the other of {DEALS} parts of the only fold, whole protein clusters"
    before, after = 1 / (1 + np.exp(-poses.logit)), calibrated(poses)
    yield f"| expected calibration error | as it comes | calibrated on {where} |"
    yield "| --- | --- | --- |"
    for name, chosen in by_kind_of_ligand(poses).items():
        part = poses.take(chosen)
        figures = (calibration_error(part, one[chosen]) for one in (before, after))
        yield f"| {name} | {' | '.join(map(shown, figures))} |"


def shown(figure: Estimate) -> str:
    """Return a figure with its interval."""
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path, help="folder of a trained ensemble, or of one fold")
    parser.add_argument("--poses", type=Path, required=True, help="index of the docked poses")
    parser.add_argument("--source", default="poses", help="its name in the recipe")
    chosen = parser.parse_args(arguments)
    for line in report(*read_poses(chosen.run, chosen.poses, chosen.source)):
        print(line)


if __name__ == "__main__":
    try:
        main()
    except MolattnError as error:
        sys.exit(str(error))
