"""First poses of a ligand on a template: conformers laid on it, free bonds turned to fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem

from molattn.pose.conformers import conformers, overlaid, stereoisomers
from molattn.pose.correspondence import Correspondence, correspondences
from molattn.pose.pocket_field import PocketField
from molattn.pose.relax import LigandEnergy, Tether
from molattn.pose.torsions import Torsion, dihedral, torsion_tree, turned
from molattn.structure.records import Booleans, Floats, Integers, Ligand

_FOLLOWING: Final = 2  # conformers that take the template's distances
_FREE: Final = 3  # conformers that do not, where the others fail
_FREE_THOROUGH: Final = 4
_STARTS: Final = 24  # poses from which bonds are turned
_WIDTH: Final = 64  # poses kept after each bond
_CEILING: Final = 4.0  # kcal/mol an atom costs at most while bonds are turned
_LESSER_WEIGHT: Final = 0.3  # of pieces of the common substructure beside the largest
_SMALL_CORE: Final = 0.3  # share of the ligand below which overlays are tried as well


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Poses of one ligand that compete.

    Attributes
    ----------
    energy
        Of the ligand in its pocket.
    positions
        [s, a, 3] Å.
    tether
        What holds them to the template.
    cores
        The correspondence of each pose, None for an overlay.
    """

    energy: LigandEnergy
    positions: Floats
    tether: Tether
    cores: list[Correspondence | None]

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: Integers) -> Candidates:
        """Return some of the poses."""
        return Candidates(
            self.energy,
            self.positions[rows],
            self.tether.take(rows),
            [self.cores[row] for row in rows.tolist()],
        )


def candidates(
    mol: Chem.Mol, template: Ligand, field: PocketField, *, seed: int, thorough: bool = False
) -> Candidates:
    """Return poses of a ligand on a template, with free bonds at likely angles.

    Parameters
    ----------
    mol
        The ligand, without hydrogens.
    template
        The posed ligand.
    field
        Of the pocket.
    seed
        Of the conformers.
    thorough
        Try more conformers that do not follow the template, and overlays sooner.
    """
    shared = correspondences(mol, template.mol)
    core = shared[0].ligand if shared else np.empty(0, dtype=np.int64)
    torsions = torsion_tree(mol, core)
    energy = LigandEnergy(mol, field, torsions)
    starts: list[tuple[float, Floats, Correspondence | None]] = []
    for number, isomer in enumerate(stereoisomers(mol)):
        shapes = _shapes(isomer, template, shared, seed + 7919 * number, thorough)
        for one in shared:
            for shape in shapes:
                posed, away = _laid(shape, one, torsions, mol, template.positions)
                starts.append((away - 0.3 * one.rank, posed, one))
        if len(core) < (2.0 if thorough else 1.0) * _SMALL_CORE * mol.GetNumAtoms():
            free = conformers(isomer, template.positions, None, count=_FREE_THOROUGH, seed=seed)
            starts += [(0.0, posed, None) for posed in overlaid(isomer, free, template.mol)[:3]]
    starts = sorted(starts, key=lambda start: start[0])[:_STARTS]
    if not starts:
        empty = np.empty((0, mol.GetNumAtoms(), 3))
        return Candidates(energy, empty, Tether(empty, empty[..., 0]), [])
    first = np.stack([posed for _, posed, _ in starts])
    cores = [one for _, _, one in starts]
    held = _tether(cores, template.positions, mol.GetNumAtoms())
    return _turned_to_fit(Candidates(energy, first, held, cores), torsions)


def _shapes(
    isomer: Chem.Mol,
    template: Ligand,
    shared: list[Correspondence],
    seed: int,
    thorough: bool,
) -> list[Floats]:
    """Return conformers: following the template where that succeeds, free ones otherwise."""
    if shared and not thorough:
        piece = shared[0].pieces == 0
        largest = Correspondence(
            shared[0].ligand[piece],
            shared[0].template[piece],
            shared[0].pieces[piece],
            shared[0].rank,
        )
        shapes = conformers(isomer, template.positions, largest, count=_FOLLOWING, seed=seed)
        if shapes:
            return shapes
    count = _FREE_THOROUGH if thorough else _FREE
    return conformers(isomer, template.positions, None, count=count, seed=seed)


def _laid(
    shape: Floats,
    core: Correspondence,
    torsions: list[Torsion],
    mol: Chem.Mol,
    template: Floats,
) -> tuple[Floats, float]:
    """Turn the bonds of the core as in the template and superpose; return pose and RMSD in Å."""
    place = dict(zip(core.ligand.tolist(), core.template.tolist(), strict=True))
    posed = shape
    for torsion in torsions:
        ends = _dihedral_atoms(torsion, place, mol)
        if ends is None:
            continue
        there = (place[ends[0]], place[ends[1]], place[ends[2]], place[ends[3]])
        angle = dihedral(template, there) - dihedral(posed, ends)
        posed = turned(posed[None], torsion, np.array([angle]))[0]
    weights = np.where(core.pieces == 0, 1.0, _LESSER_WEIGHT)
    targets = template[core.template]
    posed = superposed(posed, posed[core.ligand], targets, weights)
    square = ((posed[core.ligand] - targets) ** 2).sum(axis=1)
    return posed, float(np.sqrt((weights * square).sum() / weights.sum()))


def _dihedral_atoms(
    torsion: Torsion, place: dict[int, int], mol: Chem.Mol
) -> tuple[int, int, int, int] | None:
    """Return four atoms of the core that define a torsion, or None if the core does not."""
    if torsion.first not in place or torsion.second not in place:
        return None
    sides = []
    for atom, other in ((torsion.first, torsion.second), (torsion.second, torsion.first)):
        near = [one.GetIdx() for one in mol.GetAtomWithIdx(atom).GetNeighbors()]
        sides.append([index for index in near if index != other and index in place])
    if not sides[0] or not sides[1]:
        return None
    return sides[0][0], torsion.first, torsion.second, sides[1][0]


def superposed(moved: Floats, points: Floats, targets: Floats, weights: Floats) -> Floats:
    """Move a pose as the weighted least-squares fit of points to targets does (Kabsch).

    Parameters
    ----------
    moved
        [a, 3] Å, what is moved.
    points, targets
        [c, 3] Å.
    weights
        [c].
    """
    share = (weights / weights.sum())[:, None]
    centre, goal = (share * points).sum(axis=0), (share * targets).sum(axis=0)
    left, _, right = np.linalg.svd((share * (points - centre)).T @ (targets - goal))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    result: Floats = (moved - centre) @ (left @ flip @ right) + goal
    return result


def _tether(cores: list[Correspondence | None], template: Floats, atoms: int) -> Tether:
    targets, weights = np.zeros((len(cores), atoms, 3)), np.zeros((len(cores), atoms))
    for row, core in enumerate(cores):
        if core is not None:
            targets[row, core.ligand] = template[core.template]
            weights[row, core.ligand] = np.where(core.pieces == 0, 1.0, _LESSER_WEIGHT)
    return Tether(targets, weights)


def _turned_to_fit(poses: Candidates, torsions: list[Torsion]) -> Candidates:
    """Turn the free bonds one after the other, outward; keep the best poses after each."""
    weights = poses.tether.weights > 0
    later = [one.moving for one in torsions]
    for row, torsion in enumerate(torsions):
        free = _free(torsion, weights, poses.energy)
        if not free.any():
            continue
        parts, origin = [poses.positions], [np.arange(len(poses))]
        rows = np.flatnonzero(free)
        for step in torsion.steps[1:]:
            parts.append(turned(poses.positions[rows], torsion, np.full(len(rows), step)))
            origin.append(rows)
        source = np.concatenate(origin)
        grown = Candidates(
            poses.energy,
            np.concatenate(parts),
            poses.tether.take(source),
            [poses.cores[one] for one in source.tolist()],
        )
        settled = np.ones(grown.positions.shape[1], dtype=bool)
        for moving in later[row + 1 :]:
            settled[moving] = False
        cost = _rough_cost(grown, settled)
        kept = np.argsort(cost, kind="stable")[:_WIDTH]
        poses, weights = grown.take(kept), weights[source[kept]]
    return poses


def _free(torsion: Torsion, weights: Booleans, energy: LigandEnergy) -> Booleans:
    """Return for which poses the core leaves a torsion open, [s]."""
    near = energy.bonded
    beyond = np.zeros(weights.shape[1], dtype=bool)
    beyond[torsion.moving] = True
    outer = near[torsion.second] & beyond
    inner = near[torsion.first] & ~beyond
    inner[torsion.second] = False
    held = weights[:, torsion.first] & weights[:, torsion.second]
    held &= weights[:, outer].any(axis=1) & weights[:, inner].any(axis=1)
    return ~held


def _rough_cost(poses: Candidates, settled: Booleans) -> Floats:
    """Return the cost of the settled atoms, [s] kcal/mol, clashes counted softly."""
    energy = poses.energy
    atoms = energy.field.energies(poses.positions, energy.numbers)[:, settled]
    cost = np.minimum(atoms, _CEILING).sum(axis=1)
    tether = Tether(poses.tether.targets, poses.tether.weights * settled)
    cost += np.minimum(energy.held(poses.positions, tether), 10.0)
    cost += np.minimum(energy.inner(poses.positions[:, settled], settled), 20.0)
    rank = np.array([0.0 if core is None else core.rank for core in poses.cores])
    return cost - 0.3 * rank  # type: ignore[no-any-return]
