"""Cards of hits for the summary page: the molecule, its figures, its contacts, its faults."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from rdkit import Chem

from molattn.screen.diversity import Cluster, molecule
from molattn.screen.drawings import molecule_svg
from molattn.screen.hits import pose_molecule
from molattn.screen.score_table import HitRow

_LARGEST_DRAWN: Final = 150  # heavy atoms; a larger molecule is a blot


def hit_cards(hits: Sequence[HitRow]) -> str:
    """Return a card for each hit, in order."""
    return _cards([_hit_card(hit) for hit in hits])


def cluster_cards(clusters: Sequence[Cluster], hits: Sequence[HitRow]) -> str:
    """Return a card for each cluster, with its best member and its size."""
    return _cards([_cluster_card(len(cluster.members), hits[cluster.best]) for cluster in clusters])


def _cards(cards: Sequence[str]) -> str:
    return '<ol class="cards">\n' + "\n".join(f"<li>{card}</li>" for card in cards) + "\n</ol>"


def _cluster_card(size: int, hit: HitRow) -> str:
    told = "1 hit" if size == 1 else f"{size:,} hits"
    return f'{_head(hit)}\n{_drawing(hit)}\n<p class="figure">{told}, best pK {_figure(hit)}</p>'


def _hit_card(hit: HitRow) -> str:
    parts = [_head(hit), _drawing(hit), f'<p class="figure">pK {_figure(hit)}</p>']
    confidence, domain = hit.row.get("pose_confidence"), str(hit.row.get("domain") or "")
    facts = []
    if domain:
        why = escape(str(hit.row.get("domain_reason") or ""))
        mark = " out" if domain == "out" else ""
        facts.append(f'<span class="tag{mark}" title="{why}">domain {escape(domain)}</span>')
    if isinstance(confidence, float):
        facts.append(f'<span class="whole">pose confidence {confidence:.2f}</span>')
    if facts:
        parts.append(f'<p class="figure">{" ".join(facts)}</p>')
    if contacts := str(hit.row.get("main_contacts") or ""):
        parts.append(f'<p class="contacts">{_contacts(contacts)}</p>')
    if faults := str(hit.row.get("pose_faults") or ""):
        parts.append(f'<p class="fault">Pose: {escape(faults)}</p>')
    if hit.row.get("status") == "warning":
        parts.append(f'<p class="fault">{escape(str(hit.row.get("reason") or "Warning."))}</p>')
    return "\n".join(parts)


def _head(hit: HitRow) -> str:
    copy = hit.row.get("copy")
    again = f' <span class="soft">copy {copy}</span>' if isinstance(copy, int) and copy > 1 else ""
    named = escape(_name(hit))
    return f'<p class="card-head"><span class="rank">{hit.rank}</span> <b>{named}</b>{again}</p>'


def _name(hit: HitRow) -> str:
    return str(hit.row.get("id") or "without a name")


def _figure(hit: HitRow) -> str:
    """Return pK with its interval, or a dash."""
    pK, low, high = (hit.row.get(name) for name in ("pK", "pK_low", "pK_high"))
    if not isinstance(pK, float):
        return "–"
    interval = ""
    if isinstance(low, float) and isinstance(high, float):
        interval = f" [{low:.2f}, {high:.2f}]"
    return f"<strong>{pK:.2f}</strong>{interval}"


def _contacts(text: str) -> str:
    return " · ".join(f"<span>{escape(one)}</span>" for one in text.split("; ") if one)


def _drawing(hit: HitRow) -> str:
    smiles = str(hit.row.get("smiles") or "")
    mol: Chem.Mol | None = molecule(smiles) or pose_molecule(hit.pose)
    if mol is None:
        return '<span class="blank">no drawing</span>'
    if mol.GetNumHeavyAtoms() > _LARGEST_DRAWN:
        return f'<span class="blank">{mol.GetNumHeavyAtoms()} heavy atoms, not drawn</span>'
    return molecule_svg(mol, f"Structure of {_name(hit)}: {smiles or 'from its pose'}")
