"""The summary of a screen: one HTML page that says what was found, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.screen.diversity import CLUSTER_DISTANCE, MOST_COMPARED, diversity
from molattn.screen.drawings import histogram_svg
from molattn.screen.hit_cards import cluster_cards, hit_cards
from molattn.screen.running_figures import Histogram
from molattn.screen.score_table import HitRow
from molattn.screen.summary_page import html_table, page, paragraph, share
from molattn.screen.survey import (
    HEAVY_ATOMS_HIGH,
    PK_HIGH,
    PK_LOW,
    PK_WIDTH,
    RankBy,
    Survey,
)

Enrich = Callable[[NDArray[np.float64], NDArray[np.bool_]], Mapping[str, float]]
"""Scores and which are active, [n] each, to figures by name."""

DRAWN: Final = 24
"""Hits that are drawn."""

FOLLOWS_SIZE: Final = 0.5
"""From this Pearson correlation on pK is said to follow the number of heavy atoms."""

_CLUSTERS_DRAWN: Final = 8
_BINS: Final = 25  # fine bins in a bar of the histogram: .25 pK
_FIGURE_NAMES: Final = {"roc_auc": "ROC AUC", "log_auc": "logAUC"}
_RANDOM: Final = {"roc_auc": "0.50", "log_auc": "0.145"}
_RANKED_BY: Final = {
    "pK": "pK",
    "pK_low": "the lower end of the 90 % interval of pK",
    "pose_confidence": "pose confidence",
}
_CAUTION: Final = (
    "Decoys are presumed inactive, not measured, and often differ from actives in simple "
    "properties: a good figure here can be a difference of size or charge, and says little of "
    "another target. Relatives of these actives may have been in training."
)
_READING: Final = (
    "pK is -log10 of the affinity in mol/L, with a 90 % interval in brackets. Domain says whether "
    "the complex resembles the training data. Pose confidence is the probability that the pose is "
    "within 2 Å of the true one. A rank is a reason to look at a molecule, not a measurement."
)


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """What the page is made of.

    Attributes
    ----------
    survey
        Of all rows.
    hits
        The best first.
    about
        Facts at its head, name to text.
    rank_by, actives
        As the outcome was asked for.
    enrichment
        Figures of the marked records; None where it cannot be told.
    """

    survey: Survey
    hits: Sequence[HitRow]
    about: Mapping[str, str]
    rank_by: RankBy
    actives: str
    enrichment: Enrich | None


def summary_html(asked: SummaryRequest) -> str:
    """Return the page."""
    named = [asked.about.get(name, "") for name in ("library", "receptor")]
    title = f"Screen of {named[0]} against {named[1]}" if all(named) else "Summary of a screen"
    sections = {
        "records": ("Records", _records(asked.survey, len(asked.hits))),
        "failures": ("Why records failed", _failures(asked.survey)),
        "distribution": ("Distribution of pK", _distribution(asked.survey, asked.hits)),
        "enrichment": ("Enrichment of actives", _enrichment(asked)),
        "hits": ("Hits", _hits(asked)),
        "diversity": ("Diversity of the hits", _diversity(asked.hits)),
        "properties": ("Hits beside the library", _properties(asked.survey, asked.hits)),
    }
    return page(title, asked.about, sections)


def _records(survey: Survey, hits: int) -> str:
    tiles = {
        "records": survey.records,
        "with a score": survey.scored,
        "of them with a warning": survey.warnings,
        "failed": survey.failed,
        "hits": hits,
    }
    listed = "".join(f"<li><b>{count:,}</b> {name}</li>" for name, count in tiles.items())
    parts = [f'<ul class="tiles">{listed}</ul>']
    if survey.scored:
        parts.append(html_table(("Of those with a score", "records", "share"), _traits(survey)))
    parts.append(paragraph(_READING, "soft"))
    return "\n".join(parts)


def _traits(survey: Survey) -> list[tuple[str, str, str]]:
    domain, plausible = survey.counts["domain"], survey.counts["plausible"]
    lines = [
        ("like the training data (domain in)", domain["in"]),
        ("somewhat like it (near)", domain["near"]),
        ("unlike it (out)", domain["out"]),
    ]
    if checked := plausible[True] + plausible[False]:
        lines.append(("pose checked for plausibility", checked))
        lines.append(("plausible pose", plausible[True]))
    sources = {str(one): count for one, count in survey.counts["pose_source"].items() if one}
    lines += [(f"pose {name}", sources[name]) for name in sorted(sources)]
    lines.append(("salts or solvents stripped", survey.salts))
    return [(name, f"{count:,}", share(count, survey.scored)) for name, count in lines]


def _failures(survey: Survey) -> str:
    if not survey.failed:
        return ""
    reasons, others = survey.reasons.commonest()
    rows = [
        (reason.text or "no reason given", f"{reason.count:,}", reason.first) for reason in reasons
    ]
    if others:
        rows.append(("other reasons", f"{others:,}", ""))
    note = "Reasons that differ in numbers only are one, in the words of the first record."
    table = html_table(("Reason", "records", "first record"), rows, text_columns=(0, 2))
    return table + "\n" + paragraph(f"{note} All are in failed.csv.", "soft")


def _distribution(survey: Survey, hits: Sequence[HitRow]) -> str:
    if not survey.scored:
        return paragraph("No record has a score.")
    low, middle, high = (survey.pK.quantile(one) for one in (0.05, 0.5, 0.95))
    text = (
        f"Half of {survey.scored:,} scored records have a pK above {middle:.2f}; "
        f"nine tenths lie between {low:.2f} and {high:.2f}."
    )
    marked = [value for hit in hits if (value := _number(hit, "pK")) is not None]
    drawing = histogram_svg(
        survey.pK.coarse(_BINS), PK_LOW, _BINS * PK_WIDTH, marked, f"Histogram of pK. {text}"
    )
    caption = "Records by pK, in steps of 0.25; marks below the bars are the hits."
    return f"{paragraph(text)}\n<figure>{drawing}<figcaption>{caption}</figcaption></figure>"


def _enrichment(asked: SummaryRequest) -> str:
    if not asked.actives:
        return ""
    survey, column = asked.survey, asked.actives
    notes = actives_notes(survey, column)
    parts = [paragraph(note, "warn") for note in notes]
    active = survey.marked.active
    if not 0 < int(active.sum()) < len(active):
        return "\n".join(parts)
    found = int(active.sum())
    parts.append(
        paragraph(
            f"The column {column} marks {found:,} records as active and {len(active) - found:,} "
            f"as not; {survey.marked.missing:,} of both have no score and are ranked last. "
            f"Ranked by {_order(asked)}."
        )
    )
    if asked.enrichment is not None:
        figures = asked.enrichment(survey.marked.scores, active)
        rows = [
            (_figure_name(name), _decimals(value), _random_order(name))
            for name, value in figures.items()
        ]
        parts.append(html_table(("Figure", "value", "random order"), rows))
    parts.append(paragraph(_CAUTION, "soft"))
    return "\n".join(parts)


def actives_notes(survey: Survey, column: str) -> list[str]:
    """Return why enrichment cannot be told, or not of all records, in sentences."""
    if not column:
        return []
    if column not in survey.found_fields:
        known = ", ".join(survey.found_fields[:12]) or "none"
        return [f"No record has the column {column} to mark actives; columns found: {known}."]
    notes = []
    if survey.marked.unread:
        seen = ", ".join(repr(text) for text in survey.marked.unread)
        notes.append(
            f"Cells of the column {column} that say neither active nor inactive: "
            f"{survey.marked.unread_count:,} ({seen}); these records are left out here."
        )
    active = survey.marked.active
    if not active.any() or active.all():
        lacking = "active" if not active.any() else "inactive"
        notes.append(f"The column {column} marks no record as {lacking}: no enrichment to tell.")
    return notes


def _figure_name(name: str) -> str:
    if name.startswith("ef_"):
        return f"Enrichment factor, best {name[3:]} %"
    if name.startswith("bedroc_"):
        return f"BEDROC, α = {name[7:]}"
    return _FIGURE_NAMES.get(name, name)


def _random_order(name: str) -> str:
    return "1.00" if name.startswith("ef_") else _RANDOM.get(name, "–")


def _order(asked: SummaryRequest) -> str:
    behind = ", implausible poses behind all others" if asked.survey.plausible_first else ""
    return f"{_RANKED_BY[asked.rank_by]}{behind}"


def _hits(asked: SummaryRequest) -> str:
    if not asked.hits:
        return paragraph("There are no hits: no record has a score to be ranked by.")
    drawn = asked.hits[:DRAWN]
    text = (
        f"The best {len(asked.hits):,} of {asked.survey.scored:,} by {_order(asked)}"
        + (f"; the first {len(drawn)} are drawn. " if len(drawn) < len(asked.hits) else ". ")
        + "All are in hits.csv, hits.parquet and, with their poses, hits.sdf."
    )
    return paragraph(text) + "\n" + hit_cards(drawn)


def _diversity(hits: Sequence[HitRow]) -> str:
    found = diversity([str(hit.row.get("smiles") or "") for hit in hits])
    if not found.compared:
        return ""
    alone = sum(len(cluster.members) == 1 for cluster in found.clusters)
    nearest = "–" if found.nearest is None else f"{found.nearest:.2f}"
    rows = [
        ("hits compared", f"{found.compared:,}"),
        (f"clusters (Butina, Tanimoto distance {CLUSTER_DISTANCE:g})", f"{len(found.clusters):,}"),
        ("of them with one member", f"{alone:,}"),
        ("different Murcko scaffolds", f"{found.scaffolds:,}"),
        ("hits without a ring", f"{found.without_ring:,}"),
        ("mean Tanimoto similarity to the most similar hit", nearest),
    ]
    parts = [html_table(("Morgan counts, radius 2", ""), rows)]
    if len(hits) > MOST_COMPARED:
        parts.append(paragraph(f"Of the best {MOST_COMPARED:,} hits.", "soft"))
    parts.append("<h3>Largest clusters, by their best member</h3>")
    parts.append(cluster_cards(found.clusters[:_CLUSTERS_DRAWN], hits))
    return "\n".join(parts)


def _properties(survey: Survey, hits: Sequence[HitRow]) -> str:
    if not survey.scored:
        return ""
    columns = (
        ("heavy atoms", "heavy_atoms", survey.heavy_atoms, Histogram(0, HEAVY_ATOMS_HIGH, 1), 0),
        ("pK", "pK", survey.pK, Histogram(PK_LOW, PK_HIGH, PK_WIDTH), 2),
        (
            "pose confidence",
            "pose_confidence",
            survey.pose_confidence,
            Histogram(0, 1.001, 0.001),
            2,
        ),
    )
    rows = []
    for shown, name, library, of_hits, decimals in columns:
        of_hits.add(np.array([_number(hit, name) for hit in hits], dtype=np.float64))
        rows.append((shown, "library", *_quantiles(library, decimals)))
        rows.append((shown, "hits", *_quantiles(of_hits, decimals)))
    head = ("Property", "of", "lowest", "5 %", "median", "95 %", "highest")
    return html_table(head, rows, text_columns=(0, 1)) + "\n" + _size_note(survey)


def _quantiles(found: Histogram, decimals: int) -> list[str]:
    return [
        f"{value:.{decimals}f}" if isfinite(value := found.quantile(one)) else "–"
        for one in (0.0, 0.05, 0.5, 0.95, 1.0)
    ]


def _size_note(survey: Survey) -> str:
    correlation = survey.size.value
    if correlation is None:
        return ""
    told = f"Pearson {correlation:.2f} over {survey.size.count:,} records"
    if correlation >= FOLLOWS_SIZE:
        return paragraph(
            f"pK follows the number of heavy atoms ({told}): molecules may rank high for their "
            "size alone. Compare hits with others of their size before choosing.",
            "warn",
        )
    return paragraph(f"pK and the number of heavy atoms: {told}.", "soft")


def _number(hit: HitRow, name: str) -> float | None:
    value = hit.row.get(name)
    return float(value) if isinstance(value, int | float) else None


def _decimals(value: float | None) -> str:
    return f"{value:.2f}" if value is not None and isfinite(value) else "–"
