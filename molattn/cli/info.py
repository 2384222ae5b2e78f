"""``molattn info``: the weights and versions at work, or what a file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def info(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Structure or ligand file, to see what it holds and what would be repaired.",
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE.safetensors", help="Other weights than the shipped ones."),
    ] = None,
) -> None:
    """Show the versions and weights at work, or what a file holds."""
    if file is not None:
        from molattn.predict.inventory import describe_file

        typer.echo(describe_file(file))
        return
    from molattn.predict.installation import describe_installation

    typer.echo(describe_installation(weights))
