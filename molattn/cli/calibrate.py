"""``molattn calibrate``: a target's own measured ligands sharpen the answers for the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molattn.cli.messages import Messages
from molattn.errors import EXIT_OK, EXIT_SOME_FAILED, InputError

if TYPE_CHECKING:
    from molattn.predict.measurements import LeftOut

NAMED = 8


def calibrate(
    manifest: Annotated[
        Path,
        typer.Argument(
            metavar="MANIFEST",
            help="CSV of measured ligands on one target, with the columns of `score --manifest` "
            "and the measured pK; one row for each ligand.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE.json", help="The calibration, for `score --calibration`.")
    ],
    measured: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Column of the measured pK.",
            show_default="pK or measured_pK",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Name of the target.", show_default="the name of the manifest"
        ),
    ] = None,
    curve: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="The learning curve as a table, too."),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.safetensors",
            help="Calibrate these weights.",
            show_default="the shipped ones",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Processes that score.", show_default="number of cores"
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, only errors.")] = False,
) -> None:
    """Fit measured ligands of one target, and show what they bring.

    An offset, and a slope and a term of likeness where leave-one-out says that they help. Rows
    without a measured value, or with a bound, are left out and named.
    """
    from molattn.cli.calibration_table import calibration_text
    from molattn.cli.progress import ProgressLine
    from molattn.predict.few_shot import fit
    from molattn.predict.few_shot_file import TargetCalibration, write
    from molattn.predict.learning_curve import curve_csv, learning_curve
    from molattn.predict.manifest import read_manifest
    from molattn.predict.measurements import collect, measured_name
    from molattn.predict.output_file import check_writable, write_atomically
    from molattn.predict.request import Settings
    from molattn.predict.weights import read_info
    from molattn.predict.workers import Loading, score_requests

    messages = Messages(quiet)
    rows = read_manifest(manifest)
    column = measured_name(rows.carried, measured)
    for path in (out, *([] if curve is None else [curve])):
        check_writable(path)
    loading = Loading(None if weights is None else str(weights))
    scores = []
    with ProgressLine(messages, len(rows.requests)) as progress:
        for score in score_requests(rows.requests, Settings(), loading, workers=workers):
            scores.append(score)
            progress.step()
    measurements, left = collect(scores, column)
    if not len(measurements):
        why = f" ({left[0].id}: {left[0].reason})" if left else ""
        raise InputError(
            f"{manifest} has no measurement that can be used{why}; give measured pK values in "
            f"the column {measured or 'pK'}."
        )
    name = target or manifest.name.split(".")[0]
    few_shot = fit(measurements)
    points = learning_curve(measurements)
    write(TargetCalibration(name, read_info(weights).sha256, few_shot), out)
    if curve is not None:
        write_atomically(curve, curve_csv(points))
    typer.echo(calibration_text(name, few_shot, points))
    _tell_left_out(left, messages)
    messages.info(f"Written to {out}; use it with `molattn score --calibration {out}`.")
    wrong = any(not one.intended for one in left)
    raise typer.Exit(EXIT_SOME_FAILED if wrong else EXIT_OK)


def _tell_left_out(left: Sequence[LeftOut], messages: Messages) -> None:
    for one in left[:NAMED]:
        messages.warning(f"{one.id} is left out: {one.reason}.", event="left_out", id=one.id)
    if len(left) > NAMED:
        others = ", ".join(one.id for one in left[NAMED:])
        messages.warning(f"Left out as well: {others}.")
