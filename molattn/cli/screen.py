"""``molattn screen``: a library against one receptor, however often the machine dies."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from molattn.cli.options import (
    RUN,
    Calibration,
    LogAs,
    LogFormat,
    Quiet,
    Waters,
    Weights,
    Workers,
)
from molattn.errors import EXIT_OK, EXIT_SOME_FAILED

WHAT = "What to screen"
POSES = "Poses"
CHEMISTRY = "Molecules"
RESULTS = "Results"


class PoseMode(StrEnum):
    """Where poses come from."""

    given = "given"
    place = "place"
    dock = "dock"


class Effort(StrEnum):
    """How thoroughly ligands are placed."""

    fast = "fast"
    thorough = "thorough"


class RankBy(StrEnum):
    """What hits are ranked by."""

    pK = "pK"
    pK_low = "pK_low"
    pose_confidence = "pose_confidence"


def screen(
    receptor: Annotated[
        str | None,
        typer.Argument(
            metavar="RECEPTOR",
            help="Structure: PDB or mmCIF, plain or .gz.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ] = None,
    library: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LIBRARY]...",
            help="Molecules: SDF, MOL2, SMILES, CSV, TSV (plain or .gz) or Parquet files, folders "
            "of them, or patterns in quotes.",
            rich_help_panel=WHAT,
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder of the run and its results; the same command goes on with what is there.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    status: Annotated[
        Path | None,
        typer.Option(
            "--status",
            metavar="DIR",
            help="Only tell how far the run in a folder is.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    merge: Annotated[
        list[Path] | None,
        typer.Option(
            "--merge",
            metavar="DIR",
            help="Join the folder of a share to the results in --out; give it for each share.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    pose: Annotated[
        PoseMode,
        typer.Option(
            help="given: as they are (one without a pose is placed on --reference, if that is "
            "given); place: on --reference; dock: by AutoDock Vina.",
            rich_help_panel=POSES,
        ),
    ] = PoseMode.given,
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="LIGAND",
            help="A posed ligand that marks the pocket: a file, or RES[:CHAIN[:NUM]] in RECEPTOR.",
            rich_help_panel=POSES,
        ),
    ] = None,
    center: Annotated[
        str | None,
        typer.Option(metavar="X,Y,Z", help="Centre of the docking box (Å).", rich_help_panel=POSES),
    ] = None,
    box: Annotated[
        float,
        typer.Option(
            metavar="EDGE", help="Edge of the box around --center (Å).", rich_help_panel=POSES
        ),
    ] = 22.5,
    poses: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Most poses of a ligand that are scored; the best by pose confidence counts "
            "(place 3, dock 5).",
            rich_help_panel=POSES,
            show_default=False,
        ),
    ] = None,
    keep_poses: Annotated[
        bool,
        typer.Option(
            "--keep-poses",
            help="Write all scored poses to poses.sdf, not only those of the hits.",
            rich_help_panel=POSES,
        ),
    ] = False,
    relax: Annotated[
        bool,
        typer.Option(
            "--relax", help="Relax given poses in the rigid pocket first.", rich_help_panel=POSES
        ),
    ] = False,
    effort: Annotated[
        Effort, typer.Option(help="Of placing.", rich_help_panel=POSES)
    ] = Effort.fast,
    exhaustiveness: Annotated[
        int, typer.Option(min=1, metavar="N", help="Of docking.", rich_help_panel=POSES)
    ] = 8,
    seed: Annotated[
        int, typer.Option(help="Decides every random number.", rich_help_panel=POSES)
    ] = 1,
    max_heavy_atoms: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Larger molecules are not scored.",
            rich_help_panel=CHEMISTRY,
        ),
    ] = 100,
    protomers: Annotated[
        bool,
        typer.Option(
            "--protomers",
            help="Try the protonation states at pH 6.9 to 7.9 (extra forms).",
            rich_help_panel=CHEMISTRY,
        ),
    ] = False,
    tautomers: Annotated[
        bool, typer.Option("--tautomers", help="Try tautomers.", rich_help_panel=CHEMISTRY)
    ] = False,
    stereo: Annotated[
        bool,
        typer.Option(
            "--stereo",
            help="Try the stereoisomers that a record leaves open.",
            rich_help_panel=CHEMISTRY,
        ),
    ] = False,
    max_forms: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Most forms of a molecule.", rich_help_panel=CHEMISTRY
        ),
    ] = 8,
    smiles_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Column of tables that holds the SMILES; else known by its name.",
            rich_help_panel=CHEMISTRY,
        ),
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Column of tables that holds the id; else known by its name.",
            rich_help_panel=CHEMISTRY,
        ),
    ] = None,
    waters: Waters = False,
    weights: Weights = None,
    calibration: Calibration = None,
    top: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Hits that are written.", rich_help_panel=RESULTS),
    ] = 100,
    rank_by: Annotated[
        RankBy, typer.Option(help="What hits are ranked by.", rich_help_panel=RESULTS)
    ] = RankBy.pK,
    any_pose: Annotated[
        bool,
        typer.Option(
            "--any-pose",
            help="Rank records of implausible poses with the others, not behind them.",
            rich_help_panel=RESULTS,
        ),
    ] = False,
    actives: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Column or tag that marks known actives (1 or 0); the summary then tells the "
            "enrichment.",
            rich_help_panel=RESULTS,
            show_default=False,
        ),
    ] = "",
    workers: Workers = None,
    device: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Where the networks compute: cpu, cuda, cuda:1 (then one or two --workers).",
            rich_help_panel=RUN,
        ),
    ] = "cpu",
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Run on a Ray cluster (extra ray): auto, host:port or ray://host:port.",
            rich_help_panel=RUN,
        ),
    ] = None,
    shard: Annotated[
        str,
        typer.Option(
            metavar="I/N",
            help="Score the I-th of N shares only, as a job of an array does; then --merge.",
            rich_help_panel=RUN,
        ),
    ] = "1/1",
    chunk: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Records that are scored, written and remembered together (given 256, place 32, "
            "dock 4).",
            rich_help_panel=RUN,
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=1.0,
            metavar="SECONDS",
            help="Give up a record that takes longer (given 60, place 120, dock 1800).",
            rich_help_panel=RUN,
            show_default=False,
        ),
    ] = None,
    memory: Annotated[
        float,
        typer.Option(
            min=1.0,
            metavar="GB",
            help="Most memory of one process; a record that needs more is given up.",
            rich_help_panel=RUN,
        ),
    ] = 4.0,
    quiet: Quiet = False,
    log_format: LogAs = LogFormat.text,
) -> None:
    """Screen a library against one receptor: hits, failures and a summary in one folder.

    Killed at any moment, the same command goes on where it stood.
    """
    from molattn.cli.messages import Messages
    from molattn.cli.screen_run import merge_shares, run, show_status
    from molattn.predict.process_task import Limits
    from molattn.predict.request import Settings, parse_center
    from molattn.predict.workers import Loading
    from molattn.screen.chunks import parse_share
    from molattn.screen.forms import FormSettings
    from molattn.screen.molecule_rules import MoleculeLimits
    from molattn.screen.outcome import OutcomeSettings
    from molattn.screen.plan import TIMEOUTS, PoseSettings, ScreenSettings
    from molattn.screen.run import RunSettings

    messages = Messages(quiet, log_format is LogFormat.json)
    if status is not None:
        show_status(status)
        raise typer.Exit(EXIT_OK)
    outcome = OutcomeSettings(
        top=top, rank_by=rank_by.value, actives=actives, plausible_first=not any_pose
    )
    if merge:
        failures = merge_shares(merge, out, outcome, messages)
        raise typer.Exit(EXIT_SOME_FAILED if failures else EXIT_OK)
    settings = ScreenSettings(
        pose=PoseSettings(
            mode=pose.value,
            poses=poses,
            relax=relax,
            effort=effort.value,
            exhaustiveness=exhaustiveness,
            box=box,
            seed=seed,
            keep=keep_poses,
        ),
        score=Settings(waters=waters),
        limits=MoleculeLimits(most_heavy_atoms=max_heavy_atoms),
        forms=FormSettings(
            protomers=protomers, tautomers=tautomers, stereo=stereo, limit=max_forms
        ),
        loading=Loading(
            None if weights is None else str(weights),
            calibration=None if calibration is None else str(calibration),
            device=device,
        ),
        smiles_column=smiles_column,
        id_column=id_column,
        chunk=chunk,
    )
    running = RunSettings(
        workers=workers,
        ray=ray,
        share=parse_share(shard),
        limits=Limits(TIMEOUTS[pose.value] if timeout is None else timeout, memory),
    )
    failures = run(
        receptor,
        library or [],
        reference,
        None if center is None else parse_center(center),
        out,
        settings,
        running,
        outcome,
        messages,
    )
    raise typer.Exit(EXIT_SOME_FAILED if failures else EXIT_OK)
