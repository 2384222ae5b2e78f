"""How good a placed pose is: contacts, share of the template it follows, strain, confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem
from scipy.spatial import cKDTree

from molattn.structure.records import Floats

HARD_CLASH: Final = 2.0
"""Å. Heavy atoms nearer than this overlap."""
CLASH: Final = 2.5
"""Å. Heavy atoms of ligand and protein nearer than this clash."""
INNER_CLASH: Final = 2.4
"""Å. Atoms of the ligand four bonds or more apart and nearer than this clash."""


@dataclass(frozen=True, slots=True)
class PoseQuality:
    """Figures of one placed pose.

    Attributes
    ----------
    nearest_contact
        Å between heavy atoms of ligand and protein; metals, which bind at about 2 Å, left out.
    hard_clashes, clashes
        Pairs of them nearer than 2.0 Å and 2.5 Å.
    core_atoms
        Atoms that a template atom corresponds to.
    core_fraction
        Their share of the ligand's heavy atoms.
    core_rmsd
        Å between these atoms and the template's; ``nan`` without a core.
    inner_clashes
        Pairs within the ligand, four bonds or more apart, nearer than 2.4 Å.
    soft_energy
        kcal/mol in the fields of the pocket, with contacts within the ligand.
    energy
        Vina's energy, kcal/mol; ``nan`` where Vina was not used.
    method
        What made the pose: ``template``, ``core`` or ``overlay``, then the relaxation.
    confidence
        0–1, see :func:`confidence`.
    """

    nearest_contact: float
    hard_clashes: int
    clashes: int
    core_atoms: int
    core_fraction: float
    core_rmsd: float
    inner_clashes: int
    soft_energy: float
    energy: float
    method: str
    confidence: float


def contacts(positions: Floats, protein: cKDTree) -> tuple[float, int, int]:
    """Return the nearest contact in Å and the pairs under 2.0 and under 2.5 Å.

    Parameters
    ----------
    positions
        [a, 3] Å.
    protein
        Heavy atoms of the protein, metals left out.
    """
    if not protein.n:
        return float("inf"), 0, 0
    nearest = float(np.min(protein.query(positions)[0]))
    if nearest >= CLASH:
        return nearest, 0, 0
    hard, clashes = (
        int(protein.query_ball_point(positions, reach, return_length=True).sum())
        for reach in (HARD_CLASH, CLASH)
    )
    return nearest, hard, clashes


def inner_clashes(mol: Chem.Mol, positions: Floats) -> int:
    """Return the pairs of ligand atoms, four bonds or more apart, nearer than 2.4 Å."""
    distance = np.linalg.norm(positions[:, None] - positions, axis=2)
    far = np.triu(Chem.GetDistanceMatrix(mol) > 3, k=1)
    return int((far & (distance < INNER_CLASH)).sum())


def confidence(core_fraction: float, core_rmsd: float, clashes: int, inner: int) -> float:
    """Return a figure from 0 to 1 that falls with everything that makes a placed pose doubtful.

    The share of the ligand that follows the template, halved for each Å that it had to leave the
    template (the first 0.5 Å is free), and a fifth less for each clash.
    """
    away = max(0.0, core_rmsd - 0.5) if np.isfinite(core_rmsd) else 1.0
    return float(core_fraction * 0.5**away * 0.8 ** (clashes + inner))
