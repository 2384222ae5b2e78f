"""Residues of one view as bars, from the one that matters most downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from molattn.explain.colours import hue_of
from molattn.explain.explanation import TITLES
from molattn.explain.report.markup import figure, safe

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation, View

_LEFT, _RIGHT, _TOP, _WIDTH, _ROW = 96, 70, 6, 620, 17  # pixels


def residue_bars_svg(explanation: Explanation, view: View, rows: list[int]) -> str:
    """Return the bars of some residues.

    Parameters
    ----------
    explanation, view
        For names, values and unit.
    rows
        Residues to show, from the top.
    """
    values = [float(view.residues[row]) for row in rows]
    low, high = min(0.0, *values, 0.0), max(1e-12, *values, 0.0)
    size = (_WIDTH - _LEFT - _RIGHT) / (high - low)
    zero = _LEFT - size * low
    height = 2 * _TOP + _ROW * len(rows)
    parts = [f'<path class="grid" d="M{zero:.1f},{_TOP}V{height - _TOP}"/>']
    for place, (row, value) in enumerate(zip(rows, values, strict=True)):
        y = _TOP + _ROW * place
        text = f"{explanation.labels[row]}: {figure(view, value)}"
        parts.append(
            f'<text class="name" x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">'
            f"{safe(explanation.labels[row])}</text>"
            f'<rect class="{hue_of(view, value)}" x="{zero + size * min(0.0, value):.1f}" '
            f'y="{y + 3}" width="{max(1.0, size * abs(value)):.1f}" height="{_ROW - 6}">'
            f"<title>{safe(text)}</title></rect>"
            f'<text x="{_WIDTH - 6}" y="{y + 12}" text-anchor="end">{figure(view, value)}</text>'
        )
    title = f"{TITLES[view.name]}: the {len(rows)} residues that matter most"
    return (
        f'<svg class="bars" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{safe(title)}">\n' + "\n".join(parts) + "\n</svg>"
    )
