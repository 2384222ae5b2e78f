"""What would change pK: pieces of the ligand without their contacts, residues made alanine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from molattn.explain.colours import Shade
from molattn.explain.numbers_in_words import signed
from molattn.explain.report.depiction import Disc, molecule_svg
from molattn.explain.report.markup import Cell, Column, paragraph, safe, table

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation


def fragment_section(explanation: Explanation) -> str:
    """Return a drawing of the ligand in pieces, and a table of what each is worth."""
    pieces, changes = explanation.fragments, explanation.fragment_change.tolist()
    pose = explanation.score.pose
    if not pieces or pose is None:
        return ""
    largest = max(abs(change) for change in changes) or 1.0
    discs: list[Disc] = [Disc(Shade("raise", 0.0), "")] * pose.mol.GetNumAtoms()
    notes: dict[int, str] = {}
    rows = []
    order = np.argsort(-np.abs(explanation.fragment_change), kind="stable").tolist()
    for place, row in enumerate(order):
        piece, change = pieces[row], changes[row]
        name = f"#{place + 1}"  # a letter would read as an element
        # losing pK without it means that it raises pK
        shade = Shade("raise" if change <= 0 else "lower", abs(change) / largest)
        for atom in piece.atoms:
            discs[atom] = Disc(shade, f"{name}: {signed(change)} without it")
        notes[_middle(explanation, piece.atoms)] = name
        atoms = Cell(str(len(piece.atoms)), len(piece.atoms))
        rows.append([Cell(name, place + 1), Cell(piece.name), atoms, Cell(signed(change), change)])
    columns = [
        Column("piece", words=True),
        Column("SMILES, * where it was cut", words=True),
        Column("heavy atoms"),
        Column("change of pK without it"),
    ]
    text = (
        "Each piece of the ligand (cut at the bonds of BRICS) loses its contacts with the pocket, "
        "one piece at a time; what pK then loses, the piece brings. Blue pieces raise pK, orange "
        "ones lower it."
    )
    drawing = molecule_svg(pose.mol, "The ligand in its pieces", discs, notes, 1.0)
    return (
        f'{paragraph(text)}<div class="pair"><figure>{drawing}</figure>'
        f"<div>{table('Pieces of the ligand', columns, rows)}</div></div>"
    )


def mutation_section(explanation: Explanation) -> str:
    """Return the table of alanine mutations, nothing without any."""
    if not explanation.mutations:
        return ""
    largest = max(abs(one.change) for one in explanation.mutations) or 1.0
    rows = [
        [
            Cell(f"{one.label} → ALA"),
            Cell(signed(one.change), one.change, _bar(one.change / largest)),
        ]
        for one in sorted(explanation.mutations, key=lambda one: one.change)
    ]
    columns = [Column("mutation", words=True), Column("pK of the mutant, less pK")]
    text = (
        "The side chain is cut to alanine in the file and the complex scored anew; nothing else "
        "moves. Minus: the side chain helps in the eyes of the networks."
    )
    return paragraph(text) + table("Mutations to alanine", columns, rows)


def _middle(explanation: Explanation, atoms: tuple[int, ...]) -> int:
    """Return the atom of a piece that is nearest to its middle."""
    assert explanation.score.pose is not None
    places = explanation.score.pose.positions[list(atoms)]
    return atoms[int(np.linalg.norm(places - places.mean(axis=0), axis=1).argmin())]


def _bar(part: float) -> str:
    width = 60 * abs(part)
    hue = "lower" if part < 0 else "raise"
    x = 62 - width if part < 0 else 62
    text = safe(f"{part:.0%} of the largest")
    return (
        f'<svg class="spark" width="124" height="12" aria-hidden="true"><title>{text}</title>'
        f'<path class="grid" d="M62,0V12"/><rect class="{hue}" x="{x:.1f}" y="2" '
        f'width="{max(1.0, width):.1f}" height="8"/></svg> '
    )
