"""Cross-validation over protein clusters: one run a fold, then one table of honest answers."""

from __future__ import annotations

import json
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

OUT_OF_FOLD_COLUMNS: Final = (*CRYSTAL_COLUMNS[:7], "pK_low", "pK_high", *CRYSTAL_COLUMNS[7:])


def cross_validate(
    config: TrainConfig, *, out: Path | None = None, fresh: bool = False, quiet: bool = False
) -> Path:
    """Train one network a fold and gather its answers for the proteins it has not seen.

    Folds that are finished are not trained again, so an interrupted cross-validation goes on.
    Beside the returned file lie ``out_of_fold_poses.csv`` (moved poses) and
    ``cross_validation.json`` (figures, and the calibration of the intervals).

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
    lines = [line for run in runs for line in read_lines(run.held_out)]
    poses = [line for run in runs for line in read_lines(run.held_out_poses)]
    path = folder / "out_of_fold.csv"
    write_lines(with_intervals(lines), OUT_OF_FOLD_COLUMNS, path)
    write_lines(poses, POSE_COLUMNS, folder / "out_of_fold_poses.csv")
    figures = {
        "all": affinity_figures(lines) | pose_figures(poses),
        "folds": [
            affinity_figures(read_lines(run.held_out))
            | pose_figures(read_lines(run.held_out_poses))
            | {"closest_relative_identity": run.read_record()["closest_relative_identity"]}
            for run in runs
        ],
        "calibration": {
            "coverage": COVERAGE,
            "quantile": conformal_quantile(_ratios(lines), COVERAGE),
            "count": len(lines),
        },
    }
    text = json.dumps(figures, indent=1) + "\n"
    (folder / "cross_validation.json").write_text(text, encoding="utf-8")
    return path


def with_intervals(lines: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
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


def affinity_figures(lines: Sequence[dict[str, str]]) -> dict[str, float]:
    """Return the number of answers, their RMSE and Pearson's R."""
    said = torch.tensor([float(line["pK"]) for line in lines], dtype=torch.float64)
    measured = torch.tensor([float(line["measured_pK"]) for line in lines], dtype=torch.float64)
    rmse = float((said - measured).square().mean().sqrt())
    return {
        "answers": len(lines),
        "rmse": round(rmse, 4),
        "pearson": round(pearson(said, measured), 4),
    }


def pose_figures(lines: Sequence[dict[str, str]]) -> dict[str, float]:
    """Return the AUC of the pose confidence, and how often the crystal pose has the highest."""
    score = torch.tensor([float(line["pose_confidence"]) for line in lines])
    near = torch.tensor([float(line["near_native"]) for line in lines])
    best: dict[str, dict[str, str]] = {}
    for line in lines:
        known = best.get(line["id"])
        if known is None or float(line["pose_confidence"]) > float(known["pose_confidence"]):
            best[line["id"]] = line
    first = sum(line["near_native"] == "1" for line in best.values()) / max(1, len(best))
    return {
        "pose_auc": round(area_under_curve(score, near), 4),
        "near_native_first": round(first, 4),
    }


def _ratios(lines: Sequence[dict[str, str]]) -> list[float]:
    return [
        abs(float(line["pK"]) - float(line["measured_pK"])) / float(line["spread"])
        for line in lines
    ]
