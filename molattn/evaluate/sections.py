"""The usual sections of a report, from the figures of this room.

Each function takes results of one module and returns a :class:`molattn.evaluate.table.Section`;
several models stand under each other where a mapping of titles is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from molattn.evaluate.comparison import Comparison, ConditionLoss
from molattn.evaluate.docking_power import TOPS, DockingPower
from molattn.evaluate.domains import DomainFigures
from molattn.evaluate.enrichment import Enrichment
from molattn.evaluate.groups import GROUP_METRICS, GroupFigures
from molattn.evaluate.intervals import IntervalFigures
from molattn.evaluate.metrics import Estimate
from molattn.evaluate.ranking import RankingPower
from molattn.evaluate.table import Cell, Heading, Section

METRIC_TITLES: Final[Mapping[str, str]] = {
    "pearson": "Pearson",
    "spearman": "Spearman",
    "kendall": "Kendall τ",
    "rmse": "RMSE (pK)",
    "mae": "MAE (pK)",
    "centred_rmse": "RMSE without offset (pK)",
}
"""How metrics are called for a reader."""

ENRICHMENT_TITLES: Final[Mapping[str, str]] = {
    "ef_0.5": "EF 0.5 %",
    "ef_1": "EF 1 %",
    "ef_2": "EF 2 %",
    "ef_5": "EF 5 %",
    "ef_10": "EF 10 %",
    "bedroc_20": "BEDROC (α 20)",
    "bedroc_80.5": "BEDROC (α 80.5)",
    "roc_auc": "ROC AUC",
    "log_auc": "logAUC",
}
"""How figures of early recognition are called for a reader."""

BRACKETS: Final = "Brackets hold 95 % bootstrap intervals over"


def group_section(
    groups: Sequence[GroupFigures], name: str = "by_group", title: str = "Within each group"
) -> Section:
    """Return one row a group, of :func:`molattn.evaluate.groups.by_group`."""
    headings = [
        Heading("group", "group"),
        Heading("rows", "n"),
        Heading("missing", "missing"),
        Heading("lowest_pK", "lowest pK", ".1f"),
        Heading("highest_pK", "highest pK", ".1f"),
        *(Heading(key, METRIC_TITLES[key]) for key in GROUP_METRICS),
    ]
    rows = tuple(
        (
            one.group,
            one.rows,
            one.missing or None,
            one.lowest,
            one.highest,
            *(one.metrics[key] for key in GROUP_METRICS),
        )
        for one in groups
    )
    note = f"{BRACKETS} the rows of each group. A narrow range of pK limits every correlation."
    return Section(name, title, tuple(headings), rows, note)


def condition_section(
    models: Mapping[str, Sequence[ConditionLoss]],
    name: str = "pose_robustness",
    title: str = "From the crystal pose to realistic poses",
) -> Section:
    """Return one row a model and condition, of :func:`condition_losses`, by title of the model.

    The first of each sequence is the reference; its losses are not printed.
    """
    shown = ("pearson", "rmse")
    headings = [Heading("model", "model"), Heading("condition", "poses"), Heading("rows", "n")]
    headings += [Heading("missing", "missing")]
    headings += [Heading(key, METRIC_TITLES[key]) for key in ("pearson", "kendall", "rmse")]
    for key in shown:
        headings += [
            Heading(f"{key}_reference", f"{METRIC_TITLES[key]}, reference on these rows"),
            Heading(f"{key}_change", f"Δ {METRIC_TITLES[key]}", "+.2f"),
            Heading(f"{key}_share", f"two-sided share, {METRIC_TITLES[key]}", ".3f"),
        ]
    rows = []
    for model, conditions in models.items():
        for place, one in enumerate(conditions):
            cells: list[Cell] = [model, one.condition, one.rows, one.missing or None]
            cells += [one.metrics.get(key) for key in ("pearson", "kendall", "rmse")]
            for key in shown:
                first = place == 0
                cells += [None if first else one.reference[key].value]
                cells += [None if first else one.loss[key], None if first else one.share[key]]
            rows.append(tuple(cells))
    note = (
        f"Δ is the condition minus the reference on the rows that both answer. {BRACKETS} protein "
        "clusters, paired. The two-sided share is that of draws at or beyond zero."
    )
    return Section(name, title, tuple(headings), tuple(rows), note)


def docking_section(
    models: Mapping[str, DockingPower], name: str = "docking_power", title: str = "Docking power"
) -> Section:
    """Return one row a score and, last, that of chance, by title of the score."""
    headings = [Heading("score", "score"), Heading("complexes", "complexes")]
    headings += [Heading(f"top_{top}", f"top-{top}", ".1%") for top in TOPS]
    headings += [Heading("top_1_of_all", "top-1 of all complexes", ".1%")]
    headings += [Heading("spearman", "Spearman with -RMSD"), Heading("unscored", "unscored poses")]
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            one.complexes,
            *(one.success[top] for top in TOPS),
            one.success_of_all[1],
            one.spearman,
            one.unscored or None,
        )
        for label, one in models.items()
    ]
    note = ""
    if models:
        first = next(iter(models.values()))
        chance = tuple(first.chance[top] for top in TOPS)
        rows.append(("a pose at random", first.complexes, *chance, None, None, None))
        note = (
            f"Share of complexes with a pose under 2 Å among the best; {first.poses} poses. "
            f"{first.without_near_native} complexes without any such pose stand apart; in "
            f"'top-1 of all complexes' they count as failures. {BRACKETS} complexes."
        )
    return Section(name, title, tuple(headings), tuple(rows), note)


def ranking_section(
    models: Mapping[str, RankingPower], name: str = "ranking_power", title: str = "Ranking power"
) -> Section:
    """Return one row a model, of :func:`molattn.evaluate.ranking.ranking_power`, by its title."""
    headings = [Heading("model", "model"), Heading("groups", "groups"), Heading("rows", "n")]
    headings += [Heading("missing", "missing"), Heading("spearman", "Spearman")]
    headings += [Heading("kendall", "Kendall τ"), Heading("predictive_index", "predictive index")]
    headings += [
        Heading("best_first", "best ligand first", ".1%"),
        Heading("best_in_top_2", "in the top 2", ".1%"),
        Heading("best_in_top_3", "in the top 3", ".1%"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            label,
            one.groups,
            one.rows,
            one.missing or None,
            one.spearman,
            one.kendall,
            one.predictive_index,
            *one.best_in_top.values(),
        )
        for label, one in models.items()
    ]
    if models:
        first = next(iter(models.values()))
        chance = tuple(first.best_by_chance.values())
        rows.append(("a random order", first.groups, first.rows, None, 0.0, 0.0, 0.0, *chance))
    note = f"Means over groups, each of equal weight. {BRACKETS} groups."
    return Section(name, title, tuple(headings), tuple(rows), note)


def enrichment_section(
    targets: Mapping[str, Enrichment],
    mean: Mapping[str, Estimate] | None = None,
    name: str = "enrichment",
    title: str = "Early recognition of actives",
) -> Section:
    """Return one row a target and, first, their mean where it is given."""
    headings = [Heading("target", "target"), Heading("actives", "actives")]
    headings += [Heading("decoys", "decoys"), Heading("missing", "missing")]
    headings += [
        Heading(key, shown, ".1f" if key.startswith("ef") else ".2f")
        for key, shown in ENRICHMENT_TITLES.items()
    ]
    rows: list[tuple[Cell, ...]] = []
    if mean:
        figures = tuple(mean.get(key) for key in ENRICHMENT_TITLES)
        judged = sum(1 for one in targets.values() if one.actives and one.decoys)
        rows.append((f"mean of {judged} targets", None, None, None, *figures))
    for label, one in targets.items():
        figures = tuple(one.figures.get(key) for key in ENRICHMENT_TITLES)
        rows.append((label, one.actives, one.decoys, one.missing or None, *figures))
    note = (
        f"{BRACKETS} molecules of a target, over targets for the mean. Unscored molecules stand "
        "last. At random: EF 1, ROC AUC .50, logAUC .14."
    )
    return Section(name, title, tuple(headings), tuple(rows), note)


def interval_section(
    found: IntervalFigures,
    name: str = "coverage_by_width",
    title: str = "Coverage of the 90 % intervals by their width",
) -> Section:
    """Return one row a bin of width and, last, all rows."""
    headings = (
        Heading("bin", "intervals"),
        Heading("rows", "n"),
        Heading("narrowest", "from (pK)"),
        Heading("widest", "to (pK)"),
        Heading("width", "mean width (pK)"),
        Heading("coverage", "coverage", ".1%"),
        Heading("rmse", "RMSE (pK)"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            str(place),
            one.rows,
            one.narrowest,
            one.widest,
            one.width,
            Estimate(one.coverage, one.coverage_low, one.coverage_high),
            one.rmse,
        )
        for place, one in enumerate(found.bins, start=1)
    ]
    whole = Estimate(found.coverage, found.coverage_low, found.coverage_high)
    rows.append(("all", found.rows, None, None, found.width, whole, None))
    note = (
        f"Bins of equal counts, narrow first; brackets hold exact 95 % binomial intervals. "
        f"Interval score {found.score:.2f} pK (lower is better); Spearman of error and width "
        f"{found.error_width:.2f}; mean error of calibration {found.calibration_error:.3f}."
    )
    return Section(name, title, headings, tuple(rows), note)


def domain_section(
    found: Sequence[DomainFigures],
    name: str = "domains",
    title: str = "Errors by applicability domain",
) -> Section:
    """Return one row a grade, of :func:`molattn.evaluate.domains.judge_domains`."""
    headings = (
        Heading("domain", "domain"),
        Heading("rows", "n"),
        Heading("clusters", "clusters"),
        Heading("rmse", "RMSE (pK)"),
        Heading("increase", "Δ RMSE to the grade before", "+.2f"),
        Heading("mae", "MAE (pK)"),
        Heading("coverage", "coverage of the 90 % intervals", ".1%"),
        Heading("width", "mean width (pK)"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.domain,
            one.rows,
            one.clusters,
            one.rmse,
            one.increase,
            one.mae,
            one.coverage,
            one.width,
        )
        for one in found
    )
    note = (
        f"Errors should grow downwards. {BRACKETS} protein clusters, those of coverage exact 95 % "
        "binomial intervals."
    )
    return Section(name, title, headings, rows, note)


def comparison_section(
    pairs: Mapping[str, Sequence[Comparison]],
    name: str = "comparisons",
    title: str = "Models compared on the same rows",
) -> Section:
    """Return one row a pair of models and metric, by a title such as ``"A minus B"``."""
    headings = (
        Heading("pair", "models"),
        Heading("metric", "metric"),
        Heading("rows", "n"),
        Heading("clusters", "clusters"),
        Heading("first", "first"),
        Heading("second", "second"),
        Heading("difference", "first minus second", "+.3f"),
        Heading("share", "two-sided share", ".3f"),
    )
    rows = tuple(
        (
            label,
            one.metric,
            one.rows,
            one.clusters,
            one.first,
            one.second,
            one.difference,
            one.share,
        )
        for label, compared in pairs.items()
        for one in compared
    )
    note = (
        f"{BRACKETS} protein clusters, paired: both models on the same draws. The share is that "
        "of draws at or beyond zero, doubled."
    )
    return Section(name, title, headings, rows, note)
