"""The head of the page: the answer, its interval, its domain, its faults."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from molattn.explain.numbers_in_words import plain
from molattn.explain.report.markup import listed, paragraph, safe

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation
    from molattn.predict.score_record import Score

_DOMAINS = {
    "in": "like what it has seen",
    "near": "somewhat like what it has seen",
    "out": "unlike what it has seen",
}


def title_of(score: Score) -> str:
    """Return the title of the page, plain: names without their folders."""
    own = score.pose.name.strip() if score.pose is not None else ""
    ligand = own or PurePath(score.ligand).name or "the ligand"
    protein = PurePath(score.protein).name or "the protein"
    value = "no pK" if score.pK is None else f"pK {plain(score.pK)}"
    return f"Why {ligand} in {protein} has {value}"


def summary_section(explanation: Explanation) -> str:
    """Return tiles with the figures, then status, repairs and notes."""
    score = explanation.score
    tiles = "".join(
        f"<li>{safe(name)}<b>{safe(value)}</b><span>{safe(more)}</span></li>"
        for name, value, more in _tiles(score)
    )
    warnings = paragraph(score.reason, "warn") if score.status != "ok" and score.reason else ""
    if explanation.faithfulness is not None and not explanation.faithfulness.believed:
        warnings += paragraph(
            f"Do not read attention as the reason for this pK: {explanation.faithfulness.verdict}",
            "warn",
        )
    notes = [*(f"Repaired: {text}" for text in score.repairs), *explanation.notes]
    domain = paragraph(f"Domain: {score.domain_reason}") if score.domain_reason else ""
    return f'<ul class="tiles">{tiles}</ul>{warnings}{domain}{listed(notes)}'


def _tiles(score: Score) -> list[tuple[str, str, str]]:
    from molattn.predict.present import readable_affinity

    tiles = []
    if score.pK is not None and score.affinity_nM is not None:
        more = f"{readable_affinity(score.affinity_nM)}, {plain(score.kcal_per_mol or 0.0, 1)}"
        tiles.append(("pK", plain(score.pK), f"{more} kcal/mol"))
    if score.interval is not None:
        low, high = score.interval
        tiles.append(("90 % interval", f"{plain(low)} – {plain(high)}", "pK"))
    if score.domain is not None:
        tiles.append(("domain", score.domain, _DOMAINS[score.domain]))
    if score.pose_confidence is not None:
        tiles.append(
            ("pose confidence", plain(score.pose_confidence), "chance of being within 2 Å")
        )
    tiles.append(("status", score.status, ""))
    return tiles
