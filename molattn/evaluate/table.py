"""The table of an evaluation: one line a model and regime, as CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from molattn.errors import OutputError
from molattn.evaluate.metrics import Estimate, WithinCluster


@dataclass(frozen=True, slots=True)
class FoldMean:
    """Mean and standard deviation of a metric over the folds."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Line:
    """One model on one set of rows."""

    model: str  # name of the column
    title: str  # name for a reader
    regime: str  # "all", "relative" or "no_relative"
    rows: int
    clusters: int
    metrics: Mapping[str, Estimate]  # pooled over all rows
    folds: Mapping[str, FoldMean]  # empty without folds
    within: Mapping[str, WithinCluster]  # correlations inside protein clusters
    coverage: float  # share of measurements in the 90 % interval, NaN without intervals
    width: float  # mean width of that interval, pK
    difference: Mapping[str, Estimate]  # the model minus this baseline; empty for the model


@dataclass(frozen=True, slots=True)
class Table:
    """Every line of an evaluation, with what was left out and why."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


REGIMES: Final[Mapping[str, str]] = {
    "all": "all complexes",
    "relative": "protein with a relative in training",
    "no_relative": "protein without a relative in training",
}
"""The sets of rows that a table reports apart."""


def flatten(line: Line) -> dict[str, str | int | float]:
    """Return one line as flat columns, ``pearson, pearson_low, pearson_high, …``."""
    flat: dict[str, str | int | float] = {
        "model": line.model,
        "regime": line.regime,
        "rows": line.rows,
        "clusters": line.clusters,
    }
    for name, figure in line.metrics.items():
        flat |= _spread_out(name, figure)
    for name, fold in line.folds.items():
        flat |= {f"{name}_fold_mean": fold.mean, f"{name}_fold_deviation": fold.deviation}
    for name, within in line.within.items():
        flat |= _spread_out(f"{name}_within", within.estimate)
        flat |= {"within_clusters": within.clusters, "within_rows": within.rows}
    flat |= {"coverage_90": line.coverage, "mean_width_90": line.width}
    for name, figure in line.difference.items():
        flat |= _spread_out(f"{name}_difference", figure)
    return flat


def write_csv(table: Table, path: Path) -> None:
    """Write one row a line; figures that are undefined stay empty."""
    rows = [flatten(line) for line in table.lines]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    try:
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows({key: _rounded(value) for key, value in row.items()} for row in rows)
    except OSError as fault:
        raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault


def write_json(table: Table, path: Path) -> None:
    """Write the table with its notes; figures that are undefined become null."""
    _write(path, json.dumps(_without_nan(asdict(table)), indent=1) + "\n")


def write_markdown(table: Table, path: Path) -> None:
    """Write what :func:`markdown` returns."""
    _write(path, markdown(table))


def markdown(table: Table) -> str:
    """Return the table for a reader: a block each regime, then what was left out.

    Figures in brackets are 95 % bootstrap intervals over protein clusters.
    """
    parts = []
    for regime, title in REGIMES.items():
        lines = [line for line in table.lines if line.regime == regime]
        if lines:
            parts.append(_block(title, lines))
    parts += [" ".join(table.notes)] if table.notes else []
    return "\n\n".join(parts) + "\n"


def _block(title: str, lines: list[Line]) -> str:
    """Return the Markdown table of one regime."""
    first = lines[0]
    within = next(iter(first.within.values()), None)
    head = f"{first.rows} complexes in {first.clusters} protein clusters, {title}"
    if within is not None and within.clusters:
        head += f"; within clusters: {within.rows} complexes in {within.clusters}"
    columns = ["model", "Pearson", "Spearman", "Kendall τ", "RMSE", "MAE"]
    columns += ["Pearson, mean of folds", "Pearson within clusters", "90 % coverage", "width"]
    columns += ["Δ Pearson, model minus this", "Δ RMSE, model minus this"]
    body = [_cells(line) for line in lines]
    kept = [column for column in range(len(columns)) if any(row[column] for row in body)]
    return "\n".join(
        [f"{head}.", ""]
        + [_row(columns[column] for column in kept)]
        + [_row("---" for _ in kept)]
        + [_row(row[column] for column in kept) for row in body]
    )


def _cells(line: Line) -> list[str]:
    """Return the cells of one line, empty where a figure is undefined."""
    fold, within = line.folds.get("pearson"), line.within.get("pearson")
    return [
        line.title,
        *(_bracketed(line.metrics.get(name)) for name in ("pearson",)),
        *(_plain(line.metrics.get(name)) for name in ("spearman", "kendall")),
        _bracketed(line.metrics.get("rmse")),
        _plain(line.metrics.get("mae")),
        "" if fold is None else f"{fold.mean:.2f} ± {fold.deviation:.2f}",
        "" if within is None else _bracketed(within.estimate),
        "" if math.isnan(line.coverage) else f"{100 * line.coverage:.0f} %",
        "" if math.isnan(line.width) else f"{line.width:.1f}",
        _bracketed(line.difference.get("pearson"), "+.2f"),
        _bracketed(line.difference.get("rmse"), "+.2f"),
    ]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plain(figure: Estimate | None) -> str:
    return "" if figure is None or math.isnan(figure.value) else f"{figure.value:.2f}"


def _bracketed(figure: Estimate | None, form: str = ".2f") -> str:
    if figure is None or math.isnan(figure.value):
        return ""
    return f"{figure.value:{form}} [{figure.low:{form}}, {figure.high:{form}}]"


def _spread_out(name: str, figure: Estimate) -> dict[str, float]:
    return {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}


def _rounded(value: str | int | float) -> str | int | float:
    if isinstance(value, float):
        return "" if math.isnan(value) else round(value, 4)
    return value


def _without_nan(value: object) -> object:
    """Return a nested structure with every NaN as None, which JSON can hold."""
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as fault:
        raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault
