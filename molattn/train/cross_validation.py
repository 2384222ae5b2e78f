"""Cross-validation over protein clusters: one run a fold, then one table of honest answers."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch

from molattn.model.conformal import conformal_quantile
from molattn.train.answers import CRYSTAL_COLUMNS, POSE_COLUMNS, read_lines, write_lines
from molattn.train.config import TrainConfig
from molattn.train.prepare import prepare
from molattn.train.run import train
from molattn.train.run_folder import RunFolder
from molattn.train.watch import area_under_curve, pearson

COVERAGE: Final = 0.9
"""Share of measurements that the intervals are made to hold."""

SMALLEST_GROUP: Final = 5
"""Fewest members of a series within which a correlation means something."""

OUT_OF_FOLD_COLUMNS: Final = (*CRYSTAL_COLUMNS[:7], "pK_low", "pK_high", *CRYSTAL_COLUMNS[7:])


def cross_validate(
    config: TrainConfig, *, out: Path | None = None, fresh: bool = False, quiet: bool = False
) -> Path:
    """Train one network a fold and gather its answers for the proteins it has not seen.

    Folds that are finished are not trained again, so an interrupted cross-validation goes on.
    Beside the returned file lie ``out_of_fold_sources.csv`` (the same for further sources),
    ``out_of_fold_poses.csv`` (moved and docked poses) and ``cross_validation.json`` (figures, and
    the calibration of the intervals).

    Parameters
    ----------
    config, fresh, quiet
        See :func:`molattn.train.run.train`.
    out
        Folder; each fold has its run folder ``fold-N`` in it.

    Returns
    -------
    Path
        ``out_of_fold.csv``. The intervals of a fold are calibrated on the other folds.
    """
    folder = out if out is not None else Path("runs") / config.name
    prepared = prepare(config, quiet=quiet)
    runs = []
    for fold in range(prepared.fold_count):
        run = folder / f"fold-{fold}"
        train(config, out=run, fresh=fresh, fold=fold, quiet=quiet, prepared=prepared)
        runs.append(RunFolder(run))
    every = [line for run in runs for line in read_lines(run.held_out)]
    lines = [line for line in every if not line["source"]]
    others = [line for line in every if line["source"]]
    poses = [line for run in runs for line in read_lines(run.held_out_poses)]
    path = folder / "out_of_fold.csv"
    write_lines(with_intervals(lines), OUT_OF_FOLD_COLUMNS, path)
    if others:
        write_lines(others, CRYSTAL_COLUMNS, folder / "out_of_fold_sources.csv")
    write_lines(poses, POSE_COLUMNS, folder / "out_of_fold_poses.csv")
    closest = [run.read_record()["closest_relative_identity"] for run in runs]
    write_figures(folder / "cross_validation.json", lines, others, poses, closest)
    return path


def write_figures(
    path: Path,
    lines: Sequence[dict[str, Any]],
    others: Sequence[dict[str, Any]],
    poses: Sequence[dict[str, Any]],
    closest: Sequence[float | None] | None = None,
) -> None:
    """Write what a cross-validation amounts to.

    Parameters
    ----------
    path
        JSON to write.
    lines, others
        Answers for the complexes that the run is about, and for further sources.
    poses
        Answers for moved and docked poses.
    closest
        For each fold the identity of the closest relatives across it.
    """
    folds = sorted({str(line["fold"]) for line in lines})
    moved = [one for one in poses if not one["source"]]
    figures: dict[str, Any] = {
        "all": affinity_figures(lines) | pose_figures(moved),
        "sources": {
            name: source_figures(
                [one for one in others if one["source"] == name],
                [one for one in poses if one["source"] == name],
            )
            for name in sorted({one["source"] for one in (*others, *poses)} - {""})
        },
        "folds": [
            {
                **affinity_figures([one for one in lines if str(one["fold"]) == fold]),
                **pose_figures([one for one in moved if str(one["fold"]) == fold]),
                "closest_relative_identity": closest[place] if closest else None,
            }
            for place, fold in enumerate(folds)
        ],
        "calibration": {
            "coverage": COVERAGE,
            "quantile": conformal_quantile(_ratios(lines), COVERAGE),
            "count": len(lines),
        },
    }
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def with_intervals(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add ``pK_low`` and ``pK_high``, calibrated for each fold on all the others."""
    result: list[dict[str, Any]] = []
    factor: dict[str, float] = {}
    for fold in {line["fold"] for line in lines}:
        others = [line for line in lines if line["fold"] != fold]
        factor[fold] = conformal_quantile(_ratios(others), COVERAGE)
    for line in lines:
        centre, half = float(line["pK"]), factor[line["fold"]] * float(line["spread"])
        ends = {"pK_low": round(centre - half, 4), "pK_high": round(centre + half, 4)}
        result.append({**line, **ends})
    return result


def affinity_figures(lines: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the number of answers, their RMSE and Pearson's R."""
    said = torch.tensor([float(line["pK"]) for line in lines], dtype=torch.float64)
    measured = torch.tensor([float(line["measured_pK"]) for line in lines], dtype=torch.float64)
    rmse = float((said - measured).square().mean().sqrt())
    return {
        "answers": len(lines),
        "rmse": round(rmse, 4),
        "pearson": round(pearson(said, measured), 4),
    }


def pose_figures(lines: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the AUC of the pose confidence, and how often the crystal pose has the highest."""
    score = torch.tensor([float(line["pose_confidence"]) for line in lines])
    near = torch.tensor([float(line["near_native"]) for line in lines])
    best: dict[str, dict[str, Any]] = {}
    for line in lines:
        known = best.get(line["complex"])
        if known is None or float(line["pose_confidence"]) > float(known["pose_confidence"]):
            best[line["complex"]] = line
    first = sum(str(line["near_native"]) == "1" for line in best.values()) / max(1, len(best))
    return {
        "pose_auc": round(area_under_curve(score, near), 4),
        "near_native_first": round(first, 4),
    }


def source_figures(
    lines: Sequence[dict[str, Any]], poses: Sequence[dict[str, Any]]
) -> dict[str, float]:
    """Return the figures of a further source: within its groups, and of its docked poses."""
    figures: dict[str, float] = affinity_figures(lines) if lines else {}
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        groups[line["group"]].append(line)
    within = [
        pearson(_column(group, "pK"), _column(group, "measured_pK"))
        for name, group in groups.items()
        if name and len(group) >= SMALLEST_GROUP
    ]
    known = [one for one in within if math.isfinite(one)]
    if known:
        figures |= {"groups": len(known), "pearson_within": round(math.fsum(known) / len(known), 4)}
    return figures | (pose_figures(poses) if poses else {})


def _column(lines: Sequence[dict[str, Any]], name: str) -> torch.Tensor:
    return torch.tensor([float(line[name]) for line in lines], dtype=torch.float64)


def _ratios(lines: Sequence[dict[str, Any]]) -> list[float]:
    return [
        abs(float(line["pK"]) - float(line["measured_pK"])) / float(line["spread"])
        for line in lines
    ]
