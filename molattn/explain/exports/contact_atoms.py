"""Which atoms stand behind a contact: the closest of the residue, and how far away it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molattn.explain.explanation import Explanation, Numbers, Rows, View
from molattn.explain.main_contacts import pocket_rows


@dataclass(frozen=True, slots=True, eq=False)
class ContactAtoms:
    """The pocket atom of each contact that is closest to its ligand atom.

    Attributes
    ----------
    pocket_atom
        [c] rows of ``Explanation.pocket.atoms``, -1 where the pocket lacks the residue.
    distance
        [c] Å between heavy atoms, nan where there is no pocket atom.
    """

    pocket_atom: Rows
    distance: Numbers


@dataclass(frozen=True, slots=True)
class DrawnContact:
    """One contact to draw.

    Attributes
    ----------
    atom, pocket_atom
        Ligand atom and row of ``Explanation.pocket.atoms`` that the line joins.
    residue
        Row of the residue.
    distance
        Å between the two.
    """

    atom: int
    pocket_atom: int
    residue: int
    distance: float


def contact_atoms(explanation: Explanation) -> ContactAtoms:
    """Return the atoms behind the contacts of an explanation."""
    atoms = explanation.pocket.atoms
    ligand = ligand_positions(explanation)
    places = pocket_rows(explanation)
    row = np.full(len(explanation.contact_atom), -1, dtype=np.int64)
    distance = np.full(len(row), np.nan)
    for residue in np.unique(explanation.contact_residue):
        own = np.flatnonzero(atoms.residue == places[residue])
        if places[residue] < 0 or not len(own):
            continue
        contacts = np.flatnonzero(explanation.contact_residue == residue)
        ends = ligand[explanation.contact_atom[contacts]]
        apart = np.linalg.norm(ends[:, None] - atoms.position[None, own], axis=-1)
        row[contacts] = own[apart.argmin(axis=1)]
        distance[contacts] = apart.min(axis=1)
    return ContactAtoms(row, distance)


def drawn_contacts(explanation: Explanation, view: View, count: int = 10) -> list[DrawnContact]:
    """Return one contact for each of the residues that matter most in a view.

    It is the contact with the largest number in the view, or the closest one where the view has
    no numbers for contacts.

    Parameters
    ----------
    explanation
        The explanation.
    view
        The view whose residues come first.
    count
        Residues at most; those without a contact or with the value 0 are left out.
    """
    ends = contact_atoms(explanation)
    weight = -ends.distance if view.contacts is None else np.abs(view.contacts)
    drawn: list[DrawnContact] = []
    for residue in explanation.ranked(view):
        own = np.flatnonzero((explanation.contact_residue == residue) & (ends.pocket_atom >= 0))
        if len(drawn) == count or view.residues[residue] == 0.0:
            break
        if len(own):
            best = own[np.argmax(weight[own])]
            drawn.append(
                DrawnContact(
                    int(explanation.contact_atom[best]),
                    int(ends.pocket_atom[best]),
                    int(residue),
                    float(ends.distance[best]),
                )
            )
    return drawn


def ligand_positions(explanation: Explanation) -> Numbers:
    """Return the positions of the ligand's heavy atoms, [a, 3] Å; no rows where it has no pose."""
    pose = explanation.score.pose
    return np.zeros((0, 3)) if pose is None else pose.positions
