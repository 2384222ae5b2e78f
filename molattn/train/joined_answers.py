"""The answers of several members for the same rows, joined as the ensemble would give them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from molattn.errors import InputError
from molattn.model.mixing import Mixing
from molattn.train.answers import CRYSTAL_COLUMNS, POSE_COLUMNS, read_lines, write_lines
from molattn.train.cross_validation import OUT_OF_FOLD_COLUMNS, with_intervals, write_figures

Lines = list[dict[str, Any]]


def join_affinities(files: Mapping[str, Sequence[Path]], mixing: Mixing) -> Lines:
    """Return one line a row: pK as weighted mean, its spread, and each member's pK.

    The spread is ``sqrt(Σ w (σ² + (pK_m - pK)²))``, as :mod:`molattn.model.ensemble` has it.

    Parameters
    ----------
    files
        Member → tables of ``CRYSTAL_COLUMNS``, one a fold.
    mixing
        What each member counts.

    Raises
    ------
    InputError
        Members answered for different rows.
    """
    joined: Lines = []
    rows = _by_row(files, "id")
    for row, weights, known in zip(rows, *_weights(rows, mixing), strict=True):
        said = {name: float(line["pK"]) for name, line in row.items()}
        pK = sum(weights[name] * value for name, value in said.items())
        variance = sum(
            weights[name] * (float(line["spread"]) ** 2 + (said[name] - pK) ** 2)
            for name, line in row.items()
        )
        between = sum(weights[name] * (value - pK) ** 2 for name, value in said.items())
        line: dict[str, Any] = dict(next(iter(row.values())))
        line |= {
            "pK": round(pK, 4),
            "spread": round(math.sqrt(variance), 4),
            "pose_confidence": _confidence(row, weights),
            "ensemble_spread": round(math.sqrt(between), 4),
            "familiarity": round(known, 4),
            **{f"pK_{name}": round(value, 4) for name, value in said.items()},
        }
        joined.append(line)
    return joined


def join_poses(files: Mapping[str, Sequence[Path]], mixing: Mixing) -> Lines:
    """Return one line a pose: the confidence of the members that look at poses, and mean pK."""
    joined: Lines = []
    rows = _by_row(files, "id", "pose")
    for row, weights, known in zip(rows, *_weights(rows, mixing), strict=True):
        line: dict[str, Any] = dict(next(iter(row.values())))
        pK = sum(weights[name] * float(one["pK"]) for name, one in row.items())
        line |= {
            "pK": round(pK, 4),
            "pose_confidence": _confidence(row, weights),
            "familiarity": round(known, 4),
        }
        joined.append(line)
    return joined


def write_joined(folder: Path, affinities: Lines, poses: Lines) -> None:
    """Write the tables of an ensemble and their figures beside them."""
    own = [line for line in affinities if not line["source"]]
    others = [line for line in affinities if line["source"]]
    more = [name for name in (affinities[0] if affinities else {}) if name.startswith("pK_")]
    more = ["ensemble_spread", *more]
    write_lines(with_intervals(own), (*OUT_OF_FOLD_COLUMNS, *more), folder / "out_of_fold.csv")
    if others:
        write_lines(others, (*CRYSTAL_COLUMNS, *more), folder / "out_of_fold_sources.csv")
    write_lines(poses, POSE_COLUMNS, folder / "out_of_fold_poses.csv")
    write_figures(folder / "cross_validation.json", own, others, poses)


def _weights(
    rows: Sequence[Mapping[str, Mapping[str, str]]], mixing: Mixing
) -> tuple[list[dict[str, float]], list[float]]:
    """Return for each row the weight of each member, and how familiar the row is."""
    said = [[line.get("familiarity") or "0" for line in row.values()] for row in rows]
    familiarity = [max(map(float, values)) for values in said]
    table = mixing.weights(torch.tensor(familiarity, dtype=torch.float64)).tolist()
    return [dict(zip(mixing.new, shares, strict=True)) for shares in table], familiarity


def _by_row(files: Mapping[str, Sequence[Path]], *key: str) -> list[dict[str, dict[str, str]]]:
    """Return for each row of the tables member → its line, in the order of the first member."""
    rows: defaultdict[tuple[str, ...], dict[str, dict[str, str]]] = defaultdict(dict)
    for name, paths in files.items():
        for path in paths:
            for line in read_lines(path):
                rows[tuple(line[one] for one in key)][name] = line
    for place, row in rows.items():
        lacking = sorted(set(files) - set(row))
        if lacking:
            raise InputError(
                f"Member {lacking[0]} has no answer for {place[0]}; the members were trained on "
                "other data. Train them again with --fresh."
            )
    return list(rows.values())


def _confidence(row: Mapping[str, Mapping[str, str]], weights: Mapping[str, float]) -> float | str:
    """Return the probability at the mean logit of the members that look at poses."""
    looking = {
        name: min(max(float(one["pose_confidence"]), 1e-4), 1 - 1e-4)
        for name, one in row.items()
        if one["pose_confidence"]
    }
    total = sum(weights[name] for name in looking)
    if not total:
        return ""
    logit = sum(weights[n] * math.log(p / (1 - p)) for n, p in looking.items()) / total
    return round(1 / (1 + math.exp(-logit)), 4)
