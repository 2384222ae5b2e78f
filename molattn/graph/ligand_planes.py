"""The three atoms that span the plane of each flat ligand atom, chosen independently of atom order.

An atom with several neighbours takes itself and two of them:

1. an atom with two neighbours has no choice;
2. otherwise a pair whose bonds are both in rings goes before any other pair;
3. then a pair that differs from the other pairs by the atom types of its ends and of their
   neighbours (the two oxygens of an acid), the one with the lowest types if several do;
4. where all three neighbours are alike (guanidinium, nitrate) the pose decides: the two ends that
   are closest in space.

An atom with one neighbour takes its neighbour's plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from molattn.graph.ligand_skeleton import CARBON, NITROGEN, OXYGEN, SULFUR, Skeleton
from molattn.graph.ligand_typing import Groups
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES
from molattn.structure.records import Floats, Integers

_FLAT_NITROGEN: Final = ("nitrogen_amide", "nitrogen_amidine", "nitrogen_aniline")
_FLAT_ELEMENTS: Final = frozenset([CARBON, NITROGEN, OXYGEN, SULFUR, 5])


@cache
def _flat_types() -> frozenset[int]:
    return frozenset(list(LIGAND_ATOM_TYPES).index(name) for name in _FLAT_NITROGEN)


@dataclass(frozen=True, slots=True, eq=False)
class PlaneChoices:
    """The planes of a ligand's atoms, as far as they do not depend on the pose.

    Attributes
    ----------
    planes
        Of each atom; those of ``alike`` and of their ends are still to be chosen.
    alike
        Atom and the pairs of neighbours among which its pose decides.
    ends
        Atoms that take the plane of their only neighbour, with that neighbour.
    """

    planes: tuple[tuple[int, int, int], ...]
    alike: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]
    ends: tuple[tuple[int, int], ...]

    def choose(self, positions: Floats) -> Integers:
        """Return the plane of each atom, [a, 3], in the pose of positions [a, 3] Å."""
        planes = list(self.planes)
        for atom, pairs in self.alike:

            def distance(pair: tuple[int, int]) -> float:
                gap = positions[pair[0]] - positions[pair[1]]
                return float(gap @ gap)

            planes[atom] = (atom, *min(pairs, key=distance))
        for atom, other in self.ends:
            planes[atom] = planes[other]
            if planes[atom][0] == planes[atom][1]:
                planes[atom] = (atom, atom, atom)
        return np.array(planes, dtype=np.int64).reshape(-1, 3)


def plane_choices(skeleton: Skeleton, groups: Groups, types: list[int]) -> PlaneChoices:
    """Return what the molecule alone says of the plane of each atom.

    Parameters
    ----------
    skeleton, groups, types
        The molecule, its functional groups and its atom types.
    """
    planes = [(atom, atom, atom) for atom in range(len(skeleton))]
    alike: list[tuple[int, tuple[tuple[int, int], ...]]] = []
    ends: list[tuple[int, int]] = []
    flat = [_is_flat(skeleton, groups, types, atom) for atom in range(len(skeleton))]
    for atom, neighbours in enumerate(skeleton.neighbours):
        if flat[atom] and len(neighbours) >= 2:
            pairs = _best_pairs(skeleton, types, atom)
            planes[atom] = (atom, *pairs[0])
            if len(pairs) > 1:
                alike.append((atom, tuple(pairs)))
        elif flat[atom] and len(neighbours) == 1 and flat[neighbours[0]]:
            ends.append((atom, neighbours[0]))
    return PlaneChoices(tuple(planes), tuple(alike), tuple(ends))


def _is_flat(skeleton: Skeleton, groups: Groups, types: list[int], atom: int) -> bool:
    if skeleton.aromatic[atom] or types[atom] in _flat_types():
        # a quaternary or pyramidal centre is never one of these types with four neighbours
        return len(skeleton.neighbours[atom]) <= 3
    number = skeleton.number[atom]
    if number not in _FLAT_ELEMENTS or len(skeleton.neighbours[atom]) > 3:
        return False
    if number == SULFUR and len(skeleton.neighbours[atom]) > 1:
        return False  # sulfoxides and sulfinates are pyramids
    if len(skeleton.neighbours[atom]) == 1 and number in (OXYGEN, SULFUR):
        (other,) = skeleton.neighbours[atom]
        if other in groups.acids or other in groups.nitros:
            return True
    if skeleton.multiple[atom] != 2.0:
        return False
    doubles = sum(skeleton.order[atom, other] == 2.0 for other in skeleton.neighbours[atom])
    return doubles == 1 or atom in groups.nitros  # two double bonds: cumulated, linear


def _best_pairs(skeleton: Skeleton, types: list[int], atom: int) -> list[tuple[int, int]]:
    """Return the pair of neighbours that spans an atom's plane, or several that are alike."""
    neighbours = skeleton.neighbours[atom]
    if len(neighbours) == 2:
        return [(neighbours[0], neighbours[1])]
    rank = {
        other: (types[other], sorted(types[far] for far in skeleton.neighbours[other]))
        for other in neighbours
    }

    def key(pair: tuple[int, int]) -> tuple[bool, list[tuple[int, list[int]]]]:
        first, second = pair
        in_ring = (atom, first) in skeleton.ring_bonds and (atom, second) in skeleton.ring_bonds
        return not in_ring, sorted((rank[first], rank[second]))

    a, b, c = neighbours
    pairs = [(a, b), (a, c), (b, c)]
    keys = [key(pair) for pair in pairs]
    ringed = min(in_ring for in_ring, _ in keys)
    alone = [each for each in keys if each[0] == ringed and keys.count(each) == 1]
    if alone:
        return [pairs[keys.index(min(alone))]]
    return [pair for pair, each in zip(pairs, keys, strict=True) if each[0] == ringed]
