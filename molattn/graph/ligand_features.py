"""Everything about a ligand that does not depend on the protein, except its descriptors.

None of it depends on hydrogens, protonation, kekulé form, atom order or chirality.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from rdkit import Chem

from molattn.graph.elements import element_index
from molattn.graph.fields import LIGAND_FEATURES
from molattn.graph.ligand_planes import PlaneChoices, plane_choices
from molattn.graph.ligand_roles import assign_roles
from molattn.graph.ligand_skeleton import CARBON, NITROGEN, OXYGEN, SULFUR, Skeleton, read_skeleton
from molattn.graph.ligand_typing import Groups, find_groups, type_atoms
from molattn.graph.vocabulary import BOND_TYPES, LIGAND_ATOM_TYPES, index_of
from molattn.structure.records import Floats, Integers

_ORDER_NAMES: Final = {1.0: "single", 1.5: "aromatic", 2.0: "double", 3.0: "triple"}


@dataclass(frozen=True, slots=True, eq=False)
class LigandFeatures:
    """Per-atom and per-bond features of one ligand; columns as in the registry of fields."""

    element: Integers  # [a] index in ELEMENTS
    atom_type: Integers  # [a] index in LIGAND_ATOM_TYPES
    roles: Floats  # [a, roles] 0 or 1
    features: Floats  # [a, len(LIGAND_FEATURES)]
    plane: Integers  # [a, 3] atoms
    planes: PlaneChoices  # of every pose
    bond_index: Integers  # [2, 2 b] both directions, sorted
    bond_type: Integers  # [2 b] index in BOND_TYPES
    skeleton: Skeleton

    def in_pose(self, positions: Floats) -> LigandFeatures:
        """Return the features in another pose, positions [a, 3] Å."""
        return replace(self, plane=self.planes.choose(positions))


def ligand_features(mol: Chem.Mol, positions: Floats) -> LigandFeatures:
    """Compute the features of a ligand.

    Parameters
    ----------
    mol
        The standard form of the ligand: sanitised, without hydrogens.
    positions
        [a, 3] Å; they decide only which of several like neighbours spans a plane.
    """
    skeleton = read_skeleton(mol)
    groups = find_groups(skeleton)
    types = type_atoms(skeleton, groups)
    planes = plane_choices(skeleton, groups, types)
    rotatable = rotatable_bonds(skeleton, types)
    bond_index, bond_type = _bonds(skeleton, groups)
    return LigandFeatures(
        element=np.array([element_index(number) for number in skeleton.number], dtype=np.int64),
        atom_type=np.array(types, dtype=np.int64),
        roles=assign_roles(skeleton, groups, types),
        features=_features(skeleton, groups, rotatable),
        plane=planes.choose(positions),
        planes=planes,
        bond_index=bond_index,
        bond_type=bond_type,
        skeleton=skeleton,
    )


def rotatable_bonds(skeleton: Skeleton, types: list[int]) -> list[tuple[int, int]]:
    """Return the single bonds that turn freely, each once.

    Outside rings, both ends with a further heavy neighbour, not of an amide or amidine, not next to
    a triple bond.
    """
    carbonyl, amide = _type("carbon_carbonyl"), _type("nitrogen_amide")
    amidine, amidine_nitrogen = _type("carbon_amidine"), _type("nitrogen_amidine")
    stiff = {(carbonyl, amide), (amide, carbonyl)}
    stiff |= {(amidine, amidine_nitrogen), (amidine_nitrogen, amidine)}
    return [
        (first, second)
        for (first, second), order in skeleton.order.items()
        if first < second
        and order == 1.0
        and len(skeleton.neighbours[first]) >= 2
        and len(skeleton.neighbours[second]) >= 2
        and skeleton.multiple[first] < 3.0
        and skeleton.multiple[second] < 3.0
        and (first, second) not in skeleton.ring_bonds
        and (types[first], types[second]) not in stiff
    ]


@cache
def _type(name: str) -> int:
    return index_of(LIGAND_ATOM_TYPES, name)


def _features(skeleton: Skeleton, groups: Groups, rotatable: list[tuple[int, int]]) -> Floats:
    conjugated = _conjugated(skeleton, _unsaturated(skeleton, groups))
    beside = {atom for bond in rotatable for atom in bond}
    rows = []
    for atom, neighbours in enumerate(skeleton.neighbours):
        degree = len(neighbours)
        sizes = skeleton.ring_sizes[atom]
        ring_neighbours = sum(bool(skeleton.ring_sizes[other]) for other in neighbours)
        rows.append(
            (
                degree == 1,
                degree == 2,
                degree == 3,
                degree >= 4,
                bool(sizes),
                5 in sizes,
                6 in sizes,
                conjugated[atom],
                atom in beside,
                ring_neighbours / degree if degree else 0.0,
            )
        )
    return np.array(rows, dtype=np.float64).reshape(-1, len(LIGAND_FEATURES))


def _unsaturated(skeleton: Skeleton, groups: Groups) -> list[bool]:
    """Return whether each atom takes part in a pi system, whichever resonance form is drawn."""
    centres = groups.amidines | {atom for atom in groups.acids if skeleton.number[atom] == CARBON}
    return [
        skeleton.aromatic[atom]
        or (skeleton.multiple[atom] > 1.0 and skeleton.number[atom] in (CARBON, NITROGEN, OXYGEN))
        or any(
            other in centres and skeleton.number[atom] in (NITROGEN, OXYGEN)
            for other in skeleton.neighbours[atom]
        )
        for atom in range(len(skeleton))
    ]


def _conjugated(skeleton: Skeleton, unsaturated: list[bool]) -> list[bool]:
    """Return whether each atom is in a pi system of three or more atoms, lone pairs counted."""
    member = [
        unsaturated[atom]
        or (
            skeleton.number[atom] in (NITROGEN, OXYGEN, SULFUR)
            and len(neighbours) <= 3
            and any(unsaturated[other] for other in neighbours)
        )
        for atom, neighbours in enumerate(skeleton.neighbours)
    ]
    partners = [sum(member[other] for other in neighbours) for neighbours in skeleton.neighbours]
    return [
        member[atom]
        and (
            partners[atom] >= 2
            or any(member[other] and partners[other] >= 2 for other in neighbours)
        )
        for atom, neighbours in enumerate(skeleton.neighbours)
    ]


def _bonds(skeleton: Skeleton, groups: Groups) -> tuple[Integers, Integers]:
    types = {name: index_of(BOND_TYPES, name) for name in BOND_TYPES}
    typed: dict[tuple[int, int], int] = {}
    for (first, second), order in skeleton.order.items():
        name = _ORDER_NAMES.get(order, "single")
        if _delocalised(skeleton, groups, first, second) or _delocalised(
            skeleton, groups, second, first
        ):
            name = "delocalised"
        typed[first, second] = types[name]
    for first, second in skeleton.metal_bonds:
        typed[first, second] = typed[second, first] = types["dative"]
    pairs = sorted(typed)
    index = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return np.ascontiguousarray(index), np.array([typed[pair] for pair in pairs], dtype=np.int64)


def _delocalised(skeleton: Skeleton, groups: Groups, centre: int, end: int) -> bool:
    if centre in groups.acids or centre in groups.nitros:
        return len(skeleton.neighbours[end]) == 1 and skeleton.number[end] in (OXYGEN, SULFUR)
    return centre in groups.amidines and skeleton.number[end] == NITROGEN
