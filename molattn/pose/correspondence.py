"""Which atoms of a ligand lie where which atoms of a template lie: several answers, ranked.

The common substructure may consist of several pieces, so that both ends of an exchanged linker
keep their places. It is the maximum common edge subgraph (RASCAL: Raymond, Gardiner & Willett,
Comput. J. 2002, 45, 631) or one grown from likely pairs. It is sought under two strictnesses, grown
atom by atom where ring rules cut it short, and laid on the template in every way in which it fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdRascalMCES

from molattn.pose.common_parts import (
    DEDUCTION,
    SMALLEST_PIECE,
    MolGraph,
    Pairs,
    common_parts,
    mol_graph,
    pieces_of,
    unequal,
)
from molattn.pose.fits import fits_of_pieces, fits_of_whole
from molattn.structure.records import Integers

_SEARCH_SECONDS: Final = 20  # hardly ever reached: the search takes milliseconds
_LARGE: Final = 60  # heavy atoms; beyond these the exact search may take minutes and is left out
_MOST_FITS: Final = 200
_EXCHANGEABLE: Final = "[C,N,O,S,F,Cl,Br,I]"


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
    ligand: Chem.Mol,
    template: Chem.Mol | MolGraph,
    *,
    most: int = 12,
    exact: bool = True,
    fits: int = _MOST_FITS,
) -> list[Correspondence]:
    """Return ways to lay a ligand on a template, the largest common substructure first.

    Parameters
    ----------
    ligand, template
        Sanitised molecules without hydrogens; of a template used often, its graph.
    most
        Correspondences returned at most.
    exact
        Seek the maximum common substructure; otherwise grow a large one in a bounded number of
        steps, as is done for molecules of more than 60 atoms in any case.
    fits
        Ways to lay one common substructure on the template that are looked at.

    Returns
    -------
    list of Correspondence
        Without duplicates; terminal atoms that are exchanged count for no difference. Empty where
        no piece of three atoms is shared.
    """
    own = mol_graph(ligand)
    other = template if isinstance(template, MolGraph) else mol_graph(template)
    exact = exact and max(len(own.near), len(other.near)) <= _LARGE
    found: dict[tuple[tuple[int, int], ...], Correspondence] = {}
    ways = fits_of_whole if exact else fits_of_pieces
    for pairs in _common_substructures(own, other, exact=exact):
        for fit in ways(pairs, own, other, fits):
            key = _key(fit, own)
            if key not in found:
                found[key] = _correspondence(fit, own, other)
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


def _common_substructures(ligand: MolGraph, template: MolGraph, *, exact: bool) -> list[Pairs]:
    """Return common substructures: strict and loose, whole and their largest piece alone."""
    results: list[Pairs] = []
    for loose in (False, True):
        pairs = _common(ligand, template, loose=loose, exact=exact)
        pairs = _extended(pairs, ligand, template, loose=loose)
        pieces = pieces_of(pairs, ligand, template)
        kept = [piece for piece in pieces if len(piece) >= SMALLEST_PIECE]
        if not kept:
            continue
        whole = {atom: pairs[atom] for piece in kept for atom in piece}
        results.append(whole)
        if len(kept) > 1:
            results.append({atom: pairs[atom] for atom in kept[0]})
    return results


def _common(ligand: MolGraph, template: MolGraph, *, loose: bool, exact: bool) -> Pairs:
    if exact:
        pairs = _rascal(ligand.mol, template.mol, loose=loose)
        if pairs is not None:
            return pairs
    return common_parts(ligand, template, loose=loose)


def _rascal(ligand: Chem.Mol, template: Chem.Mol, *, loose: bool) -> Pairs | None:
    """Return the maximum common edge subgraph, None where the search was not finished."""
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
    if results and results[0].timedOut:
        return None  # how far it came depends on the machine
    return dict(results[0].atomMatches()) if results else {}


def _extended(pairs: Pairs, ligand: MolGraph, template: MolGraph, *, loose: bool) -> Pairs:
    """Grow a match over bonds whose far ends are alike: rings that were cut short, substituents."""
    pairs = dict(pairs)
    taken = set(pairs.values())
    while True:
        best: tuple[tuple[int, bool, bool, int, int], int, int] | None = None
        for atom, other in pairs.items():
            for new in ligand.near[atom]:
                if new in pairs:
                    continue
                for place in template.near[other]:
                    if place in taken or ligand.ring_sizes[new] != template.ring_sizes[place]:
                        continue
                    alike = ligand.elements[new] == template.elements[place]
                    if not alike and not loose:
                        continue
                    closes = sum(
                        near in pairs and (place, pairs[near]) in template.bonds
                        for near in ligand.near[new]
                    )
                    degrees = len(ligand.near[new]) == len(template.near[place])
                    merit = (closes, alike, degrees, -new, -place)
                    if best is None or merit > best[0]:
                        best = (merit, new, place)
        if best is None:
            return pairs
        pairs[best[1]] = best[2]
        taken.add(best[2])


def _key(pairs: Pairs, ligand: MolGraph) -> tuple[tuple[int, int], ...]:
    """Return what tells correspondences apart: terminal atoms may swap without a difference."""
    inner = [atom for atom in pairs if len(ligand.near[atom]) > 1]
    chosen = inner if len(inner) >= SMALLEST_PIECE else list(pairs)
    return tuple(sorted((atom, pairs[atom]) for atom in chosen))


def _correspondence(pairs: Pairs, ligand: MolGraph, template: MolGraph) -> Correspondence:
    pieces = pieces_of(pairs, ligand, template)
    atoms = [atom for piece in pieces for atom in piece]
    number = [row for row, piece in enumerate(pieces) for _ in piece]
    rank = len(atoms) - DEDUCTION * unequal(pairs, ligand, template) - 1.0 * (len(pieces) - 1)
    return Correspondence(
        np.array(atoms, dtype=np.int64),
        np.array([pairs[atom] for atom in atoms], dtype=np.int64),
        np.array(number, dtype=np.int64),
        rank,
    )
