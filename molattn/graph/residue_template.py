"""What a residue's atom names say, worked out once for each distinct list of names and kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from molattn.graph.elements import (
    HARD_METAL_NUMBERS,
    METAL_NUMBERS,
    atomic_number,
    element_index,
)
from molattn.graph.residue_atoms import (
    AMINO_ACID_ATOMS,
    BACKBONE,
    ELEMENT_ATOMS,
    HARD_METAL,
    OTHER_ATOM,
    PREVIOUS_CARBON,
    TRANSITION_METAL,
    UNKNOWN_AMINO_ACID,
    WATER_OXYGEN,
    AtomEntry,
)
from molattn.graph.vocabulary import PROTEIN_ATOM_TYPES, RESIDUE_TYPES, ROLES, index_of
from molattn.structure.records import Floats, Integers, ResidueKind

AMINO_KINDS: Final = (ResidueKind.AMINO_ACID, ResidueKind.MODIFIED)

FROM_PREVIOUS: Final = -1
"""Stands in a plane for the carbonyl carbon of the residue before."""


@dataclass(frozen=True, slots=True, eq=False)
class ResidueTemplate:
    """One residue; atoms are counted from its first.

    Attributes
    ----------
    residue_type
        Index in RESIDUE_TYPES.
    element, atom_type
        [m] indices in ELEMENTS and PROTEIN_ATOM_TYPES.
    roles
        [m, roles] 0 or 1.
    is_sidechain
        [m] 1 for atoms that count in the side-chain centroid.
    plane
        [m, 3] atoms; the atom thrice where there is no plane.
    backbone
        N, CA, C of an amino acid, -1 for each that is absent.
    name_rank
        [m] place of each atom when sorted by name, backbone first: an order that does not depend
        on the file's.
    pairs
        [2, m (m - 1)] every ordered pair of atoms.
    """

    residue_type: int
    element: Integers
    atom_type: Integers
    roles: Floats
    is_sidechain: Floats
    plane: Integers
    backbone: tuple[int, int, int]
    name_rank: Integers
    pairs: Integers


@lru_cache(maxsize=20_000)
def residue_template(
    kind: int, parent: str, names: tuple[str, ...], symbols: tuple[str, ...]
) -> ResidueTemplate:
    """Return the template of a residue.

    Parameters
    ----------
    kind
        Value of ResidueKind.
    parent
        Standard residue it is treated as.
    names, symbols
        Atom names and element symbols in the order of the file.
    """
    entries = [
        _entry(kind, parent, name, symbol) for name, symbol in zip(names, symbols, strict=True)
    ]
    rows = {name: row for row, name in enumerate(names)}
    amino = kind in AMINO_KINDS
    backbone = tuple(rows.get(name, -1) if amino else -1 for name in ("N", "CA", "C"))
    return ResidueTemplate(
        residue_type=_residue_type(kind, parent, symbols[0]),
        element=_integers([element_index(atomic_number(symbol)) for symbol in symbols]),
        atom_type=_integers([index_of(PROTEIN_ATOM_TYPES, entry.type) for entry in entries]),
        roles=np.array(
            [[float(role in entry.roles) for role in ROLES] for entry in entries], dtype=np.float64
        ),
        is_sidechain=_sidechain(names, amino),
        plane=_integers([_plane(entry, rows, row) for row, entry in enumerate(entries)]),
        backbone=(backbone[0], backbone[1], backbone[2]),
        name_rank=_name_rank(names),
        pairs=np.stack(np.nonzero(~np.eye(len(names), dtype=bool))),
    )


def _integers(values: list[int] | list[list[int]]) -> Integers:
    return np.array(values, dtype=np.int64)


def _entry(kind: int, parent: str, name: str, symbol: str) -> AtomEntry:
    number = atomic_number(symbol)
    if number in METAL_NUMBERS:
        return HARD_METAL if number in HARD_METAL_NUMBERS else TRANSITION_METAL
    if kind == ResidueKind.WATER:
        return WATER_OXYGEN if symbol == "O" else OTHER_ATOM
    if kind in AMINO_KINDS:
        known = AMINO_ACID_ATOMS.get(parent, UNKNOWN_AMINO_ACID).get(name)
        if known is not None:
            return known
    return ELEMENT_ATOMS.get(symbol, OTHER_ATOM)


def _residue_type(kind: int, parent: str, symbol: str) -> int:
    if kind == ResidueKind.METAL:
        hard = atomic_number(symbol) in HARD_METAL_NUMBERS
        return index_of(RESIDUE_TYPES, "metal_hard" if hard else "metal_transition")
    if kind in AMINO_KINDS:
        return index_of(RESIDUE_TYPES, parent if parent in AMINO_ACID_ATOMS else "unknown")
    names = {ResidueKind.NUCLEOTIDE: "nucleotide", ResidueKind.WATER: "water"}
    return index_of(RESIDUE_TYPES, names.get(ResidueKind(kind), "cofactor"))


def _sidechain(names: tuple[str, ...], amino: bool) -> Floats:
    """Return the flags; an amino acid without a side chain counts its CA, or all its atoms."""
    if not amino:
        return np.ones(len(names))
    for counted in (
        [name not in BACKBONE for name in names],
        [name == "CA" for name in names],
    ):
        if any(counted):
            return np.array(counted, dtype=np.float64)
    return np.ones(len(names))


def _name_rank(names: tuple[str, ...]) -> Integers:
    order = sorted(range(len(names)), key=lambda row: (names[row] not in BACKBONE, names[row]))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return rank


def _plane(entry: AtomEntry, rows: dict[str, int], row: int) -> list[int]:
    needed = [name for name in entry.plane if name != PREVIOUS_CARBON]
    if not entry.plane or any(name not in rows for name in needed):
        return [row, row, row]
    return [rows.get(name, FROM_PREVIOUS) for name in entry.plane]
