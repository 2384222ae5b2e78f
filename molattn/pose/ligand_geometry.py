"""Is the shape of a ligand possible: bonds, angles, contacts within it, flat and puckered rings.

The limits are those of PoseBusters (Buttenschoen, Morris & Deane, Chem. Sci. 2024, 15, 3130): the
distances that RDKit's distance geometry allows, widened by a quarter for bonds and angles and by
30 % for contacts; 0.25 Å from the common plane for what must be flat. No hydrogens are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom

from molattn.structure.records import Booleans, Floats, Integers

WIDENED: Final = 0.25
"""How far a bond or a 1,3 distance may lie outside its bounds, as a share of the bound."""
INNER_OVERLAP: Final = 0.3
"""How far a distance of other atoms may lie under its lower bound, as a share of it."""
FLAT: Final = 0.25
"""Å from the common plane, for atoms of aromatic rings and of double bonds."""
PUCKERED: Final = 0.05
"""Å from the common plane that an atom of a saturated ring must reach."""

_SINGLE: Final = Chem.BondType.SINGLE
_DOUBLE: Final = Chem.BondType.DOUBLE
_RING_ELEMENTS: Final = frozenset({6, 7, 8, 16})


@dataclass(frozen=True, slots=True, eq=False)
class LigandRules:
    """What the shape of one molecule must obey; the same for all its poses.

    Attributes
    ----------
    first, second
        [p] every pair of atoms; empty where RDKit has no bounds for the molecule.
    lower, upper
        [p] Å, bounds of their distances.
    bond, angle
        [p] which pairs are bonded, and which share a neighbour without being bonded.
    flat_rings, double_bonds, puckered_rings
        Atoms of each group.
    """

    first: Integers
    second: Integers
    lower: Floats
    upper: Floats
    bond: Booleans
    angle: Booleans
    flat_rings: list[list[int]]
    double_bonds: list[list[int]]
    puckered_rings: list[list[int]]


@dataclass(frozen=True, slots=True)
class ShapeFigures:
    """The worst of every kind in one pose.

    Attributes
    ----------
    bond, angle
        Largest share by which a distance lies outside its bounds.
    inner
        Largest share by which a distance of atoms further apart lies under its lower bound.
    ring, double_bond
        Å, farthest atom from the plane of an aromatic ring, of a double bond; 0 without any.
    pucker
        Å, farthest atom from the plane of the flattest saturated ring; ``inf`` without any.
    """

    bond: float
    angle: float
    inner: float
    ring: float
    double_bond: float
    pucker: float


def ligand_rules(mol: Chem.Mol) -> LigandRules:
    """Return the rules of a sanitised molecule without hydrogens."""
    first, second = np.triu_indices(mol.GetNumAtoms(), k=1)
    try:
        with rdBase.BlockLogs():
            bounds = rdDistGeom.GetMoleculeBoundsMatrix(
                mol, set15bounds=True, scaleVDW=True, doTriangleSmoothing=True
            )
    except (RuntimeError, ValueError):  # elements and bonds that RDKit knows no lengths of
        first = second = np.empty(0, dtype=np.int64)
        bounds = np.empty((0, 0))
    lower, upper = bounds[second, first], bounds[first, second]
    adjacent = Chem.GetAdjacencyMatrix(mol).astype(np.int64)
    bond = adjacent[first, second] > 0
    angle = ((adjacent @ adjacent)[first, second] > 0) & ~bond
    _widen_acid_ends(mol, first, second, lower, upper)
    flat, puckered = _rings(mol)
    return LigandRules(first, second, lower, upper, bond, angle, flat, _double_bonds(mol), puckered)


def shape_figures(rules: LigandRules, positions: Floats) -> ShapeFigures:
    """Return how far one pose, [a, 3] Å, is from breaking each rule."""
    distance = np.linalg.norm(positions[rules.first] - positions[rules.second], axis=1)
    short = (rules.lower - distance) / rules.lower
    outside = np.maximum(short, (distance - rules.upper) / rules.upper)
    return ShapeFigures(
        bond=_largest(outside[rules.bond]),
        angle=_largest(outside[rules.angle]),
        inner=_largest(short[~(rules.bond | rules.angle)]),
        ring=max((_off_plane(positions[ring]) for ring in rules.flat_rings), default=0.0),
        double_bond=max((_off_plane(positions[one]) for one in rules.double_bonds), default=0.0),
        pucker=min(
            (_off_plane(positions[ring]) for ring in rules.puckered_rings), default=float("inf")
        ),
    )


def shape_faults(figures: ShapeFigures) -> list[str]:
    """Return what is impossible about a pose, in words."""
    found = {
        "bond lengths": figures.bond > WIDENED,
        "bond angles": figures.angle > WIDENED,
        "inner clash": figures.inner > INNER_OVERLAP,
        "ring not flat": figures.ring > FLAT,
        "ring too flat": figures.pucker < PUCKERED,
        "double bond not flat": figures.double_bond > FLAT,
    }
    return [fault for fault, is_there in found.items() if is_there]


def _widen_acid_ends(
    mol: Chem.Mol, first: Integers, second: Integers, lower: Floats, upper: Floats
) -> None:
    """Give both ends of an acid, amidine or guanidine the bounds of either; they share a charge."""
    alike: dict[tuple[int, int], list[int]] = {}
    for kind, one, other in _acid_ends(mol):
        rows = np.flatnonzero((first == min(one, other)) & (second == max(one, other)))
        alike.setdefault(kind, []).extend(rows.tolist())
    for group in alike.values():
        lower[group], upper[group] = min(lower[group]), max(upper[group])


def _acid_ends(mol: Chem.Mol) -> Iterator[tuple[tuple[int, int], int, int]]:
    """Yield elements and atoms of the bonds to O and N at the end of an acid or its like."""
    for centre in mol.GetAtoms():
        ends: dict[Chem.BondType, list[Chem.Atom]] = {_SINGLE: [], _DOUBLE: []}
        for bond in centre.GetBonds():
            end = bond.GetOtherAtom(centre)
            if end.GetDegree() == 1 and end.GetAtomicNum() in (7, 8) and bond.GetBondType() in ends:
                ends[bond.GetBondType()].append(end)
        if ends[_SINGLE] and ends[_DOUBLE]:
            for end in (*ends[_SINGLE], *ends[_DOUBLE]):
                kind = centre.GetAtomicNum(), end.GetAtomicNum()
                yield kind, centre.GetIdx(), end.GetIdx()


def _rings(mol: Chem.Mol) -> tuple[list[list[int]], list[list[int]]]:
    """Return the rings that must be flat and those that cannot be.

    Two neighbouring tetrahedral atoms keep a ring of six from being flat.
    """
    info = mol.GetRingInfo()
    flat, puckered = [], []
    for ring in info.AtomRings():
        atoms = [mol.GetAtomWithIdx(atom) for atom in ring]
        if len(ring) not in (5, 6):
            continue
        if all(atom.GetIsAromatic() for atom in atoms):
            if all(atom.GetHybridization() == Chem.HybridizationType.SP2 for atom in atoms):
                flat.append(list(ring))
            continue
        alone = all(info.NumAtomRings(atom) == 1 for atom in ring)
        simple = all(
            not atom.GetIsAromatic() and atom.GetAtomicNum() in _RING_ELEMENTS for atom in atoms
        )
        if len(ring) == 6 and alone and simple and _has_two_tetrahedral(atoms):
            puckered.append(list(ring))
    return flat, puckered


def _has_two_tetrahedral(atoms: list[Chem.Atom]) -> bool:
    round_ring = [atom.GetHybridization() == Chem.HybridizationType.SP3 for atom in atoms]
    return any(round_ring[place] and round_ring[place - 1] for place in range(len(atoms)))


def _double_bonds(mol: Chem.Mol) -> list[list[int]]:
    """Return both carbons of each double bond with their neighbours, where these are enough."""
    groups = []
    for bond in mol.GetBonds():
        ends = bond.GetBeginAtom(), bond.GetEndAtom()
        if bond.GetBondType() != _DOUBLE or not all(map(_is_flat_carbon, ends)):
            continue
        near = {atom.GetIdx() for end in ends for atom in end.GetNeighbors()}
        if all(end.GetDegree() > 1 for end in ends):
            groups.append(sorted(near))  # each end is a neighbour of the other
    return groups


def _is_flat_carbon(atom: Chem.Atom) -> bool:
    return (
        atom.GetAtomicNum() == 6
        and atom.GetTotalDegree() == 3
        and atom.GetHybridization() == Chem.HybridizationType.SP2
    )


def _off_plane(positions: Floats) -> float:
    """Return the distance of the farthest point from the plane that fits all best, Å."""
    centred = positions - positions.mean(axis=0)
    normal = np.linalg.eigh(centred.T @ centred)[1][:, 0]
    return float(np.abs(centred @ normal).max())


def _largest(shares: Floats) -> float:
    return max(0.0, float(shares.max())) if len(shares) else 0.0
