"""Hydrogens at pH 7 for molecules without any, those that turn freely towards the other molecule.

Rules for hydrogen bonds look at the angle at the hydrogen. A hydroxyl or ammonium group turns with
little resistance, so its hydrogen goes where the nearest acceptor of the other molecule is, as in
programs that optimise hydrogen networks (Word et al., J. Mol. Biol. 285 (1999) 1735).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molattn.structure.records import Floats

_REACH: Final = 3.7  # Å from donor to acceptor for which a hydrogen turns
_TETRAHEDRAL: Final = (1.0 / 3.0, np.sqrt(8.0) / 3.0)  # along and across the bond of the donor
_BOND: Final = {7: 1.01, 8: 0.96, 16: 1.34}  # Å to hydrogen

_ACIDS: Final = (
    "[OX2H1;$(O[C,P,S,B;$(*=[O,S])])]",
    "[SX2H1;$(S[C;$(*=[O,S])])]",
)
_BASES: Final = (
    # only sp3 carbon beside it
    "[NX3;+0;!$(N~[!#6;!#1]);!$(N-[#6;X3,X2])]",
    "[NX2;+0;!$(N-[#6X3]=[O,S]);!$(N-S(=O)=O);!$(N-[O,N]);!$(N-C#N);!$(N-a)]"
    "=[CX3;!$(C-[O,S]);!$(C-N-[#6X3]=[O,S]);!$(C-N-S(=O)=O);!$(C-N-[O,N,$(C#N)])][NX3;+0]",
)


def charged(mol: Chem.Mol) -> Chem.Mol:
    """Return a molecule of heavy atoms with the charges of its acids and bases at pH 7.

    Acids of carbon, phosphorus and sulfur lose their proton; amines beside sp3 carbon, amidines and
    guanidines without a withdrawing group gain one.

    Parameters
    ----------
    mol
        Sanitised; what is charged already stays so.
    """
    copy = Chem.RWMol(mol)
    for pattern, charge in _patterns():
        while True:
            # one at a time: the two ends of a guanidine are one base
            found = copy.GetSubstructMatch(pattern)
            if not found:
                break
            atom = copy.GetAtomWithIdx(found[0])
            atom.SetFormalCharge(charge)
            atom.SetNumExplicitHs(0)
            atom.SetNoImplicit(False)
            copy.UpdatePropertyCache(strict=False)
    plain = copy.GetMol()
    with rdBase.BlockLogs():
        Chem.SanitizeMol(plain)
    return plain


@cache
def _patterns() -> list[tuple[Chem.Mol, int]]:
    return [(Chem.MolFromSmarts(text), -1) for text in _ACIDS] + [
        (Chem.MolFromSmarts(text), 1) for text in _BASES
    ]


def acceptors(mol: Chem.Mol) -> Floats:
    """Return the positions of the atoms that can accept a hydrogen bond, [n, 3] Å."""
    rows = [
        atom.GetIdx()
        for atom in mol.GetAtoms()
        if atom.GetFormalCharge() <= 0
        and (
            atom.GetAtomicNum() == 8
            or (
                atom.GetAtomicNum() == 7
                and atom.GetTotalNumHs(includeNeighbors=True) == 0
                and atom.GetDegree() <= 2
            )
        )
    ]
    positions: Floats = mol.GetConformer().GetPositions()[rows].reshape(-1, 3)
    return positions


def turn_hydrogens(mol: Chem.Mol, targets: Floats) -> None:
    """Turn the hydrogens of hydroxyl, thiol, ammonium and water to the nearest target, in place.

    Parameters
    ----------
    mol
        With hydrogens that have positions.
    targets
        [n, 3] Å, acceptors of the other molecule. A donor without one within 3.7 Å stays.
    """
    conformer = mol.GetConformer()
    positions = conformer.GetPositions()
    for donor in mol.GetAtoms():
        heavy = [other for other in donor.GetNeighbors() if other.GetAtomicNum() > 1]
        light = [other.GetIdx() for other in donor.GetNeighbors() if other.GetAtomicNum() == 1]
        if not light or not _turns(donor, heavy) or not len(targets):
            continue
        place = positions[donor.GetIdx()]
        way = targets - place
        distance = np.linalg.norm(way, axis=1)
        nearest = int(distance.argmin())
        if not 0.5 < distance[nearest] < _REACH:
            continue
        unit = way[nearest] / distance[nearest]
        axis = None if not heavy else place - positions[heavy[0].GetIdx()]
        for row, direction in zip(light, _directions(unit, axis, len(light)), strict=False):
            conformer.SetAtomPosition(row, place + _BOND[donor.GetAtomicNum()] * direction)


def _turns(donor: Chem.Atom, heavy: list[Chem.Atom]) -> bool:
    """Return whether the hydrogens of an atom turn about its only bond, or in all directions."""
    number = donor.GetAtomicNum()
    if number not in _BOND or len(heavy) > 1:
        return False
    if number == 7:  # conjugated nitrogens are flat and stay so
        return bool(donor.GetHybridization() == Chem.HybridizationType.SP3)
    return True


def _directions(unit: Floats, axis: Floats | None, count: int) -> list[Floats]:
    """Return unit vectors to the hydrogens, the first as near to ``unit`` as the bond allows."""
    if axis is None:
        axis, rest = -unit, unit
        first: Floats = unit
    else:
        axis = axis / np.linalg.norm(axis)
        rest = unit - (unit @ axis) * axis
        if np.linalg.norm(rest) < 1e-3:  # straight ahead: any direction is as good
            rest = np.cross(axis, np.eye(3)[int(np.abs(axis).argmin())])
        rest = rest / np.linalg.norm(rest)
        first = _TETRAHEDRAL[0] * axis + _TETRAHEDRAL[1] * rest
    if count == 1:
        return [first]
    if axis @ unit < -0.999:  # water: the other hydrogens stand at a tetrahedral angle to the first
        rest = np.cross(unit, np.eye(3)[int(np.abs(unit).argmin())])
        rest = rest / np.linalg.norm(rest)
        across = np.cross(unit, rest)
        ways = [np.cos(turn) * rest + np.sin(turn) * across for turn in _thirds()]
        return [first, *(-_TETRAHEDRAL[0] * unit + _TETRAHEDRAL[1] * way for way in ways)]
    across = np.cross(axis, rest)
    return [
        _TETRAHEDRAL[0] * axis + _TETRAHEDRAL[1] * (np.cos(turn) * rest + np.sin(turn) * across)
        for turn in _thirds()
    ]


def _thirds() -> tuple[float, float, float]:
    return 0.0, 2.0 * np.pi / 3.0, 4.0 * np.pi / 3.0
