"""Drawings inside the summary page: flat molecules and a histogram, as SVG that takes its colours.

Lines and carbon take the colour of the text around them, so drawings read in light, dark and print.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

# of middling lightness: readable on white and on black
_PALETTE: Final = {
    6: (0.0, 0.0, 0.0),
    1: (0.0, 0.0, 0.0),
    7: (0.24, 0.45, 0.93),
    8: (0.88, 0.27, 0.22),
    9: (0.16, 0.58, 0.45),
    17: (0.16, 0.58, 0.25),
    35: (0.68, 0.38, 0.16),
    53: (0.56, 0.3, 0.7),
    15: (0.8, 0.47, 0.1),
    16: (0.7, 0.53, 0.02),
    5: (0.75, 0.45, 0.4),
}
_BODY: Final = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_SPARED: Final = (
    (re.compile(r"<!--.*?-->\s*", re.DOTALL), ""),
    (re.compile(r" class='[^']*'"), ""),
    (
        re.compile(r"fill-rule:evenodd;|stroke-linecap:butt;|stroke-linejoin:miter;"),
        "",
    ),
    (re.compile(r";?stroke-opacity:1|;?fill-opacity:1"), ""),
    (re.compile(r"#000000"), "currentColor"),
    (re.compile(r"\n+"), "\n"),
)
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BASE = 720, 240, 56, 12, 192  # of the histogram, pixels


def molecule_svg(mol: Chem.Mol, title: str, width: int = 260, height: int = 180) -> str:
    """Return the flat drawing of a molecule.

    Parameters
    ----------
    mol
        Is not changed; a pose of it, if any, does not show.
    title
        What it is, for those who cannot see it.
    width, height
        Pixels.
    """
    flat = Chem.Mol(mol)
    flat.RemoveAllConformers()
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    options.clearBackground = False
    options.setAtomPalette({-1: (0.0, 0.0, 0.0), **_PALETTE})
    options.bondLineWidth = 1.4
    options.padding = 0.04
    options.fixedBondLength = 28  # small molecules are not blown up
    with rdBase.BlockLogs():
        rdDepictor.Compute2DCoords(flat)
        try:
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, flat)
        except (ValueError, RuntimeError):  # cannot be written with single and double bonds
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, flat, kekulize=False)
    drawer.FinishDrawing()
    found = _BODY.search(drawer.GetDrawingText())
    body = found.group(1).strip() if found else ""
    for pattern, text in _SPARED:
        body = pattern.sub(text, body)
    return _svg(body, title, width, height, "molecule")


def histogram_svg(
    counts: NDArray[np.int64], low: float, width: float, marked: Sequence[float], title: str
) -> str:
    """Return a histogram of pK.

    Parameters
    ----------
    counts
        Of each bin, [bins]; at least one is not 0.
    low, width
        Lower end of the first bin, and the width of each, pK.
    marked
        Values marked below the bars: those of the hits.
    title
        What it shows, for those who cannot see it.
    """
    filled = np.flatnonzero(counts)
    first = int(np.floor(low + width * filled[0]))
    last = int(np.ceil(low + width * (filled[-1] + 1)))
    scale = (_WIDTH - _LEFT - _RIGHT) / max(1, last - first)

    def across(value: float) -> float:
        return _LEFT + scale * (min(max(value, first), last) - first)

    step = _step(int(counts.max()))
    most = step * int(np.ceil(counts.max() / step))

    def up(count: float) -> float:
        return _BASE - (_BASE - 14) * count / most

    # colours for viewers that do not take the styles of the page
    parts = [
        f'<line class="grid" stroke="#c8ced4" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" '
        f'y1="{up(tick):.1f}" y2="{up(tick):.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{up(tick) + 4:.1f}" text-anchor="end">{tick:,}</text>'
        for tick in range(0, most + 1, step)
    ]
    for place in filled.tolist():
        begin, count = low + width * place, int(counts[place])
        x, y = across(begin), up(count)
        parts.append(
            f'<rect class="bar" fill="#8fa9c4" x="{x + 0.5:.1f}" y="{y:.1f}" '
            f'width="{scale * width - 1:.1f}" height="{_BASE - y:.1f}">'
            f"<title>pK {begin:.2f} to {begin + width:.2f}: {count:,}</title></rect>"
        )
    # hits that fall on one pixel need one mark
    marks = sorted({round(across(value)) for value in marked})
    parts += [f'<path class="mark" stroke="#c2410c" d="M{x},{_BASE + 3}v9"/>' for x in marks]
    parts += [
        f'<text x="{across(value):.1f}" y="{_BASE + 26}" text-anchor="middle">{value}</text>'
        for value in range(first, last + 1)
    ]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{_HEIGHT - 4}" text-anchor="middle">pK</text>')
    return _svg("\n".join(parts), title, _WIDTH, _HEIGHT, "histogram")


def _step(most: int) -> int:
    """Return a round distance of the lines behind the bars, so that there are two to five."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most <= 5 * factor * size:
                return factor * size
        size *= 10


def _svg(body: str, title: str, width: int, height: int, kind: str) -> str:
    safe = escape(title)
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{safe}"><title>{safe}</title>\n{body}\n</svg>'
    )
