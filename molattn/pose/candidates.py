"""First poses of a ligand on a template: conformers laid on it, free bonds turned to fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem

from molattn.pose.common_parts import SMALLEST_PIECE, MolGraph
from molattn.pose.conformers import conformers, overlaid, stereoisomers
from molattn.pose.correspondence import Correspondence, correspondences
from molattn.pose.effort import PLANS, Plan
from molattn.pose.exchange import laid_over
from molattn.pose.pocket_field import PocketField
from molattn.pose.relax import LigandEnergy, Tether
from molattn.pose.torsions import Torsion, dihedral, torsion_tree, turned
from molattn.structure.records import Booleans, Floats, Integers, Ligand

_DROPPED: Final = 3.0  # of the rank, for a pair that a pose leaves
_ROUNDS: Final = 4  # fits of a conformer to the pairs that it meets
_CEILING: Final = 4.0  # kcal/mol an atom costs at most while bonds are turned
_LESSER_WEIGHT: Final = 0.3  # of pieces of the common substructure beside the largest


_Start = tuple[float, Floats, Correspondence | None]
"""What speaks against a pose, the pose, and what of it lies on the template."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What every attempt to place one ligand stands on.

    Attributes
    ----------
    mol
        The ligand, without hydrogens.
    template
        The posed ligand.
    shared
        Its correspondences with the template, the largest first.
    torsions
        Its rotatable bonds, from the root outward.
    energy
        Of its poses in the pocket.
    isomers
        The ligand with each choice of its undefined centres.
    plan
        How much is tried.
    """

    mol: Chem.Mol
    template: Ligand
    shared: list[Correspondence]
    torsions: list[Torsion]
    energy: LigandEnergy
    isomers: list[Chem.Mol]
    plan: Plan


def ground(
    mol: Chem.Mol,
    template: Ligand,
    field: PocketField,
    *,
    plan: Plan = PLANS["thorough"],
    graph: MolGraph | None = None,
) -> Ground:
    """Return what attempts to place a ligand have in common.

    Parameters
    ----------
    mol
        The ligand, without hydrogens.
    template
        The posed ligand.
    field
        Of the pocket.
    plan
        How much is tried.
    graph
        Of the template, where it is at hand.
    """
    shared = correspondences(
        mol, graph or template.mol, most=plan.cores, exact=plan.exact, fits=plan.fits
    )
    core = shared[0].ligand if shared else np.empty(0, dtype=np.int64)
    torsions = torsion_tree(mol, core)
    energy = LigandEnergy(mol, field, torsions)
    return Ground(mol, template, shared, torsions, energy, stereoisomers(mol, plan.isomers), plan)


def candidates(base: Ground, *, seed: int, thorough: bool = False) -> Candidates:
    """Return poses of a ligand on a template, with free bonds at likely angles.

    Parameters
    ----------
    base
        From :func:`ground`.
    seed
        Of the conformers.
    thorough
        Try more conformers that do not follow the template, and overlays sooner.
    """
    mol, plan, template = base.mol, base.plan, base.template
    core = len(base.shared[0]) if base.shared else 0
    turns = [_turns_of_core(one, base) for one in base.shared]
    small = core < (2.0 if thorough else 1.0) * plan.small_core * mol.GetNumAtoms()
    starts: list[_Start] = []
    free: list[_Start] = []
    for number, isomer in enumerate(base.isomers):
        shapes = _shapes(isomer, base, seed + 7919 * number, thorough)
        for one, known in zip(base.shared, turns, strict=True):
            for posed, away in _laid(shapes, one, known, template.positions):
                starts.append((away - 0.3 * one.rank, posed, one))
                if small and np.isfinite(plan.stray):
                    starts.append(_met(posed, one, template.positions, plan.stray))
        if small:
            free += [(0.0, posed, None) for posed in _overlays(isomer, base, shapes, seed)]
    starts = _chosen(starts, free, plan)
    if not starts:
        empty = np.empty((0, mol.GetNumAtoms(), 3))
        return Candidates(base.energy, empty, Tether(empty, empty[..., 0]), [])
    first = np.stack([posed for _, posed, _ in starts])
    cores = [one for _, _, one in starts]
    held = _tether(cores, template.positions, mol.GetNumAtoms())
    return _turned_to_fit(Candidates(base.energy, first, held, cores), base.torsions, plan.width)


def _chosen(held: list[_Start], free: list[_Start], plan: Plan) -> list[_Start]:
    """Return the starts that are followed up, the likeliest first."""
    if not plan.quick:
        return sorted(held + free, key=lambda start: start[0])[: plan.starts]
    free = free[: plan.starts // 3]
    return sorted(held, key=lambda start: start[0])[: plan.starts - len(free)] + free


def _met(posed: Floats, core: Correspondence, template: Floats, stray: float) -> _Start:
    """Return a start that lies on the pairs of the core which its conformer can meet."""
    met = np.ones(len(core), dtype=bool)
    targets = template[core.template]
    apart = np.linalg.norm(posed[core.ligand] - targets, axis=1)
    for _ in range(_ROUNDS):
        # the farthest ones first: without them, the rest may fit
        kept = apart <= max(stray, 0.7 * float(apart[met].max()))
        if kept.sum() < SMALLEST_PIECE:
            return 0.0, posed, None
        if (kept == met).all():
            break
        met = kept
        weights = np.where(core.pieces[met] == 0, 1.0, _LESSER_WEIGHT)
        posed = superposed(posed, posed[core.ligand[met]], targets[met], weights)
        apart = np.linalg.norm(posed[core.ligand] - targets, axis=1)
    rank = max(core.rank - _DROPPED * float((~met).sum()), 0.0)
    fitted = Correspondence(core.ligand[met], core.template[met], core.pieces[met], rank)
    return float(np.sqrt((apart[met] ** 2).mean())) - 0.3 * rank, posed, fitted


def _shapes(isomer: Chem.Mol, base: Ground, seed: int, thorough: bool) -> list[Floats]:
    """Return conformers: following the template where that succeeds, free ones otherwise."""
    plan, template = base.plan, base.template.positions
    if base.shared and plan.following and not thorough:
        whole = base.shared[0]
        piece = whole.pieces == 0
        largest = Correspondence(
            whole.ligand[piece], whole.template[piece], whole.pieces[piece], whole.rank
        )
        shapes = conformers(
            isomer, template, largest, count=plan.following, seed=seed, quick=plan.quick
        )
        if shapes:
            return shapes
    count = plan.again if thorough else plan.free
    return conformers(isomer, template, None, count=count, seed=seed, quick=plan.quick)


def _overlays(isomer: Chem.Mol, base: Ground, shapes: list[Floats], seed: int) -> list[Floats]:
    """Return poses laid over the template; without conformers to spare, of the same ones."""
    plan, place = base.plan, base.template.positions
    if not plan.quick or not shapes:
        shapes = conformers(isomer, place, None, count=plan.again, seed=seed, quick=plan.quick)
    laid = overlaid(isomer, shapes, base.template.mol)
    if plan.quick and shapes:
        laid = laid[:1] + list(laid_over(shapes[0], place)) + laid[1:]
    return laid[: plan.overlays]


def _turns_of_core(
    core: Correspondence, base: Ground
) -> list[tuple[Torsion, tuple[int, int, int, int], float]]:
    """Return the bonds that the core sets: four atoms that tell the angle, and the angle."""
    place = dict(zip(core.ligand.tolist(), core.template.tolist(), strict=True))
    known = []
    for torsion in base.torsions:
        ends = _dihedral_atoms(torsion, place, base.energy.bonded)
        if ends is not None:
            there = (place[ends[0]], place[ends[1]], place[ends[2]], place[ends[3]])
            known.append((torsion, ends, dihedral(base.template.positions, there)))
    return known


def _laid(
    shapes: list[Floats],
    core: Correspondence,
    known: list[tuple[Torsion, tuple[int, int, int, int], float]],
    template: Floats,
) -> list[tuple[Floats, float]]:
    """Turn the bonds of the core as in the template and superpose; return poses and RMSD in Å."""
    if not shapes:
        return []
    bent = np.stack(shapes)
    for torsion, ends, angle in known:
        bent = turned(bent, torsion, np.array([angle - dihedral(one, ends) for one in bent]))
    weights = np.where(core.pieces == 0, 1.0, _LESSER_WEIGHT)
    targets = template[core.template]
    laid = []
    for one in bent:
        posed = superposed(one, one[core.ligand], targets, weights)
        square = ((posed[core.ligand] - targets) ** 2).sum(axis=1)
        laid.append((posed, float(np.sqrt((weights * square).sum() / weights.sum()))))
    return laid


def _dihedral_atoms(
    torsion: Torsion, place: dict[int, int], bonded: Booleans
) -> tuple[int, int, int, int] | None:
    """Return four atoms of the core that define a torsion, or None if the core does not."""
    if torsion.first not in place or torsion.second not in place:
        return None
    sides = []
    for atom, other in ((torsion.first, torsion.second), (torsion.second, torsion.first)):
        near = np.flatnonzero(bonded[atom]).tolist()
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


def _turned_to_fit(poses: Candidates, torsions: list[Torsion], width: int) -> Candidates:
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
        kept = np.argsort(cost, kind="stable")[:width]
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
