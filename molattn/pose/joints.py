"""All rotatable bonds of a ligand at once: torques about them, and poses with each turned.

A bond carries the bonds beyond it, and no bond beyond it moves its axis. Turns from the outermost
bond inward, about the axes as they stood, therefore give the same pose as turns from the root
outward, and each rigid fragment moves by one product of turns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molattn.pose.torsions import Torsion, cross
from molattn.structure.records import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """The rotatable bonds of one ligand.

    Attributes
    ----------
    first, second
        [t] atoms of the bonds, ``first`` on the side of the root.
    moving
        [t, a], 1 for atoms that a bond turns, 0 for others.
    parents
        [t] the bond next toward the root, -1 where there is none.
    fragment
        [a] 0 for atoms of the root, else one more than the bond next toward it.
    """

    first: Integers
    second: Integers
    moving: Floats
    parents: list[int]
    fragment: Integers

    def torques(self, positions: Floats, slope: Floats, moment: Floats) -> tuple[Floats, Floats]:
        """Return the torque about each bond and its inertia, both [s, t].

        Parameters
        ----------
        positions, slope
            [s, a, 3] Å, about some middle, and kcal/mol/Å.
        moment
            Their cross product.
        """
        pivot, axis = self._axes(positions)
        force = self.moving @ slope
        torque = (axis * (self.moving @ moment - cross(pivot, force))).sum(axis=2)
        # sums over arms = positions - pivot, from sums over positions
        mass = self.moving.sum(axis=1)
        total = self.moving @ positions
        poses, atoms = positions.shape[:2]
        outer = (positions[..., :, None] * positions[..., None, :]).reshape(poses, atoms, 9)
        spread = (self.moving @ outer).reshape(poses, len(self.first), 3, 3)
        square = np.trace(spread, axis1=2, axis2=3) + mass * (pivot**2).sum(axis=2)
        square -= 2.0 * (pivot * total).sum(axis=2)
        along = (axis[..., None, :] @ spread @ axis[..., :, None])[..., 0, 0]
        depth = (axis * pivot).sum(axis=2)
        along += depth * (mass * depth - 2.0 * (axis * total).sum(axis=2))
        return torque, square - along

    def bent(self, positions: Floats, angles: Floats) -> Floats:
        """Return the poses [s, a, 3] with every bond turned by its angle [s, t] radians."""
        if not self.parents:
            return positions
        pivot, axis = self._axes(positions)
        turns = _rotations(axis, angles)
        shifts = pivot - (turns @ pivot[..., None])[..., 0]
        poses = len(positions)
        whole = np.empty((poses, len(self.parents) + 1, 3, 3))
        moved = np.zeros((poses, len(self.parents) + 1, 3))
        whole[:, 0] = np.eye(3)
        for row, parent in enumerate(self.parents):
            before = whole[:, parent + 1]
            whole[:, row + 1] = before @ turns[:, row]
            moved[:, row + 1] = moved[:, parent + 1]
            moved[:, row + 1] += (before @ shifts[:, row, :, None])[..., 0]
        result = (whole[:, self.fragment] @ positions[..., None])[..., 0]
        result += moved[:, self.fragment]
        return result

    def _axes(self, positions: Floats) -> tuple[Floats, Floats]:
        """Return a point on each bond and its direction, both [s, t, 3]."""
        pivot = positions[:, self.second]
        axis = pivot - positions[:, self.first]
        return pivot, axis / np.sqrt((axis * axis).sum(axis=2, keepdims=True) + 1e-18)


def joints(torsions: list[Torsion], atoms: int) -> Joints:
    """Return the bonds of a torsion tree, which come in the order from the root outward."""
    moving = np.zeros((len(torsions), atoms))
    fragment = np.zeros(atoms, dtype=np.int64)
    parents = []
    for row, torsion in enumerate(torsions):
        moving[row, torsion.moving] = 1.0
        parents.append(int(fragment[torsion.second]) - 1)
        fragment[torsion.moving] = row + 1
    return Joints(
        np.array([one.first for one in torsions], dtype=np.int64),
        np.array([one.second for one in torsions], dtype=np.int64),
        moving,
        parents,
        fragment,
    )


def _rotations(axis: Floats, angles: Floats) -> Floats:
    """Return the matrices [s, t, 3, 3] of turns about axes [s, t, 3] (Rodrigues)."""
    cosine, sine = np.cos(angles)[..., None, None], np.sin(angles)[..., None]
    matrix: Floats = (1.0 - cosine) * (axis[..., :, None] * axis[..., None, :])
    matrix += cosine * np.eye(3)
    x, y, z = (sine * axis)[..., 0], (sine * axis)[..., 1], (sine * axis)[..., 2]
    matrix[..., 0, 1] -= z
    matrix[..., 1, 0] += z
    matrix[..., 0, 2] += y
    matrix[..., 2, 0] -= y
    matrix[..., 1, 2] -= x
    matrix[..., 2, 1] += x
    return matrix
