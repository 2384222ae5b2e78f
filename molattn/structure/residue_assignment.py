"""Residues of a structure by kind and parent, and the elements of their atoms put right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from molattn.structure.atom_columns import (
    DEUTERIUM,
    HYDROGEN,
    SYMBOLS,
    AtomColumns,
    pack,
    unpack,
)
from molattn.structure.records import Booleans, Integers, ResidueKind, Strings
from molattn.structure.residue_names import HEAVY_ATOMS, METALS, RENAMED_ATOMS
from molattn.structure.residues import (
    ResidueMeaning,
    meaning_of,
    metal_of_name,
    parent_from_atoms,
)

PARENTS = ("", *HEAVY_ATOMS)
_NUMBER = {str(symbol): number for number, symbol in enumerate(SYMBOLS[:119])}
_UNKNOWN, _OXYGEN = 0, 8
_IS_METAL = np.array([str(symbol) in METALS for symbol in SYMBOLS])
# Metals and gases that a misplaced hydrogen name reads as: HG11, HE2, HO.
_MISREAD_HYDROGEN = np.array([str(symbol) in ("He", "Hg", "Ho", "Hf", "Hs") for symbol in SYMBOLS])
_PEPTIDE_BOND = 1.8  # Å, at most


@dataclass(frozen=True, slots=True, eq=False)
class ResidueAssignment:
    """Residues found in the columns of a structure, one row each."""

    name: Strings  # [r] as in the file
    kind: Integers  # [r] values of ResidueKind
    parent: Integers  # [r] place in PARENTS, 0 where none
    whole_parent: Booleans  # [r] every heavy atom of the parent is expected
    additive: Booleans  # [r] grown, frozen or phased with


def assign_residues(
    columns: AtomColumns, residue: Integers
) -> tuple[AtomColumns, Integers, ResidueAssignment]:
    """Say what each residue is, set elements by what an atom can be there, drop hydrogens.

    Parameters
    ----------
    columns
        Atoms of one model.
    residue
        Shape [n], residue row of each atom.

    Returns
    -------
    columns
        Heavy atoms and atoms of unknown element (0), with elements and names of the parent.
    residue
        Residue row of each of these.
    assignment
        What the residues are; rows that lost every atom are still there.
    """
    count = int(residue.max()) + 1
    first = np.empty(count, dtype=np.int64)
    first[residue[::-1]] = np.arange(len(residue))[::-1]
    codes, of_residue = np.unique(columns.residue_name[first], return_inverse=True)
    names = unpack(codes)
    meanings = [meaning_of(str(name)) for name in names]
    assignment = ResidueAssignment(
        name=names[of_residue],
        kind=np.array([int(m.kind) for m in meanings], dtype=np.int64)[of_residue],
        parent=np.array([PARENTS.index(m.parent) for m in meanings], dtype=np.int64)[of_residue],
        whole_parent=np.array([m.whole_parent for m in meanings])[of_residue],
        additive=np.array([m.additive for m in meanings])[of_residue],
    )
    columns, residue = _heavy_atoms(columns, residue, assignment)
    _find_metals(columns, residue, assignment)
    unclear = np.array([_unclear(m) for m in meanings])[of_residue]
    if unclear.any():
        _find_amino_acids(columns, residue, assignment, np.flatnonzero(unclear))
    return columns, residue, assignment


def parent_atoms(columns: AtomColumns, parent: Integers) -> Booleans:
    """Whether each atom is a heavy atom of the amino acid it belongs to.

    Parameters
    ----------
    columns
        Atoms.
    parent
        Shape [n], place in ``PARENTS`` of each atom's residue.
    """
    expected, _, which = _facts_of_names(columns)
    return expected[which, parent]


def _facts_of_names(columns: AtomColumns) -> tuple[Booleans, Integers, Integers]:
    """Return, by atom name, the parents that expect it and its element; and each atom's name."""
    codes, which = np.unique(columns.name, return_inverse=True)
    facts = [_facts_of_name(code) for code in codes.tolist()]
    expected = np.array([row for row, _ in facts]).reshape(-1, len(PARENTS))
    return expected, np.array([element for _, element in facts], dtype=np.int64), which


@lru_cache(maxsize=8192)
def _facts_of_name(code: int) -> tuple[tuple[bool, ...], int]:
    name = str(unpack(np.array([code], dtype=np.int64))[0])
    expected = tuple(name in HEAVY_ATOMS.get(parent, ()) for parent in PARENTS)
    return expected, _element_of_name(name)


