"""Open bonds, those a file calls aromatic, made single or double without counting hydrogens.

Every atom with an open bond gets at most one double bond among them, so a choice of double bonds is
a matching of the graph of open bonds. Each atom has a price for being in it and a price for staying
out: carbon must not stay out, a ring nitrogen of two bonds may (it then carries a hydrogen), a
nitrogen of three bonds would rather stay out than become charged. The cheapest matching is searched
for with the atom of fewest choices first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from molattn.structure.heavy_graph import AROMATIC, HeavyGraph, skeleton_ranks

MISSED: Final = 20.0
"""Price of a carbon that needs a double bond and gets none."""

_SEARCH_STEPS = 4000
_CHARGED_NITROGEN = 4.0
_CHARGED_CHALCOGEN = 9.0


@dataclass(slots=True)
class _Search:
    """State of one branch-and-bound search over one connected piece of open bonds."""

    neighbours: Mapping[int, Sequence[tuple[int, float]]]
    inside: Mapping[int, float]  # price of an atom with a double bond
    outside: Mapping[int, float]  # price of an atom without
    rank: Mapping[int, int]
    steps: int = 0
    best_price: float = float("inf")
    best: tuple[tuple[int, int], ...] = ()
    floor: float = field(init=False)

    def __post_init__(self) -> None:
        self.floor = sum(min(self.inside[a], self.outside[a]) for a in self.inside)

    def run(self, undecided: set[int], chosen: tuple[tuple[int, int], ...], price: float) -> None:
        """Decide the remaining atoms; ``price`` counts the rest at their floor."""
        self.steps += 1
        if price >= self.best_price - 1e-9:
            return
        if not undecided:
            self.best_price, self.best = price, chosen
            return
        if self.steps > _SEARCH_STEPS and self.best:
            return
        atom, options = self._tightest(undecided)
        floor = min(self.inside[atom], self.outside[atom])
        branches: list[tuple[float, int, int]] = [(self.outside[atom] - floor, -1, -1)]
        for other, bond_price in options:
            excess = self.inside[atom] - floor + bond_price
            excess += self.inside[other] - min(self.inside[other], self.outside[other])
            branches.append((excess, self.rank[other], other))
        # of equal branches the one that makes a double bond goes first
        for excess, _, other in sorted(branches, key=lambda b: (b[0], b[2] < 0, b[1])):
            if other < 0:
                self.run(undecided - {atom}, chosen, price + excess)
            else:
                self.run(undecided - {atom, other}, (*chosen, (atom, other)), price + excess)
            if self.best_price <= self.floor + 1e-9:
                return

    def _tightest(self, undecided: set[int]) -> tuple[int, list[tuple[int, float]]]:
        best_atom, best_key = -1, (99, 99.0, 0)
        best_options: list[tuple[int, float]] = []
        for atom in undecided:
            options = [pair for pair in self.neighbours[atom] if pair[0] in undecided]
            key = (len(options), self.inside[atom] - self.outside[atom], self.rank[atom])
            if key < best_key:
                best_atom, best_key, best_options = atom, key, options
        return best_atom, best_options


def close_open_bonds(
    graph: HeavyGraph,
    *,
    need: Sequence[float] | None = None,
    bond_prices: Mapping[tuple[int, int], float] | None = None,
) -> list[int]:
    """Make every open bond single or double, in place.

    Parameters
    ----------
    graph
        Molecule with bonds of order ``AROMATIC``.
    need
        For each atom, the price of a carbon that stays without a double bond; ``MISSED`` for all
        by default.
    bond_prices
        Extra price of a double bond between two atoms (lower index first), e.g. from its length.

    Returns
    -------
    list of int
        Atoms that needed a double bond and could not be given one.
    """
    open_bonds = {
        atom: [other for other, order in row.items() if order == AROMATIC]
        for atom, row in enumerate(graph.neighbours)
        if AROMATIC in row.values()
    }
    if not open_bonds:
        return []
    prices = {
        atom: _prices(graph, atom, MISSED if need is None else need[atom]) for atom in open_bonds
    }
    for atom, others in open_bonds.items():
        for other in others:
            graph.set_bond(atom, other, 1.0)
    able = {atom: pair for atom, pair in prices.items() if pair is not None}
    ranks = skeleton_ranks(graph)
    rank = {atom: ranks[atom] for atom in able}
    neighbours = {
        atom: [
            (other, (bond_prices or {}).get((min(atom, other), max(atom, other)), 0.0))
            for other in open_bonds[atom]
            if other in able
        ]
        for atom in able
    }
    unmet: list[int] = []
    for piece in _pieces(neighbours):
        search = _Search(
            {a: neighbours[a] for a in piece},
            {a: able[a][0] for a in piece},
            {a: able[a][1] for a in piece},
            rank,
        )
        search.run(set(piece), (), search.floor)
        for one, other in search.best:
            graph.set_bond(one, other, 2.0)
        doubled = {atom for pair in search.best for atom in pair}
        unmet.extend(a for a in piece if a not in doubled and able[a][1] >= MISSED)
    return sorted(unmet)


def _prices(graph: HeavyGraph, atom: int, missed: float) -> tuple[float, float] | None:
    """Return the price of an atom with and without a double bond; None where it can have none."""
    element = graph.elements[atom]
    used = sum(1.0 if order == AROMATIC else order for order in graph.neighbours[atom].values())
    if element == 6:
        return (0.0, missed) if used <= 3 else None
    if element == 7:
        if used >= 4:
            return None
        if used == 3:
            # the nitrogen of a nitro group or N-oxide is charged in any case
            oxide = any(
                graph.elements[o] == 8 and graph.degree(o) == 1 for o in graph.neighbours[atom]
            )
            return (0.0, missed / 2) if oxide else (_CHARGED_NITROGEN, 0.0)
        return (0.2, 0.0) if graph.degree(atom) == 1 else (0.0, 1.0)
    if element in (8, 16, 34, 52):
        if used == 1:
            return (0.0 if element == 8 else 0.5, 0.0)
        return (_CHARGED_CHALCOGEN, 0.0) if used == 2 else None
    if element in (15, 33):
        return (0.0, missed) if used == 4 else (0.0, 1.0) if used == 2 else None
    return (0.0, 1.0) if element == 14 and used <= 3 else None


def _pieces(neighbours: Mapping[int, Sequence[tuple[int, float]]]) -> list[list[int]]:
    seen: set[int] = set()
    pieces: list[list[int]] = []
    for start in neighbours:
        if start in seen:
            continue
        seen.add(start)
        piece = [start]
        for atom in piece:
            new = [other for other, _ in neighbours[atom] if other not in seen]
            seen.update(new)
            piece.extend(new)
        pieces.append(piece)
    return pieces
