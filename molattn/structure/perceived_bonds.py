"""Bonds read off distances and angles of heavy atoms, for residues that no dictionary knows.

Two atoms are bonded when they are nearer than their covalent radii allow. An atom may take part in
a double bond when its bonds are flat and short enough; which of those bonds are double is then the
same matching as for aromatic bonds (:mod:`molattn.structure.open_bonds`), with a price on long
bonds and on those that leave a flat ring.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from rdkit import Chem

from molattn.structure.heavy_graph import (
    AROMATIC,
    COORDINATION,
    HeavyGraph,
    is_metal,
    rdkit_molecule,
)
from molattn.structure.ligand_repair import angle_sum
from molattn.structure.open_bonds import close_open_bonds
from molattn.structure.records import Floats

_TOLERANCE: Final = 0.45  # Å beyond the sum of covalent radii
_METAL_TOLERANCE: Final = 0.6
_SHORTEST: Final = 0.5  # Å
_FLAT: Final = 352.0  # degrees, sum of three angles
_VERY_FLAT: Final = 357.0
_TRIGONAL: Final = 118.0  # degrees
_BENT: Final = 113.5  # degrees, between tetrahedral and trigonal for an atom of two neighbours
_STRAIGHT: Final = 158.0  # degrees
_LEAVING_RING: Final = 2.0  # how much dearer a double bond is that leaves a flat ring
_RING_OUT_OF_PLANE: Final = 0.12  # Å, smallest singular value of the centred ring atoms
_LONGEST_AROMATIC: Final = 1.48  # Å, ring bonds; 0.32 more where a sulfur is in the ring

# Å: usual length as a double bond, and the longest that may still be part of a double bond
_DOUBLE: Final = {
    (6, 6): (1.34, 1.48),
    (6, 7): (1.29, 1.42),
    (6, 8): (1.22, 1.33),
    (6, 16): (1.66, 1.75),
    (7, 7): (1.26, 1.38),
    (7, 8): (1.21, 1.33),
    (6, 34): (1.80, 1.88),
}
_TRIPLE: Final = {(6, 6): 1.27, (6, 7): 1.24, (7, 7): 1.20}


def bonded_pairs(elements: list[int], positions: Floats) -> list[tuple[int, int]]:
    """Return the pairs of atoms near enough to be bonded, lower index first.

    Parameters
    ----------
    elements
        Atomic numbers.
    positions
        [a, 3] Å.
    """
    table = Chem.GetPeriodicTable()
    radii = np.array([table.GetRcovalent(element) for element in elements])
    metal = np.array([is_metal(element) for element in elements])
    tolerance = np.where(metal[:, None] | metal, _METAL_TOLERANCE, _TOLERANCE)
    offsets = positions[:, None, :] - positions[None, :, :]
    distances = np.sqrt((offsets**2).sum(axis=-1))
    near = (distances < radii[:, None] + radii + tolerance) & (distances > _SHORTEST)
    near &= ~(metal[:, None] & metal)
    ones, others = np.nonzero(np.triu(near, 1))
    return list(zip(ones.tolist(), others.tolist(), strict=True))


def graph_from_distances(elements: list[int], positions: Floats) -> HeavyGraph:
    """Return the molecule with single bonds wherever two atoms are near enough."""
    graph = HeavyGraph(elements, [0] * len(elements), [{} for _ in elements], positions)
    for one, other in bonded_pairs(elements, positions):
        to_metal = is_metal(elements[one]) or is_metal(elements[other])
        graph.set_bond(one, other, COORDINATION if to_metal else 1.0)
    return graph


def perceive_bond_orders(graph: HeavyGraph) -> None:
    """Set double and triple bonds from lengths and angles, in place.

    Parameters
    ----------
    graph
        Molecule of single bonds with positions.
    """
    flat = [_may_be_double(graph, atom) for atom in range(len(graph))]
    _set_triple_bonds(graph, flat)
    rings = _flat_rings(graph, flat)
    in_ring = {atom for ring in rings for atom in ring}
    need = [_need(graph, atom, atom in in_ring) for atom in range(len(graph))]
    for ring in rings:
        for atom in ring:  # a pyridinium nitrogen has three bonds
            pyridinium = len(ring) == 6 and graph.elements[atom] == 7
            flat[atom] |= pyridinium or graph.elements[atom] == 6
    ring_bonds = {frozenset(pair) for ring in rings for pair in pairwise((*ring, ring[0]))}
    prices: dict[tuple[int, int], float] = {}
    for atom, row in enumerate(graph.neighbours):
        for other, order in row.items():
            if other < atom or order != 1 or not (flat[atom] and flat[other]):
                continue
            if frozenset((atom, other)) in ring_bonds:
                prices[atom, other] = 0.0
                continue
            price = _price_by_length(graph, atom, other)
            if price is not None:
                leaves_ring = atom in in_ring or other in in_ring
                prices[atom, other] = price * (1.0 + _LEAVING_RING * leaves_ring)
    for one, other in prices:
        graph.set_bond(one, other, AROMATIC)
    close_open_bonds(graph, need=need, bond_prices=prices)


def _price_by_length(graph: HeavyGraph, one: int, other: int) -> float | None:
    """Return 0 for the length of a double bond up to 1 for the longest; None beyond that."""
    kind = sorted((graph.elements[one], graph.elements[other]))
    limits = _DOUBLE.get((kind[0], kind[1]))
    length = graph.bond_length(one, other)
    if limits is None or length > limits[1]:
        return None
    return max(0.0, (length - limits[0]) / (limits[1] - limits[0]))


def _need(graph: HeavyGraph, atom: int, in_flat_ring: bool) -> float:
    """Return how dear it is to leave a carbon without a double bond, from how flat it is."""
    degree = graph.degree(atom)
    if in_flat_ring:
        return 8.0
    if degree == 3:
        return 4.0 if angle_sum(graph, atom) > _VERY_FLAT else 1.5
    return 1.5 if degree == 2 and _angle(graph, atom) > _TRIGONAL else 0.4


def _flat_rings(graph: HeavyGraph, flat: list[bool]) -> list[tuple[int, ...]]:
    """Return the rings of five or six atoms that are flat and short-bonded enough for aromatic."""
    mol = rdkit_molecule(graph, sanitise=False)
    Chem.GetSymmSSSR(mol)
    found: list[tuple[int, ...]] = []
    for ring in mol.GetRingInfo().AtomRings():
        carbons = [a for a in ring if graph.elements[a] == 6]
        carbons_flat = all(flat[a] or graph.degree(a) == 2 for a in carbons)
        known = all(graph.elements[a] in (6, 7, 8, 16) for a in ring)
        if len(ring) not in (5, 6) or not carbons_flat or not known:
            continue
        places = graph.positions[list(ring)]
        spread = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)[-1]
        lengths = [graph.bond_length(a, b) for a, b in pairwise((*ring, ring[0]))]
        sulfur = any(graph.elements[a] == 16 for a in ring)
        longest = _LONGEST_AROMATIC + 0.32 * sulfur
        if spread < _RING_OUT_OF_PLANE and max(lengths) < longest:
            found.append(tuple(ring))
    return found


def _may_be_double(graph: HeavyGraph, atom: int) -> bool:
    element, degree = graph.elements[atom], graph.degree(atom)
    if element not in (6, 7, 8, 16, 34) or degree == 0:
        return False
    if degree == 1:
        return True
    if degree == 2:
        return element in (6, 7) and _angle(graph, atom) > (_BENT if element == 6 else 104.0)
    if degree == 3 and element == 6:
        return angle_sum(graph, atom) > _FLAT
    if degree == 3 and element == 7:
        oxygens = sum(1 for o in graph.neighbours[atom] if _is_nitro_oxygen(graph, atom, o))
        return oxygens > 0
    return False


def _is_nitro_oxygen(graph: HeavyGraph, atom: int, other: int) -> bool:
    return (
        graph.elements[other] == 8
        and graph.is_terminal(other)
        and graph.bond_length(atom, other) < _DOUBLE[7, 8][1]
    )


def _set_triple_bonds(graph: HeavyGraph, flat: list[bool]) -> None:
    for atom, row in enumerate(graph.neighbours):
        if graph.elements[atom] != 6 or graph.degree(atom) != 2:
            continue
        if _angle(graph, atom) < _STRAIGHT:
            continue
        for other in row:
            kind = sorted((graph.elements[atom], graph.elements[other]))
            limit = _TRIPLE.get((kind[0], kind[1]), 0.0)
            if graph.bond_length(atom, other) < limit and flat[atom] and flat[other]:
                graph.set_bond(atom, other, 3.0)
                flat[atom] = flat[other] = False


def _angle(graph: HeavyGraph, atom: int) -> float:
    ends = [o for o, order in graph.neighbours[atom].items() if order]
    arms = graph.positions[ends] - graph.positions[atom]
    lengths = np.linalg.norm(arms, axis=1)
    cosine = float(arms[0] @ arms[1]) / max(float(lengths[0] * lengths[1]), 1e-9)
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
