"""The residues around a ligand as one molecule with bond orders, charges and hydrogens.

Amino acids have their bonds from a table, other residues from the Chemical Component Dictionary by
atom name, what neither knows from distances. A residue of which no molecule can be made is left
out and named; where atoms are missing, hydrogens stand in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem, rdBase
from scipy.spatial.distance import cdist

from molattn.errors import InputError, MolattnError
from molattn.explain.amino_acid_bonds import Bonds, amino_acid_bonds, amino_acid_charge
from molattn.explain.hydrogens import acceptors, charged, turn_hydrogens
from molattn.structure.components import component
from molattn.structure.cut_pocket import CutPocket
from molattn.structure.heavy_graph import HeavyGraph, is_metal
from molattn.structure.ligand_chemistry import chemical_molecule
from molattn.structure.perceived_bonds import graph_from_distances, perceive_bond_orders
from molattn.structure.records import AtomTable, Floats, Pocket, ResidueKind, ResidueTable
from molattn.structure.v2000 import atomic_number

_REACH: Final = 7.0  # Å; no interaction of two rings spans more between their closest atoms
_PEPTIDE, _DISULFIDE = 1.8, 2.5  # Å, longest bonds between residues
_HISTIDINE_CONTACT, _METAL_CONTACT = 3.5, 2.8  # Å
_SINGLY_CHARGED: Final = frozenset((3, 11, 19, 37, 55, 47))  # Li Na K Rb Cs Ag
_ORDERS: Final = {
    1.0: Chem.BondType.SINGLE,
    2.0: Chem.BondType.DOUBLE,
    3.0: Chem.BondType.TRIPLE,
}
_AMINO: Final = (ResidueKind.AMINO_ACID, ResidueKind.MODIFIED)


@dataclass(frozen=True, slots=True, eq=False)
class PocketMolecule:
    """The residues around a ligand as a molecule with hydrogens.

    Attributes
    ----------
    mol
        Every atom carries the row of its residue in the pocket, plus 1, as its residue number;
        atoms of neighbours in the chain, there to close a peptide bond, carry 0. Its name is
        unique to each piece of a residue that missing atoms have left in pieces.
    rows
        Rows of the pocket's residues that are in the molecule.
    left_out
        Labels of those of which no molecule could be made.
    """

    mol: Chem.Mol
    rows: tuple[int, ...]
    left_out: tuple[str, ...]


def pocket_molecule(pocket: Pocket, ligand: Chem.Mol) -> PocketMolecule:
    """Return the residues within 7 Å of a ligand with hydrogens.

    Hydrogens of freely turning groups point to the ligand's nearest acceptor; a histidine has its
    hydrogen where the ligand, or a metal, asks for it, else on NE2.

    Parameters
    ----------
    pocket
        Heavy atoms. If it knows the protein it was cut from, the peptide bonds at its edges are
        closed with atoms of the neighbours.
    ligand
        With hydrogens and a conformer.

    Raises
    ------
    InputError
        Coordinates are not numbers.
    """
    atoms, residues = pocket.atoms, pocket.residues
    if not np.isfinite(atoms.position).all():
        raise InputError("The pocket has coordinates that are not numbers.")
    positions = ligand.GetConformer().GetPositions()
    near = np.unique(atoms.residue[cdist(atoms.position, positions).min(axis=1) < _REACH])
    parts: list[_Part] = []
    left_out: list[str] = []
    for row in near.tolist():
        part = _part(atoms, residues, row, ligand)
        if part is None:
            left_out.append(residues.label(row))
        else:
            parts.append(part)
    caps = _caps(pocket, {part.number - 1 for part in parts})
    mol = _joined(parts, caps)
    turn_hydrogens(mol, acceptors(ligand))
    return PocketMolecule(mol, tuple(part.number - 1 for part in parts), tuple(left_out))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One residue, or what is needed of a neighbour, as a molecule without hydrogens."""

    mol: Chem.Mol
    names: tuple[str, ...]
    number: int  # row + 1, 0 for a neighbour
    amino: bool

    def row(self, name: str) -> int:
        return self.names.index(name) if name in self.names else -1

    def position(self, name: str) -> Floats:
        return np.asarray(self.mol.GetConformer().GetAtomPosition(self.row(name)))


def _part(atoms: AtomTable, residues: ResidueTable, row: int, ligand: Chem.Mol) -> _Part | None:
    own = np.flatnonzero(atoms.residue == row)
    kind, parent = int(residues.kind[row]), str(residues.parent[row])
    names = tuple(str(name) for name in atoms.name[own])
    try:
        elements = [_number(symbol) for symbol in atoms.element[own]]
        known = amino_acid_bonds(
            parent, hydrogen_on_nd1=parent == "HIS" and _on_nd1(atoms, own, names, ligand)
        )
        inside = {name for bond in known for name in bond}
        if kind in _AMINO and set(names) <= inside:
            charges = [amino_acid_charge(parent, name) for name in names]
            mol = _molecule(elements, charges, names, known, atoms.position[own])
        elif kind == ResidueKind.METAL or (len(own) == 1 and is_metal(elements[0])):
            charge = 1 if elements[0] in _SINGLY_CHARGED else 2
            mol = _molecule(elements, [charge], names, {}, atoms.position[own])
        else:
            mol = _other(str(residues.name[row]), names, elements, atoms.position[own])
    except (MolattnError, ValueError, RuntimeError):
        # RDKit's refusals are ValueErrors or RuntimeErrors
        return None
    return _Part(mol, names, row + 1, kind in _AMINO)


def _molecule(
    elements: Sequence[int],
    charges: Sequence[int],
    names: Sequence[str],
    bonds: Bonds,
    positions: Floats,
) -> Chem.Mol:
    mol = Chem.RWMol()
    for element, charge in zip(elements, charges, strict=True):
        atom = Chem.Atom(element)
        atom.SetFormalCharge(charge)
        atom.SetNoImplicit(is_metal(element))
        mol.AddAtom(atom)
    rows = {name: row for row, name in enumerate(names)}
    for (first, second), order in bonds.items():
        if first in rows and second in rows:
            mol.AddBond(rows[first], rows[second], _ORDERS[order])
    conformer = Chem.Conformer(len(names))
    conformer.SetPositions(np.ascontiguousarray(positions))
    mol.AddConformer(conformer)
    with rdBase.BlockLogs():
        Chem.SanitizeMol(mol)
    return mol.GetMol()


def _other(code: str, names: Sequence[str], elements: list[int], positions: Floats) -> Chem.Mol:
    """Return a modified residue, cofactor, nucleotide or water."""
    entry = component(code) if len(names) > 1 else None
    rows = {name: row for row, name in enumerate(names)}
    if entry is not None and set(rows) <= set(entry.elements):
        graph = HeavyGraph(elements, [0] * len(names), [{} for _ in names], positions)
        for (first, second), order in entry.bonds.items():
            if first in rows and second in rows:
                one, other = rows[first], rows[second]
                if not (is_metal(elements[one]) or is_metal(elements[other])):
                    graph.set_bond(one, other, order)
    else:
        graph = graph_from_distances(elements, positions)
        perceive_bond_orders(graph)
    mol, _ = chemical_molecule(graph, charges_given=False)
    return charged(mol)


def _number(symbol: str) -> int:
    return atomic_number(str(symbol)) or 0  # 0: an atom without bonds or rules


def _on_nd1(atoms: AtomTable, own: np.ndarray, names: tuple[str, ...], ligand: Chem.Mol) -> bool:
    """Return whether a histidine bears its hydrogen on ND1: what is asked of ND1 and of NE2."""
    if "ND1" not in names or "NE2" not in names:
        return False
    metals = atoms.position[[is_metal(_number(symbol)) for symbol in atoms.element]]
    places = ligand.GetConformer().GetPositions()
    accepts = acceptors(ligand)
    donates = places[
        [
            atom.GetIdx()
            for atom in ligand.GetAtoms()
            if atom.GetAtomicNum() in (7, 8) and atom.GetTotalNumHs(includeNeighbors=True)
        ]
    ].reshape(-1, 3)

    def wish(name: str) -> float:
        place = atoms.position[own[names.index(name)]]

        def within(others: Floats, reach: float) -> bool:
            return bool(len(others)) and bool(
                (np.linalg.norm(others - place, axis=1) < reach).any()
            )

        return (
            float(within(accepts, _HISTIDINE_CONTACT))
            - float(within(donates, _HISTIDINE_CONTACT))
            - 2.0 * float(within(metals, _METAL_CONTACT))
        )

    return wish("ND1") > wish("NE2")


