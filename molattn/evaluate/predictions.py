"""What a model says of the judged rows: read from a CSV, or asked of molattn's own weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import UsageError
from molattn.evaluate.domains import known_domains
from molattn.evaluate.evaluation_set import EvaluationSet, as_numbers, read_table

Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Strings = NDArray[np.str_]

INTERVAL: Final = 0.90
"""Confidence of the predicted interval that a spread stands for."""

PREDICTED: Final = "pK"
"""Column of a prediction unless another is named."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What one model says of every judged row.

    Attributes
    ----------
    name
        Of its columns in every file.
    title
        For a reader.
    predicted
        [n] pK, NaN where the model has no answer.
    low, high
        [n] ends of the 90 % interval, None without one.
    fold, cluster
        [n] as the predictions' own file says, None if it does not.
    confidence
        [n] probability that the pose is right, None where the model says none.
    domain
        [n] in, near, out, or empty where it is not said; None where the model says none.
    reasons
        Why there is no answer, by id.
    notes
        Sentences for the report.
    baseline
        Whether it was fitted here to compare with.
    """

    name: str
    title: str
    predicted: Floats
    low: Floats | None = None
    high: Floats | None = None
    fold: Integers | None = None
    cluster: Strings | None = None
    confidence: Floats | None = None
    domain: Strings | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    baseline: bool = False

    @property
    def answered(self) -> Booleans:
        """Rows with an answer, [n]."""
        return np.isfinite(self.predicted)

    def select(self, rows: Booleans) -> Predictions:
        """Return the rows where the mask [n] is true."""
        return replace(
            self,
            predicted=self.predicted[rows],
            low=None if self.low is None else self.low[rows],
            high=None if self.high is None else self.high[rows],
            fold=None if self.fold is None else self.fold[rows],
            cluster=None if self.cluster is None else self.cluster[rows],
            confidence=None if self.confidence is None else self.confidence[rows],
            domain=None if self.domain is None else self.domain[rows],
        )


@dataclass(frozen=True, slots=True)
class PredictionSource:
    """Where predictions are read from: ``[NAME=]FILE.csv[:[-]COLUMN]``."""

    path: Path
    name: str
    column: str = PREDICTED
    negated: bool = False


def parse_source(text: str) -> PredictionSource:
    """Read ``[NAME=]FILE.csv[:[-]COLUMN]``; without NAME the file's own name is taken.

    A minus before the column turns an energy, of which lower is better, round.
    """
    name, equals, rest = text.partition("=")
    if not equals or "/" in name or Path(text).is_file():
        name, rest = "", text
    path, column = Path(rest), PREDICTED
    if not path.is_file() and ":" in rest:
        front, _, back = rest.rpartition(":")
        path, column = (Path(front), back) if front and back else (path, column)
    if not rest:
        raise UsageError(f"--predictions {text!r} names no file; write [NAME=]FILE.csv[:COLUMN].")
    stem = path.name.removesuffix(".gz").removesuffix(".csv")
    return PredictionSource(
        path, name or stem or "model", column.removeprefix("-"), column.startswith("-")
    )


def read_predictions(source: PredictionSource, rows: EvaluationSet) -> Predictions:
    """Read predictions and join them to the judged rows by ``id``.

    Parameters
    ----------
    source
        A CSV with ``id`` and the named column; optional ``pK_low`` and ``pK_high`` or ``spread``
        (standard deviation, pK), ``fold``, ``cluster``, ``domain``.
    rows
        What is judged. Predictions for other ids are passed over.

    Raises
    ------
    FileUnreadable
        The file is missing or not a table.
    UsageError
        A column is missing, an id stands twice, or no id is shared.
    """
    table = read_table(source.path)
    if source.column not in table:
        raise UsageError(
            f"{source.path} has no column {source.column}; name the right one as "
            f"{source.name}={source.path}:COLUMN."
        )
    table = table.set_index("id")
    strangers = int((~table.index.isin(rows.id)).sum())
    if strangers == len(table):
        raise UsageError(
            f"{source.path} shares no id with the manifest; its first is "
            f"{table.index[0] if len(table) else 'missing'}, the manifest's {rows.id[0]}."
        )
    joined = table.reindex(rows.id).fillna("")
    columns = {str(name): joined[name].to_numpy(dtype=np.str_) for name in joined}
    absent = ~np.isin(rows.id, table.index.to_numpy(dtype=np.str_))
    reasons = {str(one): "not in the predictions" for one in rows.id[absent]}
    notes = (
        (f"{source.name}: {strangers} predictions of other ids are passed over.",)
        if strangers
        else ()
    )
    found = from_columns(source.name, source.name, columns, column=source.column)
    if source.negated:
        found = replace(found, predicted=-found.predicted, low=None, high=None)
    return replace(found, reasons=reasons, notes=notes)


def from_columns(
    name: str, title: str, columns: Mapping[str, Strings], *, column: str = PREDICTED
) -> Predictions:
    """Return the predictions that stand in columns of text, [n] each."""
    predicted = as_numbers(columns[column])
    low, high = _interval(predicted, columns) if column == PREDICTED else (None, None)
    fold = as_numbers(columns["fold"]) if "fold" in columns else None
    return Predictions(
        name=name,
        title=title,
        predicted=predicted,
        low=low,
        high=high,
        fold=None if fold is None else np.nan_to_num(fold, nan=-1.0).astype(np.int64),
        cluster=columns.get("cluster"),
        confidence=as_numbers(columns["pose_confidence"]) if "pose_confidence" in columns else None,
        domain=known_domains(columns["domain"]) if "domain" in columns else None,
    )


def own_predictions(rows: EvaluationSet, title: str) -> Predictions | None:
    """Return the predictions in the manifest itself: ``pK`` beside ``measured_pK``."""
    if PREDICTED not in rows.columns or "measured_pK" not in rows.columns:
        return None
    return from_columns("model", title, rows.columns)


def _interval(
    predicted: Floats, columns: Mapping[str, Strings]
) -> tuple[Floats | None, Floats | None]:
    """Return the 90 % interval: as given, else from the spread of a normal error."""
    if "pK_low" in columns and "pK_high" in columns:
        low, high = as_numbers(columns["pK_low"]), as_numbers(columns["pK_high"])
        turned = int((low > high).sum())
        if turned:
            raise UsageError(
                f"pK_low is above pK_high in {turned} rows of the predictions; put them right."
            )
        return low, high
    if "spread" not in columns:
        return None, None
    reach = NormalDist().inv_cdf((1 + INTERVAL) / 2) * as_numbers(columns["spread"])
    return predicted - reach, predicted + reach
