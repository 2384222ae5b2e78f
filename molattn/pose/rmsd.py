"""Root-mean-square deviation between two poses of one ligand, without superposing them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molattn.structure.records import Floats

MAX_SYMMETRIES: Final = 1000
"""Automorphisms looked at; beyond these the RMSD is an upper bound."""


def symmetries(mol: Chem.Mol) -> NDArray[np.int64]:
    """Return the permutations of the atoms that leave the molecular graph as it is.

    Only elements and connections count, not bond orders or charges, so the two oxygens of a
    carboxylate are alike however the file draws them (Meli & Biggin, J. Cheminform. 2020, 12, 49).

    Returns
    -------
    array [symmetries, a]
        At most ``MAX_SYMMETRIES`` rows; the first is the identity.
    """
    bare = Chem.RWMol()
    for atom in mol.GetAtoms():
        bare.AddAtom(_plain_atom(atom.GetAtomicNum()))
    for bond in mol.GetBonds():
        bare.AddBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), Chem.BondType.SINGLE)
    identity = np.arange(mol.GetNumAtoms())
    matches = bare.GetSubstructMatches(bare, uniquify=False, maxMatches=MAX_SYMMETRIES)
    others = [match for match in matches if any(i != j for i, j in enumerate(match))]
    return np.array([identity.tolist(), *others], dtype=np.int64)[:MAX_SYMMETRIES]


def symmetric_rmsd(poses: Floats, reference: Floats, permutations: NDArray[np.int64]) -> Floats:
    """Return the symmetry-corrected heavy-atom RMSD of poses from a reference, in place.

    Parameters
    ----------
    poses
        [poses, a, 3] Å.
    reference
        [a, 3] Å.
    permutations
        [symmetries, a] from :func:`symmetries`.

    Returns
    -------
    array [poses]
        Å, the smallest over the permutations.
    """
    best = np.full(len(poses), np.inf)
    for permutation in permutations:
        squared = ((poses[:, permutation] - reference) ** 2).sum(axis=(1, 2))
        np.minimum(best, squared, out=best)
    result: Floats = np.sqrt(best / reference.shape[0])
    return result


def _plain_atom(number: int) -> Chem.Atom:
    atom = Chem.Atom(number)
    atom.SetNoImplicit(True)
    return atom