def _caps(pocket: Pocket, rows: set[int]) -> list[_Part]:
    """Return CA, C and O of the residues before those of the molecule, where they are not in it."""
    whole = pocket.protein if isinstance(pocket, CutPocket) else pocket
    own = pocket.residue_rows if isinstance(pocket, CutPocket) else np.arange(len(pocket.residues))
    inside = {int(own[row]) for row in rows}
    caps = []
    for row in sorted(inside):
        before = row - 1
        if before < 0 or before in inside or whole.residues.kind[before] not in _AMINO:
            continue
        atoms = np.flatnonzero(whole.atoms.residue == before)
        place = {str(whole.atoms.name[atom]): atom for atom in atoms}
        if not {"CA", "C", "O"} <= set(place):
            continue
        names = ("CA", "C", "O")
        positions = whole.atoms.position[[place[name] for name in names]]
        bonds = {("CA", "C"): 1.0, ("C", "O"): 2.0}
        caps.append(_Part(_molecule([6, 6, 8], [0] * 3, names, bonds, positions), names, 0, True))
    return caps


def _joined(parts: list[_Part], caps: list[_Part]) -> Chem.Mol:
    """Return all residues as one molecule with the bonds between them and hydrogens."""
    everything = [*parts, *caps]
    mol = Chem.RWMol()
    places: list[Floats] = []
    starts: list[int] = []
    for part in everything:
        starts.append(mol.GetNumAtoms())
        mol.InsertMol(part.mol)
        places.append(part.mol.GetConformer().GetPositions())
    mol.RemoveAllConformers()
    conformer = Chem.Conformer(mol.GetNumAtoms())
    conformer.SetPositions(np.concatenate(places) if places else np.zeros((0, 3)))
    mol.AddConformer(conformer)
    for number, (part, start) in enumerate(zip(everything, starts, strict=True)):
        # ProLIF divides molecules by residue name and takes no residue that is in pieces
        for piece, rows in enumerate(Chem.GetMolFrags(part.mol)):
            name = f"R{part.number}.{piece}" if part.number else f"X{number}"
            for row in rows:
                info = Chem.AtomPDBResidueInfo(
                    f" {part.names[row]:<3}", 0, "", name, part.number, "P"
                )
                mol.GetAtomWithIdx(start + row).SetMonomerInfo(info)
    bonded = _bond_residues(mol, everything, starts)
    for part, start in zip(everything, starts, strict=True):
        _settle_backbone(mol, part, start, bonded)
    with rdBase.BlockLogs():
        Chem.SanitizeMol(mol)
        return Chem.AddHs(mol, addCoords=True, addResidueInfo=True)


def _bond_residues(mol: Chem.RWMol, parts: list[_Part], starts: list[int]) -> set[int]:
    """Add peptide and disulfide bonds; return the atoms that have one."""
    bonded: set[int] = set()
    for first_name, second_name, longest in (
        ("C", "N", _PEPTIDE),
        ("SG", "SG", _DISULFIDE),
    ):
        first = [n for n, part in enumerate(parts) if part.amino and part.row(first_name) >= 0]
        second = [n for n, part in enumerate(parts) if part.amino and part.row(second_name) >= 0]
        if not first or not second:
            continue
        distance = cdist(
            [parts[n].position(first_name) for n in first],
            [parts[n].position(second_name) for n in second],
        )
        for one, other in np.argwhere(distance < longest).tolist():
            left, right = first[one], second[other]
            ends = (
                starts[left] + parts[left].row(first_name),
                starts[right] + parts[right].row(second_name),
            )
            if left != right and not bonded & set(ends):
                mol.AddBond(*ends, Chem.BondType.SINGLE)
                bonded |= set(ends)
    return bonded


def _settle_backbone(mol: Chem.RWMol, part: _Part, start: int, bonded: set[int]) -> None:
    """Keep hydrogens off the open ends of a chain; an open N has the one of an amide."""
    if not part.amino:
        return
    cut = ["C"] if part.number else ["C", "CA"]
    for name in cut:
        if part.row(name) >= 0:
            mol.GetAtomWithIdx(start + part.row(name)).SetNoImplicit(True)
    nitrogen = part.row("N")
    if nitrogen >= 0 and start + nitrogen not in bonded:
        atom = mol.GetAtomWithIdx(start + nitrogen)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(1 if atom.GetDegree() == 1 else 0)
