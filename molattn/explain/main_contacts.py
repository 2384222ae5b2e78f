"""The contacts that a view puts first, with the two atoms that meet."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation, View
    from molattn.structure.records import ResidueTable

Rows = NDArray[np.int64]
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class MainContact:
    """A ligand atom and the residue atom closest to it.

    Attributes
    ----------
    atom, residue
        Rows of ligand heavy atom and residue.
    value
        Of the contact, or of the whole residue; in the unit of the view.
    pocket_atom, partner
        Row and name of the residue's atom.
    ends
        Places of ligand atom and partner, Å.
    distance
        Å between them.
    """

    atom: int
    residue: int
    value: float
    pocket_atom: int
    partner: str
    ends: tuple[Point, Point]
    distance: float


def main_contacts(explanation: Explanation, view: View, count: int = 10) -> list[MainContact]:
    """Return one contact of each residue: the largest of the view, largest first.

    Of a view that has none, the residues that matter most, each with its pair of nearest atoms and
    with the value of the whole residue.

    Parameters
    ----------
    explanation, view
        The view must be of this explanation.
    count
        At most so many.
    """
    if explanation.score.pose is None:
        return []
    rows = pocket_rows(explanation)
    candidates = _largest if view.contacts is not None else _closest
    found: list[MainContact] = []
    met: set[int] = set()
    for atom, residue, value in candidates(explanation, view):
        if len(found) == count or value == 0.0:
            break
        if residue in met or rows[residue] < 0:
            continue
        met.add(residue)
        found.append(_contact(explanation, int(rows[residue]), atom, residue, value))
    return found


def _largest(explanation: Explanation, view: View) -> Iterator[tuple[int, int, float]]:
    """Yield atom, residue and value of each contact, largest first."""
    assert view.contacts is not None
    for row in np.argsort(-np.abs(view.contacts), kind="stable").tolist():
        yield (
            int(explanation.contact_atom[row]),
            int(explanation.contact_residue[row]),
            float(view.contacts[row]),
        )


def _closest(explanation: Explanation, view: View) -> Iterator[tuple[int, int, float]]:
    """Yield the nearest ligand atom, and the value, of each residue in contact, largest first."""
    from scipy.spatial.distance import cdist

    assert explanation.score.pose is not None
    rows, atoms = pocket_rows(explanation), explanation.pocket.atoms
    touched = set(explanation.contact_residue.tolist())
    for residue in explanation.ranked(view).tolist():
        if residue not in touched or rows[residue] < 0:
            continue
        own = atoms.position[atoms.residue == rows[residue]]
        apart = cdist(explanation.score.pose.positions, own).min(axis=1)
        yield int(apart.argmin()), residue, float(view.residues[residue])


def _contact(
    explanation: Explanation, row: int, atom: int, residue: int, value: float
) -> MainContact:
    assert explanation.score.pose is not None
    place = explanation.score.pose.positions[atom]
    partner, distance = nearest(explanation, row, place)
    ends = (_point(place), _point(explanation.pocket.atoms.position[partner]))
    name = str(explanation.pocket.atoms.name[partner])
    return MainContact(atom, residue, value, partner, name, ends, distance)


def nearest(explanation: Explanation, row: int, place: NDArray[np.float64]) -> tuple[int, float]:
    """Return the atom of a residue of the pocket that is nearest to a place, and how near (Å)."""
    atoms = explanation.pocket.atoms
    own = np.flatnonzero(atoms.residue == row)
    apart = np.linalg.norm(atoms.position[own] - place, axis=1)
    best = int(apart.argmin())
    return int(own[best]), float(apart[best])


def pocket_rows(explanation: Explanation) -> Rows:
    """Return the row in the pocket of each residue of the graph, [r]; -1 where it is not there."""
    waiting: dict[tuple[str, int, str, str], deque[int]] = defaultdict(deque)
    for row, key in enumerate(_keys(explanation.pocket.residues)):
        waiting[key].append(row)
    rows = [
        waiting[key].popleft() if waiting.get(key) else -1 for key in _keys(explanation.residues)
    ]
    return np.array(rows, dtype=np.int64)


def atom_names(explanation: Explanation) -> tuple[str, ...]:
    """Return a name of each ligand atom: element, and place in the file counted from 1."""
    if explanation.score.pose is None:
        count = len(explanation.best.atoms)
        return tuple(f"atom {row + 1}" for row in range(count))
    atoms = explanation.score.pose.mol.GetAtoms()
    return tuple(f"{atom.GetSymbol()}{atom.GetIdx() + 1}" for atom in atoms)


def _keys(table: ResidueTable) -> list[tuple[str, int, str, str]]:
    return [
        (str(chain), int(number), str(insertion), str(name))
        for chain, number, insertion, name in zip(
            table.chain, table.number, table.insertion, table.name, strict=True
        )
    ]


def _point(place: NDArray[np.float64]) -> Point:
    return (round(float(place[0]), 3), round(float(place[1]), 3), round(float(place[2]), 3))
