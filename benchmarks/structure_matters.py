"""How much of what a trained ensemble knows lies in the structure, on proteins it has not seen.

::

    python benchmarks/structure_matters.py RUN --config configs/ensemble.yaml \
        --data crystal/index.csv --source docked=docked/index.csv [--limit 300]

RUN is the folder of `molattn train` with that recipe. Each measured complex is scored by the
members that held it out, three times: as it is; with its ligand in the pocket of a complex of
another protein cluster of its fold, whose ligand is as large and unlike; with its ligand in a wrong
pose about 4 Å away in its own pocket. Beside them stand trees that see the ligand alone, fitted on
the crystal complexes that each fold trains on. Folds that are not finished do not count.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray

from molattn.cli.train import with_sources
from molattn.errors import InputError, MolattnError, UsageError
from molattn.evaluate.baselines import BASELINES, predict_held_out
from molattn.evaluate.disturbed import (
    Disturbed,
    SiteFiles,
    Sites,
    chance,
    in_a_wrong_pose,
    in_another_pocket,
    native_graph,
)
from molattn.evaluate.features import ligand_descriptors
from molattn.evaluate.metrics import Estimate
from molattn.evaluate.run_folds import Held, finished_folds, fold_ensemble, held_out
from molattn.evaluate.structure_gain import StructureGain, structure_gain
from molattn.graph import ComplexGraph, collate
from molattn.graph.fingerprint import ligand_fingerprint
from molattn.model.ensemble import Ensemble
from molattn.structure import read_ligand
from molattn.structure.standard_form import standard_form
from molattn.train.config import TrainConfig, load_config
from molattn.train.manifest import ManifestRow, read_rows
from molattn.train.prepare import divide
from molattn.train.progress import Progress
from molattn.train.splits import training_rows

Floats = NDArray[np.float64]

NATIVE, SWAPPED, MOVED = "as it is", "in another pocket", "in a wrong pose"
LIGAND_ONLY = "ligand only"


@dataclass(frozen=True)
class Answers:
    """What the ensemble says of one complex under each condition that could be made."""

    held: Held
    pK: Mapping[str, float]
    disturbed: Mapping[str, Disturbed]


def answers_of_fold(
    ensemble: Ensemble, held: Sequence[Held], limit: int, seed: int
) -> Iterator[Answers | None]:
    """Yield the answers for up to ``limit`` complexes of a fold, 0 for all.

    One whose files cannot be used is named on standard error and gives None.
    """
    sites = Sites(
        [
            SiteFiles(one.row.id, one.row.protein, one.row.ligand, one.cluster, one.row.record)
            for one in held
        ]
    )
    chosen = sorted(held, key=lambda one: chance(seed, one.row.id))[: limit or None]
    for one in chosen:
        try:
            yield answers_of(ensemble, sites, one, seed)
        except InputError as error:
            print(f"{one.row.id}: {error}", file=sys.stderr)
            yield None


def answers_of(ensemble: Ensemble, sites: Sites, held: Held, seed: int) -> Answers:
    """Return what the ensemble says of one complex as it is and disturbed."""
    name = held.row.id
    if name in sites.faults:
        raise InputError(sites.faults[name])
    made = {
        SWAPPED: in_another_pocket(sites, name, seed=seed),
        MOVED: in_a_wrong_pose(sites, name, seed=seed),
    }
    disturbed = {key: one for key, one in made.items() if one is not None}
    graphs: dict[str, ComplexGraph] = {
        NATIVE: native_graph(sites, name),
        **{key: one.graph for key, one in disturbed.items()},
    }
    with torch.inference_mode():
        said = ensemble(collate(list(graphs.values()))).pK.double().tolist()
    return Answers(held, dict(zip(graphs, said, strict=True)), disturbed)


def ligand_only(config: TrainConfig, held: Sequence[Held]) -> dict[str, float]:
    """Return what trees on the ligand alone say of held-out complexes, by id.

    They are fitted, fold by fold, on the measured complexes of the manifest that the fold trains
    on: no relative of a held-out protein, no ligand like a held-out one where the recipe says so.

    Raises
    ------
    InputError
        The recipe divides these data into other folds than those of the run.
    """
    rows = read_rows(config)
    division = divide(rows, config, quiet=True)
    known = {row.id: place for place, row in enumerate(rows)}
    for one in held:
        if division.folds[known[one.row.id]] != one.fold:
            raise InputError(
                f"{one.row.id} is in fold {one.fold} of the run and in fold "
                f"{division.folds[known[one.row.id]]} of the recipe; give the recipe and every "
                "source of the run, or a table with --ligand-only."
            )
    blocks, places = ligand_blocks(rows)
    measured = np.array([rows[place].pK for place in places])
    folds = np.array(division.folds)[places]
    left_out = division.left_out[places]
    wanted = {one.row.id for one in held}
    asked = np.array([rows[place].id in wanted for place in places])
    predicted = predict_held_out(
        BASELINES["ligand_trees"],
        blocks,
        measured,
        [
            (asked & (folds == fold), training_rows(folds, fold, left_out))
            for fold in sorted({one.fold for one in held})
        ],
    )
    return {
        rows[place].id: float(value)
        for place, value in zip(places, predicted, strict=True)
        if np.isfinite(value)
    }


def ligand_blocks(rows: Sequence[ManifestRow]) -> tuple[dict[str, Floats], list[int]]:
    """Return descriptors and fingerprints of the measured complexes of the manifest.

    Also their places among ``rows``; complexes of further sources, and those whose ligand cannot
    be read, are left out.
    """
    found: list[tuple[Floats, Floats]] = []
    places: list[int] = []
    for place, row in enumerate(rows):
        if not row.labelled or row.source:
            continue
        try:
            mol = standard_form(read_ligand(row.ligand, row.record).mol)
        except InputError:
            continue
        found.append((ligand_descriptors(mol), np.asarray(ligand_fingerprint(mol), dtype=float)))
        places.append(place)
    names = BASELINES["ligand_trees"].blocks
    return {name: np.array([one[i] for one in found]) for i, name in enumerate(names)}, places


def read_predictions(path: Path) -> dict[str, float]:
    """Return the column pK of a table by its column id."""
    with path.open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    if not lines or not {"id", "pK"} <= set(lines[0]):
        raise UsageError(f"{path} needs the columns id and pK.")
    return {line["id"]: float(line["pK"]) for line in lines if line["pK"]}


def judge(answers: Sequence[Answers], floor: Mapping[str, float]) -> StructureGain:
    """Return the figures of every condition, on the complexes that all of them answer."""
    nothing = float("nan")
    predicted = {
        name: np.array([one.pK.get(name, nothing) for one in answers])
        for name in (NATIVE, SWAPPED, MOVED)
    }
    predicted[LIGAND_ONLY] = np.array([floor.get(one.held.row.id, nothing) for one in answers])
    return structure_gain(
        np.array([one.held.row.pK for one in answers]),
        predicted,
        np.array([one.held.fold for one in answers]),
        np.array([one.held.cluster for one in answers]),
        undisturbed=NATIVE,
        floor=LIGAND_ONLY,
    )


def report(answers: Sequence[Answers], gain: StructureGain) -> Iterator[str]:
    """Yield the figures as Markdown."""
    yield (
        f"{gain.rows} complexes of {gain.clusters} protein clusters in {gain.folds} folds; "
        "[95 % interval over clusters]\n"
    )
    yield "| structure | R | RMSE | R within folds | RMSE within folds | mean change of pK |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in gain.conditions:
        figures = (one.pearson, one.rmse, one.fold_pearson, one.fold_rmse, one.change)
        yield f"| {one.condition} | {' | '.join(map(shown, figures))} |"
    yield (
        f"\ngain over {LIGAND_ONLY}: R {shown(gain.gain)}, two-sided share of draws at or beyond "
        f"zero {gain.gain_share:.3f}; within folds {shown(gain.fold_gain)}\n"
    )
    yield "| disturbed | of the gain it destroys | within folds | scored lower | median clashes |"
    yield "| --- | --- | --- | --- | --- |"
    for one in gain.conditions:
        poses = [a.disturbed[one.condition].pose for a in answers if one.condition in a.disturbed]
        if poses:
            clashes = f"{median(pose.clashes for pose in poses):g}"
            shares = (one.lost, one.fold_lost, one.lower)
            yield f"| {one.condition} | {' | '.join(map(shown, shares))} | {clashes} |"


def shown(figure: Estimate) -> str:
    """Return a figure with its interval."""
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def collect(run: Path, config: TrainConfig, limit: int, seed: int) -> list[Answers]:
    """Return the answers of every finished fold, ``limit`` complexes in all, 0 for all."""
    folds = finished_folds(run, config)
    held = {fold: held_out(run, config, fold) for fold in folds}
    each = -(-limit // len(folds)) if limit else 0
    total = sum(min(each or len(one), len(one)) for one in held.values())
    answers: list[Answers] = []
    with Progress("Scoring complexes", total) as progress:
        for fold, rows in held.items():
            ensemble = fold_ensemble(run, config, fold)
            for answer in answers_of_fold(ensemble, rows, each, seed):
                progress.advance(1)
                if answer is not None:
                    answers.append(answer)
    return answers


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path, help="folder of a trained ensemble")
    parser.add_argument("--config", type=Path, required=True, help="its recipe")
    parser.add_argument("--data", type=Path, help="manifest, instead of the recipe's")
    parser.add_argument("--source", action="append", default=[], help="NAME=MANIFEST, as trained")
    parser.add_argument("--ligand-only", type=Path, help="CSV with id, pK, instead of the trees")
    parser.add_argument("--limit", type=int, default=0, help="complexes at most, 0 for all")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of pockets and poses")
    chosen = parser.parse_args(arguments)
    config = with_sources(load_config(chosen.config), chosen.source)
    if chosen.data is not None:
        data = config.data.model_copy(update={"manifest": chosen.data})
        config = config.model_copy(update={"data": data})
    answers = collect(chosen.run, config, chosen.limit, chosen.seed)
    if chosen.ligand_only is not None:
        floor = read_predictions(chosen.ligand_only)
    else:
        floor = ligand_only(config, [one.held for one in answers])
    for line in report(answers, judge(answers, floor)):
        print(line)


if __name__ == "__main__":
    try:
        main()
    except MolattnError as error:
        sys.exit(str(error))
