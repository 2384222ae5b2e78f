"""Ligand atoms against the residues that matter, one cell for each contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from molattn.explain.colours import shades
from molattn.explain.explanation import TITLES
from molattn.explain.main_contacts import atom_names
from molattn.explain.report.markup import figure, paragraph, safe
from molattn.explain.report.panels import panels, scale
from molattn.explain.report.residue_bars import residue_bars_svg

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation, View

ROWS: Final = 25
_LEAST: Final = 0.02
"""Of the largest residue; what is smaller would be an empty row."""
_LEFT, _TOP, _RIGHT, _ROW = 96, 40, 84, 17  # pixels


def heat_map_section(explanation: Explanation) -> str:
    """Return the heat maps, one for each view."""

    def draw(view: View) -> str:
        if view.contacts is None:
            return whole_residues(explanation, view)
        rows = shown_rows(explanation, view)
        matrix = contact_matrix(explanation, view.contacts)
        top = float(np.abs(matrix[:, rows]).max(initial=0.0))
        drawing = heat_map_svg(explanation, view, matrix, rows)
        text = (
            f"Ligand atoms across, the {len(rows)} residues that matter most downwards; a cell is "
            "a contact, on the right stands the whole residue. Atoms are named by element and "
            "place in the ligand file, counted from 1."
        )
        return (
            f"{paragraph(text, 'soft')}"
            f'<figure><div class="wide" tabindex="0" role="region" '
            f'aria-label="Heat map of {safe(TITLES[view.name])}">{drawing}</div>'
            f"{scale(view, top, 'one contact')}</figure>"
        )

    return panels(explanation, draw)


def whole_residues(explanation: Explanation, view: View) -> str:
    """Return the residues of a view that has no number for a single contact, as bars."""
    text = (
        f"{TITLES[view.name]} takes a residue away as a whole, so it has no number for a single "
        "contact; these are its residues."
    )
    drawing = residue_bars_svg(explanation, view, shown_rows(explanation, view))
    return f"{paragraph(text, 'soft')}<figure>{drawing}</figure>"


def shown_rows(explanation: Explanation, view: View) -> list[int]:
    """Return the residues with a contact that matter most in a view, at most `ROWS`."""
    touched = set(explanation.contact_residue.tolist())
    rows = [row for row in explanation.ranked(view).tolist() if row in touched][:ROWS]
    least = _LEAST * max((abs(float(view.residues[row])) for row in rows), default=0.0)
    return [row for row in rows if abs(float(view.residues[row])) >= least]


def contact_matrix(explanation: Explanation, contacts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of contacts as a matrix [atoms, residues], 0 where there is no contact."""
    count = len(atom_names(explanation))
    matrix = np.zeros((count, len(explanation.labels)))
    np.add.at(matrix, (explanation.contact_atom, explanation.contact_residue), contacts)
    return matrix


def heat_map_svg(
    explanation: Explanation, view: View, matrix: NDArray[np.float64], rows: list[int]
) -> str:
    """Return the heat map of one view.

    Parameters
    ----------
    explanation, view
        For names and unit.
    matrix
        [atoms, residues] in the unit of the view.
    rows
        Residues to show, from the top.
    """
    names = atom_names(explanation)
    cell = 20 if len(names) <= 45 else 12
    width, height = _LEFT + cell * len(names) + _RIGHT, _TOP + _ROW * len(rows) + 6
    top = float(np.abs(matrix[:, rows]).max(initial=0.0))
    parts = [
        f'<text class="name" transform="translate({_LEFT + cell * (place + 0.5) + 4:.0f},'
        f'{_TOP - 6}) rotate(-90)">{safe(name)}</text>'
        for place, name in enumerate(names)
    ]
    parts.append(f'<text x="{width - 6}" y="{_TOP - 6}" text-anchor="end">residue</text>')
    right = _LEFT + cell * len(names)
    for place, row in enumerate(rows):
        y = _TOP + _ROW * place
        label = explanation.labels[row]
        parts.append(
            f'<path class="grid" d="M{_LEFT},{y + _ROW - 0.5}H{width}"/>'
            f'<text class="name" x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{safe(label)}'
            f"</text>"
            f'<text x="{width - 6}" y="{y + 12}" text-anchor="end">'
            f"{figure(view, float(view.residues[row]))}</text>"
        )
        own = matrix[:, row]
        for atom, shade in enumerate(shades(view, own, top)):
            if shade.opacity == 0.0:
                continue
            text = f"{names[atom]} – {label}: {figure(view, float(own[atom]), 4)}"
            parts.append(
                f'<rect class="{shade.hue}" x="{_LEFT + cell * atom + 0.5}" y="{y + 0.5}" '
                f'width="{cell - 1}" height="{_ROW - 2}" fill-opacity="{shade.opacity:.2f}">'
                f"<title>{safe(text)}</title></rect>"
            )
    parts.append(
        f'<path class="grid" d="M{_LEFT},{_TOP}V{height - 6}M{right},{_TOP}V{height - 6}"/>'
    )
    title = (
        f"{TITLES[view.name]}: {len(names)} ligand atoms across, the {len(rows)} residues that "
        "matter most downwards, total of each residue on the right"
    )
    return (
        f'<svg class="heat" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{safe(title)}">\n' + "\n".join(parts) + "\n</svg>"
    )
