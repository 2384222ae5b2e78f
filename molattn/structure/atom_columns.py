"""The atoms of a gemmi structure as columns, read in bulk, and the residues they fall into."""

from __future__ import annotations

from dataclasses import dataclass

import gemmi
import numpy as np
from numpy.typing import NDArray

from molattn.structure.records import Booleans, Floats, Integers

SYMBOLS = np.array([*(gemmi.Element(number).name for number in range(119)), "D"])
HYDROGEN, DEUTERIUM = 1, 119
_FAR_COPY = 2.5  # Å; farther than this, an atom met twice belongs to another residue
_BLANK = ord(" ")
_MIXER = np.int64(-7046029254386353131)


@dataclass(frozen=True, slots=True, eq=False)
class AtomColumns:
    """Atoms of one model, one row each. Names are eight bytes held as one integer."""

    name: Integers  # [n]
    residue_name: Integers  # [n]
    chain: Integers  # [n]
    number: Integers  # [n]
    insertion: Integers  # [n] character, a blank where none
    element: Integers  # [n] atomic number, 0 unknown
    altloc: Integers  # [n] character, 0 where none
    position: Floats  # [n, 3] Å
    occupancy: Floats  # [n]
    b_factor: Floats  # [n] Å²

    def __len__(self) -> int:
        return len(self.name)

    def rows(self, which: Integers | Booleans) -> AtomColumns:
        """Return the chosen rows, in the order chosen."""
        return AtomColumns(*(getattr(self, field)[which] for field in self.__slots__))


def columns_of(structure: gemmi.Structure) -> AtomColumns:
    """Return the atoms of the first model of a structure as columns.

    Parameters
    ----------
    structure
        A structure with at least one model.

    Returns
    -------
    AtomColumns
        In the order of the structure, those named hydrogen left out.
    """
    flat = gemmi.FlatStructure(structure)
    altloc = flat.altlocs.astype(np.int64)
    altloc[altloc == _BLANK] = 0
    columns = AtomColumns(
        name=_packed(flat.atom_names),
        residue_name=_packed(flat.residue_names),
        chain=_packed(flat.chain_ids),
        number=flat.resnums.astype(np.int64),
        insertion=flat.icodes.astype(np.int64),
        element=flat.elements.astype(np.int64),
        altloc=altloc,
        position=np.array(flat.pos, dtype=np.float64).reshape(-1, 3),
        occupancy=flat.occ.astype(np.float64),
        b_factor=flat.b_iso.astype(np.float64),
    )
    wanted = np.ones(len(columns), dtype=bool)
    if len(structure) > 1:
        wanted = flat.model_num == flat.model_num[:1]
    hydrogen = (columns.element == HYDROGEN) | (columns.element == DEUTERIUM)
    # Kept where there is nothing else, so that the reader can say so.
    if not hydrogen.all():
        wanted &= ~hydrogen
    return columns if wanted.all() else columns.rows(np.flatnonzero(wanted))


def unpack(names: Integers) -> NDArray[np.str_]:
    """Return packed names as strings."""
    return np.char.decode(np.ascontiguousarray(names).view("S8"), "latin-1")


def pack(name: str) -> int:
    """Return a name of up to eight letters as the integer that the columns hold."""
    return int(np.array([name.encode("latin-1")], dtype="S8").view(np.int64)[0])


def residue_of_atoms(columns: AtomColumns) -> Integers:
    """Return the residue that each atom belongs to, numbered in the order they begin.

    Atoms of one chain, number, insertion code and name belong together wherever they stand, unless
    a whole further copy stands elsewhere (chains without names, water numbers that start again).

    Returns
    -------
    ndarray of int64, shape [n]
        Residue row of each atom.
    """
    keys = np.stack([columns.chain, columns.number, columns.insertion, columns.residue_name])
    starts = np.flatnonzero(np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)])
    run = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(columns)]))
    if all_different(keys[:, starts]) and all_different(
        np.stack([run, columns.name, columns.altloc])
    ):
        return run
    return _in_order_of_first(np.vstack([keys, _copy_of_atoms(columns, keys)]))


def all_different(keys: Integers) -> bool:
    """Whether no column of the keys repeats.

    By a hash of each column: "yes" is certain, a rare wrong "no" only costs the caller time.
    """
    with np.errstate(over="ignore"):
        mixed = np.zeros(keys.shape[1], dtype=np.int64)
        for row in keys:
            mixed = (mixed ^ row) * _MIXER
            mixed ^= mixed >> 29
    mixed.sort()
    return not bool((mixed[1:] == mixed[:-1]).any())


def _copy_of_atoms(columns: AtomColumns, keys: Integers) -> Integers:
    """Return which copy of its residue each atom belongs to, 0 unless far from the first."""
    atom_keys = np.vstack([keys, columns.name, columns.altloc])
    order = np.lexsort(atom_keys[::-1])
    same = (atom_keys[:, order[1:]] == atom_keys[:, order[:-1]]).all(axis=0)
    first = np.flatnonzero(np.r_[True, ~same])
    lengths = np.diff(np.r_[first, len(order)])
    rank = np.arange(len(order)) - np.repeat(first, lengths)
    origin = order[np.repeat(first, lengths)]
    moved = np.linalg.norm(columns.position[order] - columns.position[origin], axis=1) > _FAR_COPY
    copy = np.zeros(len(order), dtype=np.int64)
    copy[order] = np.where(moved, rank, 0)
    return copy


def _in_order_of_first(keys: Integers) -> Integers:
    _, first, inverse = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(len(first))
    return place[inverse.reshape(-1)]


def _packed(names: object) -> Integers:
    return np.ascontiguousarray(names, dtype=np.int8).view(np.int64).reshape(-1)
