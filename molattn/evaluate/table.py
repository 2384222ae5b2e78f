"""The table of an evaluation: a line each model and regime, then sections, as CSV, JSON, Markdown.

A :class:`Table` holds :class:`Line` objects, the models on each set of rows, and any number of
:class:`Section` objects: further tables of free columns (per group, per condition, docking power,
enrichment). :mod:`molattn.evaluate.sections` builds the usual ones. A new one is::

    Section(
        name="by_target",                      # by_target.csv, and the key in JSON
        title="Within each target",
        headings=(Heading("target", "target"), Heading("rmse", "RMSE (pK)")),
        rows=(("CDK2", Estimate(1.1, 0.9, 1.3)), ("MCL1", Estimate(1.4, 1.1, 1.8))),
    )

The same figures stand in every format; an undefined one is an empty cell, in JSON null.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
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
    share: Mapping[str, float] = field(default_factory=dict)  # two-sided, of each difference
    missing: int = 0  # measured rows without a prediction
    interval_score: float = float("nan")  # pK, lower is better
    group: str = ""  # what `within` looks into, e.g. "series"; empty for protein clusters


Cell = str | int | float | Estimate | None
"""What a section may hold: an :class:`Estimate` becomes three columns in CSV and JSON."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a section."""

    key: str  # in CSV and JSON
    title: str  # for a reader, with the unit
    form: str = ".2f"  # of a float or an Estimate in Markdown and HTML; "%" forms are shares


@dataclass(frozen=True, slots=True)
class Section:
    """A further table: rows of cells under headings, one cell each heading."""

    name: str  # of the CSV file and the JSON key, lower case with underscores
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""  # how to read it, and what was left out


