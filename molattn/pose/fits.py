"""Every way to lay a common substructure on the template, and the ligand on it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import islice, product
from typing import Final

from rdkit import Chem

from molattn.pose.common_parts import MolGraph, Pairs, pieces_of

_ANY_BOND: Final = Chem.BondFromSmarts("~")
_OWN_WAYS: Final = 4  # in which a ligand holds a common substructure
_MATCHES: Final = 200  # of a pattern that are listed; most differ by terminal atoms alone


def fits_of_whole(pairs: Pairs, ligand: MolGraph, template: MolGraph, most: int) -> Iterable[Pairs]:
    """Return the fits of all pieces together, at most ``most`` on the template.

    Complete, but its time is not bounded: patterns of several pieces have very many partial fits.
    """
    atoms = sorted(pairs)
    query = _query(atoms, pairs, ligand, template)
    yield pairs
    on_template = template.mol.GetSubstructMatches(query, uniquify=False, maxMatches=most)
    in_ligand = ligand.mol.GetSubstructMatches(query, uniquify=True, maxMatches=_OWN_WAYS)
    for own in (tuple(atoms), *in_ligand):
        for places in on_template:
            yield dict(zip(own, places, strict=True))


def fits_of_pieces(
    pairs: Pairs, ligand: MolGraph, template: MolGraph, most: int
) -> Iterable[Pairs]:
    """Return fits in which every piece is laid for itself, where no two need the same atoms.

    At most ``most`` combinations are looked at, those near the first ones of every piece first.
    """
    yield pairs
    ways = []
    for piece in pieces_of(pairs, ligand, template):
        query = _query(piece, pairs, ligand, template)
        same = {atom: pairs[atom] for atom in piece}
        places = _distinct(template.mol, query, [len(ligand.near[atom]) == 1 for atom in piece])
        fits = [same, *(dict(zip(piece, place, strict=True)) for place in places)]
        for own in _elsewhere(ligand.mol, query, piece):
            fits += [dict(zip(own, place, strict=True)) for place in places]
        ways.append(fits[:most])
    # the last factor varies fastest: it must be the largest piece, whose fits matter most
    for combination in islice(product(*reversed(ways)), most):
        fit: Pairs = {}
        for part in combination:
            fit.update(part)
        if len(fit) == len(pairs) == len(set(fit.values())):
            yield fit


def _distinct(mol: Chem.Mol, query: Chem.Mol, terminal: list[bool]) -> list[tuple[int, ...]]:
    """Return the fits of a pattern, of those that only swap terminal atoms the first."""
    found: dict[tuple[int, ...], tuple[int, ...]] = {}
    for match in mol.GetSubstructMatches(query, uniquify=False, maxMatches=_MATCHES):
        inner = tuple(-1 if end else atom for atom, end in zip(match, terminal, strict=True))
        found.setdefault(inner, match)
    return list(found.values())


def _elsewhere(mol: Chem.Mol, query: Chem.Mol, piece: list[int]) -> list[tuple[int, ...]]:
    """Return fits of a piece on other atoms of its own molecule."""
    found: dict[frozenset[int], tuple[int, ...]] = {}
    for match in mol.GetSubstructMatches(query, uniquify=False, maxMatches=_MATCHES):
        found.setdefault(frozenset(match), match)
    found.pop(frozenset(piece), None)
    return list(found.values())[: _OWN_WAYS - 1]


def _query(atoms: list[int], pairs: Pairs, ligand: MolGraph, template: MolGraph) -> Chem.Mol:
    """Return the common substructure as a pattern: elements where equal, any bond order."""
    query = Chem.RWMol()
    for atom in atoms:
        number = ligand.elements[atom]
        equal = number == template.elements[pairs[atom]]
        query.AddAtom(_pattern_atom(number if equal else 0, bool(ligand.ring_sizes[atom])))
    row = {atom: number for number, atom in enumerate(atoms)}
    for first, atom in enumerate(atoms):
        for other in sorted(near for near in ligand.near[atom] if near in row and near > atom):
            if (pairs[atom], pairs[other]) in template.bonds:
                bond = query.AddBond(first, row[other], Chem.BondType.SINGLE) - 1
                query.ReplaceBond(bond, _ANY_BOND)
    return query.GetMol()


@cache
def _pattern_atom(number: int, ring: bool) -> Chem.Atom:
    """Return an atom of a pattern; element 0 stands for any."""
    element = f"#{number}" if number else "!#1"
    return Chem.AtomFromSmarts(f"[{element};{'R' if ring else 'R0'}]")
