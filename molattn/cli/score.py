"""``molattn score``: posed ligands in one structure, or the rows of a manifest."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molattn.errors import EXIT_OK, EXIT_SOME_FAILED

if TYPE_CHECKING:
    from molattn.cli.score_run import Plan

WHAT = "What to score"
HOW = "How to score it"
RESULTS = "Where results go"
RUN = "How to run"


class LogFormat(StrEnum):
    """How messages on standard error look."""

    text = "text"
    json = "json"


def score(
    protein: Annotated[
        str | None,
        typer.Argument(
            metavar="PROTEIN",
            help="Structure: PDB or mmCIF, plain or .gz.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ] = None,
    ligands: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LIGAND]...",
            help="Posed ligands: SDF, MOL or MOL2, plain or .gz, any number of records.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ] = None,
    ligand: Annotated[
        list[str] | None,
        typer.Option(
            "--ligand",
            metavar="RES[:CHAIN[:NUM]]",
            help="A ligand inside PROTEIN instead of a file; can be given again.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            metavar="SMILES",
            help="Bond orders of --ligand; else the Chemical Component Dictionary gives them.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ] = "",
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="PAIRS.csv",
            help="Score the rows of a CSV with the columns id, protein, ligand; optional record, "
            "smiles, ligand_code, template; paths relative to it.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    skip: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Leave out the first N records, to go on after an interruption.",
            rich_help_panel=WHAT,
        ),
    ] = 0,
    center: Annotated[
        str | None,
        typer.Option(
            metavar="X,Y,Z",
            help="Take the pocket around this point (Å) instead of around the ligand.",
            rich_help_panel=HOW,
        ),
    ] = None,
    radius: Annotated[
        float | None,
        typer.Option(metavar="R", help="Radius around --center (Å).", rich_help_panel=HOW),
    ] = None,
    waters: Annotated[
        bool,
        typer.Option("--waters", help="Keep crystal waters near the ligand.", rich_help_panel=HOW),
    ] = False,
    temperature: Annotated[
        float,
        typer.Option(
            metavar="T",
            help="Of the attention: under 1 sharpens it, above 1 flattens it.",
            rich_help_panel=HOW,
        ),
    ] = 1.0,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.safetensors",
            help="Other weights than the shipped ones, with their JSON beside them.",
            rich_help_panel=HOW,
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json",
            help="Sharpen the answers for one target with its file of `molattn calibrate`.",
            rich_help_panel=HOW,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Table as .csv, .parquet, .json or .sdf (poses with tags); else standard output.",
            rich_help_panel=RESULTS,
        ),
    ] = None,
    attention: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Attention of atoms over residues and the ledger, as .npz or .json.",
            rich_help_panel=RESULTS,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Processes; the number of cores by default.",
            rich_help_panel=RUN,
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="No progress, only errors.", rich_help_panel=RUN)
    ] = False,
    log_format: Annotated[
        LogFormat, typer.Option(help="Of messages on standard error.", rich_help_panel=RUN)
    ] = LogFormat.text,
) -> None:
    """Score posed ligands: pK with its 90 % interval, domain, and where it comes from.

    Results go to standard output or the named file, everything else to standard error.
    """
    from molattn.cli.messages import Messages
    from molattn.cli.score_run import make_plan, run
    from molattn.predict.request import Settings, parse_center
    from molattn.predict.workers import Loading

    settings = Settings(
        waters=waters,
        center=None if center is None else parse_center(center),
        radius=radius,
        attention=attention is not None,
    )
    plan: Plan = make_plan(
        protein, ligands or [], codes=ligand or [], template=template, manifest=manifest, skip=skip
    )
    failures = run(
        plan,
        settings,
        Loading(
            None if weights is None else str(weights),
            temperature,
            None if calibration is None else str(calibration),
        ),
        out=out,
        attention=attention,
        workers=workers,
        messages=Messages(quiet, log_format is LogFormat.json),
    )
    raise typer.Exit(EXIT_SOME_FAILED if failures else EXIT_OK)
