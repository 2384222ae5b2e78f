"""Descriptors that count paths of bonds, from neighbours alone.

RDKit lists every path to count it, which takes most of the time of all descriptors. The sums over
paths of two and three bonds have closed forms; the numbers are RDKit's to the last digits.

Kier and Hall, "Molecular Connectivity in Structure-Activity Analysis" (1986) for chi; Hall and
Kier, Rev. Comput. Chem. 2 (1991) 367 for kappa and its correction alpha.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

from rdkit import Chem

from molattn.graph.ligand_skeleton import Skeleton

PATH_DESCRIPTORS: Final = ("chi_2", "chi_3", "kappa_2", "kappa_3")


def knows_all_bonds(skeleton: Skeleton, mol: Chem.Mol) -> bool:
    """Return whether a skeleton leaves out no bond and holds no hydrogen, as RDKit counts them."""
    return len(skeleton.order) == 2 * mol.GetNumBonds() and 1 not in skeleton.number


def path_descriptors(skeleton: Skeleton, alpha: float) -> dict[str, float]:
    """Return the descriptors of PATH_DESCRIPTORS.

    Parameters
    ----------
    skeleton
        Of a molecule for which `knows_all_bonds` holds.
    alpha
        Its Hall–Kier alpha.
    """
    neighbours = skeleton.neighbours
    weight = [_weight(skeleton, atom) for atom in range(len(skeleton))]
    around = [sum(weight[other] for other in row) for row in neighbours]
    squares = [sum(weight[other] ** 2 for other in row) for row in neighbours]
    two = sum(len(row) * (len(row) - 1) for row in neighbours) / 2.0
    chi_2 = sum(w * (s * s - q) for w, s, q in zip(weight, around, squares, strict=True)) / 2.0
    three = chi_3 = 0.0
    for one, other in skeleton.order:
        if one > other:
            continue
        left, right = around[one] - weight[other], around[other] - weight[one]
        # a triangle is one path that ends where it began, met here from each of its bonds
        apex = [atom for atom in neighbours[one] if atom in neighbours[other]]
        three += (len(neighbours[one]) - 1) * (len(neighbours[other]) - 1) - len(apex) * 2.0 / 3.0
        closed = sum(weight[atom] / 3.0 - weight[atom] ** 2 for atom in apex)
        chi_3 += weight[one] * weight[other] * (left * right + closed)
    return {
        "chi_2": chi_2,
        "chi_3": chi_3,
        "kappa_2": _kappa_2(len(skeleton), round(two), alpha),
        "kappa_3": _kappa_3(len(skeleton), round(three), alpha),
    }


def _kappa_2(atoms: int, paths: int, alpha: float) -> float:
    size, count = atoms + alpha, (paths + alpha) ** 2
    return (size - 1.0) * (size - 2.0) ** 2 / count if count else 0.0


def _kappa_3(atoms: int, paths: int, alpha: float) -> float:
    size, count = atoms + alpha, (paths + alpha) ** 2
    shape = (size - 1.0 if atoms % 2 else size - 2.0) * (size - 3.0) ** 2
    return shape / count if count else 0.0


def _weight(skeleton: Skeleton, atom: int) -> float:
    """Return the inverse root of the valence delta: valence electrons not bound to hydrogen."""
    number = skeleton.number[atom]
    valence = _outer_electrons(number)
    hydrogens = skeleton.neutral_hydrogens[atom] + skeleton.charge[atom]
    delta: float = valence - hydrogens
    if number > 10:
        delta /= number - valence - 1
    if delta > 0.0:
        return 1.0 / math.sqrt(delta)
    return 0.0 if delta == 0.0 else math.nan


@cache
def _outer_electrons(number: int) -> int:
    return int(Chem.GetPeriodicTable().GetNOuterElecs(number))
