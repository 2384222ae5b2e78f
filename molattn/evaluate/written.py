"""What an evaluation leaves in its folder beside the caches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from molattn.errors import OutputError
from molattn.evaluate.groups import by_group
from molattn.evaluate.judged import Judged
from molattn.evaluate.lines import Pair
from molattn.evaluate.table import Table, write_csv, write_json, write_markdown

Record = Mapping[str, object]


def write_all(table: Table, pairs: tuple[Pair, ...], judged: Judged, out: Path) -> Table:
    """Write every file and return the table with the notes that writing added.

    ``table.md``, ``metrics.csv``, ``metrics.json``: the table. ``comparisons.csv``: every two
    models. ``rows.csv``: every row. ``groups.csv``: every group and model.
    """
    notes = table.notes
    table = replace(table, notes=notes)
    write_csv(table, out / "metrics.csv")
    write_json(table, out / "metrics.json")
    write_markdown(table, out / "table.md")
    write_records(_pair_records(pairs), out / "comparisons.csv")
    write_rows(judged, out / "rows.csv")
    write_records(_group_records(judged), out / "groups.csv")
    return table


def write_rows(judged: Judged, path: Path) -> None:
    """Write every row: measurement, predictions, fold, regime and distances to training."""
    rows, used = judged.rows, judged.used
    columns: dict[str, object] = {
        "id": rows.id,
        "measured_pK": rows.measured,
        "fold": judged.folds,
        "protein_cluster": judged.clusters,
        "group": judged.groups,
        "regime": np.where(judged.near.relative, "relative", "no_relative"),
        "same_protein": judged.near.same_protein.astype(int),
        "ligand_similarity": judged.near.ligand_similarity,
        "in_table": used.astype(int),
    }
    for model in judged.models:
        columns[model.name] = model.predicted
        if model.low is not None and model.high is not None:
            columns |= {f"{model.name}_low": model.low, f"{model.name}_high": model.high}
    columns["reason"] = [_reason(judged, row) for row in range(len(rows))]
    for name in ("complex", "condition"):
        if name in rows.columns:
            columns[name] = rows.columns[name]
    _write_frame(columns, path)


def write_records(records: Iterable[Record], path: Path) -> None:
    """Write records of one shape as CSV; NaN stays empty."""
    held = list(records)
    names = list(dict.fromkeys(name for one in held for name in one))
    _write_frame({name: [one.get(name, "") for one in held] for name in names}, path)


def _reason(judged: Judged, row: int) -> str:
    """Return why a row is not in the table, "" if it is."""
    name = str(judged.rows.id[row])
    silent = [model for model in judged.models if not model.answered[row]]
    told = [f"{one.title}: {one.reasons.get(name, 'no number')}" for one in silent]
    if not told and not judged.rows.standard[row]:
        return "another condition than the crystal pose"
    return "; ".join(dict.fromkeys(told))


def _pair_records(pairs: Iterable[Pair]) -> list[Record]:
    return [
        {
            "regime": pair.regime,
            "metric": pair.metric,
            "first": pair.first,
            "second": pair.second,
            "rows": pair.rows,
            "difference": pair.difference.value,
            "difference_low": pair.difference.low,
            "difference_high": pair.difference.high,
            "share": pair.share,
        }
        for pair in pairs
    ]


def _group_records(judged: Judged) -> list[Record]:
    rows = judged.used & (judged.groups != "")
    records: list[Record] = []
    for model in judged.models:
        for one in by_group(
            judged.rows.measured[rows],
            model.predicted[rows],
            judged.groups[rows],
            smallest=2,
        ):
            record: dict[str, object] = {
                "group": one.group,
                "model": model.name,
                "rows": one.rows,
                "measured_low": one.lowest,
                "measured_high": one.highest,
            }
            for name, figure in one.metrics.items():
                record |= {
                    name: figure.value,
                    f"{name}_low": figure.low,
                    f"{name}_high": figure.high,
                }
            records.append(record)
    return records


def _write_frame(columns: Mapping[str, object], path: Path) -> None:
    import pandas as pd

    try:
        pd.DataFrame(columns).to_csv(path, index=False, float_format="%.4f")
    except OSError as fault:
        raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault
