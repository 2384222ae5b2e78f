"""Complexes as flat tensors for a safetensors file, and back; follows the registry of fields.

A pack holds ``LEVEL.KEY`` for each field, rows of all complexes one after the other and indices
counted within each complex, and ``rows.LEVEL`` with the row counts [complexes]. Floats stay as they
are; integers are stored as int32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor

from molattn.graph.fields import FIELDS
from molattn.graph.graph import LEVELS, ComplexGraph, counts, row_axis, store


def pack(graphs: Sequence[ComplexGraph]) -> dict[str, Tensor]:
    """Return the fields of complexes as contiguous tensors.

    Residue labels are not packed.

    Raises
    ------
    ValueError
        No graph is given.
    """
    if not graphs:
        raise ValueError("pack got no graphs; give at least one")
    sizes = [counts(graph) for graph in graphs]
    packed = {
        f"rows.{level}": torch.tensor([size[level] for size in sizes], dtype=torch.int32)
        for level in LEVELS
    }
    for field in FIELDS:
        values = [cast(Tensor, store(graph, field.level)[field.key]) for graph in graphs]
        joined = torch.cat(values, row_axis(field.key))
        if field.dtype == "long":
            joined = joined.to(torch.int32)
        packed[f"{field.level}.{field.key}"] = joined.contiguous()
    return packed


class PackedGraphs(Sequence[ComplexGraph]):
    """Complexes taken from a pack one at a time, on demand.

    Parameters
    ----------
    packed
        Result of :func:`pack`, or the same tensors loaded from a file.
    dtype
        Of the float fields; as stored if none.

    Raises
    ------
    KeyError
        A field or a row count is missing: the pack was made for another registry.
    """

    def __init__(self, packed: Mapping[str, Tensor], dtype: torch.dtype | None = None) -> None:
        expected = {f"{field.level}.{field.key}" for field in FIELDS}
        missing = (expected | {f"rows.{level}" for level in LEVELS}) - set(packed)
        if missing:
            raise KeyError(f"the pack lacks {', '.join(sorted(missing))}; pack the graphs again")
        self._packed = packed
        self._dtype = dtype
        self._ends = {level: packed[f"rows.{level}"].long().cumsum(0) for level in LEVELS}

    def __len__(self) -> int:
        return len(self._packed["rows.graph"])

    def __getitem__(self, index: int) -> ComplexGraph:  # type: ignore[override]
        """Return one complex; negative numbers count from the end."""
        position = range(len(self))[index]
        graph = ComplexGraph()
        for field in FIELDS:
            end = int(self._ends[field.level][position])
            length = int(self._packed[f"rows.{field.level}"][position])
            value = self._packed[f"{field.level}.{field.key}"].narrow(
                row_axis(field.key), end - length, length
            )
            if field.dtype == "long":
                value = value.long()
            elif self._dtype is not None:
                value = value.to(self._dtype)
            store(graph, field.level)[field.key] = value
        return graph


def unpack(packed: Mapping[str, Tensor], dtype: torch.dtype | None = None) -> list[ComplexGraph]:
    """Return all complexes of a pack.

    Parameters
    ----------
    packed
        Result of :func:`pack`.
    dtype
        Of the float fields; as stored if none.
    """
    graphs = PackedGraphs(packed, dtype)
    return [graphs[index] for index in range(len(graphs))]
