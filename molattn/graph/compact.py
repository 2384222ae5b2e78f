"""Complexes in few bytes: what follows from positions is left out, what repeats is numbered.

The rows of ``ligand``, ``residue`` and ``pocket_atom`` hold few different combinations of types,
roles and neighbours (index fields counted from the row itself), so each row is the number of its
combination in a table of the whole pack. Neighbours, contacts, pairs and closest atoms are found
again from the positions. In half precision positions are whole thousandths of an Å, which is what
a PDB file holds, and the reliability of residues has 16 bits. Counts are integers.

Keys of a compact pack: ``rows.LEVEL`` [complexes], ``table.LEVEL`` [combinations, columns],
``code.LEVEL`` [rows], ``LEVEL.KEY`` for the fields stored as they are, ``atoms`` [residues], and
with half precision ``centre`` [complexes, 3], whole Å.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from torch import Tensor

from molattn.graph.edges import (
    closest_pairs,
    contact_edges,
    ligand_neighbours,
    residue_neighbours,
)
from molattn.graph.fields import FIELDS, Field, Level
from molattn.graph.graph import ComplexGraph, store
from molattn.structure.records import Integers

Array = NDArray[Any]
Fields = dict[tuple[Level, str], Array]

CODED: Final[tuple[Level, ...]] = ("ligand", "residue", "pocket_atom")
"""Levels whose rows are numbers of combinations."""

_ROW_LEVELS: Final[tuple[Level, ...]] = ("ligand", "residue", "pocket_atom", "bond")
_POSITIONS: Final[frozenset[tuple[Level, str]]] = frozenset(
    {("ligand", "position"), ("pocket_atom", "position")}
)
_PLAIN: Final[frozenset[tuple[Level, str]]] = frozenset(
    {
        *_POSITIONS,
        ("graph", "descriptors"),
        ("graph", "fingerprint"),
        ("residue", "reliability"),
        ("bond", "edge_index"),
        ("bond", "bond_type"),
    }
)
_FOUND_AGAIN: Final[frozenset[tuple[Level, str]]] = frozenset(
    {
        ("residue", "closest_ligand"),
        ("residue", "closest_atom"),
        ("pocket_atom", "residue"),
        ("near", "edge_index"),
        ("shell", "edge_index"),
        ("contact", "edge_index"),
        ("pair", "edge_index"),
        ("pair", "contact"),
    }
)
_HALVED: Final = (("residue", "reliability"),)
"""Floats of many rows; none is large."""

_WHOLE: Final = (("graph", "fingerprint"),)
"""Floats that are counts."""

_PER_ANGSTROM: Final = 1000
_SMALLEST: Final = (np.uint8, np.int8, np.uint16, np.int16)


def coded_fields(level: Level) -> tuple[Field, ...]:
    """Return the fields of a level that make up its combinations."""
    return tuple(
        field
        for field in FIELDS
        if field.level == level and (level, field.key) not in _PLAIN | _FOUND_AGAIN
    )


def compact(packed: Mapping[str, Tensor], *, half: bool) -> dict[str, Array]:
    """Return the compact form of a pack.

    Parameters
    ----------
    packed
        Result of :func:`molattn.graph.packing.pack`.
    half
        Positions to 0.001 Å and reliability in 16 bits; else every float as it is in 32.
    """
    arrays = {key: value.numpy() for key, value in packed.items()}
    rows = {level: arrays[f"rows.{level}"].astype(np.int64) for level in _ROW_LEVELS}
    made: dict[str, Array] = {f"rows.{level}": rows[level] for level in _ROW_LEVELS}
    owner = arrays["pocket_atom.residue"] + np.repeat(_starts(rows["residue"]), rows["pocket_atom"])
    made["atoms"] = np.bincount(owner, minlength=int(rows["residue"].sum()))
    for level in CODED:
        columns = [_column(arrays, field, rows) for field in coded_fields(level)]
        table, code = np.unique(np.concatenate(columns, 1), axis=0, return_inverse=True)
        made[f"table.{level}"], made[f"code.{level}"] = table, code.reshape(-1)
    for level, key in sorted(_PLAIN - _POSITIONS):
        value = arrays[f"{level}.{key}"]
        if half and (level, key) in _HALVED:
            value = value.astype(np.float16)
        elif (level, key) in _WHOLE:
            value = value.astype(np.int64)
        made[f"{level}.{key}"] = value
    return made | _positions(arrays, rows, half)


def join(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Return one compact pack of several, integers in the fewest bytes."""
    joined: dict[str, Array] = {}
    for level in CODED:
        tables = [part[f"table.{level}"] for part in parts]
        table, number = np.unique(np.concatenate(tables), axis=0, return_inverse=True)
        start = np.cumsum([0, *(len(one) for one in tables)])
        codes = [
            number.reshape(-1)[part[f"code.{level}"] + first]
            for part, first in zip(parts, start, strict=False)
        ]
        joined[f"table.{level}"], joined[f"code.{level}"] = table, np.concatenate(codes)
    for key in parts[0]:
        if key not in joined:
            axis = 1 if key.endswith("edge_index") else 0
            joined[key] = np.concatenate([part[key] for part in parts], axis)
    return {key: np.ascontiguousarray(_narrow(value)) for key, value in joined.items()}


