"""Options that several commands share, each written once: its help, its unit, its panel."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

WHAT: Final = "What to score"
HOW: Final = "How to score it"
RESULTS: Final = "Where results go"
RUN: Final = "How to run"


class LogFormat(StrEnum):
    """How messages on standard error look."""

    text = "text"
    json = "json"


Template = Annotated[
    str,
    typer.Option(
        metavar="SMILES",
        help="Bond orders of --ligand; else the Chemical Component Dictionary gives them.",
        rich_help_panel=WHAT,
        show_default=False,
    ),
]
Skip = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Leave out the first N records, to go on after an interruption.",
        rich_help_panel=WHAT,
    ),
]
Center = Annotated[
    str | None,
    typer.Option(
        metavar="X,Y,Z",
        help="Take the pocket around this point (Å) instead of around the ligand.",
        rich_help_panel=HOW,
    ),
]
Radius = Annotated[
    float | None,
    typer.Option(metavar="R", help="Radius around --center (Å).", rich_help_panel=HOW),
]
Waters = Annotated[
    bool,
    typer.Option("--waters", help="Keep crystal waters near the ligand.", rich_help_panel=HOW),
]
Temperature = Annotated[
    float,
    typer.Option(
        metavar="T",
        help="Of the attention: under 1 sharpens it, above 1 flattens it.",
        rich_help_panel=HOW,
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.safetensors",
        help="Other weights than the shipped ones, with their JSON beside them.",
        rich_help_panel=HOW,
    ),
]
Calibration = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.json",
        help="Sharpen the answers for one target with its file of `molattn calibrate`.",
        rich_help_panel=HOW,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Table as .csv, .parquet, .json or .sdf (poses with tags); else standard output.",
        rich_help_panel=RESULTS,
    ),
]
Attention = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Attention of atoms over residues and the ledger, as .npz or .json.",
        rich_help_panel=RESULTS,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Processes; the number of cores by default.",
        rich_help_panel=RUN,
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", help="No progress, only errors.", rich_help_panel=RUN)
]
LogAs = Annotated[
    LogFormat, typer.Option(help="Of messages on standard error.", rich_help_panel=RUN)
]
