"""Pocket and ligand in space: what the viewer of the page is given, and its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from molattn.explain.colours import LIGHT
from molattn.explain.explanation import TITLES
from molattn.explain.exports.pdb_file import bare_pocket_pdb
from molattn.explain.main_contacts import (
    MainContact,
    atom_names,
    main_contacts,
    nearest,
    pocket_rows,
)
from molattn.explain.numbers_in_words import plain
from molattn.explain.report.markup import clean, figure, paragraph, safe
from molattn.explain.report.panels import panels, scale
from molattn.explain.report.start_turn import start_turn
from molattn.structure.records import ResidueKind

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation, View

CONTACTS: Final = 10
_ROOM: Final = 4.5
"""Å around the ligand that are seen at first."""
_ION: Final = 4.0
"""How much more the sphere of an ion is in the way than a thin line."""
_BUTTONS: Final = (
    ("left", "←", "Turn left"),
    ("right", "→", "Turn right"),
    ("up", "↑", "Turn up"),
    ("down", "↓", "Turn down"),
    ("in", "+", "Zoom in"),
    ("out", "−", "Zoom out"),
    ("reset", "⟲", "Back to the start"),
)


def scene_section(explanation: Explanation) -> str:
    """Return the place of the viewer, its controls, and the main contacts as text."""
    if explanation.score.pose is None:
        return ""
    buttons = "".join(
        f'<button type="button" data-turn="{name}" aria-label="{text}" title="{text}">{sign}'
        "</button>"
        for name, sign, text in _BUTTONS
    )
    layers = [
        ("contacts", "main contacts", True),
        ("names", "names of residues", True),
        ("rest", "rest of the pocket", True),
        ("elements", "N, O, S of residues in element colours", False),
    ]
    if explanation.interactions:
        layers.insert(1, ("rules", "interactions by rule (ProLIF)", False))
    boxes = "".join(
        f'<label><input type="checkbox" data-layer="{name}"{" checked" if on else ""}> {text}'
        "</label>"
        for name, text, on in layers
    )

    def legend(view: View) -> str:
        top = float(np.abs(view.residues).max(initial=0.0))
        return scale(view, top, "residues")

    return f"""\
