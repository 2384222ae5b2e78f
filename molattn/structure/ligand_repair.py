"""Repairs of ligand chemistry, from heavy atoms and bonds alone; every repair is named.

Order matters: metals first (their bonds use up no valence), then open bonds, then groups that lost
a double bond, then atoms with more bonds than their element and charge allow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from molattn.structure.heavy_graph import AROMATIC, COORDINATION, HeavyGraph, is_metal
from molattn.structure.open_bonds import close_open_bonds
from molattn.structure.records import Note

_SYMBOL: Final = {5: "B", 6: "C", 7: "N", 8: "O", 14: "Si", 15: "P", 16: "S", 33: "As", 34: "Se"}
_OXO_LIKE: Final = (8, 16, 34)  # atoms that can end a double bond of P or S
_MOST_BONDS: Final = {
    (5, 0): 3,
    (5, -1): 4,
    (6, -1): 3,
    (6, 0): 4,
    (6, 1): 3,
    (7, -1): 2,
    (7, 0): 3,
    (7, 1): 4,
    (8, -1): 1,
    (8, 0): 2,
    (8, 1): 3,
    (9, -1): 0,
    (9, 0): 1,
    (14, 0): 4,
    (17, -1): 0,
    (35, -1): 0,
    (53, -1): 0,
}
_CHARGE_FOR_BONDS: Final = {(5, 4): -1, (7, 4): 1, (8, 3): 1, (17, 2): 1, (35, 2): 1, (53, 2): 1}
_LIMIT: Final = {5: 4, 6: 4, 7: 4, 8: 3, 15: 5, 16: 6, 33: 5, 34: 6}
_DOUBT: Final = "The bonds of the ligand are doubtful: "
_FLAT_DEGREES = 354.0  # sum of the three angles at an sp2 atom, crystal noise allowed for
_SHORT_CARBON_NITROGEN = 1.42  # Å
_LONG_CARBON_OXYGEN = 1.36  # Å, between a carboxylate (1.26) and an alcohol (1.43)


def repair_bonds(graph: HeavyGraph, *, charges_given: bool = True) -> list[Note]:
    """Repair bonds and charges in place until every valence makes sense.

    Parameters
    ----------
    graph
        The molecule as its source wrote it.
    charges_given
        Whether the format can state formal charges. MOL2 cannot, so charges that follow from the
        bonds are then no repair.

    Returns
    -------
    list of Note
        One note for each kind of repair.
    """
    notes: list[Note] = []
    _coordinate_metals(graph, notes)
    oxo_as_aromatic = _close(graph, notes, charges_given)
    _separate_nitro_charges(graph)
    _restore_oxo_bonds(graph, notes, oxo_as_aromatic)
    _restore_planar_double_bonds(graph, notes)
    _reduce_impossible_bonds(graph, notes)
    _charge_by_bonds(graph, notes, charges_given)
    return notes


def _named(graph: HeavyGraph, atoms: Iterable[int]) -> str:
    rows = list(dict.fromkeys(atoms))
    listed = ", ".join(f"{_SYMBOL.get(graph.elements[a], 'atom ')}{a + 1}" for a in rows[:4])
    return listed + (f" and {len(rows) - 4} more" if len(rows) > 4 else "")


def _coordinate_metals(graph: HeavyGraph, notes: list[Note]) -> None:
    metals = [a for a, element in enumerate(graph.elements) if is_metal(element)]
    for metal in metals:
        for other in graph.neighbours[metal]:
            graph.set_bond(metal, other, COORDINATION)
        for atom in (metal, *graph.neighbours[metal]):
            graph.charges[atom] = 0
    if metals:
        named = _named_metals(graph, metals)
        text = f"The ligand holds a metal ({named}); its bonds are coordination bonds."
        notes.append(Note("info", "metal-in-ligand", text))


def _named_metals(graph: HeavyGraph, metals: list[int]) -> str:
    from rdkit import Chem

    table = Chem.GetPeriodicTable()
    return ", ".join(table.GetElementSymbol(graph.elements[m]) for m in metals[:4])


def _close(graph: HeavyGraph, notes: list[Note], charges_given: bool) -> set[int]:
    """Close the open bonds; return the phosphorus and sulfur whose oxo bonds were open."""
    # P, S and their kin get their double bonds by the rule of oxo groups, not by matching
    oxo: set[int] = set()
    outside_rings: list[int] = []
    for atom, row in enumerate(graph.neighbours):
        if AROMATIC not in row.values():
            continue
        if graph.elements[atom] in (15, 16, 33, 34) and graph.degree(atom) >= 3:
            for other, order in row.items():
                if order == AROMATIC:
                    graph.set_bond(atom, other, 1.0)
            oxo.add(atom)
        elif graph.is_terminal(atom):
            outside_rings.append(atom)
    unmet = close_open_bonds(graph)
    if outside_rings and charges_given:
        named = _named(graph, outside_rings)
        text = f"Bonds called aromatic outside rings (at {named}) were made single or double."
        notes.append(Note("repair", "aromatic-bond-outside-ring", text))
    if unmet:
        named = _named(graph, unmet)
        text = f"Aromatic bonds at {named} admit no pattern of double bonds and were made single."
        notes.append(Note("repair", "aromatic-not-kekulisable", text))
        notes.append(Note("warning", "bonding-doubtful", _DOUBT + text))
    return oxo


def _separate_nitro_charges(graph: HeavyGraph) -> None:
    """Write five-bonded nitrogen (nitro, N-oxide, azide, diazo) with separated charges."""
    for atom, element in enumerate(graph.elements):
        if element != 7 or graph.valence(atom) != 5:
            continue
        row = graph.neighbours[atom]
        ends = [o for o, order in row.items() if order >= 2 and graph.is_terminal(o)]
        ends.sort(key=lambda o: (graph.elements[o] != 8, graph.elements[o] != 7, o))
        if ends:
            order = row[ends[0]]
            graph.set_bond(atom, ends[0], order - 1)
            graph.charges[atom] = 1
            graph.charges[ends[0]] = -1


def _restore_oxo_bonds(graph: HeavyGraph, notes: list[Note], expected: set[int]) -> None:
    """Give P and S of four neighbours, and sulfoxides, the double bonds that were lost."""
    restored: list[int] = []
    for atom, element in enumerate(graph.elements):
        if element not in (15, 16, 33, 34) or graph.degree(atom) < 3:
            continue
        wanted = _oxo_bonds_wanted(element, graph.degree(atom))
        row = graph.neighbours[atom]
        missing = wanted - sum(1 for order in row.values() if order == 2)
        ends = [
            o
            for o, order in row.items()
            if order == 1 and graph.is_terminal(o) and graph.elements[o] in _OXO_LIKE
        ]
        if missing <= 0 or not ends:
            continue
        separated = graph.charges[atom] > 0
        ends.sort(key=lambda o: (graph.elements[o], graph.bond_length(atom, o)))
        for end in ends[:missing]:
            graph.set_bond(atom, end, 2.0)
            graph.charges[end] = 0
        graph.charges[atom] = 0
        if not separated and atom not in expected:
            restored.append(atom)
    if restored:
        text = f"The double bond to oxygen or sulfur was restored at {_named(graph, restored)}."
        notes.append(Note("repair", "oxo-double-bond", text))


def _oxo_bonds_wanted(element: int, degree: int) -> int:
    if element in (15, 33):
        return 1 if degree == 4 else 0
    return {3: 1, 4: 2}.get(degree, 0)


def _restore_planar_double_bonds(graph: HeavyGraph, notes: list[Note]) -> None:
    """Give carboxylates, amidines and guanidines drawn with single bonds their double bond."""
    restored: list[int] = []
    for atom, element in enumerate(graph.elements):
        row = graph.neighbours[atom]
        if element != 6 or len(row) < 3 or any(order != 1 for order in row.values()):
            continue
        end = _missing_double_bond(graph, atom)
        if end is not None:
            graph.set_bond(atom, end, 2.0)
            restored.append(atom)
            graph.charges[atom] = 0
            graph.charges[end] = max(graph.charges[end], 0)
    if restored:
        named = _named(graph, restored)
        text = f"The double bond of an acid, amidine or guanidine was restored at {named}."
        notes.append(Note("repair", "planar-double-bond", text))


def _missing_double_bond(graph: HeavyGraph, carbon: int) -> int | None:
    row = graph.neighbours[carbon]
    if len(row) != 3:
        return None
    acid = [o for o in row if graph.elements[o] == 8 and graph.is_terminal(o)]
    basic = [o for o in row if graph.elements[o] == 7 and graph.valence(o) <= 2]
    cation = graph.charges[carbon] == 1
    if len(acid) + len(basic) < 2 and not cation:
        return None
    if not cation and angle_sum(graph, carbon) < _FLAT_DEGREES:
        return None
    if acid and graph.bond_length(carbon, acid[0]) < _LONG_CARBON_OXYGEN:
        return min(acid, key=lambda o: graph.bond_length(carbon, o))
    if len(basic) >= 2 and all(
        graph.bond_length(carbon, n) < _SHORT_CARBON_NITROGEN for n in basic
    ):
        return min(basic, key=lambda n: (graph.degree(n), graph.bond_length(carbon, n)))
    return basic[0] if cation and basic else None


def angle_sum(graph: HeavyGraph, atom: int) -> float:
    """Return the sum in degrees of the three angles at an atom of three neighbours; 360 is flat."""
    arms = graph.positions[list(graph.neighbours[atom])] - graph.positions[atom]
    lengths = np.linalg.norm(arms, axis=1)
    if (lengths < 1e-6).any():
        return 0.0
    arms = arms / lengths[:, None]
    cosines = np.clip(np.array([arms[0] @ arms[1], arms[0] @ arms[2], arms[1] @ arms[2]]), -1, 1)
    return float(np.degrees(np.arccos(cosines)).sum())


def _reduce_impossible_bonds(graph: HeavyGraph, notes: list[Note]) -> None:
    """Make multiple bonds single where an atom has more bonds than its element can have.

    Double bonds to both oxygens of a carboxylate, to all nitrogens of a guanidine are a way of
    writing charge (X-TOOL does): the longest goes. Elsewhere the chemistry is doubtful.
    """
    shared: list[int] = []
    doubtful: list[int] = []
    for atom, element in enumerate(graph.elements):
        while element in _LIMIT and graph.valence(atom) > _LIMIT[element]:
            row = graph.neighbours[atom]
            multiple = [o for o, order in row.items() if order > 1]
            if not multiple:
                break
            polar = [o for o in multiple if graph.elements[o] != 6]
            ends = [o for o in polar if graph.is_terminal(o)]
            candidates = ends if len(ends) > 1 else polar or multiple
            longest = max(candidates, key=lambda o: graph.bond_length(atom, o))
            graph.set_bond(atom, longest, row[longest] - 1)
            (shared if len(polar) > 1 or element in (15, 16) else doubtful).append(atom)
    if shared:
        named = _named(graph, shared)
        text = f"Surplus double bonds of an acid or base were made single at {named}."
        notes.append(Note("repair", "surplus-double-bond", text))
    if doubtful:
        text = f"Multiple bonds beyond the valence of {_named(graph, doubtful)} were made single."
        notes.append(Note("repair", "too-many-bonds", text))
        notes.append(Note("warning", "bonding-doubtful", _DOUBT + text))


def _charge_by_bonds(graph: HeavyGraph, notes: list[Note], charges_given: bool) -> None:
    repaired: list[int] = []
    for atom, element in enumerate(graph.elements):
        bonds = graph.valence(atom)
        charge = graph.charges[atom]
        most = _MOST_BONDS.get((element, charge))
        forced = _CHARGE_FOR_BONDS.get((element, int(bonds)))
        if forced is None and element in (16, 34) and bonds == 3 and graph.degree(atom) == 3:
            forced = 1
        if forced is None and element == 15 and bonds == 4 and graph.degree(atom) == 4:
            forced = 1
        if forced is not None and charge != forced:
            graph.charges[atom] = forced
            repaired.append(atom)
        elif forced is None and (abs(charge) > 1 or (most is not None and bonds > most)):
            graph.charges[atom] = 0
            if charge > 0 or abs(charge) > 1:
                repaired.append(atom)
    if repaired and charges_given:
        text = f"The charge of {_named(graph, repaired)} was set from the number of bonds."
        notes.append(Note("repair", "charge-from-bonds", text))