@dataclass(frozen=True, slots=True)
class Table:
    """Every line of an evaluation, with what was left out and why."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A table as a reader sees it: text in every cell, empty columns gone."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


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
    flat |= {f"{name}_difference_share": share for name, share in line.share.items()}
    if not math.isnan(line.interval_score):
        flat["interval_score_90"] = line.interval_score
    if line.missing:
        flat["missing"] = line.missing
    return flat


def flatten_row(section: Section, row: tuple[Cell, ...]) -> dict[str, str | int | float | None]:
    """Return one row of a section as flat columns; an estimate fills ``key, key_low, key_high``."""
    flat: dict[str, str | int | float | None] = {}
    for heading, cell in zip(section.headings, row, strict=True):
        flat |= (
            _spread_out(heading.key, cell) if isinstance(cell, Estimate) else {heading.key: cell}
        )
    return flat


def write_csv(table: Table, path: Path) -> None:
    """Write one row a line; figures that are undefined stay empty."""
    _write_rows([flatten(line) for line in table.lines], path)


def write_sections(table: Table, folder: Path) -> tuple[Path, ...]:
    """Write every section as ``NAME.csv`` in a folder that exists; return the files.

    What a file's name should not hold (a slash in the name of a model) becomes an underscore.
    """
    written = []
    for section in table.sections:
        path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '_', section.name)}.csv"
        columns = [heading.key for heading in section.headings]
        _write_rows([flatten_row(section, row) for row in section.rows], path, columns)
        written.append(path)
    return tuple(written)


def write_json(table: Table, path: Path) -> None:
    """Write the table with its notes and sections; figures that are undefined become null."""
    held = {
        "lines": [asdict(line) for line in table.lines],
        "notes": table.notes,
        "sections": {
            section.name: {
                "title": section.title,
                "note": section.note,
                "columns": {heading.key: heading.title for heading in section.headings},
                "rows": [flatten_row(section, row) for row in section.rows],
            }
            for section in table.sections
        },
    }
    _write(path, json.dumps(_without_nan(held), indent=1, ensure_ascii=False) + "\n")


def write_markdown(table: Table, path: Path) -> None:
    """Write what :func:`markdown` returns."""
    _write(path, markdown(table))


def markdown(table: Table) -> str:
    """Return the table for a reader: a block each regime and section, then what was left out.

    Figures in brackets are 95 % bootstrap intervals over protein clusters.
    """
    parts = [_in_markdown(block, heading=False) for block in line_blocks(table)]
    parts += [_in_markdown(section_block(section), heading=True) for section in table.sections]
    parts += [" ".join(table.notes)] if table.notes else []
    return "\n\n".join(parts) + "\n"


def line_blocks(table: Table) -> tuple[Block, ...]:
    """Return the models as a reader sees them, a block each regime."""
    regimes = dict.fromkeys([*REGIMES, *(line.regime for line in table.lines)])
    blocks = []
    for regime in regimes:
        lines = [line for line in table.lines if line.regime == regime]
        if lines:
            blocks.append(_line_block(REGIMES.get(regime, regime), lines))
    return tuple(blocks)


def section_block(section: Section) -> Block:
    """Return a section as a reader sees it."""
    rows = [
        tuple(
            _cell(cell, heading.form) for heading, cell in zip(section.headings, row, strict=True)
        )
        for row in section.rows
    ]
    columns = [heading.title for heading in section.headings]
    return _without_empty(section.title, columns, rows, section.note)


def _line_block(title: str, lines: list[Line]) -> Block:
    """Return the block of one regime."""
    first = lines[0]
    within = next(iter(first.within.values()), None)
    inside = f"each {first.group}" if first.group else "clusters"
    head = f"{first.rows} complexes in {first.clusters} protein clusters, {title}"
    if within is not None and within.clusters:
        head += f"; within {inside}: {within.rows} complexes in {within.clusters}"
    columns = ["model", "Pearson", "Spearman", "Kendall τ", "RMSE", "MAE"]
    columns += ["Pearson, mean of folds", f"Pearson within {inside}", "90 % coverage", "width"]
    columns += ["Δ Pearson, model minus this", "Δ RMSE, model minus this", "missing"]
    return _without_empty(f"{head}.", columns, [_cells(line) for line in lines])


def _without_empty(
    title: str, columns: list[str], rows: Sequence[tuple[str, ...]], note: str = ""
) -> Block:
    """Return a block without the columns that hold nothing."""
    kept = [place for place in range(len(columns)) if any(row[place] for row in rows)]
    return Block(
        title,
        tuple(columns[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in rows),
        note,
    )


def _in_markdown(block: Block, heading: bool) -> str:
    """Return a block in Markdown; one without rows says so."""
    head = f"### {_escaped(block.title)}" if heading else block.title
    if not block.rows:
        return f"{head}\n\nNothing to report."
    lines = [head, "", _row(block.columns), _row("---" for _ in block.columns)]
    lines += [_row(row) for row in block.rows]
    return "\n".join(lines + (["", block.note] if block.note else []))


def _cells(line: Line) -> tuple[str, ...]:
    """Return the cells of one line, empty where a figure is undefined."""
    fold, within = line.folds.get("pearson"), line.within.get("pearson")
    return (
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
        str(line.missing) if line.missing else "",
    )


def _cell(cell: Cell, form: str) -> str:
    """Return a cell of a section for a reader."""
    if isinstance(cell, Estimate):
        return _bracketed(cell, form)
    if isinstance(cell, float):
        return "" if math.isnan(cell) else f"{cell:{form}}"
    return "" if cell is None else str(cell)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Return text that cannot end a cell or a line of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def _plain(figure: Estimate | None) -> str:
    return "" if figure is None or math.isnan(figure.value) else f"{figure.value:.2f}"


def _bracketed(figure: Estimate | None, form: str = ".2f") -> str:
    if figure is None or math.isnan(figure.value):
        return ""
    if math.isnan(figure.low) or math.isnan(figure.high):
        return f"{figure.value:{form}}"
    return f"{figure.value:{form}} [{figure.low:{form}}, {figure.high:{form}}]"


def _spread_out(name: str, figure: Estimate) -> dict[str, float]:
    return {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}


def _rounded(value: str | int | float | None) -> str | int | float:
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else ""
    return "" if value is None else value


def _write_rows(
    rows: Sequence[Mapping[str, str | int | float | None]], path: Path, columns: Sequence[str] = ()
) -> None:
    """Write rows as CSV, the columns in the order in which they first appear.

    ``columns`` stand in the file even where no row is there to hold them.
    """
    names = list(dict.fromkeys(name for row in rows for name in row)) or list(columns)
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows({key: _rounded(value) for key, value in row.items()} for row in rows)
    except OSError as fault:
        raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault


def _without_nan(value: object) -> object:
    """Return a nested structure with every NaN or infinity as None, which JSON can hold."""
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault
