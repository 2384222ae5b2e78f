"""A rigid pocket as fields on a grid: what an atom of each kind costs at each place.

The terms and weights are those of AutoDock Vina (Trott & Olson, J. Comput. Chem. 2010, 31, 455):
two Gaussians, repulsion, hydrophobic contact, hydrogen bond. A wall is added where heavy atoms come
nearer than they do in crystals. Many poses are looked up at once, with their gradients.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from rdkit import Chem
from scipy.spatial import cKDTree

from molattn.structure.records import (
    AtomTable,
    Booleans,
    Floats,
    Integers,
    ResidueKind,
    ResidueTable,
)

SPACING: Final = 0.5  # Å
MARGIN: Final = 8.0  # Å beyond the points that the field is put around
_REACH: Final = 6.0  # Å, longest distance of an interaction
_WALL: Final = 2.75  # Å, where the wall begins
_METAL_WALL: Final = 2.1  # Å, the same for a metal
_WALL_STIFFNESS: Final = 12.0  # kcal/mol/Å²
_BINS: Final = 40  # of r² in a table, per Å²
_RADII: Final = {
    6: 1.9, 7: 1.8, 8: 1.7, 9: 1.5, 15: 2.1, 16: 2.0, 17: 1.8, 35: 2.0, 53: 2.2, 5: 1.9, 14: 2.2,
    34: 2.0,
}  # fmt: skip
_METAL_RADIUS: Final = 1.2
_SIDE_CHAIN_ACCEPTORS: Final = frozenset({"OD1", "OD2", "OE1", "OE2"})
_BONDED: Final = 1.9  # Å, longest bond of a carbon to a heteroatom

Kind = tuple[float, bool, bool, bool, bool]
"""Radius in Å; whether hydrophobic, donor, acceptor, metal."""


class PocketField:
    """Fields of one pocket.

    Parameters
    ----------
    atoms, residues
        Heavy atoms; waters are left out.
    around
        [n, 3] Å, points that the grid holds with a margin.
    """

    def __init__(self, atoms: AtomTable, residues: ResidueTable, around: Floats) -> None:
        self.low = around.min(axis=0) - MARGIN
        high = around.max(axis=0) + MARGIN
        solid = residues.kind[atoms.residue] != ResidueKind.WATER
        inside = (atoms.position > self.low - _REACH) & (atoms.position < high + _REACH)
        rows = np.flatnonzero(solid & inside.all(axis=1))
        self.positions: Floats = atoms.position[rows]
        self.metal: Booleans = residues.kind[atoms.residue[rows]] == ResidueKind.METAL
        self._kinds = _protein_kinds(atoms, residues, rows)
        self._shape = np.ceil((high - self.low) / SPACING).astype(np.int64) + 1
        self._numbers: dict[Kind, int] = {}
        self._fields = np.zeros((0, int(self._shape.prod())), dtype=np.float32)
        y, z = int(self._shape[1]), int(self._shape[2])
        self._stride = np.array([y * z, z, 1], dtype=np.int64)
        self._steps = np.array(list(np.ndindex(2, 2, 2))) @ self._stride
        self._steps = self._steps.reshape(2, 2, 2)

    def numbers(self, kinds: list[Kind]) -> Integers:
        """Return the field of each atom kind, [a]; new ones are computed once."""
        new = sorted(set(kinds) - set(self._numbers))
        if new:
            self._fields = np.concatenate([self._fields, self._computed(new)])
            for kind in new:
                self._numbers[kind] = len(self._numbers)
        return np.array([self._numbers[kind] for kind in kinds], dtype=np.int64)

    def energies(self, positions: Floats, numbers: Integers) -> Floats:
        """Return the energy of every atom, [s, a] kcal/mol; positions [s, a, 3] Å."""
        corners, part = self._corners(positions, numbers)
        for axis in range(3):
            corners = _between(corners, part[..., axis])
        return corners

    def gradients(self, positions: Floats, numbers: Integers) -> tuple[Floats, Floats]:
        """Return the energies [s, a] kcal/mol and their gradients [s, a, 3] kcal/mol/Å."""
        corners, part = self._corners(positions, numbers)
        x, y, z = part[..., 0], part[..., 1], part[..., 2]
        face = _between(corners, x)
        edge = _between(face, y)
        slope = np.empty(positions.shape)
        slope[..., 0] = _between(_between(corners[1] - corners[0], y), z)
        slope[..., 1] = _between(face[1] - face[0], z)
        slope[..., 2] = edge[1] - edge[0]
        return _between(edge, z), slope / SPACING

    def _corners(self, positions: Floats, numbers: Integers) -> tuple[Floats, Floats]:
        """Return the corners of the cells, [2, 2, 2, s, a], and the places within [s, a, 3]."""
        cell, part = self._cells(positions)
        base = cell @ self._stride + numbers * self._fields.shape[1]
        flat = self._fields.ravel()
        return flat[base + self._steps[..., None, None]].astype(np.float64), part

    def _cells(self, positions: Floats) -> tuple[Integers, Floats]:
        place = (positions - self.low) / SPACING
        place = np.clip(place, 0.0, self._shape - 1.001)
        cell = place.astype(np.int64)
        return cell, place - cell

    def _computed(self, kinds: list[Kind]) -> Floats:
        """Add up the tables of every pair of kinds over the grid, one protein atom at a time."""
        own = sorted(set(self._kinds))
        tables = {kind: np.stack([_table(kind, other) for other in kinds]) for kind in own}
        fields = np.zeros((len(kinds), *self._shape), dtype=np.float32)
        reach = int(np.ceil(_REACH / SPACING))
        axes = [np.arange(size) * SPACING for size in self._shape]
        for position, kind in zip(self.positions - self.low, self._kinds, strict=True):
            middle = np.round(position / SPACING).astype(int)
            start = np.maximum(middle - reach, 0)
            stop = np.minimum(middle + reach + 1, self._shape)
            if (stop <= start).any():
                continue
            x, y, z = (
                (axes[axis][start[axis] : stop[axis]] - position[axis]) ** 2 for axis in range(3)
            )
            square = x[:, None, None] + y[None, :, None] + z[None, None, :]
            rows = np.minimum(square * _BINS, _REACH**2 * _BINS).astype(np.int32)
            window = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
            fields[(slice(None), *window)] += tables[kind][:, rows]
        return fields.reshape(len(kinds), -1)


def ligand_kinds(mol: Chem.Mol) -> list[Kind]:
    """Return the kind of every heavy atom of a ligand, as Vina sees it."""
    return [_ligand_kind(atom) for atom in mol.GetAtoms()]


def _ligand_kind(atom: Chem.Atom) -> Kind:
    number = atom.GetAtomicNum()
    radius = _RADII.get(number, 1.9)
    if number in (9, 17, 35, 53):
        return radius, True, False, False, False
    if number == 6:
        polar = any(near.GetAtomicNum() not in (1, 6) for near in atom.GetNeighbors())
        return radius, not polar, False, False, False
    if number == 7:
        donor = atom.GetTotalNumHs() > 0
        bonds = atom.GetDegree() + atom.GetTotalNumHs()
        flat = atom.GetHybridization() == Chem.HybridizationType.SP2
        acceptor = bonds <= 2 or (bonds == 3 and not flat and not donor)
        return radius, False, donor, acceptor and atom.GetFormalCharge() <= 0, False
    if number == 8:
        return radius, False, atom.GetTotalNumHs() > 0, True, False
    return radius, False, False, False, False


def _protein_kinds(atoms: AtomTable, residues: ResidueTable, rows: Integers) -> list[Kind]:
    elements, names = atoms.element[rows], atoms.name[rows]
    metal = residues.kind[atoms.residue[rows]] == ResidueKind.METAL
    positions = atoms.position[rows]
    polar = np.isin(elements, ["N", "O", "S", "P"])
    reach = np.asarray(cKDTree(positions[polar]).query(positions)[0])  # inf where there is none
    bonded = reach < _BONDED
    symbols = Chem.GetPeriodicTable()
    kinds: list[Kind] = []
    for row, element in enumerate(elements.tolist()):
        name = str(names[row])
        if metal[row]:
            kinds.append((_METAL_RADIUS, False, True, False, True))
            continue
        try:
            radius = _RADII.get(symbols.GetAtomicNumber(element), 1.9)
        except RuntimeError:
            radius = 1.9
        halogen = element in ("F", "Cl", "Br", "I")
        nitrogen, oxygen = element == "N", element == "O"
        hydroxyl = name in ("OG", "OG1", "OH")
        ring = name in ("ND1", "NE2")
        amino = residues.kind[atoms.residue[rows[row]]] <= ResidueKind.MODIFIED
        donor = (nitrogen) or (oxygen and (hydroxyl or (not amino)))
        acceptor = oxygen or (nitrogen and (ring or not amino))
        kinds.append(
            (radius, halogen or (element == "C" and not bonded[row]), donor, acceptor, False)
        )
    return kinds


def _table(protein: Kind, ligand: Kind) -> Floats:
    """Return the energy of a pair by r², float32."""
    distance = np.sqrt(np.arange(int(_REACH**2 * _BINS) + 1) / _BINS)
    surface = distance - protein[0] - ligand[0]
    energy = -0.035579 * np.exp(-((surface / 0.5) ** 2))
    energy -= 0.005156 * np.exp(-(((surface - 3.0) / 2.0) ** 2))
    energy += 0.840245 * np.minimum(surface, 0.0) ** 2
    if protein[1] and ligand[1]:
        energy -= 0.035069 * np.clip((1.5 - surface), 0.0, 1.0)
    if (protein[2] and ligand[3]) or (protein[3] and ligand[2]):
        energy -= 0.587439 * np.clip(-surface / 0.7, 0.0, 1.0)
    wall = _METAL_WALL if protein[4] else _WALL
    energy += _WALL_STIFFNESS * np.maximum(wall - distance, 0.0) ** 2
    energy[-1] = 0.0
    return energy.astype(np.float32)


def _between(corners: Floats, part: Floats) -> Floats:
    """Return values between the two of the first axis, ``part`` [s, a] of the way."""
    return corners[0] + part * (corners[1] - corners[0])  # type: ignore[no-any-return]
