"""A score as text and as HTML for people to read."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from molattn.predict.units import affinity_nM, kcal_per_mol

if TYPE_CHECKING:
    from molattn.predict.score_record import Score


def readable_affinity(nanomolar: float) -> str:
    """Return a concentration with the unit a chemist would choose, e.g. ``12 nM``.

    Parameters
    ----------
    nanomolar
        Concentration, nmol/L.
    """
    for size, unit in ((1e-3, "pM"), (1.0, "nM"), (1e3, "µM"), (1e6, "mM")):
        value = nanomolar / size
        if value < 1000 and (value >= 1 or unit == "pM"):
            return f"{value:.3g} {unit}"
    return f"{nanomolar / 1e9:.3g} M"


def facts(score: Score) -> list[tuple[str, str]]:
    """Return the lines of an answer as (name, text), without contacts."""
    named = f"{score.id}  ({score.protein} + {score.ligand})"
    lines = [("complex", named), ("status", score.status)]
    if score.pK is not None and score.pK_low is not None and score.pK_high is not None:
        nanomolar = affinity_nM(score.pK)
        lines.append(("pK", f"{score.pK:.2f}"))
        lines.append(("90 % interval", f"{score.pK_low:.2f} to {score.pK_high:.2f}"))
        lines.append(("free energy", f"{kcal_per_mol(score.pK):.2f} kcal/mol"))
        lines.append(("affinity", f"{readable_affinity(nanomolar)} ({nanomolar:.4g} nM)"))
    if score.domain is not None:
        lines.append(("domain", f"{score.domain}: {score.domain_reason}"))
    if score.pose_confidence is not None:
        lines.append(("pose confidence", f"{score.pose_confidence:.2f}"))
    if score.reason:
        lines.append(("reason", score.reason))
    if score.repairs:
        lines.append(("repairs", " ".join(score.repairs)))
    return lines


def contact_rows(score: Score, count: int) -> list[tuple[str, str, str]]:
    """Return (residue, share in pK, attention) of the residues with the largest shares."""
    if score.ledger is None:
        return []
    attended: dict[str, float] = {}
    if score.attention is not None:
        attended = {label: attention for label, attention, _ in score.attention.ranked()}
    shares = list(score.ledger.by_residue().items())[:count]
    return [
        (label, f"{share:+.3f}", f"{attended[label]:.3f}" if label in attended else "")
        for label, share in shares
    ]


def token_rows(score: Score) -> list[tuple[str, str]]:
    """Return (source, share in pK) of the bias, the tokens and all contacts together."""
    if score.ledger is None:
        return []
    rows = [("bias", score.ledger.bias), *score.ledger.tokens]
    rows.append(("contacts", float(score.ledger.share.sum())))
    return [(name, f"{share:+.3f}") for name, share in rows]


def as_text(score: Score, contacts: int = 10) -> str:
    """Return an answer as aligned lines of text."""
    lines = [f"{name:<16}{text}" for name, text in facts(score)]
    tokens = token_rows(score)
    if tokens:
        lines += ["", "Where the pK comes from (shares add up to it)"]
        lines += [f"  {name:<14}{share:>8}" for name, share in tokens]
    rows = contact_rows(score, contacts)
    if rows:
        lines += ["", f"  {'top contacts':<14}{'share pK':>8}{'attention':>12}"]
        lines += [f"  {label:<14}{share:>8}{attention:>12}" for label, share, attention in rows]
    return "\n".join(lines)


def as_html(score: Score, contacts: int = 10) -> str:
    """Return an answer as two small HTML tables, for notebooks."""
    head = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(text)}</td></tr>"
        for name, text in facts(score)
    )
    rows = "".join(
        f"<tr><td>{escape(label)}</td><td>{share}</td><td>{attention}</td></tr>"
        for label, share, attention in contact_rows(score, contacts)
    )
    if not rows:
        return f"<table>{head}</table>"
    title = "<tr><th>residue</th><th>share of pK</th><th>attention</th></tr>"
    return f"<table>{head}</table><table>{title}{rows}</table>"
