"""``molattn evaluate``: predictions beside baselines, with intervals, as a table and plots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    predictions: Annotated[
        Path,
        typer.Argument(
            metavar="PREDICTIONS.csv",
            help="Columns id, pK; optional measured_pK, pK_low and pK_high or spread, "
            "fold, cluster.",
        ),
    ],
    data: Annotated[
        Path,
        typer.Option(
            metavar="MANIFEST", help="CSV with id, protein, ligand, and pK where not predicted."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for tables and plots.")],
    baselines: Annotated[
        bool, typer.Option(help="Fit simple rivals on the same folds (needs the column fold).")
    ] = True,
    title: Annotated[str, typer.Option(help="How the model is called in the table.")] = "molattn",
    workers: Annotated[int, typer.Option(min=1, max=2, help="Processes that read structures.")] = 1,
) -> None:
    """Judge predictions: correlations and errors with 95 % intervals beside simple baselines."""
    from molattn.evaluate.baselines import BASELINES
    from molattn.evaluate.cross_validation import evaluate_folds
    from molattn.evaluate.table import markdown

    table = evaluate_folds(
        predictions,
        data,
        out,
        baselines=tuple(BASELINES) if baselines else (),
        workers=workers,
        title=title,
    )
    typer.echo(markdown(table), nl=False)
    typer.echo(f"Written to {out}.", err=True)
