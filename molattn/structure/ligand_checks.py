"""Whether the coordinates of a ligand can be a pose at all."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from molattn.errors import LigandUnreadable
from molattn.structure.heavy_graph import HeavyGraph
from molattn.structure.records import Floats, Note

_COINCIDENT: Final = 0.4  # Å, nearer than any bond
_STRETCHED: Final = 2.8  # Å, longer than any bond but those to metals
_BOND_RANGE: Final = (1.0, 2.3)  # Å, median bond of heavy atoms in any molecule
_LARGEST_COORDINATE: Final = 1e5  # Å
_MOST_ATOMS_COMPARED: Final = 400
_UNIFORM: Final = 0.05  # relative spread of bond lengths in a drawing
_AROMATIC_RANGE: Final = (1.36, 1.44)  # Å, flat and uniform is right for bare aromatic rings


def check_numbers(graph: HeavyGraph) -> None:
    """Refuse a record without heavy atoms, or with coordinates that are no numbers.

    Raises
    ------
    LigandUnreadable
        With what is wrong.
    """
    positions = graph.positions
    if len(graph) == 0:
        raise LigandUnreadable("the record holds no heavy atom; give a molecule")
    if not np.isfinite(positions).all():
        row = int(np.flatnonzero(~np.isfinite(positions).all(axis=1))[0])
        raise LigandUnreadable(
            f"the coordinates of atom {row + 1} are no numbers; write them again"
        )
    if np.abs(positions).max() > _LARGEST_COORDINATE:
        raise LigandUnreadable("a coordinate is beyond 100,000 Å; give coordinates in Å")


def check_pose(graph: HeavyGraph, *, drawing: bool = False) -> list[Note]:
    """Refuse coordinates that are no pose; warn of suspicious ones.

    Parameters
    ----------
    graph
        The molecule with positions in Å, which :func:`check_numbers` has passed.
    drawing
        Whether the source itself says that it is two-dimensional.

    Raises
    ------
    LigandUnreadable
        No 3D coordinates, a 2D drawing, or not in Å.
    """
    positions = graph.positions
    if len(graph) == 1:
        return []
    if (positions == positions[0]).all():
        raise LigandUnreadable(
            "there are no 3D coordinates (all atoms lie at one point); give a posed ligand"
        )
    places = positions.tolist()
    lengths = [
        math.dist(places[a], places[b])
        for a, row in enumerate(graph.neighbours)
        for b, order in row.items()
        if b > a and order
    ]
    if not positions[:, 2].any() and _is_drawing(graph, lengths, drawing):
        raise LigandUnreadable(
            "this is a 2D drawing, not a pose (every z is zero); give a posed ligand"
        )
    return _distance_notes(positions, lengths)


def _is_drawing(graph: HeavyGraph, lengths: list[float], said: bool) -> bool:
    """Tell a drawing from a flat molecule that lies in the plane z = 0."""
    if said:
        return True
    for atom, row in enumerate(graph.neighbours):
        bonds = sum(row.values())
        if len(row) > 3 or (len(row) == 3 and bonds == 3 and graph.elements[atom] == 6):
            return True  # a tetrahedral atom cannot be flat
    if len(lengths) < 3:
        return False
    mean = sum(lengths) / len(lengths)
    uniform = max(lengths) - min(lengths) < _UNIFORM * mean
    return uniform and not _AROMATIC_RANGE[0] < mean < _AROMATIC_RANGE[1]


def _distance_notes(positions: Floats, lengths: list[float]) -> list[Note]:
    if lengths:
        median = sorted(lengths)[len(lengths) // 2]
        if not _BOND_RANGE[0] < median < _BOND_RANGE[1]:
            raise LigandUnreadable(
                f"its bonds measure {median:.3g} Å in the median; give coordinates in Å"
            )
    notes: list[Note] = []
    stretched = sum(1 for length in lengths if length > _STRETCHED)
    if stretched:
        text = (
            f"{stretched} bonds of the ligand are longer than {_STRETCHED} Å; its pose is doubtful."
        )
        notes.append(Note("warning", "stretched-bonds", text))
    if len(positions) <= _MOST_ATOMS_COMPARED:
        centred = positions - positions[0]
        squares = (centred * centred).sum(axis=1)
        squared = squares[:, None] + squares - 2.0 * (centred @ centred.T)
        close = (int((squared < _COINCIDENT**2).sum()) - len(positions)) // 2
        if close:
            text = f"{close} pairs of ligand atoms lie at one place; its pose is doubtful."
            notes.append(Note("warning", "coincident-atoms", text))
    return notes
