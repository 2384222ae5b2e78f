"""Moved poses of a ligand in its pocket: shifted, turned and bent at rotatable bonds.

Moved poses would be trivial to tell from the crystal pose if they clashed with the protein or left
the pocket. Several are therefore tried together, each is pushed out of the protein as a rigid body,
and of those in the wanted range of RMSD the least clashing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molattn.pose.rmsd import symmetric_rmsd, symmetries
from molattn.structure.records import Booleans, Floats, Integers, Ligand

CLASH_DISTANCE: Final = 2.5
"""Å. Heavy atoms of ligand and protein nearer than this clash."""
_COMFORT: Final = 3.3
"""Å. Heavy atoms nearer than this push each other apart."""
_REACH: Final = 4.0
"""Å. Every atom of a moved pose lies nearer than this to the place of some atom of the original, so
that a pocket cut around the original still holds all its contacts."""
_ROUNDS: Final = 3
_PUSHES: Final = 15
_LARGEST_SHIFT: Final = 0.3  # Å a push
_LARGEST_TURN: Final = 0.1  # radians a push
_NEIGHBOURHOOD: Final = 9.0  # Å around the original, protein atoms that can be met


@dataclass(frozen=True, slots=True)
class Move:
    """How far a try goes.

    Attributes
    ----------
    shift
        Standard deviation of the shift along each axis, Å.
    turn
        Largest turn, radians.
    bend
        Largest turn about a rotatable bond, radians.
    bends
        Share of the rotatable bonds that are turned.
    """

    shift: float
    turn: float
    bend: float
    bends: float


SMALL_MOVES: Final = (
    Move(0.3, 0.25, 0.2, 0.5),
    Move(0.5, 0.4, 0.3, 0.3),
    Move(0.2, 0.1, 0.6, 0.3),
)
LARGE_MOVES: Final = (
    Move(0.7, np.pi, 0.3, 0.3),
    Move(1.5, 1.0, 0.5, 0.3),
    Move(1.0, np.pi, np.pi, 0.3),
    Move(0.5, 0.5, np.pi, 0.5),
)


@dataclass(frozen=True, slots=True, eq=False)
class MovedPose:
    """A moved pose.

    Attributes
    ----------
    positions
        [a, 3] Å.
    rmsd
        Symmetry-corrected heavy-atom RMSD from the original, Å.
    clashes
        Heavy-atom pairs nearer than ``CLASH_DISTANCE`` to the protein.
    """

    positions: Floats
    rmsd: float
    clashes: int


class Perturber:
    """Makes moved poses of one ligand in one pocket.

    Parameters
    ----------
    ligand
        The ligand in its original pose.
    protein
        [n, 3] Å, heavy atoms of the protein.
    seed
        Decides every random number, together with the order of the calls.
    """

    def __init__(self, ligand: Ligand, protein: Floats, *, seed: int) -> None:
        self._original = np.asarray(ligand.positions, dtype=np.float64)
        self._permutations = symmetries(ligand.mol)
        self._torsions = rotatable_bonds(ligand.mol)
        self._apart = _far_in_graph(ligand.mol)
        distances = _distances(protein, self._original)
        self._protein = protein[distances.min(axis=1) < _NEIGHBOURHOOD]
        self._random = np.random.default_rng(seed)

    def near(self, span: tuple[float, float], *, tries: int) -> MovedPose | None:
        """Return a pose moved a little, its RMSD within ``span``, or None if no try gave one."""
        return self._best(SMALL_MOVES, span, tries)

    def far(self, span: tuple[float, float], *, tries: int) -> MovedPose | None:
        """Return a pose moved a lot, its RMSD within ``span``, or None if no try gave one."""
        return self._best(LARGE_MOVES, span, tries)

    def many(
        self, moves: Sequence[Move], span: tuple[float, float], *, count: int, tries: int
    ) -> list[MovedPose]:
        """Return the ``count`` poses that clash least among ``tries``, their RMSD within ``span``.

        Fewer come back where fewer are in the range. Quicker for many poses than :meth:`near` and
        :meth:`far`, which choose each among tries of its own.
        """
        poses, rmsd, cost = self._tried(moves, span, tries)
        allowed = np.flatnonzero(np.isfinite(cost))
        chosen = allowed[np.argsort(cost[allowed], kind="stable")][:count]
        return [self._described(poses[row], float(rmsd[row])) for row in chosen]

    def _best(
        self, moves: Sequence[Move], span: tuple[float, float], tries: int
    ) -> MovedPose | None:
        """Return the first pose without a clash among a few rounds of tries, or the best of all."""
        best: MovedPose | None = None
        for _ in range(_ROUNDS):
            pose = self._best_of_round(moves, span, tries)
            if pose is not None and (best is None or pose.clashes < best.clashes):
                best = pose
            if best is not None and best.clashes == 0:
                break
        return best

    def _best_of_round(
        self, moves: Sequence[Move], span: tuple[float, float], tries: int
    ) -> MovedPose | None:
        poses, rmsd, cost = self._tried(moves, span, tries)
        best = int(cost.argmin())
        if not np.isfinite(cost[best]):
            return None
        return self._described(poses[best], float(rmsd[best]))

    def _tried(
        self, moves: Sequence[Move], span: tuple[float, float], tries: int
    ) -> tuple[Floats, Floats, Floats]:
        """Return tried poses, their RMSD and their cost, infinite for those not allowed."""
        poses = np.stack([self._moved(moves[one % len(moves)]) for one in range(tries)])
        poses = push_out(poses, self._protein)
        rmsd = symmetric_rmsd(poses, self._original, self._permutations)
        allowed = (rmsd >= span[0]) & (rmsd < span[1]) & self._within_reach(poses)
        if not allowed.any():
            return poses, rmsd, np.full(tries, np.inf)
        return poses, rmsd, np.where(allowed, self._cost(poses), np.inf)

    def _described(self, pose: Floats, rmsd: float) -> MovedPose:
        clashes = int((_distances(pose, self._protein) < CLASH_DISTANCE).sum())
        return MovedPose(pose, rmsd, clashes)

    def _moved(self, move: Move) -> Floats:
        positions = self._original.copy()
        for first, second, moving in self._torsions:
            if self._random.random() < move.bends:
                angle = self._random.uniform(-move.bend, move.bend)
                axis = positions[second] - positions[first]
                turn = rotation(axis, angle)
                positions[moving] = (positions[moving] - positions[second]) @ turn.T
                positions[moving] += positions[second]
        positions += self._original.mean(axis=0) - positions.mean(axis=0)
        turn = rotation(self._random.normal(size=3), self._random.uniform(0.0, move.turn))
        centre = positions.mean(axis=0)
        shift = self._random.normal(scale=move.shift, size=3)
        moved: Floats = (positions - centre) @ turn.T + centre + shift
        return moved

    def _within_reach(self, poses: Floats) -> Booleans:
        reach = np.array([_distances(pose, self._original).min(axis=1).max() for pose in poses])
        within: Booleans = reach < _REACH
        return within

    def _cost(self, poses: Floats) -> Floats:
        """Return clashes with the protein and within the ligand, contacts counting for a pose."""
        cost = np.zeros(len(poses))
        for index, pose in enumerate(poses):
            outer = _distances(pose, self._protein)
            inner = _distances(pose, pose)[self._apart]
            cost[index] = np.clip(3.0 - outer, 0.0, None).sum() * 4.0
            cost[index] += np.clip(3.0 - inner, 0.0, None).sum() * 4.0
            cost[index] -= 0.1 * (outer.min(axis=1, initial=9.0) < 4.5).mean()
        return cost


def with_positions(ligand: Ligand, positions: Floats) -> Ligand:
    """Return the ligand in another pose, [a, 3] Å; its molecule's conformer moves along."""
    mol = Chem.Mol(ligand.mol)
    mol.RemoveAllConformers()
    conformer = Chem.Conformer(mol.GetNumAtoms())
    conformer.SetPositions(np.ascontiguousarray(positions, dtype=np.float64))
    mol.AddConformer(conformer)
    return replace(ligand, mol=mol, positions=positions)


def rotation(axis: Floats, angle: float) -> Floats:
    """Return the matrix [3, 3] of a turn by ``angle`` radians (Rodrigues' formula)."""
    x, y, z = axis / max(float(np.linalg.norm(axis)), 1e-12)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn: Floats = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return turn


def rotatable_bonds(mol: Chem.Mol) -> list[tuple[int, int, Integers]]:
    """Return single bonds outside rings between branching atoms, with the smaller side.

    Returns
    -------
    list of (first, second, moving)
        ``moving`` holds the atoms beyond ``second``, which turn about the bond.
    """
    found = []
    ranks = mol.GetRingInfo()
    for bond in mol.GetBonds():
        first, second = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        ends = (bond.GetBeginAtom().GetDegree(), bond.GetEndAtom().GetDegree())
        if ranks.NumBondRings(bond.GetIdx()) or min(ends) < 2:
            continue
        if bond.GetBondType() != Chem.BondType.SINGLE or _is_amide(bond):
            continue
        beyond = _beyond(mol, first, second)
        if 2 * len(beyond) > mol.GetNumAtoms():
            first, second = second, first
            beyond = _beyond(mol, first, second)
        found.append((first, second, np.array(sorted(beyond), dtype=np.int64)))
    return found


def push_out(poses: Floats, protein: Floats) -> Floats:
    """Move poses as rigid bodies away from protein atoms that are too near.

    Each push follows the gradient of ``Σ (3.3 Å - d)²`` over near pairs with respect to shift and
    turn about the centroid, with bounded steps.

    Parameters
    ----------
    poses
        [poses, a, 3] Å.
    protein
        [n, 3] Å.
    """
    if not len(protein):
        return poses.copy()
    for _ in range(_PUSHES):
        centre = poses.mean(axis=1, keepdims=True)
        lever = poses - centre
        force = _repulsion(poses, protein)
        torque = np.cross(lever, force).sum(axis=1)
        inertia = np.maximum((lever**2).sum(axis=(1, 2)), 1.0)
        step = _bounded(force.sum(axis=1) / 4.0, _LARGEST_SHIFT)
        turn = _bounded(torque / inertia[:, None], _LARGEST_TURN)
        poses = _turned(lever, turn) + centre + step[:, None]
    return poses


def _turned(levers: Floats, turns: Floats) -> Floats:
    """Turn points [poses, a, 3] about the origin by rotation vectors [poses, 3] (Rodrigues)."""
    angle = np.linalg.norm(turns, axis=1)[:, None, None]
    axis = turns[:, None] / np.maximum(angle, 1e-12)
    along = (levers * axis).sum(axis=2, keepdims=True) * axis
    turned: Floats = (
        levers * np.cos(angle)
        + np.cross(axis, levers) * np.sin(angle)
        + along * (1.0 - np.cos(angle))
    )
    return turned


def _repulsion(poses: Floats, protein: Floats) -> Floats:
    """Return the force on every atom, [poses, a, 3], from near protein atoms only."""
    flat = poses.reshape(-1, 3)
    distance = np.maximum(_distances(flat, protein), 1e-3)
    push = np.maximum(_COMFORT / distance - 1.0, 0.0)
    force: Floats = flat * push.sum(axis=1, keepdims=True) - push @ protein
    return force.reshape(poses.shape)


def _bounded(steps: Floats, largest: float) -> Floats:
    length = np.linalg.norm(steps, axis=1, keepdims=True)
    bounded: Floats = steps * np.minimum(1.0, largest / np.maximum(length, 1e-12))
    return bounded


def _distances(first: Floats, second: Floats) -> Floats:
    """Return all distances [n, m] in Å."""
    squared = (first**2).sum(1)[:, None] + (second**2).sum(1) - 2.0 * first @ second.T
    distances: Floats = np.sqrt(np.maximum(squared, 0.0))
    return distances


def _far_in_graph(mol: Chem.Mol) -> NDArray[np.bool_]:
    """Return which atom pairs are four bonds or more apart, each pair once."""
    steps = Chem.GetDistanceMatrix(mol)
    far: NDArray[np.bool_] = np.triu(steps > 3, k=1)
    return far


def _beyond(mol: Chem.Mol, first: int, second: int) -> set[int]:
    """Return the atoms reached from ``second`` without passing ``first``."""
    seen, stack = {first, second}, [second]
    while stack:
        for neighbour in mol.GetAtomWithIdx(stack.pop()).GetNeighbors():
            if neighbour.GetIdx() not in seen:
                seen.add(neighbour.GetIdx())
                stack.append(neighbour.GetIdx())
    return seen - {first, second}


def _is_amide(bond: Chem.Bond) -> bool:
    """Return whether a bond joins an N to a carbon with a double bond to O, N or S."""
    for carbon, nitrogen in (
        (bond.GetBeginAtom(), bond.GetEndAtom()),
        (bond.GetEndAtom(), bond.GetBeginAtom()),
    ):
        if carbon.GetAtomicNum() == 6 and nitrogen.GetAtomicNum() == 7:
            for other in carbon.GetBonds():
                double = other.GetBondType() == Chem.BondType.DOUBLE
                if double and other.GetOtherAtom(carbon).GetAtomicNum() in (7, 8, 16):
                    return True
    return False
