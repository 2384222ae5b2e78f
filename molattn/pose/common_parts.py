"""The parts that two molecules share, found by growth from likely pairs of atoms.

Every step is counted and none is timed, so that an answer depends on the two molecules alone. An
exact search (RASCAL, FMCS) may take minutes for large symmetric molecules and needs a time limit,
and with one the answer depends on the machine.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem

from molattn.structure.records import Floats

SMALLEST_PIECE: Final = 3
"""Atoms. Smaller pieces of a common substructure say nothing about a pose."""
DEDUCTION: Final = 0.4
"""Of a pair that two unequal elements are less worth than two equal ones."""
MOST_SEEDS: Final = 32
"""Pairs of atoms from which a match is grown, for one piece."""
_EXTENDED: Final = 6  # matches to which further pieces are added
_MOST_PIECES: Final = 5
_MOST_RADIUS: Final = 8  # bonds, neighbourhood by which pairs of atoms are compared
_EXCHANGEABLE: Final = frozenset({6, 7, 8, 9, 16, 17, 35, 53})

Pairs = dict[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class MolGraph:
    """What growth needs of a molecule, read from RDKit once.

    Attributes
    ----------
    mol
        The molecule, without hydrogens.
    near
        Bonded atoms of each atom, in the order of RDKit.
    bonds
        Pairs of bonded atoms, both ways.
    ring_bonds
        Those in rings.
    ring_sizes
        Of each atom, sorted.
    elements
        Atomic numbers.
    distance
        [a, a] bonds between atoms.
    """

    mol: Chem.Mol
    near: list[list[int]]
    bonds: frozenset[tuple[int, int]]
    ring_bonds: frozenset[tuple[int, int]]
    ring_sizes: list[tuple[int, ...]]
    elements: list[int]
    distance: Floats


def mol_graph(mol: Chem.Mol) -> MolGraph:
    """Return the graph of a sanitised molecule without hydrogens."""
    near = [[one.GetIdx() for one in atom.GetNeighbors()] for atom in mol.GetAtoms()]
    rings = mol.GetRingInfo()
    ring_bonds = set()
    for bond in mol.GetBonds():
        if rings.NumBondRings(bond.GetIdx()):
            ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            ring_bonds |= {ends, ends[::-1]}
    return MolGraph(
        mol,
        near,
        frozenset((atom, other) for atom, others in enumerate(near) for other in others),
        frozenset(ring_bonds),
        [tuple(sorted(rings.AtomRingSizes(atom))) for atom in range(len(near))],
        [atom.GetAtomicNum() for atom in mol.GetAtoms()],
        np.asarray(Chem.GetDistanceMatrix(mol)),
    )


def common_parts(ligand: MolGraph, template: MolGraph, *, loose: bool) -> Pairs:
    """Return atoms of a ligand with atoms of a template: the largest common parts found.

    Elements are equal, ring bonds lie on ring bonds and ring atoms on atoms of a ring of the same
    size; bond orders do not count.

    Parameters
    ----------
    ligand, template
        From :func:`mol_graph`.
    loose
        Common elements may stand for each other.
    """
    likeness = _likeness(ligand, template, loose=loose)
    best: tuple[float, Pairs] = (0.0, {})
    for match in _matches(ligand, template, likeness, {}, MOST_SEEDS)[:_EXTENDED]:
        pairs, pieces = match, 1
        while pieces < _MOST_PIECES:
            more = _matches(ligand, template, likeness, pairs, MOST_SEEDS // 4)
            if not more:
                break
            pairs, pieces = pairs | more[0], pieces + 1
        worth = len(pairs) - DEDUCTION * unequal(pairs, ligand, template) - (pieces - 1)
        if worth > best[0]:
            best = (worth, pairs)
    return best[1]


def unequal(pairs: Pairs, ligand: MolGraph, template: MolGraph) -> int:
    """Return how many pairs are of two elements."""
    return sum(ligand.elements[a] != template.elements[b] for a, b in pairs.items())


def pieces_of(pairs: Pairs, ligand: MolGraph, template: MolGraph) -> list[list[int]]:
    """Return the ligand atoms of each connected piece of a match, the largest first."""
    left, pieces = set(pairs), []
    while left:
        start = min(left)
        left.remove(start)
        piece, stack = [start], [start]
        while stack:
            atom = stack.pop()
            place = pairs[atom]
            for near in ligand.near[atom]:
                if near in left and (place, pairs[near]) in template.bonds:
                    left.remove(near)
                    piece.append(near)
                    stack.append(near)
        pieces.append(sorted(piece))
    return sorted(pieces, key=lambda piece: (-len(piece), piece[0]))


def _likeness(ligand: MolGraph, template: MolGraph, *, loose: bool) -> Floats:
    """Return how alike the surroundings of two atoms are, [a, t]; 0 where they may not pair."""
    kinds = [_kinds(graph, loose) for graph in (ligand, template)]
    known = {kind: row for row, kind in enumerate(sorted(set(kinds[0]) | set(kinds[1])))}
    labels = [np.array([known[kind] for kind in one]) for one in kinds]
    paired = labels[0][:, None] == labels[1]
    sizes = [[set(one) for one in graph.ring_sizes] for graph in (ligand, template)]
    for atom, place in np.argwhere(paired).tolist():
        if sizes[0][atom] and not sizes[0][atom] & sizes[1][place]:
            paired[atom, place] = False
    hot = [np.eye(len(known))[one] for one in labels]
    total = np.ones(paired.shape)
    for radius in range(1, _MOST_RADIUS + 1):
        shells = [
            (graph.distance == radius) @ one
            for graph, one in zip((ligand, template), hot, strict=True)
        ]
        shared = np.minimum(shells[0][:, None], shells[1]).sum(axis=2)
        total += shared * 0.7 ** (radius - 1)
    return np.where(paired, total, 0.0)


def _kinds(graph: MolGraph, loose: bool) -> list[tuple[int, bool]]:
    return [
        (6 if loose and element in _EXCHANGEABLE else element, bool(sizes))
        for element, sizes in zip(graph.elements, graph.ring_sizes, strict=True)
    ]


def _matches(
    ligand: MolGraph, template: MolGraph, likeness: Floats, taken: Pairs, most: int
) -> list[Pairs]:
    """Return connected matches beside the pairs that are taken, the largest first."""
    open_pairs = likeness.copy()
    open_pairs[list(taken)] = 0.0
    open_pairs[:, list(taken.values())] = 0.0
    rows, columns = np.nonzero(open_pairs)
    order = np.argsort(-open_pairs[rows, columns], kind="stable")
    table = open_pairs.tolist()
    found: list[Pairs] = []
    seen: set[tuple[int, int]] = set()
    grown = 0
    for seed in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if seed in seen:
            continue
        raw = _grown(seed, ligand, template, table)
        seen.update(raw.items())
        grown += 1
        if len(raw) >= SMALLEST_PIECE:
            found.append(raw)
        if grown == most:
            break
    return sorted(found, key=len, reverse=True)


def _grown(
    seed: tuple[int, int], ligand: MolGraph, template: MolGraph, likeness: list[list[float]]
) -> Pairs:
    """Grow a pair over bonds: where two bonds lead to a pair first, then the likelier pair."""
    pairs: Pairs = {}
    taken: set[int] = set()
    support: dict[tuple[int, int], int] = {}
    queue: list[tuple[int, float, int, int]] = [(0, 0.0, *seed)]
    while queue:
        _, _, atom, place = heapq.heappop(queue)
        if atom in pairs or place in taken:
            continue
        pairs[atom] = place
        taken.add(place)
        for near in ligand.near[atom]:
            if near in pairs:
                continue
            for spot in template.near[place]:
                like = likeness[near][spot]
                if spot in taken or not like:
                    continue
                ring = (atom, near) in ligand.ring_bonds
                if ring != ((place, spot) in template.ring_bonds):
                    continue
                count = support[near, spot] = support.get((near, spot), 0) + 1
                heapq.heappush(queue, (-count, -like, near, spot))
    return pairs
