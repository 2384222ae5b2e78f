"""Which atoms of a ligand lie where which atoms of a template lie: several answers, ranked.

The maximum common edge subgraph (RASCAL: Raymond, Gardiner & Willett, Comput. J. 2002, 45, 631) may
consist of several pieces, so that both ends of an exchanged linker keep their places. It is sought
under two strictnesses, grown atom by atom where ring rules cut it short, and laid on the template
in every way in which it fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdRascalMCES

from molattn.structure.records import Integers

SMALLEST_PIECE: Final = 3
"""Atoms. Smaller pieces of a common substructure say nothing about a pose."""
_SEARCH_SECONDS: Final = 2  # hardly ever reached: the search takes milliseconds
_LARGE: Final = (
    60  # heavy atoms; beyond these the loose search, which may take seconds, is left out
)
_MOST_FITS: Final = 200
_EXCHANGEABLE: Final = "[C,N,O,S,F,Cl,Br,I]"

Pairs = dict[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Correspondence:
    """Atoms of a ligand and the template atoms whose places they take.

    Attributes
    ----------
    ligand, template
        [c] atom indices, pairwise.
    pieces
        [c] which connected piece of the common substructure a pair belongs to; 0 is the largest.
    rank
        Pairs, with a deduction for those of unequal elements; more is better.
    """

    ligand: Integers
    template: Integers
    pieces: Integers
    rank: float

    def __len__(self) -> int:
        return len(self.ligand)


def correspondences(
    ligand: Chem.Mol, template: Chem.Mol, *, most: int = 12
) -> list[Correspondence]:
    """Return ways to lay a ligand on a template, the largest common substructure first.

    Parameters
    ----------
    ligand, template
        Sanitised molecules without hydrogens.
    most
        Correspondences returned at most.

    Returns
    -------
    list of Correspondence
        Without duplicates; terminal atoms that are exchanged count for no difference. Empty where
        no piece of three atoms is shared.
    """
    found: dict[tuple[tuple[int, int], ...], Correspondence] = {}
    for pairs in _common_substructures(ligand, template):
        for fit in _fits(pairs, ligand, template):
            key = _key(fit, ligand)
            if key not in found:
                found[key] = _correspondence(fit, ligand, template)
    ranked = sorted(found.values(), key=lambda one: -one.rank)
    return _varied(ranked, most)


def same_atoms(one: Chem.Mol, other: Chem.Mol) -> tuple[int, ...] | None:
    """Return the atoms of ``other`` in the order of ``one``, None if they are not one compound.

    Only elements and connections are compared, not bond orders, charges or stereo.
    """
    if (one.GetNumAtoms(), one.GetNumBonds()) != (other.GetNumAtoms(), other.GetNumBonds()):
        return None
    match = _bare(other).GetSubstructMatch(_bare(one))
    return tuple(match) if match else None


def _bare(mol: Chem.Mol) -> Chem.Mol:
    bare = Chem.RWMol()
    for atom in mol.GetAtoms():
        plain = Chem.Atom(atom.GetAtomicNum())
        plain.SetNoImplicit(True)
        bare.AddAtom(plain)
    for bond in mol.GetBonds():
        bare.AddBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), Chem.BondType.SINGLE)
    return bare


def _varied(ranked: list[Correspondence], most: int) -> list[Correspondence]:
    """Return the first ones, some places kept for sets of atoms that differ from the best."""
    if len(ranked) <= most:
        return ranked
    seen: dict[tuple[int, ...], int] = {}
    first: list[Correspondence] = []
    later: list[Correspondence] = []
    for one in ranked:
        group = tuple(sorted(one.ligand.tolist()))
        seen[group] = seen.get(group, 0) + 1
        (first if seen[group] <= most // 2 else later).append(one)
    return sorted((first + later)[:most], key=lambda one: -one.rank)


def _common_substructures(ligand: Chem.Mol, template: Chem.Mol) -> list[Pairs]:
    """Return common substructures: strict and loose, whole and their largest piece alone."""
    results: list[Pairs] = []
    large = max(ligand.GetNumAtoms(), template.GetNumAtoms()) > _LARGE
    for loose in (False,) if large else (False, True):
        pairs = _extended(_rascal(ligand, template, loose=loose), ligand, template, loose=loose)
        pieces = _pieces(pairs, ligand, template)
        kept = [piece for piece in pieces if len(piece) >= SMALLEST_PIECE]
        if not kept:
            continue
        whole = {atom: pairs[atom] for piece in kept for atom in piece}
        results.append(whole)
        if len(kept) > 1:
            results.append({atom: pairs[atom] for atom in kept[0]})
    return results


def _rascal(ligand: Chem.Mol, template: Chem.Mol, *, loose: bool) -> Pairs:
    options: Any = rdRascalMCES.RascalOptions()
    options.similarityThreshold = 0.0
    options.ringMatchesRingOnly = True
    options.completeSmallestRings = True
    options.ignoreBondOrders = True  # tautomers and charges differ between sources
    options.ignoreAtomAromaticity = True
    options.timeout = _SEARCH_SECONDS
    if loose:
        options.equivalentAtoms = _EXCHANGEABLE
    with rdBase.BlockLogs():
        results = rdRascalMCES.FindMCES(ligand, template, options)
    return dict(results[0].atomMatches()) if results else {}


def _extended(pairs: Pairs, ligand: Chem.Mol, template: Chem.Mol, *, loose: bool) -> Pairs:
    """Grow a match over bonds whose far ends are alike: rings that were cut short, substituents."""
    pairs = dict(pairs)
    taken = set(pairs.values())
    rings = _ring_sizes(ligand), _ring_sizes(template)
    while True:
        best: tuple[tuple[bool, bool, bool, int, int], int, int] | None = None
        for atom, other in pairs.items():
            for new in _neighbours(ligand, atom):
                if new in pairs:
                    continue
                for place in _neighbours(template, other):
                    if place in taken or rings[0][new] != rings[1][place]:
                        continue
                    one, two = ligand.GetAtomWithIdx(new), template.GetAtomWithIdx(place)
                    alike = one.GetAtomicNum() == two.GetAtomicNum()
                    if not alike and not loose:
                        continue
                    closes = sum(
                        pairs.get(near) in _neighbours(template, place)
                        for near in _neighbours(ligand, new)
                        if near in pairs
                    )
                    merit = (closes, alike, one.GetDegree() == two.GetDegree(), -new, -place)
                    if best is None or merit > best[0]:
                        best = (merit, new, place)  # type: ignore[assignment]
        if best is None:
            return pairs
        pairs[best[1]] = best[2]
        taken.add(best[2])


def _ring_sizes(mol: Chem.Mol) -> list[tuple[int, ...]]:
    rings = mol.GetRingInfo()
    return [tuple(sorted(rings.AtomRingSizes(atom))) for atom in range(mol.GetNumAtoms())]


def _neighbours(mol: Chem.Mol, atom: int) -> list[int]:
    return [near.GetIdx() for near in mol.GetAtomWithIdx(atom).GetNeighbors()]


def _pieces(pairs: Pairs, ligand: Chem.Mol, template: Chem.Mol) -> list[list[int]]:
    """Return the ligand atoms of each connected piece, the largest first."""
    left, pieces = set(pairs), []
    while left:
        start = min(left)
        left.remove(start)
        piece, stack = [start], [start]
        while stack:
            atom = stack.pop()
            for near in _neighbours(ligand, atom):
                if near in left and pairs[near] in _neighbours(template, pairs[atom]):
                    left.remove(near)
                    piece.append(near)
                    stack.append(near)
        pieces.append(sorted(piece))
    return sorted(pieces, key=lambda piece: (-len(piece), piece[0]))


def _fits(pairs: Pairs, ligand: Chem.Mol, template: Chem.Mol) -> Iterable[Pairs]:
    """Return every way to lay the common substructure on the template, and the ligand on it."""
    atoms = sorted(pairs)
    query = _query(atoms, pairs, ligand, template)
    yield pairs
    on_template = template.GetSubstructMatches(query, uniquify=False, maxMatches=_MOST_FITS)
    in_ligand = ligand.GetSubstructMatches(query, uniquify=True, maxMatches=4)
    for own in (tuple(atoms), *in_ligand):
        for places in on_template:
            yield dict(zip(own, places, strict=True))


def _query(atoms: list[int], pairs: Pairs, ligand: Chem.Mol, template: Chem.Mol) -> Chem.Mol:
    """Return the common substructure as a pattern: elements where equal, any bond order."""
    rings = ligand.GetRingInfo()
    query = Chem.RWMol()
    for atom in atoms:
        number = ligand.GetAtomWithIdx(atom).GetAtomicNum()
        equal = number == template.GetAtomWithIdx(pairs[atom]).GetAtomicNum()
        ring = "R" if rings.NumAtomRings(atom) else "R0"
        query.AddAtom(Chem.AtomFromSmarts(f"[#{number};{ring}]" if equal else f"[!#1;{ring}]"))
    for first, atom in enumerate(atoms):
        for second in range(first + 1, len(atoms)):
            other = atoms[second]
            shared = pairs[other] in _neighbours(template, pairs[atom])
            if shared and other in _neighbours(ligand, atom):
                bond = query.AddBond(first, second, Chem.BondType.SINGLE) - 1
                query.ReplaceBond(bond, Chem.BondFromSmarts("~"))
    return query.GetMol()


def _key(pairs: Pairs, ligand: Chem.Mol) -> tuple[tuple[int, int], ...]:
    """Return what tells correspondences apart: terminal atoms may swap without a difference."""
    inner = [atom for atom in pairs if ligand.GetAtomWithIdx(atom).GetDegree() > 1]
    chosen = inner if len(inner) >= SMALLEST_PIECE else list(pairs)
    return tuple(sorted((atom, pairs[atom]) for atom in chosen))


def _correspondence(pairs: Pairs, ligand: Chem.Mol, template: Chem.Mol) -> Correspondence:
    pieces = _pieces(pairs, ligand, template)
    atoms = [atom for piece in pieces for atom in piece]
    number = [row for row, piece in enumerate(pieces) for _ in piece]
    unequal = sum(
        ligand.GetAtomWithIdx(a).GetAtomicNum() != template.GetAtomWithIdx(pairs[a]).GetAtomicNum()
        for a in atoms
    )
    rank = len(atoms) - 0.4 * unequal - 1.0 * (len(pieces) - 1)
    return Correspondence(
        np.array(atoms, dtype=np.int64),
        np.array([pairs[atom] for atom in atoms], dtype=np.int64),
        np.array(number, dtype=np.int64),
        rank,
    )
