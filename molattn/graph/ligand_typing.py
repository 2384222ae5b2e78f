"""Atom types of a ligand as a table of rules read from top to bottom, the first that holds wins.

The rules look at elements, neighbours and bond orders, and at hydrogens only after charges are
taken away, so that protonation, kekulé form and the tautomers of amidines, acids and azoles
give one answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from molattn.graph.elements import METAL_NUMBERS
from molattn.graph.ligand_skeleton import (
    CARBON,
    NITROGEN,
    OXYGEN,
    PHOSPHORUS,
    SULFUR,
    Skeleton,
)
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES, index_of


@dataclass(frozen=True, slots=True)
class Groups:
    """Functional groups by the atom at their centre.

    Attributes
    ----------
    acids
        Centres of carboxylic, sulfonic, sulfinic, phosphoric acids and kin.
    acyls
        Atoms that turn a neighbouring nitrogen into an amide: C=O, C=S, S(=O), P(=O).
    amidines
        Carbon atoms between a doubly and a singly bonded nitrogen, not aromatic.
    nitros
        Nitrogen atoms with two terminal oxygens.
    """

    acids: set[int]
    acyls: set[int]
    amidines: set[int]
    nitros: set[int]


Rule = Callable[[Skeleton, Groups, int], bool]


def find_groups(skeleton: Skeleton) -> Groups:
    """Return the centres of the functional groups that the rules ask for."""
    groups = Groups(set(), set(), set(), set())
    for atom, number in enumerate(skeleton.number):
        if number == CARBON:
            _add_carbon(skeleton, groups, atom)
        elif number == SULFUR:
            oxygens = len(skeleton.terminal(atom, OXYGEN))
            if oxygens >= 3 or (oxygens == 2 and skeleton.degree(atom) == 3):
                groups.acids.add(atom)
            if oxygens:
                groups.acyls.add(atom)
        elif number in (PHOSPHORUS, 33, 34):
            ends = skeleton.terminal(atom, OXYGEN) + skeleton.terminal(atom, SULFUR)
            if len(ends) >= 2:
                groups.acids.add(atom)
            if ends:
                groups.acyls.add(atom)
        elif number == NITROGEN and len(skeleton.terminal(atom, OXYGEN)) >= 2:
            groups.nitros.add(atom)
    return groups


def _add_carbon(skeleton: Skeleton, groups: Groups, atom: int) -> None:
    if skeleton.aromatic[atom]:
        return
    oxygens = 0
    double_oxygens = double_sulfurs = 0
    nitrogens = double_nitrogens = 0
    for other in skeleton.neighbours[atom]:
        number = skeleton.number[other]
        double = skeleton.order[atom, other] == 2.0
        if number == OXYGEN:
            oxygens += len(skeleton.neighbours[other]) == 1
            double_oxygens += double
        elif number == NITROGEN:
            nitrogens += 1
            double_nitrogens += double
        elif number in (SULFUR, 34):
            double_sulfurs += double
    if double_oxygens or double_sulfurs:
        groups.acyls.add(atom)
    if oxygens >= 2 and double_oxygens == 1:
        groups.acids.add(atom)
    if double_nitrogens == 1 and nitrogens >= 2:
        groups.amidines.add(atom)


def _aromatic(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.aromatic[atom]


def _always(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return True


def _has_heteroatom(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return any(skeleton.number[other] != CARBON for other in skeleton.neighbours[atom])


def _aromatic_with_heteroatom(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.aromatic[atom] and _has_heteroatom(skeleton, groups, atom)


def _acyl(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return atom in groups.acyls


def _amidine_centre(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return atom in groups.amidines


def _unsaturated(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.multiple[atom] > 1.0


def _aromatic_in_five(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.aromatic[atom] and 5 in skeleton.ring_sizes[atom]


def _of_amidine(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return any(other in groups.amidines for other in skeleton.neighbours[atom])


def _of_amide(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.multiple[atom] == 1.0 and any(
        other in groups.acyls for other in skeleton.neighbours[atom]
    )


def _quaternary(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.degree(atom) == 4 and all(
        skeleton.number[other] == CARBON for other in skeleton.neighbours[atom]
    )


def _beside_aromatic(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.multiple[atom] == 1.0 and any(
        skeleton.aromatic[other] for other in skeleton.neighbours[atom]
    )


def _among_saturated_carbon(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.multiple[atom] == 1.0 and all(
        skeleton.number[other] == CARBON and skeleton.multiple[other] == 1.0
        for other in skeleton.neighbours[atom]
    )


def _bridging(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.degree(atom) >= 2


def _of_acid(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return any(other in groups.acids for other in skeleton.neighbours[atom])


def _doubly_on_carbon(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return skeleton.multiple[atom] == 2.0 and all(
        skeleton.number[other] == CARBON for other in skeleton.neighbours[atom]
    )


def _hydroxyl(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    if skeleton.multiple[atom] > 1.0:
        return False
    for other in skeleton.neighbours[atom]:
        number = skeleton.number[other]
        if number == NITROGEN:
            # an N-oxide or nitro group carries the charges, a hydroxylamine or oxime does not
            return other not in groups.nitros and (
                skeleton.charge[other] <= 0 or skeleton.charge[atom] >= 0
            )
        return number in (CARBON, OXYGEN, 5, 14)
    return not skeleton.neighbours[atom]


def _has_oxygen(skeleton: Skeleton, groups: Groups, atom: int) -> bool:
    return any(skeleton.number[other] == OXYGEN for other in skeleton.neighbours[atom])


RULES: Final[dict[int, tuple[tuple[str, Rule], ...]]] = {
    CARBON: (
        ("carbon_aromatic_polar", _aromatic_with_heteroatom),
        ("carbon_aromatic", _aromatic),
        ("carbon_carbonyl", _acyl),
        ("carbon_amidine", _amidine_centre),
        ("carbon_unsaturated", _unsaturated),
        ("carbon_aliphatic_polar", _has_heteroatom),
        ("carbon_aliphatic", _always),
    ),
    NITROGEN: (
        ("nitrogen_aromatic_five", _aromatic_in_five),
        ("nitrogen_aromatic_six", _aromatic),
        ("nitrogen_amidine", _of_amidine),
        ("nitrogen_amide", _of_amide),
        ("nitrogen_amine", _quaternary),
        ("nitrogen_aniline", _beside_aromatic),
        ("nitrogen_amine", _among_saturated_carbon),
        ("nitrogen_other", _always),
    ),
    OXYGEN: (
        ("oxygen_ether", _aromatic),
        ("oxygen_ether", _bridging),
        ("oxygen_acid", _of_acid),
        ("oxygen_carbonyl", _doubly_on_carbon),
        ("oxygen_hydroxyl", _hydroxyl),
        ("oxygen_other", _always),
    ),
    SULFUR: (
        ("sulfur_aromatic", _aromatic),
        ("sulfur_oxidised", _has_oxygen),
        ("sulfur_reduced", _always),
    ),
    PHOSPHORUS: (("phosphorus", _always),),
    9: (("fluorine", _always),),
    17: (("chlorine", _always),),
    35: (("bromine", _always),),
    53: (("iodine", _always),),
}
"""Type of an atom by atomic number: the first rule that holds. Every other element is ``other``,
every metal ``metal``. An aromatic nitrogen counts as in a ring of five wherever it is in one."""


@cache
def _indexed_rules() -> dict[int, tuple[tuple[int, Rule], ...]]:
    """Return RULES with names replaced by indices."""
    return {
        number: tuple((index_of(LIGAND_ATOM_TYPES, name), rule) for name, rule in rules)
        for number, rules in RULES.items()
    }


def type_atoms(skeleton: Skeleton, groups: Groups) -> list[int]:
    """Return the index in LIGAND_ATOM_TYPES of each atom."""
    rules = _indexed_rules()
    metal, other = index_of(LIGAND_ATOM_TYPES, "metal"), index_of(LIGAND_ATOM_TYPES, "other")
    types: list[int] = []
    for atom, number in enumerate(skeleton.number):
        if number not in rules:
            types.append(metal if number in METAL_NUMBERS else other)
            continue
        types.append(next(index for index, rule in rules[number] if rule(skeleton, groups, atom)))
    return types
