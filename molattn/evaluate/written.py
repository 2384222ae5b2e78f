"""What an evaluation leaves in its folder beside the caches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from molattn.errors import OutputError
from molattn.evaluate.figures import Figures
from molattn.evaluate.groups import GroupFigures
from molattn.evaluate.judged import Judged
from molattn.evaluate.lines import Pair
from molattn.evaluate.metrics import Estimate
from molattn.evaluate.plots import write_drawings
from molattn.evaluate.report import write_html
from molattn.evaluate.table import (
    Table,
    write_csv,
    write_json,
    write_markdown,
    write_sections,
)

Record = Mapping[str, object]

IN_FULL_ELSEWHERE: Final = ("compared", "by_group")
"""Sections that ``comparisons.csv`` and ``groups.csv`` hold in full."""


def write_all(
    table: Table, figures: Figures, pairs: Iterable[Pair], judged: Judged, out: Path
) -> Table:
    """Write every file of an evaluation.

    ``table.md``, ``metrics.csv``, ``metrics.json``, ``report.html``: the table, in short or with
    everything. ``comparisons.csv``: every two models. ``rows.csv``: every row. ``groups.csv``:
    every group and model. Further tables and plots under their own names.

    Returns
    -------
    Table
        With the notes that writing added.
    """
    plots, notes = write_drawings(figures.drawings, out)
    table = replace(table, notes=table.notes + notes)
    write_csv(table, out / "metrics.csv")
    write_json(table, out / "metrics.json")
    write_markdown(table, out / "table.md")
    write_sections(in_short(table), out)
    write_records(_pair_records(pairs), out / "comparisons.csv")
    write_records(_group_records(figures.groups), out / "groups.csv")
    write_rows(judged, out / "rows.csv")
    write_html(table, plots, out / "report.html", title=_title(judged))
    return table


def in_short(table: Table) -> Table:
    """Return the table without the sections that other files hold in full."""
    shown = tuple(one for one in table.sections if one.name not in IN_FULL_ELSEWHERE)
    return replace(table, sections=shown)


def write_rows(judged: Judged, path: Path) -> None:
    """Write every row: measurement, predictions, fold, regime and distances to training."""
    rows = judged.rows
    columns: dict[str, object] = {
        "id": rows.id,
        "measured_pK": rows.measured,
        "fold": judged.folds,
        "protein_cluster": judged.clusters,
        "group": judged.groups,
        "regime": np.where(judged.near.relative, "relative", "no_relative"),
        "same_protein": judged.near.same_protein.astype(int),
        "ligand_similarity": judged.near.ligand_similarity,
        "in_table": judged.used.astype(int),
    }
    for model in judged.models:
        columns[model.name] = model.predicted
        if model.low is not None and model.high is not None:
            columns |= {f"{model.name}_low": model.low, f"{model.name}_high": model.high}
    columns["reason"] = [_reason(judged, row) for row in range(len(rows))]
    for name in ("complex", "condition", "rmsd", "label"):
        if name in rows.columns:
            columns[name] = rows.columns[name]
    _write_frame(columns, path)


def write_records(records: Iterable[Record], path: Path) -> None:
    """Write records of one shape as CSV; NaN stays empty."""
    held = list(records)
    names = list(dict.fromkeys(name for one in held for name in one))
    _write_frame({name: [one.get(name, "") for one in held] for name in names}, path)


def _title(judged: Judged) -> str:
    first = judged.judged_model
    return "Baselines" if first is None else f"{first.title} beside baselines"


def _reason(judged: Judged, row: int) -> str:
    """Return why a row is not in the table, "" if it is."""
    name = str(judged.rows.id[row])
    silent = [model for model in judged.models if not model.answered[row]]
    told = [f"{one.title}: {one.reasons.get(name, 'no number')}" for one in silent]
    if not told and not judged.rows.standard[row]:
        unmeasured = np.isnan(judged.rows.measured[row])
        return "no measured pK" if unmeasured else "another condition than the crystal pose"
    return "; ".join(dict.fromkeys(told))


def _pair_records(pairs: Iterable[Pair]) -> list[Record]:
    return [
        {
            "regime": pair.regime,
            "metric": one.metric,
            "first": pair.first,
            "second": pair.second,
            "rows": one.rows,
            "clusters": one.clusters,
            **_spread("difference", one.difference),
            "share": one.share,
        }
        for pair in pairs
        for one in pair.compared
    ]


def _group_records(groups: Mapping[str, tuple[GroupFigures, ...]]) -> list[Record]:
    records: list[Record] = []
    for model, found in groups.items():
        for one in found:
            record: dict[str, object] = {
                "group": one.group,
                "model": model,
                "rows": one.rows,
                "lowest_pK": one.lowest,
                "highest_pK": one.highest,
            }
            for name, figure in one.metrics.items():
                record |= _spread(name, figure)
            records.append(record)
    return records


def _spread(name: str, figure: Estimate) -> dict[str, float]:
    return {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}


def _write_frame(columns: Mapping[str, object], path: Path) -> None:
    import pandas as pd

    try:
        pd.DataFrame(columns).to_csv(path, index=False, float_format="%.4f")
    except OSError as fault:
        raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault
