"""The ligand drawn flat, with the share of each atom as a disc behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from molattn.explain.colours import Shade, shades
from molattn.explain.main_contacts import atom_names
from molattn.explain.report.markup import figure, safe
from molattn.explain.report.panels import panels, scale

if TYPE_CHECKING:
    from rdkit import Chem

    from molattn.explain.explanation import Explanation, View

_BODY: Final = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_STYLE: Final = re.compile(r"style='([^']*)'")
_SPARED: Final = (
    (re.compile(r"<!--.*?-->\s*", re.DOTALL), ""),
    (re.compile(r" class='[^']*'"), ""),
    (re.compile(r"fill-rule:evenodd;|stroke-linecap:butt;|stroke-linejoin:miter;"), ""),
    (re.compile(r";?stroke-opacity:1(?=[;'])|;?fill-opacity:1(?=[;'])"), ""),
    (re.compile(r"#000000"), "currentColor"),
    (re.compile(r"\n+"), "\n"),
)
_NOTED: Final = 8
"""Atoms that have their number beside them."""
_LISTED: Final = 12
_THIN: Final = 0.6
"""Opacity of the strongest disc, so that lines and letters on it can be read."""


@dataclass(frozen=True, slots=True)
class Disc:
    """What stands behind an atom: its shade, and the text that a pointer brings up."""

    shade: Shade
    text: str


def depiction_section(explanation: Explanation) -> str:
    """Return the drawings of the ligand, one for each view."""
    mol = _mol(explanation)
    if mol is None:
        return ""
    names = atom_names(explanation)

    def draw(view: View) -> str:
        shaded = shades(view, view.atoms)
        discs = [
            Disc(shade, f"{name}: {figure(view, value)}")
            for shade, name, value in zip(shaded, names, view.atoms.tolist(), strict=True)
        ]
        notes = {
            row: figure(view, float(view.atoms[row]), 3 if view.unit == "share" else 2)
            for row in most(view.atoms, _NOTED)
        }
        title = f"Flat drawing of the ligand, atoms coloured by {view.name}"
        drawing = molecule_svg(mol, title, discs, notes)
        top = float(np.abs(view.atoms).max(initial=0.0))
        legend = scale(view, top, "ligand atoms", pale=True)
        return (
            f'<div class="scene"><figure>{drawing}{legend}</figure>'
            f'<div class="beside"><h3>Atoms, largest first</h3>{_listed(view, names)}</div></div>'
        )

    return panels(explanation, draw)


def molecule_svg(
    mol: Chem.Mol,
    title: str,
    discs: Sequence[Disc] = (),
    notes: Mapping[int, str] | None = None,
    note_size: float = 0.66,
) -> str:
    """Return the flat drawing of a molecule, all of it in the colour of text.

    Elements have no colours here: colour means the value of an atom.

    Parameters
    ----------
    mol
        Is not changed.
    title
        What it is, for those who cannot see it.
    discs
        Behind the atoms, in their order; or none.
    notes
        Text beside atoms.
    note_size
        Of that text, as a part of the size of symbols.
    """
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdDepictor
    from rdkit.Chem.Draw import rdMolDraw2D

    flat = Chem.Mol(mol)
    flat.RemoveAllConformers()
    for row, note in (notes or {}).items():
        flat.GetAtomWithIdx(row).SetProp("atomNote", note)
    width, height = _size(flat.GetNumAtoms())
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()
    options.clearBackground = False
    options.useBWAtomPalette()
    options.setAnnotationColour((0.0, 0.0, 0.0))
    options.bondLineWidth = 1.7
    options.padding = 0.07
    options.fixedBondLength = 34
    options.annotationFontScale = note_size
    with rdBase.BlockLogs():
        rdDepictor.Compute2DCoords(flat)
        try:
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, flat)
        except (ValueError, RuntimeError):  # cannot be written with single and double bonds
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, flat, kekulize=False)
    drawer.FinishDrawing()
    centres = [drawer.GetDrawCoords(row) for row in range(mol.GetNumAtoms())]
    unit = _bond_length(mol, [(one.x, one.y) for one in centres])
    behind = "\n".join(
        _disc(disc, centre.x, centre.y, unit)
        for disc, centre in zip(discs, centres, strict=bool(discs))
    )
    return (
        f'<svg class="molecule" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{safe(title)}">\n{behind}\n'
        f'<g pointer-events="none">{_body(drawer.GetDrawingText())}</g>\n</svg>'
    )


def most(values: NDArray[np.float64], count: int) -> list[int]:
    """Return the rows of the largest magnitudes, largest first, without zeros."""
    order = np.argsort(-np.abs(values), kind="stable")[:count]
    return [int(row) for row in order if values[row] != 0.0]


def _listed(view: View, names: Sequence[str]) -> str:
    rows = "".join(
        f"<li><b>{safe(names[row])}</b> {figure(view, float(view.atoms[row]))}</li>"
        for row in most(view.atoms, _LISTED)
    )
    return f"<ol>{rows}</ol>"


def _mol(explanation: Explanation) -> Chem.Mol | None:
    return None if explanation.score.pose is None else explanation.score.pose.mol


def _size(atoms: int) -> tuple[int, int]:
    if atoms <= 20:
        return 520, 320
    return (680, 400) if atoms <= 45 else (900, 560)


def _disc(disc: Disc, x: float, y: float, unit: float) -> str:
    radius = unit * (0.3 + 0.32 * disc.shade.strength**0.5)
    return (
        f'<circle class="{disc.shade.hue}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" '
        f'fill-opacity="{_THIN * disc.shade.opacity:.2f}"><title>{safe(disc.text)}</title></circle>'
    )


def _bond_length(mol: Chem.Mol, centres: Sequence[tuple[float, float]]) -> float:
    """Return the mean length of a bond in the drawing, pixels."""
    ends = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    if not ends:
        return 30.0
    place = np.array(centres)
    first, second = np.array(ends).T
    return float(np.linalg.norm(place[first] - place[second], axis=1).mean())


def _body(text: str) -> str:
    """Return the inside of RDKit's drawing, styles as attributes, which need no permission."""
    found = _BODY.search(text)
    body = found.group(1).strip() if found else ""
    for pattern, replacement in _SPARED:
        body = pattern.sub(replacement, body)
    return _STYLE.sub(_attributes, body)


def _attributes(found: re.Match[str]) -> str:
    pairs = (part.partition(":") for part in found.group(1).split(";") if part)
    return " ".join(f"{name.strip()}='{value.strip()}'" for name, _, value in pairs)
