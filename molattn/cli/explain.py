"""``molattn explain``: why one ligand pose has its score."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from molattn.cli.options import (
    HOW,
    RESULTS,
    WHAT,
    Calibration,
    Center,
    LogAs,
    LogFormat,
    Quiet,
    Radius,
    Temperature,
    Template,
    Waters,
    Weights,
)


class ViewChoice(StrEnum):
    """What colours structures and pictures first."""

    attention = "attention"
    ledger = "ledger"
    gradients = "gradients"
    occlusion = "occlusion"


def explain(
    protein: Annotated[
        str,
        typer.Argument(
            metavar="PROTEIN",
            help="Structure: PDB or mmCIF, plain or .gz.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ],
    ligand_file: Annotated[
        str | None,
        typer.Argument(
            metavar="[LIGAND]",
            help="A posed ligand: SDF, MOL or MOL2, plain or .gz.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ] = None,
    ligand: Annotated[
        str,
        typer.Option(
            "--ligand",
            metavar="RES[:CHAIN[:NUM]]",
            help="A ligand inside PROTEIN instead of a file.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ] = "",
    template: Template = "",
    record: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Record of the ligand file, from 0.", rich_help_panel=WHAT
        ),
    ] = 0,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="LIGAND",
            help="Another pose or ligand in the same pocket: say where the difference comes from.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    pair: Annotated[
        str | None,
        typer.Option(
            metavar="ATOM:RESIDUE",
            # the mark keeps :A: from being taken for an emoji
            help="Only the logit of one pair, term by term in every head, such as "
            "C7:[bold]A:PHE34[/bold] (element and place in the file) or "
            "6:[bold]A:PHE34[/bold] (atom from 0).",
            rich_help_panel=HOW,
        ),
    ] = None,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="Attention, ledger and occlusion only; no gradients, mutations, test of "
            "faithfulness or interactions.",
            rich_help_panel=HOW,
        ),
    ] = False,
    temperature: Temperature = 1.0,
    center: Center = None,
    radius: Radius = None,
    waters: Waters = False,
    weights: Weights = None,
    calibration: Calibration = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Report as .html; numbers as .npz, .json or .csv; the pocket as .pdb with the "
            "view as B factor; scripts as .pml (PyMOL) or .cxc (ChimeraX). Can be given again.",
            rich_help_panel=RESULTS,
            show_default=False,
        ),
    ] = None,
    view: Annotated[
        ViewChoice | None,
        typer.Option(
            help="What colours the structure; else what says most about the answer.",
            rich_help_panel=RESULTS,
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
    log_format: LogAs = LogFormat.text,
) -> None:
    """Explain one score: which contacts, how much, how sure, and whether to believe it."""
    from molattn.cli.explain_run import Asked, run
    from molattn.cli.messages import Messages
    from molattn.predict.request import Settings, parse_center

    run(
        Asked(protein, ligand_file, ligand, template, record, against, pair, fast),
        Settings(
            waters=waters,
            center=None if center is None else parse_center(center),
            radius=radius,
        ),
        weights=weights,
        calibration=calibration,
        temperature=temperature,
        out=out or [],
        view=None if view is None else view.value,
        messages=Messages(quiet, log_format is LogFormat.json),
    )