class CompactGraphs(Sequence[ComplexGraph]):
    """Complexes taken from a compact pack one at a time, on demand.

    Parameters
    ----------
    arrays
        Result of :func:`join` or :func:`compact`.
    dtype
        Of the float fields.

    Raises
    ------
    KeyError
        The pack was made for another registry of fields.
    """

    def __init__(self, arrays: Mapping[str, Array], dtype: torch.dtype = torch.float32) -> None:
        for level in CODED:
            width = sum(_width(field) for field in coded_fields(level))
            table = arrays.get(f"table.{level}")
            if table is None or table.shape[1] != width:
                raise KeyError(f"the pack has no table.{level} of {width} columns; pack again")
        for level, key in sorted(_PLAIN):
            if f"{level}.{key}" not in arrays:
                raise KeyError(f"the pack has no {level}.{key}; pack again")
        self._arrays = arrays
        self._dtype = dtype
        self._starts = {
            level: np.append(0, np.cumsum(arrays[f"rows.{level}"], dtype=np.int64))
            for level in _ROW_LEVELS
        }

    def __len__(self) -> int:
        return len(self._arrays["rows.ligand"])

    def __getitem__(self, index: int) -> ComplexGraph:  # type: ignore[override]
        """Return one complex; negative numbers count from the end."""
        position = range(len(self))[index]
        values = self._stored(position)
        _find_again(values)
        graph = ComplexGraph()
        for field in FIELDS:
            value = torch.from_numpy(np.ascontiguousarray(values[field.level, field.key]))
            wanted = torch.int64 if field.dtype == "long" else self._dtype
            store(graph, field.level)[field.key] = value.to(wanted)
        return graph

    def _stored(self, position: int) -> Fields:
        """Return what is stored of one complex, combinations spelled out."""
        spans = {
            level: slice(int(start[position]), int(start[position + 1]))
            for level, start in self._starts.items()
        } | {"graph": slice(position, position + 1)}
        arrays = self._arrays
        atoms = arrays["atoms"][spans["residue"]].astype(np.int64)
        values: Fields = {("pocket_atom", "residue"): np.repeat(np.arange(len(atoms)), atoms)}
        for level, key in _PLAIN:
            whole = arrays[f"{level}.{key}"]
            part = whole[:, spans[level]] if key == "edge_index" else whole[spans[level]]
            if (level, key) in _POSITIONS:
                part = part.astype(np.float64)
                if "centre" in arrays:
                    part = part / _PER_ANGSTROM + arrays["centre"][position]
            values[level, key] = part
        for level in CODED:
            rows = arrays[f"table.{level}"][arrays[f"code.{level}"][spans[level]]]
            values |= _spelled_out(level, rows.astype(np.int32), _starts(atoms))
        return values


