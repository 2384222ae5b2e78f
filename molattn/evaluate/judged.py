"""Everything that is judged, in one record: rows, models, folds, regimes, groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from molattn.errors import UsageError
from molattn.evaluate.division import Nearness
from molattn.evaluate.evaluation_set import Booleans, EvaluationSet, Integers, Strings
from molattn.evaluate.predictions import Predictions

GROUP_COLUMNS: Final = ("series", "group")
"""Columns whose values are groups unless another is named."""

SMALLEST_REGIME: Final = 20
"""Fewest rows for which a regime is reported apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Rows with what every model says of them, and how they stand to the training.

    Attributes
    ----------
    rows
        [n] what is judged.
    models
        Models given first, baselines behind them.
    folds, clusters
        [n] fold in which a row is held out, name of its protein cluster.
    near
        [n] how near each row is to the training of its fold.
    groups
        [n] label within which ranking is judged, "" for none.
    group_column
        Where the groups come from.
    scheme
        Where the folds come from, for a reader.
    """

    rows: EvaluationSet
    models: tuple[Predictions, ...]
    folds: Integers
    clusters: Strings
    near: Nearness
    groups: Strings
    group_column: str
    scheme: str

    @property
    def answered(self) -> Booleans:
        """Rows of which every model says something, [n]."""
        answered = np.ones(len(self.rows), dtype=np.bool_)
        for model in self.models:
            answered &= model.answered
        return answered

    @property
    def used(self) -> Booleans:
        """Rows of the main table: crystal or only pose, answered by every model, [n]."""
        return self.rows.standard & self.answered

    @property
    def judged_model(self) -> Predictions | None:
        """The model that the baselines are compared with: the first that is none."""
        return next((model for model in self.models if not model.baseline), None)

    def regimes(self, rows: Booleans) -> dict[str, Booleans]:
        """Return the rows of each regime that is large enough to be reported apart."""
        relative = self.near.relative
        apart = {"relative": rows & relative, "no_relative": rows & ~relative}
        return {"all": rows} | {
            name: mask for name, mask in apart.items() if SMALLEST_REGIME <= mask.sum() < rows.sum()
        }


def group_labels(rows: EvaluationSet, clusters: Strings, column: str | None) -> tuple[Strings, str]:
    """Return the group of each row and where it comes from.

    Parameters
    ----------
    rows
        The judged rows.
    clusters
        Their protein clusters, which are the groups where no column says otherwise.
    column
        The wanted column; None for the first of :data:`GROUP_COLUMNS` that there is.

    Raises
    ------
    UsageError
        There is no such column.
    """
    if column is not None and column not in rows.columns:
        raise UsageError(
            f"The manifest has no column {column} to group by; it has {', '.join(rows.columns)}."
        )
    name = column or next((one for one in GROUP_COLUMNS if (rows.text(one) != "").any()), None)
    return (clusters, "protein cluster") if name is None else (rows.text(name), name)


def regime_notes(judged: Judged) -> tuple[str, ...]:
    """Return a sentence on how many rows stand in each regime."""
    rows = judged.used
    relative = int((rows & judged.near.relative).sum())
    total = int(rows.sum())
    if total == 0:
        return ()
    return (
        f"{relative} of {total} rows have a protein of their cluster in the training rows of "
        f"their fold, {total - relative} have none ({judged.scheme}).",
    )


def missing_notes(judged: Judged) -> tuple[str, ...]:
    """Return a sentence for each model that leaves rows without an answer."""
    standard = judged.rows.standard
    notes = []
    for model in judged.models:
        silent = standard & ~model.answered
        if silent.any():
            named = ", ".join(
                f"{one} ({model.reasons.get(one, 'no number').rstrip('.')})"
                for one in judged.rows.id[silent][:3].tolist()
            )
            more = "" if silent.sum() <= 3 else ", …"
            notes.append(f"{model.title} has no answer for {silent.sum()} rows: {named}{more}.")
    left = int((standard & ~judged.answered).sum())
    if left:
        notes.append(
            f"{left} of {int(standard.sum())} rows are left out of the table, which compares all "
            "models on the rows that each of them answers."
        )
    return tuple(notes)
