"""The standard form of a ligand: one molecule however its source wrote charges and hydrogens.

Acids and bases are neutral; nitro groups, N-oxides, azides and quaternary nitrogens keep the
charges that their bonds force. Where a proton or a double bond could sit on several atoms of one
group (amidine, guanidine, azole, thioacid, imidic acid), it sits where element, connectivity and a
fixed ranking put it. The ranking follows the atoms when they are renumbered.

Tautomers that differ in the carbon skeleton (keto and enol) are left as they are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from weakref import WeakKeyDictionary

from rdkit import Chem, rdBase

from molattn.structure.heavy_graph import (
    HeavyGraph,
    heavy_graph,
    rdkit_molecule,
    share_ring,
    skeleton_ranks,
)
from molattn.structure.ring_tautomers import azoles, place_ring_hydrogens

_CHALCOGENS: Final = (8, 16, 34)


_KNOWN_BONDS: WeakKeyDictionary[Chem.Mol, HeavyGraph] = WeakKeyDictionary()
"""Kekulé bonds of molecules that were built here, to save deriving them again."""


def remember_bonds(mol: Chem.Mol, graph: HeavyGraph) -> None:
    """Note the Kekulé bonds from which a molecule was built; forgotten with the molecule."""
    _KNOWN_BONDS[mol] = graph


@lru_cache(maxsize=512)
def standard_form(mol: Chem.Mol) -> Chem.Mol:
    """Return a ligand in the form that does not depend on how its protonation was written.

    Parameters
    ----------
    mol
        Sanitised molecule, hydrogens optional. Do not change it afterwards: results are cached by
        object.

    Returns
    -------
    Chem.Mol
        Sanitised molecule of the heavy atoms in the same order, with the same coordinates; it may
        be ``mol`` itself. Do not change it; copy it first.
    """
    known = _KNOWN_BONDS.get(mol)
    graph = known if known is not None else _kekule_graph(mol)
    standard = standard_graph(graph)
    unchanged = standard.charges == graph.charges and standard.neighbours == graph.neighbours
    form = mol if unchanged and known is not None else rdkit_molecule(standard)
    return place_ring_hydrogens(form, standard)


PoseFree = tuple[tuple[int, ...], tuple[int, ...], tuple[tuple[tuple[int, float], ...], ...]]
"""Elements, charges and bonds of a molecule: equal for poses of one molecule written alike."""


def pose_free(mol: Chem.Mol) -> PoseFree | None:
    """Return what decides the standard form of a molecule built here, None where its pose may.

    None also for a molecule that was not built here.
    """
    graph = _KNOWN_BONDS.get(mol)
    if graph is None:
        return None
    for element, row in zip(graph.elements, graph.neighbours, strict=True):
        # the shortest bond becomes the double one where sulfur or nitrogen gives it to oxygen
        doubles = [graph.elements[other] for other, order in row.items() if order == 2]
        if element in (15, 16) and len(row) > 2 and set(doubles) - {8}:
            return None
    bonds = tuple(tuple(row.items()) for row in graph.neighbours)
    return tuple(graph.elements), tuple(graph.charges), bonds


def _kekule_graph(mol: Chem.Mol) -> HeavyGraph:
    kekule = Chem.Mol(mol)
    with rdBase.BlockLogs():
        Chem.Kekulize(kekule, clearAromaticFlags=True)
    return heavy_graph(kekule)


def standard_graph(graph: HeavyGraph) -> HeavyGraph:
    """Return the standard form of repaired Kekulé bonds; ring hydrogens are not placed yet."""
    graph = graph.copy()
    neutralise(graph)
    order = _LazyRanks(graph)
    for atom, element in enumerate(graph.elements):
        if element == 7:
            _settle_dinitrogen(graph, atom)
        elif element in (15, 16):
            _settle_oxo(graph, atom, order)
        elif element == 6 and 2.0 in graph.neighbours[atom].values():
            _settle_carbon(graph, atom, order)
    neutralise(graph)
    return graph


class _LazyRanks:
    """Ranks by connectivity, computed when first needed (most ligands never need them)."""

    def __init__(self, graph: HeavyGraph) -> None:
        self._graph = graph
        self._ranks: list[int] | None = None

    def __getitem__(self, atom: int) -> int:
        if self._ranks is None:
            self._ranks = skeleton_ranks(self._graph)
        return self._ranks[atom]


def neutralise(graph: HeavyGraph) -> None:
    """Set every charge to the one that the bonds force, in place; zero where a proton decides."""
    for atom, element in enumerate(graph.elements):
        graph.charges[atom] = 0
        bonds = graph.valence(atom)
        if (
            (element == 7 and bonds == 4)
            or (element == 8 and bonds == 3)
            or (element in (16, 34) and bonds == 3 and graph.degree(atom) == 3)
            or (element in (15, 33) and bonds == 4 and graph.degree(atom) == 4)
            or (element in (17, 35, 53) and bonds == 2)
        ):
            graph.charges[atom] = 1
        elif element == 5 and bonds == 4:
            graph.charges[atom] = -1
    for atom, element in enumerate(graph.elements):
        if element == 7 and graph.charges[atom] == 1:
            for other, order in graph.neighbours[atom].items():
                if _is_anion_of(graph, other, order):
                    graph.charges[other] = -1


def _is_anion_of(graph: HeavyGraph, atom: int, order: float) -> bool:
    """Whether a neighbour of a four-bonded nitrogen holds its counter-charge without a proton."""
    if not graph.is_terminal(atom):
        return False
    element = graph.elements[atom]
    return (
        (element == 8 and order == 1)  # nitro, N-oxide, nitrate
        or (element == 7 and order == 2)  # azide, diazo
        or (element == 6 and order == 3)  # isonitrile
    )


def _settle_dinitrogen(graph: HeavyGraph, atom: int) -> None:
    """Write azide and diazo as N=[N+]=[N-], from R-N-N#N or its ion."""
    if graph.valence(atom) != 4 or graph.degree(atom) != 2:
        return
    row = graph.neighbours[atom]
    for end, order in list(row.items()):
        if order == 3 and graph.elements[end] == 7 and graph.is_terminal(end):
            inner = next(o for o in row if o != end)
            if graph.elements[inner] == 7 and graph.valence(inner) == 2:
                graph.set_bond(atom, end, 2.0)
                graph.set_bond(atom, inner, 2.0)