<div class="scene">
<div class="stage">
<div id="viewer" tabindex="0" role="application" aria-label="Ligand and pocket in space. \
Arrow keys turn, plus and minus zoom, 0 goes back to the start."></div>
<p id="no-viewer" class="blank" role="status">The view in space needs JavaScript and WebGL, which \
are not at hand here; the contacts are listed beside it.</p>
<div class="controls" role="group" aria-label="Turn and zoom">{buttons}</div>
{panels(explanation, legend)}
<fieldset class="layers"><legend>Show</legend>{boxes}</fieldset>
</div>
<div class="beside">
<h3>Main contacts</h3>
{panels(explanation, lambda view: contact_list(explanation, view))}
</div>
</div>"""


def contact_list(explanation: Explanation, view: View) -> str:
    """Return the main contacts of a view as a list."""
    names = atom_names(explanation)
    intro = "The largest contact of each residue, and the atoms that are nearest there."
    if view.contacts is None:
        intro = "Whole residues, and where their atoms are nearest to the ligand."
    rows = [
        f"<b>{safe(explanation.labels[one.residue])}</b> {safe(one.partner)} – "
        f"{safe(names[one.atom])}, {plain(one.distance, 1)} Å: "
        f"{figure(view, one.value, 4 if view.unit == 'share' else 3)}"
        for one in main_contacts(explanation, view, CONTACTS)
    ]
    return f"{paragraph(intro, 'soft')}<ol>{''.join(f'<li>{row}</li>' for row in rows)}</ol>"


def scene_data(explanation: Explanation) -> dict[str, Any]:
    """Return what the script of the page draws, as JSON values.

    Returns
    -------
    dict
        ``pdb`` (text of the pocket), ``row`` (of the residues of the graph, for each of its atoms;
        -1 for none), ``metals`` and ``waters`` (atoms), ``mol`` (mol block of the ligand),
        ``labels``, ``anchors`` (where a label stands, Å), ``closest`` (Å), ``atoms`` (names),
        ``turn`` (quaternion, or None), ``zoom`` (after the ligand fills the view), ``paper``
        (colours in print), ``views`` and ``rules`` (lines between two places).
    """
    pose = explanation.score.pose
    if pose is None:
        return {"views": {}, "best": explanation.best.name}
    rows = pocket_rows(explanation)
    atoms = explanation.pocket.atoms
    back = np.full(len(explanation.pocket.residues), -1)
    back[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
    kind = explanation.pocket.residues.kind[atoms.residue]
    return {
        "best": explanation.best.name,
        "pdb": bare_pocket_pdb(explanation.pocket),
        "row": back[atoms.residue].tolist(),
        "metals": np.flatnonzero(kind == ResidueKind.METAL).tolist(),
        "waters": np.flatnonzero(kind == ResidueKind.WATER).tolist(),
        "mol": mol_block(explanation),
        "labels": [clean(label) for label in explanation.labels],
        "anchors": [_anchor(explanation, row) for row in rows.tolist()],
        "closest": _rounded(explanation.closest, 2),
        "atoms": list(atom_names(explanation)),
        "turn": start_turn(pose.positions, atoms.position, _weights(explanation, back)),
        "zoom": _zoom(pose.positions),
        "paper": {"paper": "#ffffff", "ink": "#000000", "rest": "#c2c2c0", **LIGHT},
        "views": {name: _view(explanation, view) for name, view in explanation.views.items()},
        "rules": _rules(explanation, rows),
    }


def mol_block(explanation: Explanation) -> str:
    """Return the ligand as a mol block named as it is, heavy atoms in their order."""
    from rdkit import Chem

    pose = explanation.score.pose
    assert pose is not None
    mol = Chem.Mol(pose.mol)
    name = clean(pose.name).replace("\n", " ").replace("\N{REPLACEMENT CHARACTER}", "?")
    mol.SetProp("_Name", name[:80])
    try:
        return str(Chem.MolToMolBlock(mol))
    except (ValueError, RuntimeError):  # cannot be written with single and double bonds
        return str(Chem.MolToMolBlock(mol, kekulize=False))


def _weights(explanation: Explanation, row_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how much each atom of the pocket would be in the way: thick sticks more than lines."""
    values = np.abs(explanation.best.residues)
    strength = values / max(float(values.max(initial=0.0)), 1e-12)
    atoms, residues = explanation.pocket.atoms, explanation.pocket.residues
    row = row_of[atoms.residue]
    ions = np.where(residues.kind[atoms.residue] == ResidueKind.METAL, _ION, 0.0)
    return np.where(row >= 0, 0.1 + strength[row], 0.1) + ions


def _zoom(ligand: NDArray[np.float64]) -> float:
    """Return by how much to step back from the ligand to see the residues around it."""
    reach = float(np.linalg.norm(ligand - ligand.mean(axis=0), axis=1).max(initial=0.0)) + 1.0
    return round(1.2 * reach / (reach + _ROOM), 3)


def _view(explanation: Explanation, view: View) -> dict[str, Any]:
    return {
        "unit": view.unit,
        "title": TITLES[view.name],
        "residues": _rounded(view.residues, 6),
        "atoms": _rounded(view.atoms, 6),
        "lines": [
            _line(one, f"{plain(one.distance, 1)} Å")
            for one in main_contacts(explanation, view, CONTACTS)
        ],
    }


def _line(contact: MainContact, text: str) -> dict[str, Any]:
    return {"ends": contact.ends, "text": text, "value": round(contact.value, 6)}


def _rules(explanation: Explanation, rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return the lines of interactions by rule; of residues outside the graph there are none."""
    assert explanation.score.pose is not None
    lines = []
    for one in explanation.interactions or ():
        if one.residue < 0 or rows[one.residue] < 0 or not one.atoms:
            continue
        begin = explanation.score.pose.positions[list(one.atoms)].mean(axis=0)
        partner, _ = nearest(explanation, int(rows[one.residue]), begin)
        end = explanation.pocket.atoms.position[partner]
        lines.append(
            {
                "ends": [_rounded(begin, 3), _rounded(end, 3)],
                "text": f"{clean(one.kind)} {one.distance:.1f} Å",
            }
        )
    return lines


def _anchor(explanation: Explanation, row: int) -> list[float] | None:
    """Return where the label of a residue of the pocket stands: its side far from the ligand, Å."""
    if row < 0 or explanation.score.pose is None:
        return None
    atoms = explanation.pocket.atoms
    own = atoms.position[atoms.residue == row]
    away = np.linalg.norm(own - explanation.score.pose.positions.mean(axis=0), axis=1)
    return _rounded((own.mean(axis=0) + own[away.argmax()]) / 2.0, 3)


def _rounded(values: NDArray[np.float64], digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]
