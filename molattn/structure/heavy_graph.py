"""A molecule reduced to what every source agrees on: heavy atoms, their bonds, their charges.

Hydrogens are optional in every input and wrong in many, so nothing here counts them. The repairs
and the standard form work on this plain structure and hand an RDKit molecule back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molattn.structure.records import Floats

AROMATIC: Final = 1.5
"""Order of a bond that still has to become single or double."""

COORDINATION: Final = 0.0
"""Order of a bond between a ligand atom and a metal: it uses up no valence of either."""

_ORDER_OF: Final = {
    Chem.BondType.SINGLE: 1.0,
    Chem.BondType.DOUBLE: 2.0,
    Chem.BondType.TRIPLE: 3.0,
    Chem.BondType.QUADRUPLE: 4.0,
    Chem.BondType.AROMATIC: AROMATIC,
    Chem.BondType.ONEANDAHALF: AROMATIC,
    Chem.BondType.DATIVE: COORDINATION,
    Chem.BondType.DATIVEL: COORDINATION,
    Chem.BondType.DATIVER: COORDINATION,
    Chem.BondType.DATIVEONE: COORDINATION,
    Chem.BondType.ZERO: COORDINATION,
}
_TYPE_OF: Final = {
    1.0: Chem.BondType.SINGLE,
    2.0: Chem.BondType.DOUBLE,
    3.0: Chem.BondType.TRIPLE,
    4.0: Chem.BondType.QUADRUPLE,
    AROMATIC: Chem.BondType.AROMATIC,
}
_SANITISE: Final = (
    Chem.SanitizeFlags.SANITIZE_PROPERTIES
    | Chem.SanitizeFlags.SANITIZE_SYMMRINGS
    | Chem.SanitizeFlags.SANITIZE_KEKULIZE
    | Chem.SanitizeFlags.SANITIZE_SETAROMATICITY
    | Chem.SanitizeFlags.SANITIZE_SETCONJUGATION
    | Chem.SanitizeFlags.SANITIZE_SETHYBRIDIZATION
    | Chem.SanitizeFlags.SANITIZE_ADJUSTHS
)

_NONMETALS: Final = frozenset(
    (0, 1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85, 86)
)


def is_metal(element: int) -> bool:
    """Return whether an atomic number is that of a metal (Ge and Sb count as metals)."""
    return element not in _NONMETALS


@dataclass(slots=True)
class HeavyGraph:
    """Heavy atoms and bonds, in the order of the source; changed in place by the repairs.

    Attributes
    ----------
    elements
        Atomic number of each atom.
    charges
        Formal charge of each atom.
    neighbours
        For each atom, the order of the bond to each neighbour: 1, 2, 3, 4, ``AROMATIC`` where it
        is still open, ``COORDINATION`` to a metal.
    positions
        [a, 3] Å.
    """

    elements: list[int]
    charges: list[int]
    neighbours: list[dict[int, float]]
    positions: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self.elements)

    def copy(self) -> HeavyGraph:
        """Return an independent copy; the positions are shared."""
        bonds = [dict(row) for row in self.neighbours]
        return HeavyGraph(list(self.elements), list(self.charges), bonds, self.positions)

    def set_bond(self, one: int, other: int, order: float) -> None:
        """Set the order of the bond between two atoms, in both directions."""
        self.neighbours[one][other] = order
        self.neighbours[other][one] = order

    def valence(self, atom: int) -> float:
        """Return the sum of the bond orders of an atom."""
        return sum(self.neighbours[atom].values())

    def degree(self, atom: int) -> int:
        """Return the number of neighbours of an atom, metals not counted."""
        return sum(1 for order in self.neighbours[atom].values() if order)

    def is_terminal(self, atom: int) -> bool:
        """Return whether an atom has one neighbour, metals not counted."""
        return self.degree(atom) == 1

    def bond_length(self, one: int, other: int) -> float:
        """Return the distance between two atoms in Å."""
        return float(np.linalg.norm(self.positions[one] - self.positions[other]))

    def subset(self, atoms: Sequence[int]) -> HeavyGraph:
        """Return the graph of some of the atoms, in the order given."""
        row = {atom: new for new, atom in enumerate(atoms)}
        return HeavyGraph(
            [self.elements[a] for a in atoms],
            [self.charges[a] for a in atoms],
            [{row[b]: o for b, o in self.neighbours[a].items() if b in row} for a in atoms],
            self.positions[list(atoms)],
        )

    def fragments(self) -> list[list[int]]:
        """Return the atoms of each connected piece, largest piece first."""
        seen: set[int] = set()
        pieces: list[list[int]] = []
        for start in range(len(self)):
            if start in seen:
                continue
            seen.add(start)
            piece = [start]
            for atom in piece:
                new = [other for other in self.neighbours[atom] if other not in seen]
                seen.update(new)
                piece.extend(new)
            pieces.append(sorted(piece))
        return sorted(pieces, key=lambda piece: (-len(piece), piece[0]))


def heavy_graph(mol: Chem.Mol) -> HeavyGraph:
    """Return the heavy atoms of a molecule, which need not be sanitised.

    Hydrogens of every isotope are dropped, explicit counts are ignored. The molecule must have
    Kekulé bonds or bonds marked aromatic, and one conformer; without one, positions are zero.
    """
    elements: list[int] = []
    charges: list[int] = []
    row: dict[int, int] = {}
    for index, atom in enumerate(mol.GetAtoms()):
        element = atom.GetAtomicNum()
        if element != 1:
            row[index] = len(elements)
            elements.append(element)
            charges.append(atom.GetFormalCharge())
    neighbours: list[dict[int, float]] = [{} for _ in elements]
    for bond in mol.GetBonds():
        one, other = row.get(bond.GetBeginAtomIdx()), row.get(bond.GetEndAtomIdx())
        if one is None or other is None or one == other:
            continue
        order = _ORDER_OF.get(bond.GetBondType(), 1.0)
        if order == COORDINATION and not (is_metal(elements[one]) or is_metal(elements[other])):
            # an arrow between non-metals is a bond with its charges separated
            order = 1.0
            charges[one] += 1
            charges[other] -= 1
        neighbours[one][other] = order
        neighbours[other][one] = order
    positions = np.zeros((len(elements), 3))
    if mol.GetNumConformers():
        positions = np.asarray(mol.GetConformer().GetPositions(), dtype=np.float64)[list(row)]
    return HeavyGraph(elements, charges, neighbours, positions.reshape(-1, 3))


def rdkit_molecule(graph: HeavyGraph, *, sanitise: bool = True) -> Chem.Mol:
    """Return the RDKit molecule of a graph, with its positions as the only conformer.

    Raises
    ------
    rdkit.Chem.rdchem.MolSanitizeException
        If valences or aromatic bonds make no sense; repair first.
    """
    mol = Chem.RWMol()
    for element, charge in zip(graph.elements, graph.charges, strict=True):
        atom = Chem.Atom(element)
        if charge:
            atom.SetFormalCharge(charge)
        mol.AddAtom(atom)
    for one, row in enumerate(graph.neighbours):
        for other, order in row.items():
            if order == COORDINATION:
                # RDKit's dative bond points from the donor to the metal
                if is_metal(graph.elements[other]) and (
                    one < other or not is_metal(graph.elements[one])
                ):
                    mol.AddBond(one, other, Chem.BondType.DATIVE)
            elif one < other:
                mol.AddBond(one, other, _TYPE_OF[order])
    conformer = Chem.Conformer(len(graph))
    conformer.SetPositions(np.ascontiguousarray(graph.positions, dtype=np.float64))
    mol.AddConformer(conformer, assignId=True)
    plain = mol.GetMol()
    if sanitise:
        with rdBase.BlockLogs():
            Chem.SanitizeMol(plain, sanitizeOps=_SANITISE)
    return plain


def share_ring(graph: HeavyGraph, one: int, other: int, largest: int = 8) -> bool:
    """Return whether two bonded atoms lie in one ring of at most ``largest`` atoms."""
    reached, front = {one}, {other}
    for _ in range(largest - 2):
        reached |= front
        front = {
            far
            for atom in front
            for far in graph.neighbours[atom]
            if not (atom == other and far == one) and (far not in reached or far == one)
        }
        if one in front:
            return True
    return False


def skeleton_ranks(graph: HeavyGraph) -> list[int]:
    """Return a rank of each atom that depends on elements and connectivity alone.

    Bond orders and charges do not enter, so two ways of writing one molecule get one ranking, and
    renumbering the atoms renumbers the ranks.
    """
    plain = graph.copy()
    plain.charges = [0] * len(plain)
    for row in plain.neighbours:
        for other in row:
            row[other] = 1.0
    mol = rdkit_molecule(plain, sanitise=False)
    mol.UpdatePropertyCache(strict=False)
    for atom in mol.GetAtoms():
        atom.SetNoImplicit(True)
    Chem.FastFindRings(mol)
    return [int(rank) for rank in Chem.CanonicalRankAtoms(mol, breakTies=True)]