def _settle_oxo(graph: HeavyGraph, atom: int, ranks: _LazyRanks) -> None:
    """Put the double bonds of P and S on terminal oxygen rather than on sulfur or nitrogen."""
    row = graph.neighbours[atom]
    hydroxyls = [o for o, order in row.items() if order == 1 and _is_terminal_oxygen(graph, o)]
    lesser = [
        o
        for o, order in row.items()
        if order == 2 and graph.elements[o] != 8 and graph.degree(o) <= 2
    ]
    hydroxyls.sort(key=lambda o: (graph.bond_length(atom, o), ranks[o]) if lesser else (0.0, 0))
    for oxygen, other in zip(hydroxyls, lesser, strict=False):
        graph.set_bond(atom, oxygen, 2.0)
        graph.set_bond(atom, other, 1.0)


def _is_terminal_oxygen(graph: HeavyGraph, atom: int) -> bool:
    return graph.elements[atom] == 8 and graph.is_terminal(atom)


def _settle_carbon(graph: HeavyGraph, atom: int, ranks: _LazyRanks) -> None:
    """Settle acids, thioacids, imidic acids, amidines and guanidines at one carbon."""
    row = graph.neighbours[atom]
    double = next((o for o, order in row.items() if order == 2), -1)
    if double < 0 or graph.elements[double] not in (7, *_CHALCOGENS) or len(row) < 2:
        return
    ends = [o for o, order in row.items() if _can_hold_double_bond(graph, o, order)]
    if len(ends) < 2 or double not in ends or graph.elements[double] == 8:
        return
    if all(graph.elements[o] == 7 for o in ends):
        ends = _settled_nitrogens(graph, atom, double, ends)
        if not ends:
            return
    elif graph.elements[double] == 7 and share_ring(graph, atom, double):
        return  # a lactim: which nitrogen is doubly bonded depends on how the ring was drawn
    best = min(ends, key=lambda o: (_preference(graph, o), ranks[o]))
    dithioacid = graph.elements[best] == graph.elements[double] != 7
    if best != double and not dithioacid:
        graph.set_bond(atom, double, 1.0)
        graph.set_bond(atom, best, 2.0)


