"""From a manifest to the table: models, baselines, regimes, groups and everything written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from molattn.errors import OutputError, UsageError
from molattn.evaluate.baselines import chosen_baselines
from molattn.evaluate.division import Scheme, divide, nearness, protein_notes
from molattn.evaluate.evaluation_set import EvaluationSet, Integers, read_evaluation_set
from molattn.evaluate.figures import further_figures
from molattn.evaluate.fitted_baselines import Pool, Reading, available, fit_baselines
from molattn.evaluate.judged import Judged, group_labels, missing_notes, regime_notes
from molattn.evaluate.lines import Pair, build_lines
from molattn.evaluate.metrics import REPEATS, pearson
from molattn.evaluate.own_scores import score_rows
from molattn.evaluate.predictions import (
    Predictions,
    own_predictions,
    parse_source,
    read_predictions,
)
from molattn.evaluate.table import Table
from molattn.evaluate.written import write_all

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is judged, and how; every field mirrors an option of the command line.

    Attributes
    ----------
    predictions
        ``[NAME=]FILE.csv[:COLUMN]``, one a model.
    weights
        Tensors to score with where no predictions are given; None for the shipped ones.
    score
        Whether molattn scores the rows where no predictions are given.
    folds
        ``grouped``, ``random`` or ``column``; None takes the folds that are given, else grouped.
    splits
        A split file with folds.
    train
        Manifest that the baselines are fitted on instead of the other folds.
    baselines
        ``all``, ``none`` or names with commas.
    group
        Column of the groups within which ranking is judged.
    title
        How the judged model is called.
    workers
        Processes that read structures.
    seed
        Of the folds.
    repeats
        Draws of the bootstrap.
    cache
        Folder of features, energies and clusters, which several evaluations may share; None for
        ``cache`` in the output folder.
    """

    predictions: tuple[str, ...] = ()
    weights: Path | None = None
    score: bool = True
    folds: Scheme | None = None
    splits: Path | None = None
    train: Path | None = None
    baselines: str = "all"
    group: str | None = None
    title: str = "molattn"
    workers: int = 1
    seed: int = 0
    repeats: int = REPEATS
    cache: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What came out.

    Attributes
    ----------
    table
        A line a model and regime, with notes.
    pairs
        The difference of every two models.
    judged
        Rows and predictions behind them.
    unusable
        Rows that are not in the table, for their reason stands in ``rows.csv``.
    """

    table: Table
    pairs: tuple[Pair, ...]
    judged: Judged
    unusable: int


def evaluate(
    manifest: Path | str,
    out: Path | str,
    settings: Settings | None = None,
    *,
    report: Report | None = None,
) -> Evaluation:
    """Judge predictions for measured complexes beside baselines, and write the table.

    Parameters
    ----------
    manifest
        See :func:`molattn.evaluate.evaluation_set.read_evaluation_set`.
    out
        Folder for tables, plots and caches; made if missing.
    settings
        What is judged, and how.
    report
        Called with a sentence now and then while the work goes on.

    Raises
    ------
    InputError, UsageError, OutputError, MissingExtra, WeightsError
        See :mod:`molattn.errors`.
    """
    chosen, folder = settings or Settings(), Path(out)
    tell = report or _silent
    chosen_baselines(chosen.baselines)  # refused before any work is done
    rows = read_evaluation_set(Path(manifest))
    training = None if chosen.train is None else read_evaluation_set(chosen.train)
    reading = Reading(_folders(folder, chosen.cache), chosen.workers, tell)
    given = _given(rows, chosen, tell)
    scheme = _scheme(chosen, rows, given)
    tell("protein clusters and folds")
    division = divide(
        rows,
        training,
        given,
        scheme,
        splits=chosen.splits,
        cache=reading.cache,
        seed=chosen.seed,
    )
    pool = Pool((rows,) if training is None else (rows, training))
    names, notes = _baselines(rows, chosen)
    fitted: tuple[Predictions, ...] = ()
    if names:
        fitted, more = fit_baselines(pool, division, names, reading)
        notes += more
    count = len(rows)
    groups, column = group_labels(rows, division.clusters[:count], chosen.group)
    judged = Judged(
        rows=rows,
        models=given + fitted,
        folds=division.folds[:count],
        clusters=division.clusters[:count],
        near=nearness(division, pool.standard, count),
        groups=groups,
        group_column=column,
        scheme=division.scheme,
    )
    notes += () if chosen.splits else protein_notes(rows, given)
    return _judge(judged, chosen, folder, notes, tell)


def _judge(
    judged: Judged, settings: Settings, out: Path, notes: tuple[str, ...], tell: Report
) -> Evaluation:
    """Compute the figures and write everything."""
    if not judged.models:
        raise UsageError(
            "There are no predictions and no baselines; nothing is left to judge. Give "
            "--predictions, protein and ligand columns to score, or --baselines."
        )
    ranked = any(name in judged.rows.columns for name in ("rmsd", "label"))
    if judged.used.sum() < 2 and not ranked:
        raise UsageError(
            "Fewer than two rows are answered by all models: " + " ".join(missing_notes(judged))
        )
    tell("figures and their intervals")
    notes = judged.rows.notes + notes
    for model in judged.models:
        notes += model.notes
    notes += missing_notes(judged) + regime_notes(judged)
    notes += _sign_notes(judged) + _fold_notes(judged)
    lines, pairs = build_lines(judged, settings.repeats)
    figures = further_figures(judged, pairs, settings.repeats)
    table = write_all(Table(lines, notes, figures.sections), figures, pairs, judged, out)
    unusable = int((judged.rows.standard & ~judged.answered).sum())
    return Evaluation(table, pairs, judged, unusable)


def _given(rows: EvaluationSet, settings: Settings, tell: Report) -> tuple[Predictions, ...]:
    """Return the predictions that are judged: in the manifest, in files, or molattn's own."""
    own = own_predictions(rows, settings.title)
    found = [] if own is None else [own]
    found += [read_predictions(parse_source(text), rows) for text in settings.predictions]
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"Two sets of predictions are called {twice}; name them as NAME=FILE.csv.")
    if found or not settings.score or not rows.has_structures:
        return tuple(found)
    tell("scoring the rows")
    return (
        score_rows(
            rows,
            weights=settings.weights,
            title=settings.title,
            workers=settings.workers,
            report=tell,
        ),
    )


