"""Which rows of a graph belong together because they are near: follows from positions alone."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from molattn.graph.fields import CONTACT_CUTOFF, LIGAND_NEAR_CUTOFF, RESIDUE_NEAR_CUTOFF
from molattn.structure.records import Floats, Integers


def contact_edges(distance: Floats, residue: Integers) -> tuple[Integers, Integers, Integers]:
    """Return contacts [2, c], pairs [2, p] and the contact of each pair [p], sorted.

    Parameters
    ----------
    distance
        [a, n] Å from each ligand atom to each pocket atom.
    residue
        [n] residue of each pocket atom, growing.
    """
    atom, partner = np.nonzero(distance < CONTACT_CUTOFF)
    owner = residue[partner]
    # row-major order of nonzero, with pocket atoms sorted by residue, is the order of contacts
    new = np.ones(len(atom), dtype=bool)
    new[1:] = (atom[1:] != atom[:-1]) | (owner[1:] != owner[:-1])
    contact = np.stack((atom[new], owner[new]))
    return contact, np.stack((atom, partner)), np.cumsum(new) - 1


def closest_pairs(distance: Floats, residue: Integers) -> tuple[Integers, Integers, Floats]:
    """Return the closest ligand atom [r], pocket atom [r] and distance [r] in Å of each residue.

    Parameters
    ----------
    distance, residue
        As of :func:`contact_edges`; every residue has an atom.
    """
    nearest = distance.min(0)
    first = np.searchsorted(residue, np.arange(int(residue[-1]) + 1))
    closest = np.minimum.reduceat(nearest, first)
    rows = np.flatnonzero(nearest == closest[residue])
    _, position = np.unique(residue[rows], return_index=True)
    atom = np.asarray(rows[position], dtype=np.int64)
    return distance[:, atom].argmin(0), atom, closest


def ligand_neighbours(positions: Floats, bonds: Integers) -> Integers:
    """Return the pairs of ligand atoms that are near or bonded, both directions, [2, e]."""
    close = cdist(positions, positions) < LIGAND_NEAR_CUTOFF
    close[bonds[0], bonds[1]] = True
    np.fill_diagonal(close, False)
    return np.stack(np.nonzero(close))


def residue_neighbours(points: Floats) -> Integers:
    """Return the pairs of residues whose reference points are near, both directions, [2, e]."""
    close = cdist(points, points) < RESIDUE_NEAR_CUTOFF
    np.fill_diagonal(close, False)
    return np.stack(np.nonzero(close))
