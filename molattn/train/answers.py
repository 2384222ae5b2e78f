"""Answers of a trained network for poses of a data set, as tables."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import nn

from molattn.train.dataset import Dataset
from molattn.train.sampling import FixedLoader

CRYSTAL_COLUMNS: Final = (
    "id",
    "protein",
    "ligand",
    "fold",
    "cluster",
    "measured_pK",
    "pK",
    "spread",
    "pose_confidence",
    "source",
    "group",
    "familiarity",
)
POSE_COLUMNS: Final = (
    "id",
    "source",
    "complex",
    "fold",
    "cluster",
    "pose",
    "rmsd",
    "clashes",
    "near_native",
    "pK",
    "pose_confidence",
    "familiarity",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network says of one example.

    Attributes
    ----------
    example
        Number in the data set.
    pose_confidence
        Probability that the pose is within 2 Å of the crystal pose.
    familiarity
        Likeness to what was measured, 0 to 1; ``nan`` from a network that does not compare.
    """

    example: int
    pK: float
    spread: float
    pose_confidence: float
    familiarity: float = math.nan


def answer(
    network: nn.Module, dataset: Dataset, examples: Sequence[int], batch_size: int
) -> list[Answer]:
    """Return the network's answers, in the order of ``examples``."""
    network.eval()
    answers: list[Answer] = []
    with torch.no_grad():
        for batch in FixedLoader(dataset, examples, batch_size):
            said = network(batch.graph)
            known = said.familiarity
            known = torch.full_like(said.pK, math.nan) if known is None else known
            columns = (said.pK, said.spread, torch.sigmoid(said.pose_logit), known)
            rows = torch.stack([one.double() for one in columns], dim=1).tolist()
            answers += [Answer(one, *row) for one, row in zip(batch.examples, rows, strict=True)]
    return answers


def crystal_lines(
    dataset: Dataset, answers: Iterable[Answer], clusters: Sequence[str], fold: int
) -> list[dict[str, object]]:
    """Return a line of ``CRYSTAL_COLUMNS`` for each answer about a labelled pose."""
    lines: list[dict[str, object]] = []
    for one in answers:
        example = dataset.examples[one.example]
        if not example.labelled:
            continue
        row = dataset.rows[example.row]
        lines.append(
            {
                "id": row.id,
                "protein": row.columns.get("protein", str(row.protein)),
                "ligand": row.columns.get("ligand", str(row.ligand)),
                "fold": fold,
                "cluster": clusters[example.row],
                "measured_pK": example.pK,
                "pK": round(one.pK, 4),
                "spread": round(one.spread, 4),
                "pose_confidence": round(one.pose_confidence, 4),
                "source": row.source,
                "group": row.group,
                "familiarity": _familiarity(one),
            }
        )
    return lines


def pose_lines(
    dataset: Dataset, answers: Iterable[Answer], clusters: Sequence[str], fold: int
) -> list[dict[str, object]]:
    """Return a line of ``POSE_COLUMNS`` for each answer about a pose of known RMSD."""
    lines: list[dict[str, object]] = []
    for one in answers:
        example = dataset.examples[one.example]
        if not math.isfinite(example.rmsd):
            continue
        row = dataset.rows[example.row]
        lines.append(
            {
                "id": row.id,
                "source": row.source,
                "complex": row.complex,
                "fold": fold,
                "cluster": clusters[example.row],
                "pose": example.pose,
                "rmsd": round(example.rmsd, 3),
                "clashes": example.clashes,
                "near_native": int(example.near_native),
                "pK": round(one.pK, 4),
                "pose_confidence": round(one.pose_confidence, 4),
                "familiarity": _familiarity(one),
            }
        )
    return lines


def _familiarity(one: Answer) -> float | str:
    return round(one.familiarity, 4) if math.isfinite(one.familiarity) else ""


def write_lines(lines: Iterable[Mapping[str, object]], columns: Sequence[str], path: Path) -> None:
    """Write lines as a CSV that appears only when it is whole."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    partial.replace(path)


def read_lines(path: Path) -> list[dict[str, str]]:
    """Return the lines of a CSV."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
