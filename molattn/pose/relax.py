"""Relax poses of a ligand in a rigid pocket: shift, turn and torsions, many poses at once.

The energy is that of the pocket's fields, contacts within the ligand, a tether that holds the
common substructure to its template, and what a bond costs that turns away from a likely angle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem

from molattn.pose.joints import Joints, joints
from molattn.pose.pocket_field import PocketField, ligand_kinds
from molattn.pose.torsions import Torsion, cross
from molattn.structure.records import Booleans, Floats, Integers

SLACK: Final = 0.3
"""Å that an atom of the common substructure moves freely."""
_TETHER: Final = 1.0  # kcal/mol/Å² for each atom of the common substructure
_INNER_STIFFNESS: Final = 4.0  # kcal/mol/Å²
_INNER: Final = 3.1  # Å, nearest comfortable distance within the ligand
_INNER_POLAR: Final = 2.7  # Å, the same between two polar atoms
_FIRST_STEP: Final = 0.05  # Å² mol/kcal
_LARGEST: Final = (0.3, 0.12, 0.3)  # Å, radians, radians: shift, turn and torsion of a step


@dataclass(frozen=True, slots=True, eq=False)
class Tether:
    """Where atoms of poses are held.

    Attributes
    ----------
    targets
        [s, a, 3] Å.
    weights
        [s, a], 0 where an atom is free.
    """

    targets: Floats
    weights: Floats

    def take(self, rows: Integers) -> Tether:
        """Return the tether of some of the poses."""
        return Tether(self.targets[rows], self.weights[rows])


class LigandEnergy:
    """The energy of poses of one ligand in one pocket.

    Parameters
    ----------
    mol
        The ligand, without hydrogens.
    field
        Of the pocket.
    torsions
        From :func:`~molattn.pose.torsions.torsion_tree`.
    """

    def __init__(self, mol: Chem.Mol, field: PocketField, torsions: list[Torsion]) -> None:
        self.field = field
        self.torsions = torsions
        self.numbers = field.numbers(ligand_kinds(mol))
        polar = np.array([atom.GetAtomicNum() in (7, 8) for atom in mol.GetAtoms()])
        least = np.where(polar[:, None] & polar, _INNER_POLAR, _INNER)
        self.least: Floats = np.where(Chem.GetDistanceMatrix(mol) > 3, least, 0.0)
        self.bonded: Booleans = Chem.GetAdjacencyMatrix(mol).astype(bool)
        self.joints = joints(torsions, mol.GetNumAtoms())
        self._stiffness = np.array([one.stiffness for one in torsions])

    def pocket(self, positions: Floats) -> Floats:
        """Return the energy in the pocket, [s] kcal/mol; positions [s, a, 3] Å."""
        energy: Floats = self.field.energies(positions, self.numbers).sum(axis=1)
        return energy

    def inner(self, positions: Floats, atoms: Booleans | None = None) -> Floats:
        """Return the cost of near atoms within the ligand, or some of its atoms, [s] kcal/mol."""
        least = self.least if atoms is None else self.least[np.ix_(atoms, atoms)]
        near = np.maximum(least - _pair_distances(positions), 0.0)
        return 0.5 * _INNER_STIFFNESS * (near**2).sum(axis=(1, 2))  # type: ignore[no-any-return]

    def held(self, positions: Floats, tether: Tether) -> Floats:
        """Return the cost of leaving the template, [s] kcal/mol."""
        away = np.linalg.norm(positions - tether.targets, axis=2)
        beyond = np.maximum(away - SLACK, 0.0)
        return _TETHER * (tether.weights * beyond**2).sum(axis=1)  # type: ignore[no-any-return]

    def total(self, positions: Floats, tether: Tether) -> Floats:
        """Return the whole energy of poses whose bonds stand at likely angles, [s] kcal/mol."""
        return self.pocket(positions) + self.inner(positions) + self.held(positions, tether)

    def gradients(
        self, positions: Floats, tether: Tether, angles: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return energies [s], slopes by atom [s, a, 3] and slopes by torsion [s, t]."""
        field, slope = self.field.gradients(positions, self.numbers)
        energy = field.sum(axis=1)
        distance = _pair_distances(positions)
        near = np.maximum(self.least - distance, 0.0)
        energy += 0.5 * _INNER_STIFFNESS * (near**2).sum(axis=(1, 2))
        push = 2.0 * _INNER_STIFFNESS * near / np.maximum(distance, 1e-3)
        slope += push @ positions - positions * push.sum(axis=2, keepdims=True)
        shift = positions - tether.targets
        away = np.linalg.norm(shift, axis=2)
        pull = _TETHER * tether.weights * np.maximum(away - SLACK, 0.0)
        energy += (pull * np.maximum(away - SLACK, 0.0)).sum(axis=1)
        slope += (2.0 * pull / np.maximum(away, 1e-6))[:, :, None] * shift
        energy += (self._stiffness * (1.0 - np.cos(angles))).sum(axis=1)
        return energy, slope, self._stiffness * np.sin(angles)


