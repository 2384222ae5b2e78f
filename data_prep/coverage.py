"""Say how well intervals and domain of an out-of-fold table hold, calibration held out as well.

::

    python -m data_prep.coverage runs/ensemble/out_of_fold.csv [--refit]

The table holds ``id, cluster, measured_pK, pK`` and ``pK_low, pK_high`` or ``spread``; with
``domain`` the figures are given by domain too. ``--refit`` makes the intervals anew: each part of
the protein clusters gets those of a calibration that was fitted to all the other parts, from
``spread`` and, where they are there, ``ensemble_spread, ligand_similarity, family_similarity,
heavy_atoms``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_prep.command_line import builder_parser, run_command
from molattn.errors import EXIT_OK, FileUnreadable
from molattn.evaluate.domains import judge_domains, known_domains
from molattn.evaluate.evaluation_set import as_numbers, read_table
from molattn.evaluate.intervals import (
    WidthBin,
    binomial_interval,
    coverage_by_width,
    interval_score,
)
from molattn.evaluate.metrics import Estimate, spearman
from molattn.evaluate.predictions import from_columns
from molattn.predict.held_out_widths import held_out_half_widths
from molattn.predict.interval_scale import IntervalInputs, interval_inputs

Floats = NDArray[np.float64]
Columns = dict[str, NDArray[np.str_]]

THIRDS: Final = 3

INPUT_COLUMNS: Final = {
    "spread": "aleatoric",
    "ensemble_spread": "ensemble",
    "ligand_similarity": "ligand",
    "family_similarity": "pocket",
    "heavy_atoms": "heavy_atoms",
}
"""Columns of the table and the inputs of the scale that they are."""


def coverage_report(path: Path, *, refit: bool = False) -> str:
    """Return the figures of an out-of-fold table as text.

    Raises
    ------
    FileUnreadable
        The table is missing or lacks a column.
    """
    table = read_table(path)
    columns: Columns = {str(name): table[name].to_numpy(dtype=np.str_) for name in table}
    _require(path, columns, ("cluster", "measured_pK", "pK", *(("spread",) if refit else ())))
    said = from_columns("model", "model", columns)
    measured, clusters = as_numbers(columns["measured_pK"]), columns["cluster"]
    low, high = said.low, said.high
    if refit:
        half = held_out_half_widths(
            measured - said.predicted, _inputs(columns, said.predicted, measured), clusters
        )
        low, high = said.predicted - half, said.predicted + half
    if low is None or high is None:
        raise FileUnreadable(f"{path} has neither pK_low and pK_high nor spread; add them.")
    lines = _interval_lines(measured, said.predicted, low, high)
    domain = known_domains(columns["domain"]) if "domain" in columns else None
    if domain is not None:
        lines += _domain_lines(measured, said.predicted, domain, clusters, (low, high))
    return "\n".join(lines)


def _interval_lines(measured: Floats, predicted: Floats, low: Floats, high: Floats) -> list[str]:
    inside = (measured >= low) & (measured <= high)
    whole = Estimate(float(inside.mean()), *binomial_interval(int(inside.sum()), len(inside)))
    order = spearman(np.abs(measured - predicted), high - low)
    return [
        f"{len(measured)} answers: coverage {_share(whole)}, "
        f"mean width {float(np.mean(high - low)):.2f} pK, "
        f"interval score {interval_score(measured, low, high):.2f} pK, "
        f"Spearman of error and width {order:.2f}",
        *(
            _third_line(number, one)
            for number, one in enumerate(
                coverage_by_width(measured, low, high, predicted, THIRDS), start=1
            )
        ),
    ]


def _third_line(number: int, one: WidthBin) -> str:
    covered = Estimate(one.coverage, one.coverage_low, one.coverage_high)
    return (
        f"  third {number} by width, {one.narrowest:.2f} to {one.widest:.2f} pK: "
        f"coverage {_share(covered)}, RMSE {one.rmse:.2f}, n {one.rows}"
    )


def _domain_lines(
    measured: Floats,
    predicted: Floats,
    domain: NDArray[np.str_],
    clusters: NDArray[np.str_],
    interval: tuple[Floats, Floats],
) -> list[str]:
    return [
        f"  domain {one.domain}: RMSE {one.rmse.value:.2f} [{one.rmse.low:.2f}, "
        f"{one.rmse.high:.2f}], {_increase(one.increase)}coverage {_share(one.coverage)}, "
        f"width {one.width:.2f}, n {one.rows} of {one.clusters} clusters"
        for one in judge_domains(measured, predicted, domain, clusters, interval)
    ]


def _inputs(columns: Columns, predicted: Floats, measured: Floats) -> IntervalInputs:
    given = {
        name: as_numbers(columns[column])
        for column, name in INPUT_COLUMNS.items()
        if column in columns
    }
    return interval_inputs(**given, deviation=np.abs(predicted - np.nanmean(measured)))


def _share(one: Estimate) -> str:
    return f"{100 * one.value:.1f} % [{100 * one.low:.1f}, {100 * one.high:.1f}]"


def _increase(one: Estimate) -> str:
    return "" if np.isnan(one.value) else f"{one.value:+.2f} [{one.low:+.2f}, {one.high:+.2f}], "


def _require(path: Path, columns: Columns, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in columns]
    if missing:
        raise FileUnreadable(f"{path} has no column {', '.join(missing)}; add it.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = builder_parser("coverage", __doc__)
    parser.add_argument("table", type=Path, help="out-of-fold answers, a CSV")
    parser.add_argument("--refit", action="store_true", help="make held-out intervals anew")
    chosen = parser.parse_args(arguments)

    def work() -> int:
        print(coverage_report(chosen.table, refit=chosen.refit))
        return EXIT_OK

    return run_command(work)


if __name__ == "__main__":
    sys.exit(main())
