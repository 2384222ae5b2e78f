"""A ligand in a site that was not made for it: laid over the ligand that binds there.

Centroid goes on centroid and principal axis on principal axis, the longest first; of the four ways
to do so without a reflection the one that meets the protein least is kept, pushed out of the
protein, and moved a little where it still clashes. A score that looks at the structure should tell
such a pose from the ligand in its own site; one that remembers ligands cannot.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from molattn.pose.perturb import CLASH_DISTANCE, MovedPose, Perturber, push_out, with_positions
from molattn.pose.rmsd import symmetric_rmsd
from molattn.structure.records import Floats, Ligand

FREEDOM: Final = 3.0
"""Å RMSD that a clashing pose may leave the place where it was laid."""

_FLIPS: Final = ((1.0, 1.0, 1.0), (1.0, -1.0, -1.0), (-1.0, 1.0, -1.0), (-1.0, -1.0, 1.0))
_NEIGHBOURHOOD: Final = 9.0  # Å around a pose, protein atoms that it can meet


def exchanged_pose(
    ligand: Ligand, place: Floats, protein: Floats, *, seed: int, tries: int = 16
) -> MovedPose:
    """Lay a ligand over the place of another one, with few clashes.

    Parameters
    ----------
    ligand
        What is laid, in any pose; its conformation stays unless it clashes.
    place
        [b, 3] Å, heavy atoms of the ligand whose site it is.
    protein
        [n, 3] Å, heavy atoms around that site.
    seed, tries
        Of the moves that are tried where the pose clashes; 0 tries none.

    Returns
    -------
    MovedPose
        Its ``rmsd`` is from the pose as it was laid, before pushes and moves.
    """
    laid = laid_over(np.asarray(ligand.positions, dtype=np.float64), place)
    centre = place.mean(axis=0)
    reach = np.linalg.norm(laid - centre, axis=2).max() + _NEIGHBOURHOOD
    near = protein[np.linalg.norm(protein - centre, axis=1) < reach]
    pushed = push_out(laid, near)
    chosen = int(np.argmin([_overlap(pose, near) for pose in pushed]))
    pose, clashes = pushed[chosen], _clashes(pushed[chosen], near)
    if clashes and tries:
        freed = Perturber(with_positions(ligand, pose), near, seed=seed).near(
            (0.0, FREEDOM), tries=tries
        )
        if freed is not None and freed.clashes < clashes:
            pose, clashes = freed.positions, freed.clashes
    identity = np.arange(len(pose))[None]
    away = float(symmetric_rmsd(pose[None], laid[chosen], identity)[0])
    return MovedPose(pose, away, clashes)


def laid_over(positions: Floats, place: Floats) -> Floats:
    """Return the four poses [4, a, 3] with the centroid and principal axes of ``place`` [b, 3].

    All are turns and shifts of ``positions`` [a, 3], never reflections.
    """
    own, other = principal_axes(positions), principal_axes(place)
    centred = (positions - positions.mean(axis=0)) @ own.T
    return np.stack([(centred * flip) @ other + place.mean(axis=0) for flip in _FLIPS])


def principal_axes(positions: Floats) -> Floats:
    """Return the principal axes of points [a, 3] as rows [3, 3], right-handed, longest first."""
    centred = positions - positions.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1].T[::-1].copy()
    axes[2] = np.cross(axes[0], axes[1])
    return axes


def _overlap(pose: Floats, protein: Floats) -> float:
    """Return how far atoms are nearer than 3 Å to the protein, in all, Å."""
    distance = np.linalg.norm(pose[:, None] - protein, axis=2)
    return float(np.clip(3.0 - distance, 0.0, None).sum())


def _clashes(pose: Floats, protein: Floats) -> int:
    distance = np.linalg.norm(pose[:, None] - protein, axis=2)
    return int((distance < CLASH_DISTANCE).sum())
