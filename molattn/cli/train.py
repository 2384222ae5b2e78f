"""``molattn train``: fit a network from a configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molattn.errors import UsageError


def train(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="YAML as in configs/.", show_default=False)
    ],
    data: Annotated[
        Path | None,
        typer.Option(metavar="MANIFEST", help="CSV of complexes, instead of the one in CONFIG."),
    ] = None,
    graphs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Graphs packed by data_prep.pack, instead of structures."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the run, instead of CONFIG's.")
    ] = None,
    fold: Annotated[
        int | None, typer.Option(min=0, metavar="K", help="Train without fold K, and answer it.")
    ] = None,
    cross_validate: Annotated[
        bool, typer.Option("--cross-validate", help="Train without each fold in turn.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over instead of resuming a run in the folder.")
    ] = False,
) -> None:
    """Train a network; an interrupted run is resumed exactly where it stopped."""
    from molattn.train.config import TrainConfig
    from molattn.train.config_file import read_config

    if cross_validate and fold is not None:
        raise UsageError(
            "--fold trains without one fold and --cross-validate without each: choose."
        )
    settings = read_config(config, TrainConfig)
    given = {"manifest": data, "packed": graphs}
    named = {key: value for key, value in given.items() if value is not None}
    if named:
        chosen = settings.data.model_copy(update=named)
        settings = settings.model_copy(update={"data": chosen})
    if cross_validate:
        from molattn.train.cross_validation import cross_validate as train_each_fold

        typer.echo(train_each_fold(settings, out=out, fresh=fresh))
        return
    from molattn.train.run import train as train_network

    typer.echo(train_network(settings, out=out, fresh=fresh, fold=fold).weights)
