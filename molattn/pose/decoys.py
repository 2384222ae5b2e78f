"""Wrong and nearly right poses of a ligand whose true pose is known, labelled without measuring.

Poses of many origins, so that no single trace of how they were made tells them from the truth:
moved a little or far, relaxed and found by a docking program, laid where another ligand binds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolAlign
from scipy.spatial import cKDTree

from molattn.errors import LigandUnreadable
from molattn.pose.perturb import (
    CLASH_DISTANCE,
    LARGE_MOVES,
    SMALL_MOVES,
    Move,
    Perturber,
    push_out,
    with_positions,
)
from molattn.pose.rmsd import symmetric_rmsd, symmetries
from molattn.pose.vina import VinaPose, VinaReceptor
from molattn.pose.vina_ligand import VinaLigand
from molattn.structure.records import Floats, Integers, Ligand, Pocket

_SPACING: Final = 0.7  # Å between grid points; what is found on it is relaxed among the atoms
_DIFFERENT: Final = 0.7  # Å RMSD below which two found poses are one
_NEAR_SPANS: Final = ((0.2, 1.0), (1.0, 2.0))  # Å RMSD, taken in turn
_FAR_SPANS: Final = ((4.0, 8.0), (2.0, 4.0))  # Å RMSD; what the first does not give is the other's
_ANY_NEAR: Final = (0.2, 2.0)
_ANY_FAR: Final = (2.0, 12.0)
_TRIES: Final = 3  # for each pose that is wanted
_EXTRA_TRIES: Final = 8
_TOP_UPS: Final = 2
_SENSIBLE: Final = 8.0  # kcal/mol
_NEIGHBOURHOOD: Final = 20.0  # Å


class DecoyKind(IntEnum):
    """How a pose came about."""

    NATIVE = 0  # the true pose, as given
    RELAXED = 1  # the true pose after Vina's local optimisation
    NEAR = 2  # shifted, turned and bent a little
    FAR = 3  # shifted, turned and bent a lot
    BORROWED = 4  # laid over another ligand of the same protein
    DOCKED = 5  # found by Vina's search


@dataclass(frozen=True, slots=True)
class DecoyConfig:
    """How many poses of each kind are tried; what fails is made up for by moved poses.

    Attributes
    ----------
    total
        Poses of a complex beside the native and the relaxed one.
    near, borrowed, docked
        Of them, at most so many of each kind; the rest are far.
    searches, evaluations
        Vina's independent searches and the length of each; many short ones give many minima.
    margin
        Å around the native pose in which Vina looks.
    most_atoms
        Heavy atoms above which Vina is not asked; its tables grow with their square.
    """

    total: int = 52
    near: int = 12
    borrowed: int = 4
    docked: int = 22
    searches: int = 30
    evaluations: int = 600
    margin: float = 5.0
    most_atoms: int = 50


@dataclass(frozen=True, slots=True, eq=False)
class DecoySet:
    """Poses of one complex, the native first.

    Attributes
    ----------
    kind
        [n] values of DecoyKind.
    positions
        [n, a, 3] Å.
    rmsd
        [n] symmetry-corrected heavy-atom RMSD from the native pose, Å.
    clashes
        [n] heavy-atom pairs of ligand and protein under 2.5 Å.
    nearest
        [n] Å, the shortest distance between ligand and protein.
    energy
        [n] Vina's energy, kcal/mol; NaN where Vina did not make the pose.
    """

    kind: Integers
    positions: Floats
    rmsd: Floats
    clashes: Integers
    nearest: Floats
    energy: Floats

    def __len__(self) -> int:
        return len(self.kind)


_Found = tuple[DecoyKind, Floats, float]


def make_decoys(
    ligand: Ligand,
    pocket: Pocket,
    *,
    others: Sequence[Ligand] = (),
    config: DecoyConfig | None = None,
    seed: int = 0,
) -> DecoySet:
    """Make the decoys of one complex.

    Parameters
    ----------
    ligand
        In its true pose.
    pocket
        Residues around it; 14 Å hold all that a decoy can meet.
    others
        Other ligands of the same protein, in the frame of this one.
    config
        How many of which; the defaults without it.
    seed
        Decides every random number.

    Raises
    ------
    MissingExtra
        Vina is asked for and not installed.
    """
    config = config or DecoyConfig()
    protein = pocket.atoms.position
    found: list[_Found] = [(DecoyKind.NATIVE, np.asarray(ligand.positions), np.nan)]
    found += _borrowed(ligand, protein, others[: config.borrowed])
    if ligand.mol.GetNumAtoms() <= config.most_atoms and config.docked:
        found += _by_vina(ligand, pocket, config, seed)
    found += _moved(ligand, protein, config, found, seed)
    return _described(ligand, protein, found)


def overlaid(ligand: Ligand, on: Ligand, *, seed: int) -> Floats:
    """Return the ligand laid over another by shape and atom kinds (Open3DAlign), [a, 3] Å.

    The conformation is kept; Tosco et al., J. Comput.-Aided Mol. Des. 2011, 25, 777.
    """
    generator = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    turned = with_positions(ligand, ligand.positions @ (turn * np.sign(np.linalg.det(turn))))
    probe = Chem.Mol(turned.mol)
    rdMolAlign.GetCrippenO3A(probe, on.mol).Align()
    positions: Floats = probe.GetConformer().GetPositions()
    return positions


def _borrowed(ligand: Ligand, protein: Floats, others: Sequence[Ligand]) -> list[_Found]:
    found: list[_Found] = []
    for number, other in enumerate(others):
        laid = overlaid(ligand, other, seed=number)
        near = protein[cKDTree(laid).query(protein)[0] < _NEIGHBOURHOOD]
        found.append((DecoyKind.BORROWED, push_out(laid[None], near)[0], np.nan))
    return found


def _by_vina(ligand: Ligand, pocket: Pocket, config: DecoyConfig, seed: int) -> list[_Found]:
    """Return the relaxed pose and docked poses; none for what Vina cannot model."""
    positions = np.asarray(ligand.positions)
    try:
        model = VinaLigand(ligand)
        receptor = VinaReceptor(
            pocket.atoms,
            pocket.residues,
            positions,
            margin=config.margin,
            spacing=_SPACING,
            seed=seed % 2**31,
        )
        relaxed = receptor.optimise(model, positions)
        docked = receptor.dock(
            model,
            positions,
            exhaustiveness=config.searches,
            poses=2 * config.docked,
            evaluations=config.evaluations,
        )
    except LigandUnreadable:
        return []
    # a pose far above the true one in energy would be told by its clashes alone
    sensible = max(relaxed.energy + _SENSIBLE, 0.0)
    chosen = _different(docked, symmetries(ligand.mol), config.docked, sensible)
    return [
        (DecoyKind.RELAXED, relaxed.positions, relaxed.energy),
        *((DecoyKind.DOCKED, pose.positions, pose.energy) for pose in chosen),
    ]


def _different(
    poses: Sequence[VinaPose], permutations: Integers, most: int, sensible: float
) -> list[VinaPose]:
    """Return the poses of lowest energy that differ from each other."""
    kept: list[VinaPose] = []
    for pose in sorted(poses, key=lambda one: one.energy):
        if len(kept) == most or pose.energy > sensible:
            break
        known = np.array([one.positions for one in kept]).reshape(-1, *pose.positions.shape)
        if not (symmetric_rmsd(known, pose.positions, permutations) < _DIFFERENT).any():
            kept.append(pose)
    return kept


def _moved(
    ligand: Ligand, protein: Floats, config: DecoyConfig, found: Sequence[_Found], seed: int
) -> list[_Found]:
    """Return moved poses that fill the set up to its size."""
    perturber = Perturber(ligand, protein, seed=seed)
    made = sum(kind not in (DecoyKind.NATIVE, DecoyKind.RELAXED) for kind, _, _ in found)
    missing = max(config.total - made, 0)
    moved: list[_Found] = []

    def add(kind: DecoyKind, moves: Sequence[Move], span: tuple[float, float], count: int) -> None:
        tries = _TRIES * count + _EXTRA_TRIES
        poses = perturber.many(moves, span, count=count, tries=tries) if count > 0 else []
        moved.extend((kind, pose.positions, np.nan) for pose in poses)

    near = min(config.near, missing)
    add(DecoyKind.NEAR, SMALL_MOVES, _NEAR_SPANS[0], near // 2)
    add(DecoyKind.NEAR, SMALL_MOVES, _NEAR_SPANS[1], near - near // 2)
    for place, span in enumerate(_FAR_SPANS):
        add(DecoyKind.FAR, LARGE_MOVES, span, (missing - len(moved)) // (len(_FAR_SPANS) - place))
    for _ in range(_TOP_UPS):
        add(DecoyKind.FAR, LARGE_MOVES, _ANY_FAR, missing - len(moved))
        add(DecoyKind.NEAR, SMALL_MOVES, _ANY_NEAR, missing - len(moved))
    return moved


def _described(ligand: Ligand, protein: Floats, found: Sequence[_Found]) -> DecoySet:
    positions = np.stack([pose for _, pose, _ in found])
    reference = np.asarray(ligand.positions)
    tree = cKDTree(protein)
    nearest = np.array([np.asarray(tree.query(pose)[0]).min() for pose in positions])
    clashes = [
        sum(len(met) for met in tree.query_ball_point(pose, CLASH_DISTANCE)) for pose in positions
    ]
    return DecoySet(
        kind=np.array([kind for kind, _, _ in found], dtype=np.int64),
        positions=positions,
        rmsd=symmetric_rmsd(positions, reference, symmetries(ligand.mol)),
        clashes=np.array(clashes, dtype=np.int64),
        nearest=nearest,
        energy=np.array([energy for _, _, energy in found]),
    )