def _heavy_atoms(
    columns: AtomColumns, residue: Integers, assignment: ResidueAssignment
) -> tuple[AtomColumns, Integers]:
    columns = _rename(columns, assignment.name[residue])
    table, elements, which = _facts_of_names(columns)
    letters = elements[which]
    expected = table[which, assignment.parent[residue]]
    element = np.where(expected | (columns.element == _UNKNOWN), letters, columns.element)
    misread = _MISREAD_HYDROGEN[element] & (letters == HYDROGEN)
    misread &= assignment.parent[residue] > 0
    heavy = ~((element == HYDROGEN) | (element == DEUTERIUM) | misread)
    heavy &= (assignment.kind[residue] != ResidueKind.WATER) | (element == _OXYGEN)
    rows = np.flatnonzero(heavy)
    return replace(columns.rows(rows), element=element[rows]), residue[rows]


def _rename(columns: AtomColumns, residue_names: Strings) -> AtomColumns:
    """Give the atoms of a modified residue the name and element of the parent's."""
    name, element = columns.name, columns.element
    for (residue_name, atom), parent_atom in RENAMED_ATOMS.items():
        code = pack(residue_name)
        rows = np.flatnonzero((columns.residue_name == code) & (columns.name == pack(atom)))
        if len(rows):
            name, element = name.copy(), element.copy()
            name[rows] = pack(parent_atom)
            element[rows] = _element_of_name(parent_atom)
    return columns if name is columns.name else replace(columns, name=name, element=element)


def _element_of_name(name: str) -> int:
    """Guess an element from an atom name: of an amino acid always right, else the first letter."""
    letters = name.lstrip("0123456789'\"*").upper()
    if letters[:1] == "D" and letters[:2] != "DU":
        return HYDROGEN
    if letters[:2] in ("CL", "BR", "SE", "ZN", "FE", "MG", "MN") and not letters[2:].isalpha():
        return _NUMBER[letters[:2].capitalize()]
    return _NUMBER.get(letters[:1], _UNKNOWN) if letters[:1] in set("HCNOSPFIBK") else _UNKNOWN


def _find_metals(columns: AtomColumns, residue: Integers, assignment: ResidueAssignment) -> None:
    """Mark residues of a single metal atom, whatever their name, and set that atom's element."""
    alone = np.bincount(residue, minlength=len(assignment.kind)) == 1
    candidate = alone[residue] & (assignment.parent[residue] == 0)
    candidate &= assignment.kind[residue] != ResidueKind.WATER
    for row in np.flatnonzero(candidate).tolist():
        owner = residue[row]
        spelled = metal_of_name(str(assignment.name[owner]))
        if spelled and not _IS_METAL[columns.element[row]]:
            columns.element[row] = _NUMBER[spelled]
        if _IS_METAL[columns.element[row]]:
            assignment.kind[owner] = ResidueKind.METAL
            assignment.additive[owner] = False


def _unclear(meaning: ResidueMeaning) -> bool:
    """Whether the atoms have to say if this is an amino acid, or which."""
    nameless = meaning.kind == ResidueKind.MODIFIED and not meaning.parent
    return nameless or (meaning.kind == ResidueKind.COFACTOR and not meaning.known)


def _find_amino_acids(
    columns: AtomColumns, residue: Integers, assignment: ResidueAssignment, owners: Integers
) -> None:
    """Treat an unknown residue within a chain as the amino acid it extends."""
    in_chain = assignment.parent[residue] > 0
    nitrogens = columns.position[(columns.name == pack("N")) & in_chain]
    carbons = columns.position[(columns.name == pack("C")) & in_chain]
    for owner in owners.tolist():
        rows = np.flatnonzero(residue == owner)
        names = unpack(columns.name[rows]).tolist()
        parent = parent_from_atoms(frozenset(names))
        if not parent:
            continue
        own = dict(zip(names, columns.position[rows], strict=True))
        linked = _bonded(own["N"], carbons) or _bonded(own["C"], nitrogens)
        if linked or assignment.kind[owner] == ResidueKind.MODIFIED:
            assignment.kind[owner] = ResidueKind.MODIFIED
            assignment.parent[owner] = PARENTS.index(parent)


def _bonded(position: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    return bool((np.linalg.norm(others - position, axis=1) < _PEPTIDE_BOND).any())
