"""From where to look at a ligand first: flat on, with little of the pocket in front of it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_SIDES: Final = 150
"""Directions that are tried, spread evenly over a sphere."""
_BESIDE: Final = 1.8
"""Å; an atom in front of a ligand atom that is nearer than this on the screen hides it."""


def start_turn(
    ligand: Points, pocket: Points, weights: NDArray[np.float64]
) -> tuple[float, float, float, float] | None:
    """Return the turn after which the viewer shows the ligand best, its long side across.

    Parameters
    ----------
    ligand, pocket
        [a, 3] and [n, 3] Å.
    weights
        [n] how much each atom of the pocket is in the way.

    Returns
    -------
    tuple or None
        Quaternion (x, y, z, w); None for a ligand of fewer than three atoms.
    """
    from scipy.spatial.transform import Rotation

    if len(ligand) < 3:
        return None
    middle = ligand.mean(axis=0)
    ligand, pocket = ligand - middle, pocket - middle
    sides = _directions()
    costs = [_cost(ligand, pocket, weights, side) for side in sides]
    towards = sides[int(np.argmin(costs))]
    flat = ligand - np.outer(ligand @ towards, towards)
    across = np.linalg.svd(flat)[2][0]
    across -= (across @ towards) * towards
    across /= np.linalg.norm(across)
    axes = np.stack([across, np.cross(towards, across), towards])
    x, y, z, w = Rotation.from_matrix(axes).as_quat().tolist()
    return (round(x, 5), round(y, 5), round(z, 5), round(w, 5))


def _directions() -> Points:
    """Return the directions of a spiral over the sphere, [k, 3] of length 1."""
    place = np.arange(_SIDES) + 0.5
    height = 1.0 - 2.0 * place / _SIDES
    angle = np.pi * (1.0 + 5.0**0.5) * place
    flat = np.sqrt(1.0 - height**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)


def _cost(ligand: Points, pocket: Points, weights: NDArray[np.float64], side: Points) -> float:
    """Return what hides the ligand from one side, and how far it is seen edge on."""
    from scipy.spatial.distance import cdist

    depth_ligand, depth_pocket = ligand @ side, pocket @ side
    flat_ligand = ligand - np.outer(depth_ligand, side)
    flat_pocket = pocket - np.outer(depth_pocket, side)
    hides = cdist(flat_ligand, flat_pocket) < _BESIDE
    hides &= depth_pocket[None, :] > depth_ligand[:, None]
    hidden = float((hides * weights).sum()) / len(ligand)
    edge_on = float(depth_ligand.var() / max(ligand.var(axis=0).sum(), 1e-12))
    return hidden + 3.0 * edge_on
