"""``molattn train``: fit a network from a configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molattn.errors import UsageError

if TYPE_CHECKING:
    from molattn.train.config import TrainConfig


def train(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="YAML as in configs/.", show_default=False)
    ],
    root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the data that CONFIG names by relative paths."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="MANIFEST", help="CSV of complexes, instead of the one in CONFIG."),
    ] = None,
    graphs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Graphs packed by data_prep.pack, instead of structures."
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=MANIFEST", help="Manifest of a further source, instead of CONFIG's."
        ),
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
    workers: Annotated[
        int, typer.Option(min=1, help="Trainings side by side, for CONFIG with members.")
    ] = 1,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over instead of resuming a run in the folder.")
    ] = False,
) -> None:
    """Train a network, or an ensemble; an interrupted run is resumed exactly where it stopped."""
    from molattn.train.config import TrainConfig
    from molattn.train.config_file import read_config
    from molattn.train.recipe_paths import rooted

    if cross_validate and fold is not None:
        raise UsageError(
            "--fold trains without one fold and --cross-validate without each: choose."
        )
    settings = read_config(config, TrainConfig)
    settings = settings if root is None else rooted(settings, root)
    given = {"manifest": data, "packed": graphs}
    named = {key: value for key, value in given.items() if value is not None}
    if named:
        chosen = settings.data.model_copy(update=named)
        settings = settings.model_copy(update={"data": chosen})
    settings = with_sources(settings, source or [])
    if settings.members:
        from molattn.evaluate.release import release
        from molattn.train.ensemble import train_ensemble

        if fold is not None or fresh:
            raise UsageError(
                "An ensemble trains every fold and goes on by itself; leave out --fold and "
                "--fresh, and give another --out to start over."
            )
        typer.echo(release(settings, train_ensemble(settings, out=out, workers=workers)))
        return
    if cross_validate:
        from molattn.train.cross_validation import cross_validate as train_each_fold

        typer.echo(train_each_fold(settings, out=out, fresh=fresh))
        return
    from molattn.train.run import train as train_network

    typer.echo(train_network(settings, out=out, fresh=fresh, fold=fold).weights)


def with_sources(settings: TrainConfig, named: list[str]) -> TrainConfig:
    """Return the settings with other manifests of further sources.

    Raises
    ------
    UsageError
        An entry is not ``NAME=MANIFEST``, or names no source of the settings.
    """
    sources = dict(settings.sources)
    for entry in named:
        name, sign, path = entry.partition("=")
        if not sign or name not in sources:
            raise UsageError(
                f"--source {entry}: give NAME=MANIFEST, with a name among "
                f"{', '.join(sources) or 'none, for the recipe has no sources'}."
            )
        sources[name] = sources[name].model_copy(update={"manifest": Path(path)})
    return settings.model_copy(update={"sources": sources})
