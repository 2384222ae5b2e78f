"""The further tables and the drawings of an evaluation, from what was judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from molattn.evaluate.affinity_drawings import (
    calibration,
    coverage_by_predicted_width,
    error_by_distance,
    per_group,
    scatter,
)
from molattn.evaluate.docking_power import DockingPower, docking_power
from molattn.evaluate.domains import judge_domains
from molattn.evaluate.enrichment import enrichment_by_target, mean_over_targets
from molattn.evaluate.evaluation_set import Booleans, Floats
from molattn.evaluate.groups import GroupFigures, by_group
from molattn.evaluate.intervals import judge_intervals
from molattn.evaluate.judged import Judged
from molattn.evaluate.lines import Pair
from molattn.evaluate.metrics import SMALLEST_CLUSTER
from molattn.evaluate.plots import Drawing
from molattn.evaluate.pose_robustness import robustness_section
from molattn.evaluate.ranking import ranking_power
from molattn.evaluate.ranking_drawings import docking_bars, enrichment_curve
from molattn.evaluate.sections import (
    comparison_section,
    docking_section,
    domain_section,
    enrichment_section,
    group_section,
    interval_section,
    ranking_section,
)
from molattn.evaluate.table import Section

FEWEST_GROUPS: Final = 3
"""Fewest groups for which a table of ranking is worth a glance."""

MOST_GROUPS: Final = 30
"""Groups that the page lists; ``groups.csv`` holds all."""

SIMILARITY_EDGES: Final = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Bins of the highest ligand similarity to training, Tanimoto."""