def relax(
    energy: LigandEnergy, positions: Floats, tether: Tether, *, steps: int = 40
) -> tuple[Floats, Floats]:
    """Follow the gradient over shift, turn and torsions, each pose with a step of its own.

    Parameters
    ----------
    energy
        Of the ligand.
    positions
        [s, a, 3] Å.
    tether
        Of the poses.
    steps
        Steps taken; a step that does not lower the energy is taken back and halved.

    Returns
    -------
    positions
        [s, a, 3] Å, with the bond lengths, angles and rings that they had.
    energies
        [s] kcal/mol, never above where they started.
    """
    angles = np.zeros((len(positions), len(energy.torsions)))
    size = np.full(len(positions), _FIRST_STEP)
    lowest, slope, twist = energy.gradients(positions, tether, angles)
    for _ in range(steps):
        move = _direction(energy.joints, positions, slope, twist)
        tried, turns = _moved(energy.joints, positions, move, size)
        value, new_slope, new_twist = energy.gradients(tried, tether, angles + turns)
        better = value < lowest
        positions = np.where(better[:, None, None], tried, positions)
        slope = np.where(better[:, None, None], new_slope, slope)
        angles = np.where(better[:, None], angles + turns, angles)
        twist = np.where(better[:, None], new_twist, twist)
        lowest = np.where(better, value, lowest)
        size = np.where(better, size * 1.4, size * 0.4)
    return positions, lowest


def _direction(
    bonds: Joints, positions: Floats, slope: Floats, twist: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return shift [s, 3], turn [s, 3] and torsions [s, t] down the slope, each by its inertia."""
    lever = positions - positions.mean(axis=1, keepdims=True)
    inertia = np.maximum((lever**2).sum(axis=(1, 2)) * 2.0 / 3.0, 1.0)
    moment = cross(lever, slope)
    shift = -slope.mean(axis=1)
    turn = -moment.sum(axis=1) / inertia[:, None]
    torque, resistance = bonds.torques(lever, slope, moment)
    bends = -(torque + twist) / np.maximum(resistance, 1.0)
    return shift, turn, bends


def _moved(
    bonds: Joints, positions: Floats, move: tuple[Floats, Floats, Floats], size: Floats
) -> tuple[Floats, Floats]:
    """Return the poses [s, a, 3] after a step and the angles [s, t] their bonds turned."""
    shift, turn, bends = (part * size[:, None] for part in move)
    shift, turn = _bounded(shift, _LARGEST[0]), _bounded(turn, _LARGEST[1])
    bends = np.clip(bends, -_LARGEST[2], _LARGEST[2])
    positions = bonds.bent(positions, bends)
    centre = positions.mean(axis=1, keepdims=True)
    lever = positions - centre
    angle = np.linalg.norm(turn, axis=1)[:, None, None]
    axis = turn[:, None] / np.maximum(angle, 1e-12)
    along = (lever * axis).sum(axis=2, keepdims=True) * axis
    lever = lever * np.cos(angle) + cross(axis, lever) * np.sin(angle)
    lever = lever + along * (1.0 - np.cos(angle))
    return lever + centre + shift[:, None], bends


def _bounded(steps: Floats, largest: float) -> Floats:
    length = np.linalg.norm(steps, axis=1, keepdims=True)
    bounded: Floats = steps * np.minimum(1.0, largest / np.maximum(length, 1e-12))
    return bounded


def _pair_distances(positions: Floats) -> Floats:
    """Return the distances within poses, [s, a, a] Å."""
    square = (positions**2).sum(axis=2)
    squared = square[:, :, None] + square[:, None] - 2.0 * positions @ positions.transpose(0, 2, 1)
    distances: Floats = np.sqrt(np.maximum(squared, 0.0))
    return distances