def _spelled_out(level: Level, rows: Array, first_atom: Integers) -> Fields:
    values: Fields = {}
    left = 0
    for field in coded_fields(level):
        right = left + _width(field)
        value = np.ascontiguousarray(rows[:, left:right])
        if field.dtype == "float":
            value = value.view(np.float32)
        elif field.index_of:
            origin = first_atom if level == "residue" else np.arange(len(rows))
            value = value + origin[:, None]
        values[level, field.key] = value.reshape(len(rows), *field.width)
        left = right
    return values


def _find_again(values: Fields) -> None:
    """Add the fields that follow from positions, as :func:`build_graph` finds them."""
    ligand, pocket = values["ligand", "position"], values["pocket_atom", "position"]
    residue = values["pocket_atom", "residue"]
    distance = cdist(ligand, pocket)
    contact, pair, pair_contact = contact_edges(distance, residue)
    closest_ligand, closest_atom, _ = closest_pairs(distance, residue)
    bonds = values["bond", "edge_index"].astype(np.int64)
    values["contact", "edge_index"] = contact
    values["pair", "edge_index"] = pair
    values["pair", "contact"] = pair_contact
    values["residue", "closest_ligand"] = closest_ligand
    values["residue", "closest_atom"] = closest_atom
    values["near", "edge_index"] = ligand_neighbours(ligand, bonds)
    values["shell", "edge_index"] = residue_neighbours(pocket[values["residue", "frame"][:, 1]])


def _positions(
    arrays: Mapping[str, Array], rows: Mapping[Level, Integers], half: bool
) -> dict[str, Array]:
    if not half:
        return {f"{level}.{key}": arrays[f"{level}.{key}"] for level, key in _POSITIONS}
    pocket = arrays["pocket_atom.position"].astype(np.float64)
    sums = np.add.reduceat(pocket, _starts(rows["pocket_atom"]))
    centre = np.rint(sums / rows["pocket_atom"][:, None])
    made: dict[str, Array] = {"centre": centre.astype(np.int64)}
    for level, key in _POSITIONS:
        offset = arrays[f"{level}.{key}"] - np.repeat(centre, rows[level], axis=0)
        made[f"{level}.{key}"] = np.rint(offset * _PER_ANGSTROM).astype(np.int64)
    return made


def _column(
    arrays: Mapping[str, Array], field: Field, rows: Mapping[Level, Integers]
) -> NDArray[np.int32]:
    """Return a coded field as int32 columns, index fields counted from their origin."""
    value = arrays[f"{field.level}.{field.key}"].reshape(int(rows[field.level].sum()), -1)
    if field.dtype == "float":
        return np.ascontiguousarray(value, dtype=np.float32).view(np.int32)
    if field.index_of:
        per_complex = np.split(np.arange(len(value)), _starts(rows[field.level])[1:])
        origin = np.concatenate([one - one[:1] for one in per_complex])
        if field.level == "residue":
            origin = np.concatenate(list(_first_atoms(arrays, rows)))
        value = value - origin[:, None]
    return value.astype(np.int32)


def _first_atoms(arrays: Mapping[str, Array], rows: Mapping[Level, Integers]) -> Iterator[Integers]:
    """Yield for each complex the first pocket atom of each residue."""
    owners = np.split(arrays["pocket_atom.residue"], _starts(rows["pocket_atom"])[1:])
    for owner, count in zip(owners, rows["residue"].tolist(), strict=True):
        yield np.searchsorted(owner, np.arange(count))


def _starts(counts: Integers) -> Integers:
    return np.cumsum(counts) - counts


def _width(field: Field) -> int:
    return int(np.prod(field.width, dtype=int))


def _narrow(value: Array) -> Array:
    """Return integers in the smallest type that holds them all."""
    if value.dtype.kind not in "iu" or not value.size:
        return value
    low, high = int(value.min()), int(value.max())
    for kind in _SMALLEST:
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return value.astype(kind)
    return value.astype(np.int32)
