"""What each ligand atom can do: donate, accept, carry charge, stack, avoid water, bind a metal."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np

from molattn.graph.ligand_skeleton import CARBON, NITROGEN, OXYGEN, SULFUR, Skeleton
from molattn.graph.ligand_typing import Groups
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES, ROLES
from molattn.structure.records import Floats

Condition = Callable[[Skeleton, Groups, int], set[str]]

_POLAR: Final = frozenset([NITROGEN, OXYGEN, 15, 5, 14])


def _carbon(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    for other in skeleton.neighbours[atom]:
        number = skeleton.number[other]
        if number in _POLAR or (number == SULFUR and other in groups.acyls):
            return set()
    return {"hydrophobic"}


def _amine(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    return {"positive"} if skeleton.degree(atom) >= 4 else {"positive", "donor", "metal"}


def _amide(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    if skeleton.degree(atom) >= 3:
        return set()
    acyls = [other for other in skeleton.neighbours[atom] if other in groups.acyls]
    sulfonyl = any(skeleton.number[other] == SULFUR for other in acyls)
    if sulfonyl and len(acyls) >= 2:  # acyl sulfonamides have a pKa of 3 to 5
        return {"negative", "acceptor", "metal"}
    if sulfonyl and skeleton.degree(atom) == 1:  # the zinc binder of carbonic anhydrase
        return {"donor", "metal"}
    return {"donor"}


def _amidine(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    roles = {"donor"} if skeleton.degree(atom) <= 2 else set()
    for centre in skeleton.neighbours[atom]:
        if centre not in groups.amidines:
            continue
        for nitrogen in skeleton.neighbours[centre]:
            for other in skeleton.neighbours[nitrogen]:
                # a withdrawing group takes the basicity of the whole amidine
                if other in groups.acyls or other in groups.nitros or skeleton.number[other] == 8:
                    return roles | {"acceptor"}
    return roles | {"positive"}


def _conjugated_amine(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    return {"donor"} if skeleton.degree(atom) <= 2 else set()


def _aromatic_six(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    if skeleton.degree(atom) >= 3:
        oxide = any(skeleton.number[other] == OXYGEN for other in skeleton.neighbours[atom])
        return {"positive"} if skeleton.charge[atom] > 0 and not oxide else set()
    return {"donor"} if skeleton.neutral_hydrogens[atom] > 0 else {"acceptor", "metal"}


def _aromatic_five(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    """Return the roles of an azole nitrogen from an electron count of its ring, not its hydrogens.

    A ring of five needs ``1 + z`` members that give two electrons, where ``z`` members give none
    (carbon with a double bond out of the ring). Members with a third bond, oxygen and sulfur give
    two; what is still missing comes from nitrogens with two bonds, shared where they are several.
    """
    if skeleton.degree(atom) >= 3:
        return set()
    ring = next((ring for ring in skeleton.rings if len(ring) == 5 and atom in ring), (atom,) * 5)
    given, free, needed = 0, 0, 1
    for member in ring:
        number = skeleton.number[member]
        if number == NITROGEN and skeleton.degree(member) == 2:
            free += 1
        elif number in (NITROGEN, OXYGEN, SULFUR, 34):
            given += 1
        elif number == CARBON and skeleton.multiple[member] > 1.0:
            needed += 1
    missing = needed - given
    if missing <= 0:
        return {"acceptor", "metal"} | _imidazolium(skeleton, ring)
    if missing >= free:
        return {"donor"}
    if free == 4:  # a tetrazole without a substituent on nitrogen is an acid
        return {"acceptor", "negative", "metal"}
    return {"donor", "acceptor", "metal"} | _imidazolium(skeleton, ring)


def _imidazolium(skeleton: Skeleton, ring: tuple[int, ...]) -> set[str]:
    """Return positive for a plain imidazole ring, which is half protonated at pH 7."""
    nitrogens = [member for member in ring if skeleton.number[member] == NITROGEN]
    lone = all(len(skeleton.ring_sizes[member]) == 1 for member in ring)
    carbons = sum(skeleton.number[member] == CARBON for member in ring)
    plain = lone and len(nitrogens) == 2 and carbons == 3
    adjacent = plain and nitrogens[1] in skeleton.neighbours[nitrogens[0]]
    return {"positive"} if plain and not adjacent else set()


def _other_nitrogen(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    roles = set()
    # the end of an azide or diazo group owes its charge to its neighbour, not to a lost proton
    ylide = skeleton.charge[atom] < 0 and any(
        skeleton.charge[other] > 0 for other in skeleton.neighbours[atom]
    )
    if skeleton.neutral_hydrogens[atom] > 0 and skeleton.degree(atom) <= 2 and not ylide:
        roles.add("donor")
    if skeleton.multiple[atom] > 1.0 and skeleton.degree(atom) <= 2:
        roles.add("acceptor")
    return roles


def _ether(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    if skeleton.aromatic[atom]:
        return set()
    return (
        set() if any(other in groups.acyls for other in skeleton.neighbours[atom]) else {"acceptor"}
    )


def _reduced_sulfur(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    roles = {"hydrophobic", "metal"}
    if any(other in groups.acids for other in skeleton.neighbours[atom]):
        return {"negative", "acceptor", "metal"}
    if skeleton.degree(atom) == 1:
        roles.add("acceptor" if skeleton.multiple[atom] > 1.0 else "donor")
    return roles


def _halogen(skeleton: Skeleton, groups: Groups, atom: int) -> set[str]:
    if skeleton.degree(atom) == 0:
        return {"negative", "acceptor"}
    return {"hydrophobic", "halogen"}


def _fixed(*roles: str) -> Condition:
    given = set(roles)
    return lambda skeleton, groups, atom: given


ROLES_OF_TYPE: Final[dict[str, Condition]] = {
    "carbon_aliphatic": _carbon,
    "carbon_aromatic": _carbon,
    "carbon_aliphatic_polar": _carbon,
    "carbon_aromatic_polar": _carbon,
    "carbon_unsaturated": _carbon,
    "nitrogen_amine": _amine,
    "nitrogen_aniline": _conjugated_amine,
    "nitrogen_amide": _amide,
    "nitrogen_amidine": _amidine,
    "nitrogen_aromatic_six": _aromatic_six,
    "nitrogen_aromatic_five": _aromatic_five,
    "nitrogen_other": _other_nitrogen,
    "oxygen_hydroxyl": _fixed("donor", "acceptor", "metal"),
    "oxygen_ether": _ether,
    "oxygen_carbonyl": _fixed("acceptor", "metal"),
    "oxygen_acid": _fixed("acceptor", "negative", "metal"),
    "oxygen_other": _fixed("acceptor"),
    "sulfur_reduced": _reduced_sulfur,
    "sulfur_aromatic": _fixed("hydrophobic"),
    "fluorine": _fixed("hydrophobic"),
    "chlorine": _halogen,
    "bromine": _halogen,
    "iodine": _halogen,
    "metal": _fixed("metal", "positive"),
}
"""Roles by atom type; a type that is not here has none. ``aromatic`` is added to ring members."""


@cache
def _conditions() -> tuple[Condition, ...]:
    return tuple(ROLES_OF_TYPE.get(name, _fixed()) for name in LIGAND_ATOM_TYPES)


def assign_roles(skeleton: Skeleton, groups: Groups, types: list[int]) -> Floats:
    """Return 0 or 1 per atom and role, [a, len(ROLES)].

    Parameters
    ----------
    skeleton, groups
        The molecule and its functional groups.
    types
        Index in LIGAND_ATOM_TYPES per atom.
    """
    column = {name: index for index, name in enumerate(ROLES)}
    conditions = _conditions()
    roles = np.zeros((len(skeleton), len(ROLES)))
    for atom, kind in enumerate(types):
        for name in conditions[kind](skeleton, groups, atom):
            roles[atom, column[name]] = 1.0
    roles[:, column["aromatic"]] = skeleton.aromatic
    return roles