def _scheme(settings: Settings, rows: EvaluationSet, given: tuple[Predictions, ...]) -> Scheme:
    """Return where the folds come from."""
    if settings.folds is not None:
        if settings.splits is not None and settings.folds != "column":
            raise UsageError("--splits gives the folds itself; leave out --folds.")
        return settings.folds
    told = settings.splits is not None or "fold" in rows.columns
    return "column" if told or any(one.fold is not None for one in given) else "grouped"


def _baselines(rows: EvaluationSet, settings: Settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the baselines that are fitted, and why others are not."""
    names = chosen_baselines(settings.baselines)
    asked = settings.baselines != "all"
    if names and not asked and not rows.has_structures:
        return (), ("No baseline is fitted: the manifest has no columns protein and ligand.",)
    if names and not asked and settings.train is None and not rows.standard.any():
        return (), ("No baseline is fitted: there is no measured pK; give --train MANIFEST.",)
    return available(names, asked=asked)


def _sign_notes(judged: Judged) -> tuple[str, ...]:
    """Return a sentence for each model that runs against the measurements, as energies do."""
    rows = judged.used
    return tuple(
        f"{model.title} falls where pK rises, as energies do: read its correlations without "
        "their sign, and its errors not at all."
        for model in judged.models
        if pearson(judged.rows.measured[rows], model.predicted[rows]) < -0.1
    )


def _fold_notes(judged: Judged) -> tuple[str, ...]:
    """Return a sentence for each model that was held out by other folds than these."""
    return tuple(
        f"{model.title} was held out by its own folds, not by these: what is said of relatives "
        "in training holds for the baselines; --folds column judges all by one."
        for model in judged.models
        if model.fold is not None and not _same_division(model.fold, judged.folds)
    )


def _same_division(first: Integers, second: Integers) -> bool:
    """Return whether two columns of folds put the same rows together, however named."""
    pairs = len(set(zip(first.tolist(), second.tolist(), strict=True)))
    return pairs == len(set(first.tolist())) == len(set(second.tolist()))


def _folders(out: Path, cache: Path | None) -> Path:
    """Make the folders and return that of the caches."""
    kept = cache or out / "cache"
    for folder in (out, kept):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise OutputError(f"{folder} cannot be made a folder ({fault.strerror}).") from fault
    return kept


def _silent(_: str) -> None:
    return
