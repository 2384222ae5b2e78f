"""From predictions to the table: a model and every baseline on the same rows and folds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import OutputError, UsageError
from molattn.evaluate.baselines import BASELINES, predict_left_out
from molattn.evaluate.feature_cache import FeatureTable, compute_features
from molattn.evaluate.metrics import (
    METRICS,
    REPEATS,
    Bootstrap,
    WithinCluster,
    bootstrap,
    cluster_draws,
    coverage,
    mean_width,
    within_cluster,
)
from molattn.evaluate.plots import write_plots
from molattn.evaluate.predictions import Predictions, read_predictions
from molattn.evaluate.table import (
    REGIMES,
    FoldMean,
    Line,
    Table,
    write_csv,
    write_json,
    write_markdown,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Strings = NDArray[np.str_]
Booleans = NDArray[np.bool_]

MODEL: Final = "model"
"""Name of the judged model in every file."""

CORRELATIONS: Final = ("pearson", "spearman", "kendall")
"""Metrics that are also reported within clusters."""

SMALLEST_REGIME: Final = 20
"""Fewest rows for which a regime is reported apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What one model predicts for every row."""

    name: str
    title: str
    predicted: Floats  # [n] pK
    low: Floats | None = None  # [n] 90 % interval
    high: Floats | None = None


def evaluate_folds(
    out_of_fold_csv: Path,
    manifest: Path,
    out: Path,
    baselines: Iterable[str] = tuple(BASELINES),
    workers: int = 1,
    title: str = "molattn",
    repeats: int = REPEATS,
) -> Table:
    """Judge out-of-fold predictions beside baselines, and write the table.

    Writes ``metrics.csv``, ``metrics.json``, ``table.md``, ``baselines.csv`` (the predictions of
    every baseline), ``features.npz`` (a cache) and, with matplotlib, the plots.

    Parameters
    ----------
    out_of_fold_csv
        See :func:`molattn.evaluate.predictions.read_predictions`. Without a column ``pK`` only
        the baselines are judged.
    manifest
        CSV with ``id, protein, ligand``.
    out
        Folder for the files; made if missing.
    baselines
        Names in :data:`molattn.evaluate.baselines.BASELINES`; they need a column ``fold``.
    workers
        Processes that read structures for the baselines, two at most.
    title
        How the model is called in the table.
    repeats
        Draws of the bootstrap.

    Raises
    ------
    InputError, UsageError, OutputError, MissingExtra
        See :mod:`molattn.errors`.
    """
    chosen = _chosen(baselines)
    predictions = read_predictions(out_of_fold_csv, manifest)
    if chosen and predictions.fold is None:
        raise UsageError(
            f"{out_of_fold_csv} has no column fold, so baselines cannot be fitted on the other "
            "folds; add it, or leave the baselines out."
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError(f"{out} cannot be made a folder ({fault.strerror}).") from fault
    notes = predictions.dropped
    features: FeatureTable | None = None
    if chosen:
        features = compute_features(predictions, out / "features.npz", workers)
        notes += features.notes
        predictions = predictions.select(features.readable)
    columns = _columns(predictions, features, chosen, title)
    table = Table(build_lines(predictions, columns, repeats), notes)
    write_csv(table, out / "metrics.csv")
    write_json(table, out / "metrics.json")
    write_markdown(table, out / "table.md")
    if chosen:
        _write_baselines(predictions, columns, out / "baselines.csv")
    return Table(table.lines, notes + write_plots(predictions, out))


def regime_rows(folds: Integers | None, clusters: Strings) -> dict[str, Booleans]:
    """Return the rows of each regime of :data:`molattn.evaluate.table.REGIMES`.

    A row has a relative in training when its cluster also stands in another fold. Without folds
    only ``all`` is known; a regime of few rows, or of all rows, is not reported apart.
    """
    rows = {"all": np.ones(len(clusters), dtype=np.bool_)}
    if folds is None:
        return rows
    _, cluster = np.unique(clusters, return_inverse=True)
    pairs = np.unique(np.column_stack([cluster, folds]), axis=0)
    relative = np.bincount(pairs[:, 0])[cluster] > 1
    apart = {"relative": relative, "no_relative": ~relative}
    return rows | {
        name: mask for name, mask in apart.items() if SMALLEST_REGIME <= mask.sum() < len(mask)
    }


def build_lines(
    predictions: Predictions, columns: tuple[Column, ...], repeats: int = REPEATS
) -> tuple[Line, ...]:
    """Return one line for each regime and model, intervals paired over the same draws.

    Where the first column is the judged model, every other line holds the model minus itself.
    """
    lines = []
    regimes = regime_rows(predictions.fold, predictions.cluster)
    for regime in (name for name in REGIMES if name in regimes):
        rows = regimes[regime]
        draws = cluster_draws(predictions.cluster[rows], repeats)
        model: Mapping[str, Bootstrap] | None = None
        for column in columns:
            found = {
                name: bootstrap(metric, predictions.measured[rows], column.predicted[rows], draws)
                for name, metric in METRICS.items()
            }
            lines.append(_line(predictions, rows, regime, column, found, model))
            if column.name == MODEL:
                model = found
    return tuple(lines)


def _line(
    predictions: Predictions,
    rows: Booleans,
    regime: str,
    column: Column,
    found: Mapping[str, Bootstrap],
    model: Mapping[str, Bootstrap] | None,
) -> Line:
    """Return the figures of one column on the rows of one regime."""
    measured, cluster = predictions.measured[rows], predictions.cluster[rows]
    covered, width = float("nan"), float("nan")
    if column.low is not None and column.high is not None:
        covered = coverage(measured, column.low[rows], column.high[rows])
        width = mean_width(column.low[rows], column.high[rows])
    return Line(
        model=column.name,
        title=column.title,
        regime=regime,
        rows=int(rows.sum()),
        clusters=len(np.unique(cluster)),
        metrics={name: one.estimate for name, one in found.items()},
        folds=_fold_means(predictions, rows, column),
        within=_within(measured, column.predicted[rows], cluster),
        coverage=covered,
        width=width,
        difference={}
        if model is None
        else {name: model[name].minus(one) for name, one in found.items()},
    )


def _within(measured: Floats, predicted: Floats, cluster: Strings) -> dict[str, WithinCluster]:
    """Return the correlations inside clusters, none where no cluster is large enough."""
    found = {
        name: within_cluster(METRICS[name], measured, predicted, cluster) for name in CORRELATIONS
    }
    return {name: within for name, within in found.items() if within.clusters}


def _fold_means(predictions: Predictions, rows: Booleans, column: Column) -> dict[str, FoldMean]:
    """Return mean and standard deviation over folds of each metric, none without folds."""
    if predictions.fold is None:
        return {}
    folds = [rows & (predictions.fold == fold) for fold in np.unique(predictions.fold[rows])]
    if len(folds) < 2:
        return {}
    means = {}
    for name, metric in METRICS.items():
        values = np.array(
            [metric(predictions.measured[fold], column.predicted[fold]) for fold in folds]
        )
        means[name] = FoldMean(float(values.mean()), float(values.std(ddof=1)))
    return means


def _columns(
    predictions: Predictions, features: FeatureTable | None, chosen: tuple[str, ...], title: str
) -> tuple[Column, ...]:
    """Return the model's column, if any, and those of the baselines."""
    columns = []
    if predictions.predicted is not None:
        columns.append(
            Column(MODEL, title, predictions.predicted, predictions.low, predictions.high)
        )
    if features is not None and predictions.fold is not None:
        if len(np.unique(predictions.fold)) < 2:
            raise UsageError("The column fold holds one value; baselines need at least two folds.")
        for name in chosen:
            predicted = predict_left_out(
                BASELINES[name], features.blocks, predictions.measured, predictions.fold
            )
            columns.append(Column(name, BASELINES[name].title, predicted))
    if not columns:
        raise UsageError(
            "The predictions have no column pK and no baselines are asked for; "
            "nothing is left to judge."
        )
    return tuple(columns)


def _chosen(baselines: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the baselines, each known."""
    names = tuple(baselines)
    for name in names:
        if name not in BASELINES:
            raise UsageError(f"No baseline is called {name}; choose from {', '.join(BASELINES)}.")
    return names


def _write_baselines(predictions: Predictions, columns: tuple[Column, ...], path: Path) -> None:
    """Write what every model predicted, a row a complex."""
    import pandas as pd

    said: Mapping[str, object] = {column.name: column.predicted for column in columns}
    frame = pd.DataFrame(
        {
            "id": predictions.id,
            "fold": predictions.fold,
            "cluster": predictions.cluster,
            "measured_pK": predictions.measured,
            **said,
        }
    )
    try:
        frame.to_csv(path, index=False, float_format="%.4f")
    except OSError as fault:
        raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault
