"""``molattn demo``: a packaged crystal complex, scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEMO = "1s3v"


def demo(
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE.safetensors", help="Other weights than the shipped ones."),
    ] = None,
) -> None:
    """Score a packaged crystal complex: human dihydrofolate reductase with an inhibitor (1s3v)."""
    from molattn.predict.predictor import Predictor
    from molattn.resources import example

    files = example(DEMO)
    typer.echo(f"molattn score {files.protein.name} {files.ligand.name}\n")
    score = Predictor.load(weights).score(files.protein, files.ligand)
    typer.echo(score.show())
