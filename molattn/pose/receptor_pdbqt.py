"""A rigid receptor as PDBQT text for AutoDock Vina, straight from heavy atoms.

Vina's scoring function sees elements, acceptors and donors, no charges and no hydrogens; a
hydrogen bonded to N or O only marks it as a donor (Trott and Olson 2010). So every donor gets one
marker hydrogen and nothing else needs to be added, whatever residues the file holds.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from molattn.structure.records import AtomTable, Floats, Integers, ResidueKind, ResidueTable

_DONORS: Final = frozenset(
    {
        ("LYS", "NZ"),
        ("ARG", "NE"),
        ("ARG", "NH1"),
        ("ARG", "NH2"),
        ("ASN", "ND2"),
        ("GLN", "NE2"),
        ("TRP", "NE1"),
        ("HIS", "ND1"),
        ("HIS", "NE2"),
        ("SER", "OG"),
        ("THR", "OG1"),
        ("TYR", "OH"),
    }
)
_ACCEPTOR_NITROGENS: Final = frozenset({("HIS", "ND1"), ("HIS", "NE2")})
_AROMATIC: Final = {
    "PHE": {"CG", "CD1", "CD2", "CE1", "CE2", "CZ"},
    "TYR": {"CG", "CD1", "CD2", "CE1", "CE2", "CZ"},
    "TRP": {"CG", "CD1", "CD2", "CE2", "CE3", "CZ2", "CZ3", "CH2"},
    "HIS": {"CG", "CD2", "CE1"},
}
_TYPES: Final = {
    "C": "C",
    "O": "OA",
    "S": "S",
    "P": "P",
    "F": "F",
    "CL": "Cl",
    "BR": "Br",
    "I": "I",
    "SE": "S",
    "MG": "Mg",
    "MN": "Mn",
    "ZN": "Zn",
    "CA": "Ca",
    "FE": "Fe",
    "CU": "Cu",
    "NA": "Na",
    "K": "K",
    "HG": "Hg",
    "CO": "Co",
    "CD": "Cd",
    "NI": "Ni",
}
"""AutoDock types that Vina knows; any other element is written as carbon, a mere obstacle."""

_BONDED: Final = 1.75  # Å between bonded heavy atoms that are not sulphur
_MARKER: Final = 1.0  # Å from a donor to its hydrogen


def receptor_pdbqt(atoms: AtomTable, residues: ResidueTable) -> str:
    """Return the PDBQT of protein atoms, waters left out.

    Parameters
    ----------
    atoms, residues
        Tables of a protein or pocket; heavy atoms, positions in Å.
    """
    dry = np.flatnonzero(residues.kind[atoms.residue] != ResidueKind.WATER)
    lines = []
    for row in dry.tolist():
        residue = int(atoms.residue[row])
        amino = residues.kind[residue] <= ResidueKind.MODIFIED
        parent, name = str(residues.parent[residue]), str(atoms.name[row])
        element = str(atoms.element[row]).upper()
        lines.append(_line(name, atoms.position[row], _type_of(element, parent, name, amino)))
        if _is_donor(element, parent, name, amino):
            marker = _marker(atoms.position, row, _rows_near(atoms, row))
            lines.append(_line("H", marker, "HD"))
    return "\n".join(lines) + "\n"


def _type_of(element: str, parent: str, name: str, amino: bool) -> str:
    """Return the AutoDock atom type."""
    if element == "N":
        acceptor = (parent, name) in _ACCEPTOR_NITROGENS if amino else True
        return "NA" if acceptor else "N"
    if element == "C" and amino and name in _AROMATIC.get(parent, ()):
        return "A"
    return _TYPES.get(element, "C")


def _is_donor(element: str, parent: str, name: str, amino: bool) -> bool:
    """Return whether an atom is marked as a donor; N and O of cofactors may be both."""
    if element not in ("N", "O"):
        return False
    if not amino:
        return element == "N"
    return (parent, name) in _DONORS or (name == "N" and parent != "PRO")


def _rows_near(atoms: AtomTable, row: int) -> Integers:
    """Return the rows around an atom in the table, among which its bonded neighbours are."""
    first = np.searchsorted(atoms.residue, atoms.residue[row] - 1)
    last = np.searchsorted(atoms.residue, atoms.residue[row], side="right")
    return np.arange(first, last)


def _marker(positions: Floats, row: int, near: Integers) -> Floats:
    """Return where the hydrogen goes: away from the bonded atoms, so that it binds no other."""
    away = positions[row] - positions[near]
    distance = np.linalg.norm(away, axis=1)
    bonded = (distance > 0.0) & (distance < _BONDED)
    direction = (away[bonded] / distance[bonded, None]).sum(axis=0)
    length = float(np.linalg.norm(direction))
    unit = direction / length if length > 1e-3 else np.array([1.0, 0.0, 0.0])
    place: Floats = positions[row] + _MARKER * unit
    return place


def _line(name: str, position: Floats, kind: str) -> str:
    """Return one fixed-width line; residue names mean nothing to Vina."""
    x, y, z = position
    return (
        f"ATOM      1 {name[:4]:<4} REC A   1    "
        f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00     0.000 {kind:<2}"
    )
