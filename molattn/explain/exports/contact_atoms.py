"""Which atoms stand behind a contact: the closest of the residue, and how far away it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molattn.explain.explanation import Explanation, Numbers, Rows
from molattn.explain.main_contacts import pocket_rows


@dataclass(frozen=True, slots=True, eq=False)
class ContactAtoms:
    """The pocket atom of each contact that is closest to its ligand atom.

    Attributes
    ----------
    pocket_atom
        [c] rows of ``Explanation.pocket.atoms``, -1 where the pocket lacks the residue or the
        ligand has no pose.
    distance
        [c] Å between heavy atoms, nan where there is no pocket atom.
    """

    pocket_atom: Rows
    distance: Numbers


def contact_atoms(explanation: Explanation) -> ContactAtoms:
    """Return the atoms behind the contacts of an explanation."""
    atoms = explanation.pocket.atoms
    ligand = ligand_positions(explanation)
    places = pocket_rows(explanation)
    row = np.full(len(explanation.contact_atom), -1, dtype=np.int64)
    distance = np.full(len(row), np.nan)
    if not len(ligand):
        return ContactAtoms(row, distance)
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


def ligand_positions(explanation: Explanation) -> Numbers:
    """Return the positions of the ligand's heavy atoms, [a, 3] Å; no rows where it has no pose."""
    pose = explanation.score.pose
    return np.zeros((0, 3)) if pose is None else pose.positions