def _settled_nitrogens(graph: HeavyGraph, carbon: int, double: int, ends: list[int]) -> list[int]:
    """Return the nitrogens among which the double bond of an amidine may move; none: leave it.

    In a ring the double bond goes to a ring nitrogen. Between ring nitrogens it moves only where
    both are flanked by sp3 atoms: elsewhere the ring may be aromatic.
    """
    inside = [o for o in ends if share_ring(graph, carbon, o)]
    if not inside:
        return ends
    if double not in inside:
        return inside
    saturated = all(
        all(
            order == 1
            for far in graph.neighbours[o]
            if far != carbon
            for order in graph.neighbours[far].values()
        )
        for o in inside
    )
    return inside if saturated else []


def _can_hold_double_bond(graph: HeavyGraph, atom: int, order: float) -> bool:
    """Whether the double bond at a neighbouring carbon may move to or from this atom."""
    if order not in (1, 2) or graph.charges[atom]:
        return False
    element, degree, bonds = graph.elements[atom], graph.degree(atom), graph.valence(atom)
    if element in _CHALCOGENS:
        return degree == 1
    return element == 7 and degree <= 2 and bonds == degree + (order == 2)


def _preference(graph: HeavyGraph, atom: int) -> tuple[int, int]:
    """Return the order in which atoms take the double bond: O, S, end nitrogen, others."""
    element = graph.elements[atom]
    kind = {8: 0, 16: 1, 34: 2}.get(element, 3)
    return kind, graph.degree(atom) if element == 7 else 0


def delocalised_groups(mol: Chem.Mol) -> list[tuple[int, ...]]:
    """Return groups of atoms between which a proton, a charge or a double bond is shared.

    Parameters
    ----------
    mol
        A standard form.

    Returns
    -------
    list of tuple of int
        The terminal oxygens (or sulfurs) of a carboxylate, phosphate, sulfonate or nitro group, the
        nitrogens of an amidine or guanidine, the nitrogens of an azole. Nothing downstream should
        tell the atoms of one group apart by the bond or hydrogen that one of them happens to have.
    """
    groups = [
        nitrogens
        for nitrogens in azoles(mol)
        if any(mol.GetAtomWithIdx(a).GetTotalNumHs() for a in nitrogens)
    ]
    for centre in mol.GetAtoms():
        if centre.GetAtomicNum() not in (6, 7, 15, 16, 33, 34) or centre.GetDegree() < 2:
            continue
        ends: dict[int, list[int]] = {}
        doubles = set()
        for bond in centre.GetBonds():
            end = bond.GetOtherAtom(centre)
            element, order = end.GetAtomicNum(), bond.GetBondType()
            terminal = end.GetDegree() == 1
            if order not in (Chem.BondType.SINGLE, Chem.BondType.DOUBLE):
                continue
            amidine = element == 7 and centre.GetAtomicNum() == 6 and end.GetDegree() <= 3
            if amidine or (terminal and element in _CHALCOGENS):
                ends.setdefault(element, []).append(end.GetIdx())
                if order == Chem.BondType.DOUBLE:
                    doubles.add(element)
        groups += [tuple(e) for element, e in ends.items() if element in doubles and len(e) > 1]
    return groups
