"""``molattn train``: fit a network from a configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="YAML as in configs/.", show_default=False)
    ],
    data: Annotated[
        Path | None,
        typer.Option(metavar="MANIFEST", help="CSV of complexes, instead of the one in CONFIG."),
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
    from molattn.train.run import run

    run(config, data=data, out=out, fold=fold, cross_validate=cross_validate, fresh=fresh)
