"""``molattn evaluate``: predictions beside baselines, with intervals, as a table and plots."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from molattn.cli.messages import Messages
from molattn.errors import EXIT_SOME_FAILED


class Folds(StrEnum):
    """Where the folds of the baselines come from."""

    grouped = "grouped"
    random = "random"
    column = "column"


def evaluate(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            help="CSV (.gz) with id and measured pK (measured_pK or pK); optional protein, ligand, "
            "record, sequence, smiles, relation, fold, cluster, series, condition, complex, rmsd, "
            "label, and predictions (pK beside measured_pK).",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for tables, plots, caches.")],
    predictions: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE.csv[:COLUMN]",
            help="Somebody's predictions: id and pK, or another column; can be given again.",
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.safetensors",
            help="Score with these weights where no predictions are given.",
            show_default="the shipped ones",
        ),
    ] = None,
    score: Annotated[
        bool, typer.Option(help="Score the rows where no predictions are given.")
    ] = True,
    folds: Annotated[
        Folds | None,
        typer.Option(
            help="grouped: whole protein clusters at 40 % identity; random: single complexes; "
            "column: as manifest, predictions or --splits say.",
            show_default="column where there is one, else grouped",
        ),
    ] = None,
    splits: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Folds of data_prep.splits.")
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(
            metavar="MANIFEST", help="Fit the baselines on this manifest and judge on the other."
        ),
    ] = None,
    baselines: Annotated[
        str, typer.Option(metavar="all|none|A,B", help="Simple rivals on the same folds and rows.")
    ] = "all",
    group: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Ranking is judged within its values.",
            show_default="series, else group, else the protein cluster",
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Features, energies and clusters; evaluations may share it.",
            show_default="DIR/cache",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that read and score.")] = 1,
    title: Annotated[str, typer.Option(help="How the judged model is called.")] = "molattn",
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, only errors.")] = False,
) -> None:
    """Judge predictions of measured pK: figures with 95 % intervals beside simple baselines."""
    from molattn.evaluate import Settings
    from molattn.evaluate import evaluate as judge
    from molattn.evaluate.table import markdown
    from molattn.evaluate.written import in_short

    messages = Messages(quiet=quiet)
    settings = Settings(
        predictions=tuple(predictions or ()),
        weights=weights,
        score=score,
        folds=None if folds is None else folds.value,
        splits=splits,
        train=train,
        baselines=baselines,
        group=group,
        title=title,
        workers=workers,
        cache=cache,
    )
    found = judge(manifest, out, settings, report=lambda text: messages.info(f"{text}."))
    typer.echo(markdown(in_short(found.table)), nl=False)
    messages.info(f"Written to {out}.")
    if found.unusable:
        messages.warning(f"{found.unusable} rows are not in the table; {out}/rows.csv says why.")
        raise typer.Exit(EXIT_SOME_FAILED)
