"""Baselines fitted on the training rows of every fold and asked about its held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from molattn.errors import MissingExtra, UsageError
from molattn.evaluate.baselines import BASELINES, VINA, predict_held_out
from molattn.evaluate.division import Division
from molattn.evaluate.evaluation_set import Booleans, EvaluationSet, Floats
from molattn.evaluate.feature_cache import Task, compute_features
from molattn.evaluate.predictions import Predictions
from molattn.evaluate.vina_baseline import require_vina, vina_energies

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Judged rows and, behind them, training-only rows."""

    parts: tuple[EvaluationSet, ...]

    @property
    def measured(self) -> Floats:
        """Measured pK, [pool]."""
        return np.concatenate([part.measured for part in self.parts])

    @property
    def standard(self) -> Booleans:
        """Rows that may be trained on: crystal or only poses, [pool]."""
        return np.concatenate([part.standard for part in self.parts])

    @property
    def tasks(self) -> list[Task | None]:
        """The files of each row, [pool]."""
        return [
            Task(protein, ligand, int(record)) if protein and ligand else None
            for part in self.parts
            for protein, ligand, record in zip(part.protein, part.ligand, part.record, strict=True)
        ]

    @property
    def ids(self) -> list[str]:
        """The ids, [pool]."""
        return [str(one) for part in self.parts for one in part.id]


@dataclass(frozen=True, slots=True)
class Reading:
    """How structures are read.

    Attributes
    ----------
    cache
        Folder for features and energies.
    workers
        Processes.
    report
        Told how far the work is.
    """

    cache: Path
    workers: int
    report: Report


def available(names: tuple[str, ...], *, asked: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the baselines that can be fitted here, and a sentence for each extra that lacks.

    Parameters
    ----------
    names
        Of baselines.
    asked
        Whether they were named one by one, so that a missing extra is an error.

    Raises
    ------
    MissingExtra
        An extra is missing and the baseline was asked for by name.
    """
    kept, notes = [], []
    for name in names:
        try:
            _require(name)
        except MissingExtra as fault:
            if asked:
                raise
            notes.append(f"{BASELINES[name].title} is left out: {fault}")
        else:
            kept.append(name)
    return tuple(kept), tuple(notes)


def fit_baselines(
    pool: Pool, division: Division, names: tuple[str, ...], reading: Reading
) -> tuple[tuple[Predictions, ...], tuple[str, ...]]:
    """Return the predictions of each baseline for the judged rows, and notes.

    Parameters
    ----------
    pool
        Judged rows, then training-only rows.
    division
        Of the pool.
    names
        Of baselines in :data:`molattn.evaluate.baselines.BASELINES`.
    reading
        Caches and processes.

    Raises
    ------
    UsageError
        Rows name no structures, or a fold has nothing to train on.
    """
    count = len(pool.parts[0])
    tasks, ids = pool.tasks, pool.ids
    if all(task is None for task in tasks):
        raise UsageError(
            "Baselines need the columns protein and ligand; add them, or take --baselines none."
        )
    table = compute_features(
        tasks, reading.cache / "features.npz", workers=reading.workers, report=reading.report
    )
    blocks: dict[str, Floats] = dict(table.blocks)
    clusters = np.unique(division.clusters, return_inverse=True)[1]
    blocks["protein"] = np.column_stack([division.proteins, clusters]).astype(np.float64)
    notes: tuple[str, ...] = ()
    if VINA in names:
        energies, faults = vina_energies(
            tasks, reading.cache / "vina_energies.csv", report=reading.report
        )
        blocks[VINA] = energies[:, None]
        notes += _vina_notes(faults, count)
    usable = pool.standard & table.readable
    folds = [
        ((division.folds == fold) & table.readable, division.training(fold, usable))
        for fold in division.judged
    ]
    reasons = {ids[row]: reason for row, reason in table.faults.items()}
    found = []
    for name in names:
        reading.report(f"fitting {BASELINES[name].title}")
        predicted = predict_held_out(BASELINES[name], blocks, pool.measured, folds)
        found.append(
            Predictions(
                name, BASELINES[name].title, predicted[:count], reasons=reasons, baseline=True
            )
        )
    return tuple(found), notes


def _vina_notes(faults: Mapping[int, str], count: int) -> tuple[str, ...]:
    judged = [row for row in faults if row < count]
    if not judged:
        return ()
    return (
        f"Vina has no energy for {len(judged)} rows, which count with the median of the training "
        f"rows; the first: {faults[judged[0]].rstrip('.')}.",
    )


def _require(name: str) -> None:
    """Raise unless what a baseline needs is installed."""
    from importlib.util import find_spec

    if name == VINA:
        require_vina()
    elif name.endswith("_trees") and find_spec("sklearn") is None:
        raise MissingExtra("scikit-learn", "train")
