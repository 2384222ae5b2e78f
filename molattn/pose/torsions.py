"""The torsion tree of a ligand: which atoms turn about which bonds, seen from a rigid root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem

from molattn.pose.perturb import rotatable_bonds
from molattn.structure.records import Floats, Integers

_SP3_STEPS: Final = (0.0, 2.0 * np.pi / 3.0, -2.0 * np.pi / 3.0)
_MIXED_STEPS: Final = tuple(step * np.pi / 3.0 for step in (0, 1, 2, 3, 4, 5))
_FLAT_STEPS: Final = (0.0, np.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Torsion:
    """A rotatable bond.

    Attributes
    ----------
    first, second
        The atoms of the bond; ``first`` is on the side of the root.
    moving
        [m] the atoms beyond ``second``, which turn.
    steps
        Turns in radians that lead from one likely angle to the others, 0 included.
    stiffness
        kcal/mol; how much half a turn away from a likely angle costs, halved.
    """

    first: int
    second: int
    moving: Integers
    steps: tuple[float, ...]
    stiffness: float


def torsion_tree(mol: Chem.Mol, core: Integers) -> list[Torsion]:
    """Return the rotatable bonds of a ligand, from the root outward.

    The root is the rigid fragment with the most atoms of the core (of the ligand where it has
    none); each bond turns the side away from it.
    """
    bonds = [(first, second) for first, second, _ in rotatable_bonds(mol)]
    rigid = _rigid_fragments(mol, bonds)
    inside = np.zeros(mol.GetNumAtoms())
    inside[core] = 1.0
    root = max(range(len(rigid)), key=lambda row: (inside[rigid[row]].sum(), len(rigid[row])))
    return _outward(mol, bonds, rigid[root])


def turned(positions: Floats, torsion: Torsion, angles: Floats) -> Floats:
    """Return poses [s, a, 3] with one bond turned by ``angles`` [s] radians."""
    pivot = positions[:, torsion.second][:, None]
    axis = pivot - positions[:, torsion.first][:, None]
    axis = axis / np.sqrt((axis * axis).sum(axis=2, keepdims=True) + 1e-18)
    lever = positions[:, torsion.moving] - pivot
    axis = np.broadcast_to(axis, lever.shape)
    cosine, sine = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    along = (lever * axis).sum(axis=2, keepdims=True) * axis
    result = positions.copy()
    result[:, torsion.moving] = (
        lever * cosine + cross(axis, lever) * sine + along * (1.0 - cosine) + pivot
    )
    return result


def cross(first: Floats, second: Floats) -> Floats:
    """Return the cross product over the last axis; much faster than numpy's for small arrays."""
    result = np.empty(np.broadcast_shapes(first.shape, second.shape))
    for axis in range(3):
        j, k = (axis + 1) % 3, (axis + 2) % 3
        result[..., axis] = first[..., j] * second[..., k] - first[..., k] * second[..., j]
    return result


def dihedral(positions: Floats, atoms: tuple[int, int, int, int]) -> float:
    """Return a dihedral angle in radians, from -π to π; positions [a, 3]."""
    a, b, c, d = (positions[atom] for atom in atoms)
    axis = (c - b) / max(float(np.linalg.norm(c - b)), 1e-9)
    left = (a - b) - ((a - b) @ axis) * axis
    right = (d - c) - ((d - c) @ axis) * axis
    return float(np.arctan2(cross(axis, left) @ right, left @ right))


def _rigid_fragments(mol: Chem.Mol, bonds: list[tuple[int, int]]) -> list[list[int]]:
    cut = {frozenset(bond) for bond in bonds}
    left, fragments = set(range(mol.GetNumAtoms())), []
    while left:
        stack = [min(left)]
        left.discard(stack[0])
        fragment = []
        while stack:
            atom = stack.pop()
            fragment.append(atom)
            for near in mol.GetAtomWithIdx(atom).GetNeighbors():
                index = near.GetIdx()
                if index in left and frozenset((atom, index)) not in cut:
                    left.discard(index)
                    stack.append(index)
        fragments.append(sorted(fragment))
    return fragments


def _outward(mol: Chem.Mol, bonds: list[tuple[int, int]], root: list[int]) -> list[Torsion]:
    """Return the bonds in the order of their distance from the root."""
    depth = {root[0]: 0}
    queue = [root[0]]
    for atom in queue:
        for near in mol.GetAtomWithIdx(atom).GetNeighbors():
            if near.GetIdx() not in depth:
                depth[near.GetIdx()] = depth[atom] + 1
                queue.append(near.GetIdx())
    found = []
    for bond in bonds:
        first, second = sorted(bond, key=lambda atom: depth.get(atom, 0))
        moving = np.array(sorted(_side(mol, first, second)), dtype=np.int64)
        steps, stiffness = _likely_steps(mol, first, second)
        found.append(Torsion(first, second, moving, steps, stiffness))
    return sorted(found, key=lambda one: (depth.get(one.second, 0), one.second))


def _side(mol: Chem.Mol, first: int, second: int) -> set[int]:
    seen, stack = {first, second}, [second]
    while stack:
        for near in mol.GetAtomWithIdx(stack.pop()).GetNeighbors():
            if near.GetIdx() not in seen:
                seen.add(near.GetIdx())
                stack.append(near.GetIdx())
    return seen - {first, second}


def _likely_steps(mol: Chem.Mol, first: int, second: int) -> tuple[tuple[float, ...], float]:
    flat = [
        mol.GetAtomWithIdx(atom).GetHybridization()
        in (Chem.HybridizationType.SP2, Chem.HybridizationType.SP)
        for atom in (first, second)
    ]
    if all(flat):
        return _FLAT_STEPS, 1.5
    return (_MIXED_STEPS, 0.3) if any(flat) else (_SP3_STEPS, 0.6)
