"""The bonds of a ligand as plain lists: what the typing rules look at, and nothing more.

Bonds to metals are set aside, because files disagree on whether to write them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rdkit import Chem

from molattn.graph.elements import METAL_NUMBERS

NITROGEN, OXYGEN, CARBON, SULFUR, PHOSPHORUS = 7, 8, 6, 16, 15


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """Heavy atoms and bonds of one molecule.

    Attributes
    ----------
    number
        Atomic number per atom.
    charge
        Formal charge per atom.
    neutral_hydrogens
        Hydrogens per atom after taking the charge away: 2 for NH2 and for NH3+, 1 for OH and O-.
    aromatic
        Aromatic flag per atom.
    neighbours
        Bonded atoms per atom, metals left out.
    order
        Bond order by ordered pair of atoms: 1, 2, 3, or 1.5 for aromatic.
    multiple
        Highest order of a non-aromatic bond per atom (1 where none is).
    metal_bonds
        Pairs of bonded atoms one of which is a metal.
    ring_bonds
        Ordered pairs of atoms bonded within a ring.
    rings
        Atoms of each ring, in ring order; rings closed by a metal are left out.
    ring_sizes
        Sizes of the rings of each atom.
    """

    number: list[int]
    charge: list[int]
    neutral_hydrogens: list[int]
    aromatic: list[bool]
    neighbours: list[list[int]]
    order: dict[tuple[int, int], float]
    multiple: list[float]
    metal_bonds: list[tuple[int, int]]
    ring_bonds: set[tuple[int, int]]
    rings: list[tuple[int, ...]] = field(default_factory=list)
    ring_sizes: list[list[int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.number)

    def degree(self, atom: int) -> int:
        """Return the count of heavy neighbours, metals left out."""
        return len(self.neighbours[atom])

    def terminal(self, atom: int, number: int) -> list[int]:
        """Return the neighbours of one element that have no other neighbour."""
        return [
            other
            for other in self.neighbours[atom]
            if self.number[other] == number and len(self.neighbours[other]) == 1
        ]


def read_skeleton(mol: Chem.Mol) -> Skeleton:
    """Return the skeleton of a sanitised molecule without explicit hydrogens."""
    number: list[int] = []
    charge: list[int] = []
    hydrogens: list[int] = []
    aromatic: list[bool] = []
    for index in range(mol.GetNumAtoms()):  # several times faster than iterating over GetAtoms
        atom = mol.GetAtomWithIdx(index)
        number.append(atom.GetAtomicNum())
        charge.append(atom.GetFormalCharge())
        hydrogens.append(atom.GetTotalNumHs() - charge[-1])
        aromatic.append(atom.GetIsAromatic())
    skeleton = Skeleton(
        number=number,
        charge=charge,
        neutral_hydrogens=hydrogens,
        aromatic=aromatic,
        neighbours=[[] for _ in number],
        order={},
        multiple=[1.0] * len(number),
        metal_bonds=[],
        ring_bonds=set(),
    )
    _read_bonds(mol, skeleton)
    _read_rings(mol, skeleton)
    return skeleton


def _read_bonds(mol: Chem.Mol, skeleton: Skeleton) -> None:
    number = skeleton.number
    for index in range(mol.GetNumBonds()):
        bond = mol.GetBondWithIdx(index)
        first, second = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        order = bond.GetBondTypeAsDouble()
        if number[first] in METAL_NUMBERS or number[second] in METAL_NUMBERS:
            skeleton.metal_bonds.append((first, second))
            continue
        if order <= 0.0:
            continue  # zero-order bonds carry no chemistry between non-metals
        skeleton.neighbours[first].append(second)
        skeleton.neighbours[second].append(first)
        skeleton.order[first, second] = skeleton.order[second, first] = order
        if order >= 2.0:
            skeleton.multiple[first] = max(order, skeleton.multiple[first])
            skeleton.multiple[second] = max(order, skeleton.multiple[second])


def _read_rings(mol: Chem.Mol, skeleton: Skeleton) -> None:
    skeleton.ring_sizes.extend([] for _ in skeleton.number)
    for ring in mol.GetRingInfo().AtomRings():
        bonds = list(zip(ring, ring[1:] + ring[:1], strict=True))
        if not all(pair in skeleton.order for pair in bonds):
            continue
        skeleton.rings.append(tuple(ring))
        for first, second in bonds:
            skeleton.ring_bonds.add((first, second))
            skeleton.ring_bonds.add((second, first))
            skeleton.ring_sizes[first].append(len(ring))