_COMPARED: Final = ("pearson", "rmse")
_MOST_LINES: Final = 4  # models in one drawing


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What stands on the page beside the main table."""

    sections: tuple[Section, ...]
    drawings: tuple[Drawing, ...]
    groups: Mapping[str, tuple[GroupFigures, ...]]  # by name of the model


def further_figures(judged: Judged, pairs: Sequence[Pair], repeats: int) -> Figures:
    """Return further tables and drawings, each only where the rows carry what it needs."""
    groups = _groups(judged, repeats)
    docking = _docking(judged, repeats)
    sections = [
        *_ranking(judged, repeats),
        *robustness_section(judged, repeats),
        *([docking_section(docking)] if docking else []),
        *_enrichment(judged, repeats),
        *_intervals(judged),
        *_domains(judged, repeats),
        *_compared(judged, pairs),
    ]
    first = judged.judged_model or next(iter(judged.models))
    largest = [one for one in groups[first.name] if one.rows >= SMALLEST_CLUSTER][:MOST_GROUPS]
    if largest:
        title = f"{first.title} within each {judged.group_column}"
        sections.append(group_section(largest, title=title))
    drawings = [*_drawings(judged, groups)]
    if docking:
        drawings.append(docking_bars(docking))
    drawings += _curves(judged)
    return Figures(tuple(sections), tuple(drawings), groups)


def _groups(judged: Judged, repeats: int) -> dict[str, tuple[GroupFigures, ...]]:
    """Return the figures of every group; intervals for judged models alone, which takes long."""
    rows = judged.used & (judged.groups != "")
    return {
        model.name: by_group(
            judged.rows.measured[rows],
            model.predicted[rows],
            judged.groups[rows],
            smallest=2,
            repeats=0 if model.baseline else min(repeats, 100),
        )
        for model in judged.models
    }


def _ranking(judged: Judged, repeats: int) -> Iterator[Section]:
    rows = judged.used & (judged.groups != "")
    found = {
        model.title: ranking_power(
            judged.rows.measured[rows], model.predicted[rows], judged.groups[rows], repeats=repeats
        )
        for model in judged.models
    }
    if found and next(iter(found.values())).groups >= FEWEST_GROUPS:
        yield ranking_section(found, title=f"Ranking power within each {judged.group_column}")


def _docking(judged: Judged, repeats: int) -> dict[str, DockingPower]:
    """Return the docking power of each model, of its pose confidence too; none without RMSD."""
    rmsd = judged.rows.numbers("rmsd")
    if rmsd is None or "complex" not in judged.rows.columns or not np.isfinite(rmsd).any():
        return {}
    scores: dict[str, Floats] = {}
    for model in judged.models:
        scores[model.title] = model.predicted
        if model.confidence is not None:
            scores[f"{model.title}, pose confidence"] = model.confidence
    return {
        title: docking_power(judged.rows.complex, score, rmsd, repeats=repeats)
        for title, score in scores.items()
    }


def _labels(judged: Judged) -> tuple[Booleans, Booleans] | None:
    """Return which rows carry a label and which of them are active, None without labels."""
    labels = judged.rows.numbers("label")
    if labels is None or not np.isfinite(labels).any():
        return None
    known = np.isfinite(labels)
    return known, (labels > 0)[known]


def _enrichment(judged: Judged, repeats: int) -> Iterator[Section]:
    found = _labels(judged)
    if found is None:
        return
    known, active = found
    named = judged.rows.text("target")
    targets = np.where(named == "", "all", named)[known]
    for model in judged.models:
        by_target = enrichment_by_target(targets, model.predicted[known], active, repeats=repeats)
        mean = mean_over_targets(by_target, repeats) if len(by_target) > 1 else None
        title = f"Early recognition of actives: {model.title}"
        yield enrichment_section(by_target, mean, f"enrichment_{model.name}", title)


def _curves(judged: Judged) -> Iterator[Drawing]:
    found = _labels(judged)
    if found is not None:
        known, active = found
        scores = {model.title: model.predicted[known] for model in judged.models}
        yield enrichment_curve(dict(list(scores.items())[:_MOST_LINES]), active)


def _intervals(judged: Judged) -> Iterator[Section]:
    rows = judged.used
    for model in judged.models:
        if model.low is not None and model.high is not None and rows.any():
            found = judge_intervals(
                judged.rows.measured[rows],
                model.predicted[rows],
                model.low[rows],
                model.high[rows],
            )
            if found.rows:
                title = f"Coverage of the 90 % intervals of {model.title} by their width"
                yield interval_section(found, f"coverage_by_width_{model.name}", title)


def _domains(judged: Judged, repeats: int) -> Iterator[Section]:
    rows = judged.used
    for model in judged.models:
        if model.domain is None or not (model.domain[rows] != "").any():
            continue
        interval = None
        if model.low is not None and model.high is not None:
            interval = model.low[rows], model.high[rows]
        found = judge_domains(
            judged.rows.measured[rows],
            model.predicted[rows],
            model.domain[rows],
            judged.clusters[rows],
            interval,
            repeats,
        )
        title = f"Errors of {model.title} by its applicability domain"
        yield domain_section(found, f"domains_{model.name}", title)


def _compared(judged: Judged, pairs: Sequence[Pair]) -> Iterator[Section]:
    titles = {model.name: model.title for model in judged.models}
    shown = {
        f"{titles[pair.first]} minus {titles[pair.second]}": tuple(
            one for one in pair.compared if one.metric in _COMPARED
        )
        for pair in pairs
        if pair.regime == "all"
    }
    if shown:
        yield comparison_section(shown, name="compared")


def _drawings(judged: Judged, groups: Mapping[str, tuple[GroupFigures, ...]]) -> Iterator[Drawing]:
    rows, first = judged.used, judged.judged_model
    if not rows.any():
        return
    measured = judged.rows.measured[rows]
    shown = {model.title: model.predicted[rows] for model in judged.models}
    nearest = judged.near.ligand_similarity[rows]
    if first is not None:
        part = first.select(rows)
        kinds = np.where(
            judged.near.relative[rows], "relative in training", "no relative in training"
        )
        yield scatter(measured, part.predicted, part.low, part.high, kinds)
        if part.low is not None and part.high is not None:
            yield calibration(measured, part.predicted, part.low, part.high)
            yield coverage_by_predicted_width(measured, part.low, part.high)
    few = dict(list(shown.items())[:_MOST_LINES])
    if np.isfinite(nearest).any():
        axis = "highest Tanimoto similarity to a ligand in training"
        yield error_by_distance(measured, few, nearest, axis, SIMILARITY_EDGES)
    drawn = {
        model.title: [one for one in groups[model.name] if one.rows >= SMALLEST_CLUSTER]
        for model in judged.models[:2]
    }
    if any(drawn.values()):
        yield per_group(drawn)
