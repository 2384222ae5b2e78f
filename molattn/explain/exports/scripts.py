"""Scripts for PyMOL and ChimeraX: the pocket coloured by a view, its main contacts as dashes.

Both load the PDB file that lies beside them and name atoms by their serial number in it, which no
name or number of a residue can upset.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from molattn.errors import UsageError
from molattn.explain.explanation import MEANINGS, TITLES, Explanation, View
from molattn.explain.exports.pdb_file import (
    LIGAND_NAME,
    b_factor_scale,
    ligand_serial,
    pocket_serial,
)
from molattn.explain.main_contacts import MainContact, main_contacts

_MODEL: Final = "explanation"
_SAFE: Final = re.compile(r"[^\n\r\"',;\\#%]+")


def pymol_script(explanation: Explanation, view: View, pdb_name: str) -> str:
    """Return a PyMOL script (.pml).

    Parameters
    ----------
    explanation
        The explanation.
    view
        The view that the PDB file was written with.
    pdb_name
        Name of the PDB file, in the folder of the script.

    Raises
    ------
    UsageError
        The file name has characters that a script cannot hold.
    """
    low, high = _range(view)
    palette = "blue_white_red" if low < 0 else "white_red"
    lines = [
        *(f"# {line}" for line in _comments(explanation, view)),
        f"# Run it from its own folder: it loads {pdb_name}.",
        f"load {_checked(pdb_name)}, {_MODEL}",
        f"hide everything, {_MODEL}",
        f"show sticks, {_MODEL}",
        f"select ligand, {_MODEL} and resn {LIGAND_NAME} and hetatm",
        f"spectrum b, {palette}, {_MODEL}, minimum={low:g}, maximum={high:g}",
        "set stick_radius, 0.12",
        "set_bond stick_radius, 0.22, ligand",
        "set dash_gap, 0.3",
        "set dash_color, grey50",
        "set label_size, 14",
    ]
    drawn = main_contacts(explanation, view)
    for number, contact in enumerate(drawn, 1):
        ligand, pocket = _serials(explanation, contact)
        lines.append(
            f"distance contact_{number:02d}, {_MODEL} and id {ligand}, {_MODEL} and id {pocket}"
        )
        label = _text(explanation.labels[contact.residue])
        lines.append(f'label {_MODEL} and id {pocket}, "{label}"')
    lines += ["hide labels, contact_*"] if drawn else []
    lines += ["deselect", f"orient {_MODEL}", f"zoom {_MODEL}, 2"]
    return "\n".join(lines) + "\n"


def chimerax_script(explanation: Explanation, view: View, pdb_name: str) -> str:
    """Return a ChimeraX script (.cxc); parameters and errors as :func:`pymol_script`."""
    low, high = _range(view)
    palette = "blue:white:red" if low < 0 else "white:red"
    lines = [
        *(f"# {line}" for line in _comments(explanation, view)),
        "# Open it in a new session.",
        f'open "{_checked(pdb_name)}"',
        "hide cartoons",
        "show atoms",
        "style stick",
        f"style :{LIGAND_NAME} ball",
        f"color byattribute bfactor palette {palette} range {low:g},{high:g} target a",
    ]
    for contact in main_contacts(explanation, view):
        ligand, pocket = (f"@@serial_number={one}" for one in _serials(explanation, contact))
        lines.append(f"distance {ligand} {pocket} dashes 8 radius 0.05 color gray")
        label = _text(explanation.labels[contact.residue])
        lines.append(f'label {pocket} residues text "{label}" height 0.8')
    lines.append("view")
    return "\n".join(lines) + "\n"


def _comments(explanation: Explanation, view: View) -> list[str]:
    scale = b_factor_scale(view)
    signs = " Red raises pK, blue lowers it." if view.unit == "pK" else " Red is most."
    return [
        f"{_text(explanation.score.id)}: {TITLES[view.name]}, {MEANINGS[view.name]}.",
        f"The B factor is {scale:g} times the value.{signs}",
    ]


def _range(view: View) -> tuple[float, float]:
    """Return both ends of the colours, as B factors; symmetrical about 0 for signed values."""
    largest = float(np.abs(view.residues).max(initial=0.0)) * b_factor_scale(view)
    largest = largest or 1.0
    return (-largest if view.unit == "pK" else 0.0), largest


def _serials(explanation: Explanation, contact: MainContact) -> tuple[int, int]:
    return ligand_serial(explanation, contact.atom), pocket_serial(contact.pocket_atom)


def _text(text: str) -> str:
    """Return a text without what a script would take as its own."""
    return "".join(_SAFE.findall(text))


def _checked(name: str) -> str:
    if _text(name) != name:
        raise UsageError(
            f"{name} has a quote, comma, semicolon, backslash, # or % in its name, which a script "
            "cannot hold; choose another name."
        )
    return name
