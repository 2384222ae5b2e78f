"""One structure of a protein laid onto another, by the CA atoms around the binding site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from Bio.Align import PairwiseAligner
from Bio.SeqUtils import seq1
from scipy.spatial import cKDTree

from molattn.structure.records import AtomTable, Floats, Integers, ResidueKind, ResidueTable

_FEWEST: Final = 8
"""Residues that must agree before two sites count as the same."""
_TOGETHER: Final = 3.0
"""Å. CA atoms of matching residues nearer than this belong together."""
_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Superposition:
    """How a structure is moved onto another.

    Attributes
    ----------
    rotation
        [3, 3].
    shift
        [3] Å.
    residues
        Residues that were fitted.
    rmsd
        Å, of their CA atoms.
    """

    rotation: Floats
    shift: Floats
    residues: int
    rmsd: float

    def apply(self, positions: Floats) -> Floats:
        """Return positions [n, 3] Å in the frame of the other structure."""
        moved: Floats = positions @ self.rotation.T + self.shift
        return moved


def superpose(
    moving: tuple[AtomTable, ResidueTable], fixed: tuple[AtomTable, ResidueTable]
) -> Superposition | None:
    """Fit one structure onto another of the same or a related protein.

    The two chains that align best give a first fit; then all residues of equal name whose CA
    atoms fall together are fitted, until they stay the same.

    Parameters
    ----------
    moving, fixed
        Atom and residue tables of proteins or pockets; the nearer the cut around the ligands, the
        more the fit is one of the binding site.

    Returns
    -------
    Superposition or None
        None where fewer than eight residues agree.
    """
    one, other = _trace(*moving), _trace(*fixed)
    matched = _aligned_rows(one, other)
    if len(matched) < _FEWEST:
        return None
    fit = fit_points(one.position[matched[:, 0]], other.position[matched[:, 1]])
    for _ in range(_ROUNDS):
        nearby = _together(fit.apply(one.position), one, other)
        if len(nearby) < _FEWEST:
            return None
        refined = fit_points(one.position[nearby[:, 0]], other.position[nearby[:, 1]])
        settled = len(nearby) == len(matched) and bool((nearby == matched).all())
        fit, matched = refined, nearby
        if settled:
            break
    return fit


def fit_points(moving: Floats, fixed: Floats) -> Superposition:
    """Return the proper rotation and shift of least squares (Kabsch 1976), points [n, 3] Å."""
    from_centre, to_centre = moving.mean(axis=0), fixed.mean(axis=0)
    left, _, right = np.linalg.svd((moving - from_centre).T @ (fixed - to_centre))
    handed = np.sign(np.linalg.det(left @ right))
    rotation = (left * np.array([1.0, 1.0, handed]) @ right).T
    shift = to_centre - rotation @ from_centre
    deviation = moving @ rotation.T + shift - fixed
    rmsd = float(np.sqrt((deviation**2).sum(axis=1).mean()))
    return Superposition(rotation, shift, len(moving), rmsd)


@dataclass(frozen=True, slots=True, eq=False)
class _Trace:
    """CA atoms with the one-letter code and the chain of their residues."""

    position: Floats  # [r, 3] Å
    letter: str
    chain: Integers  # [r] numbered in order


def _trace(atoms: AtomTable, residues: ResidueTable) -> _Trace:
    amino = residues.kind[atoms.residue] <= ResidueKind.MODIFIED
    rows = np.flatnonzero((atoms.name == "CA") & amino)
    owners = atoms.residue[rows]
    letters = "".join(seq1(str(name), undef_code="X") for name in residues.parent[owners])
    _, chain = np.unique(residues.chain[owners], return_inverse=True)
    return _Trace(atoms.position[rows], letters, chain)


def _aligned_rows(one: _Trace, other: _Trace) -> Integers:
    """Return the rows [matches, 2] that agree in the best alignment of two chains."""
    aligner = PairwiseAligner(
        mode="local", match_score=2.0, mismatch_score=-1.0, open_gap_score=-1.5
    )
    aligner.extend_gap_score = -0.1  # a site is cut out of its chain: gaps may be long
    best = np.empty((0, 2), dtype=np.int64)
    for first in np.unique(one.chain):
        rows = np.flatnonzero(one.chain == first)
        for second in np.unique(other.chain):
            columns = np.flatnonzero(other.chain == second)
            if min(len(rows), len(columns)) <= len(best):
                continue
            found = _matches(aligner, one, other, rows, columns)
            if len(found) > len(best):
                best = found
    return best


def _matches(
    aligner: PairwiseAligner, one: _Trace, other: _Trace, rows: Integers, columns: Integers
) -> Integers:
    text = "".join(one.letter[row] for row in rows)
    against = "".join(other.letter[column] for column in columns)
    alignments = aligner.align(text, against)
    if not len(alignments):
        return np.empty((0, 2), dtype=np.int64)
    pairs = [
        (rows[start + step], columns[begin + step])
        for (start, stop), (begin, _) in zip(*alignments[0].aligned, strict=True)
        for step in range(stop - start)
        if text[start + step] == against[begin + step]
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _together(moved: Floats, one: _Trace, other: _Trace) -> Integers:
    """Return the rows [matches, 2] of equal residues whose CA atoms fall together."""
    found = cKDTree(other.position).query(moved, distance_upper_bound=_TOGETHER)
    distance, nearest = np.asarray(found[0]), np.asarray(found[1], dtype=np.int64)
    rows = np.flatnonzero(np.isfinite(distance))
    same = [one.letter[row] == other.letter[nearest[row]] for row in rows.tolist()]
    kept = rows[np.array(same, dtype=bool)] if len(rows) else rows
    return np.column_stack([kept, nearest[kept]]).astype(np.int64)
