"""Residues and atoms of a pocket as numbers: types, roles, frames, planes, reliability.

Types come from a dictionary of residue and atom names, looked up once for each distinct atom; the
rest is array arithmetic over the whole pocket.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from molattn.graph.elements import (
    HARD_METAL_NUMBERS,
    METAL_NUMBERS,
    atomic_number,
    element_index,
)
from molattn.graph.fields import CONTACT_CUTOFF, POCKET_CUTOFF
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
from molattn.structure.records import (
    AtomTable,
    Booleans,
    Floats,
    Integers,
    ResidueKind,
    ResidueTable,
)

_BOND: Final = 2.0  # Å, longest distance of covalent heavy neighbours
_PEPTIDE_BOND: Final = 2.0  # Å, longest distance of C and the next N; 1.33 usually
_AMINO_KINDS: Final = (ResidueKind.AMINO_ACID, ResidueKind.MODIFIED)


@dataclass(frozen=True, slots=True, eq=False)
class PocketFeatures:
    """Features of the residues and atoms of a pocket; columns as in the registry of fields."""

    residue_type: Integers  # [r]
    kind: Integers  # [r]
    reliability: Floats  # [r, 5]
    frame: Integers  # [r, 3] atom rows
    element: Integers  # [n]
    atom_type: Integers  # [n]
    roles: Floats  # [n, roles]
    is_sidechain: Floats  # [n]
    anchor: Integers  # [n, 2] atom rows
    plane: Integers  # [n, 3] atom rows


@dataclass(frozen=True, slots=True)
class _Coded:
    """A dictionary entry with its names replaced by numbers."""

    row: tuple[int, ...]  # element, type, backbone flag, roles, slot of the name
    plane: tuple[str, ...]


@cache
def _entry(kind: int, parent: str, name: str, symbol: str) -> AtomEntry:
    number = atomic_number(symbol)
    if number in METAL_NUMBERS:
        return HARD_METAL if number in HARD_METAL_NUMBERS else TRANSITION_METAL
    if kind == ResidueKind.WATER:
        return WATER_OXYGEN if symbol == "O" else OTHER_ATOM
    if kind in _AMINO_KINDS:
        known = AMINO_ACID_ATOMS.get(parent, UNKNOWN_AMINO_ACID).get(name)
        if known is not None:
            return known
    return ELEMENT_ATOMS.get(symbol, OTHER_ATOM)


@cache
def _coded(kind: int, parent: str, name: str, symbol: str) -> _Coded:
    entry = _entry(kind, parent, name, symbol)
    backbone = kind in _AMINO_KINDS and name in BACKBONE
    return _Coded(
        row=(
            element_index(atomic_number(symbol)),
            index_of(PROTEIN_ATOM_TYPES, entry.type),
            int(backbone),
            *(int(role in entry.roles) for role in ROLES),
        ),
        plane=entry.plane,
    )


@cache
def _residue_type(kind: int, parent: str, symbol: str) -> int:
    if kind == ResidueKind.METAL:
        hard = atomic_number(symbol) in HARD_METAL_NUMBERS
        return index_of(RESIDUE_TYPES, "metal_hard" if hard else "metal_transition")
    if kind in _AMINO_KINDS:
        known = parent if parent in AMINO_ACID_ATOMS else "unknown"
        return index_of(RESIDUE_TYPES, known)
    names = {ResidueKind.NUCLEOTIDE: "nucleotide", ResidueKind.WATER: "water"}
    return index_of(RESIDUE_TYPES, names.get(ResidueKind(kind), "cofactor"))


def pocket_features(atoms: AtomTable, residues: ResidueTable, closest: Floats) -> PocketFeatures:
    """Compute the features of a pocket.

    Parameters
    ----------
    atoms, residues
        The pocket; atoms sorted by residue, every residue with at least one atom.
    closest
        [r] Å, closest heavy-atom distance of each residue to the ligand; residues near
        POCKET_CUTOFF count less in the mean B factor, so that one that leaves changes nothing.
    """
    first = np.searchsorted(atoms.residue, np.arange(len(residues)))
    kinds = residues.kind.tolist()
    parents = residues.parent.tolist()
    names = atoms.name.tolist()
    symbols = atoms.element.tolist()
    owner = atoms.residue.tolist()
    coded = [
        _coded(kinds[residue], parents[residue], name, symbol)
        for residue, name, symbol in zip(owner, names, symbols, strict=True)
    ]
    table = np.array([entry.row for entry in coded], dtype=np.int64)
    amino = np.isin(residues.kind, _AMINO_KINDS)
    slots = _backbone_rows(atoms, amino)
    return PocketFeatures(
        residue_type=np.array(
            [
                _residue_type(kind, parent, symbols[row])
                for kind, parent, row in zip(kinds, parents, first.tolist(), strict=True)
            ],
            dtype=np.int64,
        ),
        kind=residues.kind.astype(np.int64),
        reliability=_reliability(atoms, residues, first, closest),
        frame=_frames(atoms, first, slots),
        element=table[:, 0],
        atom_type=table[:, 1],
        roles=table[:, 3:].astype(np.float64),
        is_sidechain=_sidechain(atoms, first, table[:, 2].astype(bool), slots),
        anchor=_anchors(atoms, first),
        plane=_planes(owner, names, [entry.plane for entry in coded], _previous(atoms, slots)),
    )


def _backbone_rows(atoms: AtomTable, amino: Booleans) -> Integers:
    """Return the rows of N, CA and C of each residue, -1 where absent or no amino acid, [r, 3]."""
    rows = np.full((len(amino), 3), -1, dtype=np.int64)
    for column, name in enumerate(("N", "CA", "C")):
        found = np.flatnonzero(atoms.name == name)
        found = found[amino[atoms.residue[found]]]
        rows[atoms.residue[found], column] = found
    return rows


def _frames(atoms: AtomTable, first: Integers, slots: Integers) -> Integers:
    frame = slots.copy()
    count = np.diff(np.append(first, len(atoms)))
    for residue in np.flatnonzero((slots < 0).any(1)).tolist():
        start, stop = first[residue], first[residue] + count[residue]
        position = atoms.position[start:stop]
        offset = position - position.mean(0)
        frame[residue] = start + int(np.argmin((offset**2).sum(1)))
    return frame


def _sidechain(atoms: AtomTable, first: Integers, backbone: Booleans, slots: Integers) -> Floats:
    """Return 1 for side-chain atoms; CA (or all) where a residue has none."""
    result = (~backbone).astype(np.float64)
    empty = np.add.reduceat(result, first) == 0.0
    alpha = slots[:, 1]
    result[alpha[empty & (alpha >= 0)]] = 1.0
    result[(empty & (alpha < 0))[atoms.residue]] = 1.0
    return result


def _previous(atoms: AtomTable, slots: Integers) -> Integers:
    """Return the row of the carbonyl carbon bound to each residue's N, -1 where there is none."""
    previous = np.full(len(slots), -1, dtype=np.int64)
    with_nitrogen = np.flatnonzero(slots[:, 0] >= 0)
    carbons = slots[:, 2][slots[:, 2] >= 0]
    if not len(with_nitrogen) or not len(carbons):
        return previous
    gap = atoms.position[slots[with_nitrogen, 0]][:, None] - atoms.position[carbons][None]
    distance = (gap**2).sum(-1)
    distance[atoms.residue[carbons][None] == with_nitrogen[:, None]] = np.inf
    nearest = distance.argmin(1)
    bonded = distance[np.arange(len(nearest)), nearest] < _PEPTIDE_BOND**2
    previous[with_nitrogen[bonded]] = carbons[nearest[bonded]]
    return previous


def _planes(
    owner: list[int], names: list[str], planes: list[tuple[str, ...]], previous: Integers
) -> Integers:
    row_of = {pair: row for row, pair in enumerate(zip(owner, names, strict=True))}
    before = previous.tolist()
    result = []
    for row, (residue, plane) in enumerate(zip(owner, planes, strict=True)):
        corners = [
            before[residue] if name == PREVIOUS_CARBON else row_of.get((residue, name), -1)
            for name in plane
        ]
        result.append(corners if corners and min(corners) >= 0 else [row, row, row])
    return np.array(result, dtype=np.int64).reshape(-1, 3)


def _anchors(atoms: AtomTable, first: Integers) -> Integers:
    """Return the two nearest heavy atoms of the same residue within 2.0 Å, [n, 2]."""
    count = np.diff(np.append(first, len(atoms)))
    anchor = np.repeat(np.arange(len(atoms), dtype=np.int64)[:, None], 2, axis=1)
    # residues of like size together: few array operations, no padding
    for size in np.unique(count).tolist():
        if size < 2:
            continue
        rows = first[count == size][:, None] + np.arange(size)
        position = atoms.position[rows]
        gap = ((position[:, :, None] - position[:, None]) ** 2).sum(-1)
        gap[:, np.arange(size), np.arange(size)] = np.inf
        for column in range(2):
            nearest = gap.argmin(-1)
            distance = np.take_along_axis(gap, nearest[..., None], -1)
            target = np.take_along_axis(rows, nearest, 1)
            anchor[rows, column] = np.where(distance[..., 0] < _BOND**2, target, rows)
            np.put_along_axis(gap, nearest[..., None], np.inf, -1)
    return anchor


def _reliability(
    atoms: AtomTable, residues: ResidueTable, first: Integers, closest: Floats
) -> Floats:
    count = np.diff(np.append(first, len(atoms)))
    occupancy = np.add.reduceat(atoms.occupancy, first) / count
    return np.stack(
        (
            _b_factor_score(atoms, first, closest),
            np.clip(1.0 - occupancy, 0.0, 1.0),
            residues.missing_atoms.astype(np.float64),
            residues.alternative.astype(np.float64),
            (residues.kind == ResidueKind.MODIFIED).astype(np.float64),
        ),
        axis=1,
    )


def _b_factor_score(atoms: AtomTable, first: Integers, closest: Floats) -> Floats:
    """Return tanh(z / 2) of each residue's mean B factor within the pocket, 0 where unknown."""
    known = (atoms.b_factor > 0.0).astype(np.float64)
    number = np.add.reduceat(known, first)
    mean = np.add.reduceat(atoms.b_factor * known, first) / np.maximum(number, 1.0)
    fade = np.clip((POCKET_CUTOFF - closest) / (POCKET_CUTOFF - CONTACT_CUTOFF), 0.0, 1.0)
    weight = np.where(number > 0.0, fade**2 * (3.0 - 2.0 * fade), 0.0)
    total = weight.sum()
    if total <= 0.0:
        return np.zeros(len(first))
    average = (weight * mean).sum() / total
    deviation = np.sqrt((weight * (mean - average) ** 2).sum() / total)
    if deviation < 1e-3:  # Å², finer than any file writes
        return np.zeros(len(first))
    score = np.tanh((mean - average) / (2.0 * deviation))
    return np.where(number > 0.0, score, 0.0)
