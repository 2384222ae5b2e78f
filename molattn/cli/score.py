"""``molattn score``: posed ligands in one structure, or the rows of a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molattn.cli.options import (
    WHAT,
    Attention,
    Calibration,
    Center,
    LogAs,
    LogFormat,
    Out,
    Quiet,
    Radius,
    Skip,
    Temperature,
    Template,
    Waters,
    Weights,
    Workers,
)
from molattn.errors import EXIT_OK, EXIT_SOME_FAILED

if TYPE_CHECKING:
    from molattn.cli.score_run import Plan


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
    template: Template = "",
    manifest: Annotated[
        Path | None,
        typer.Option(
            metavar="PAIRS.csv",
            help="Score the rows of a CSV with the columns id, protein, ligand; optional record, "
            "smiles, ligand_code, template; paths relative to it.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    skip: Skip = 0,
    center: Center = None,
    radius: Radius = None,
    waters: Waters = False,
    temperature: Temperature = 1.0,
    weights: Weights = None,
    calibration: Calibration = None,
    out: Out = None,
    attention: Attention = None,
    workers: Workers = None,
    quiet: Quiet = False,
    log_format: LogAs = LogFormat.text,
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
