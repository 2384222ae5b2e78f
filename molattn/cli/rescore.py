"""``molattn rescore``: the output of docking programs, one row for each pose."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final

import typer

from molattn.cli.options import (
    RESULTS,
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
    Waters,
    Weights,
    Workers,
)
from molattn.errors import EXIT_OK, EXIT_SOME_FAILED, UsageError

if TYPE_CHECKING:
    from molattn.cli.score_run import Plan

SHOWN: Final = (
    *("pose", "vina_affinity", "autodock_affinity", "minimizedAffinity", "CNNscore"),
    *("CNNaffinity", "r_i_docking_score"),
)
"""Columns that the table in a terminal shows beside the score, where there are such."""


def rescore(
    receptor: Annotated[
        str,
        typer.Argument(
            metavar="RECEPTOR",
            help="Structure that was docked into: PDB, mmCIF or PDBQT, plain or .gz.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ],
    poses: Annotated[
        list[str],
        typer.Argument(
            metavar="POSES...",
            help="What the docking wrote: SDF, MOL2, PDBQT or .dlg, plain or .gz.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ],
    template: Annotated[
        str,
        typer.Option(
            metavar="SMILES",
            help="Bond orders of PDBQT poses without a SMILES of their own; else distances give "
            "them, with a warning.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ] = "",
    skip: Skip = 0,
    center: Center = None,
    radius: Radius = None,
    waters: Waters = False,
    weights: Weights = None,
    calibration: Calibration = None,
    best: Annotated[
        bool,
        typer.Option(
            "--best",
            help="Only the best pose of each ligand by pose_confidence; all are scored.",
            rich_help_panel=RESULTS,
        ),
    ] = False,
    out: Out = None,
    attention: Attention = None,
    workers: Workers = None,
    quiet: Quiet = False,
    log_format: LogAs = LogFormat.text,
) -> None:
    """Score the poses of docking programs: a row for each, their own scores beside it.

    Results go to standard output or the named file, everything else to standard error.
    """
    from molattn.cli.messages import Messages
    from molattn.cli.score_run import run
    from molattn.predict.request import Settings, parse_center
    from molattn.predict.workers import Loading

    settings = Settings(
        waters=waters,
        center=None if center is None else parse_center(center),
        radius=radius,
        attention=attention is not None,
    )
    failures = run(
        rescore_plan(receptor, poses, template=template, skip=skip, best=best),
        settings,
        Loading(
            None if weights is None else str(weights),
            calibration=None if calibration is None else str(calibration),
        ),
        out=out,
        attention=attention,
        workers=workers,
        messages=Messages(quiet, log_format is LogFormat.json),
    )
    raise typer.Exit(EXIT_SOME_FAILED if failures else EXIT_OK)


def rescore_plan(receptor: str, poses: list[str], *, template: str, skip: int, best: bool) -> Plan:
    """Turn the arguments into requests.

    Raises
    ------
    UsageError, InputError
        If they name nothing that can be scored.
    """
    from molattn.cli.score_run import Plan
    from molattn.predict.docked_poses import docked_poses

    if best and skip:
        raise UsageError("--best needs every pose of a ligand: leave out --skip.")
    docked = docked_poses(receptor, poses, template)
    return Plan(
        islice(docked.requests, skip, None),
        None,
        docked.columns,
        skip,
        shown=tuple(name for name in SHOWN if name in docked.columns),
        ligands=docked.ligands if best else None,
    )
