"""Many complexes as one graph and back: everything follows from the registry of fields."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import cast

import numpy as np
import torch
from torch import Tensor

from molattn.graph.fields import FIELDS, Level
from molattn.graph.graph import LEVELS, ComplexGraph, counts, row_axis, store
from molattn.graph.packing import PackedGraphs, pack, unpack
from molattn.structure.records import ResidueTable

__all__ = ["PackedGraphs", "collate", "pack", "select", "split", "unpack"]

_TABLE_COLUMNS = tuple(ResidueTable.__dataclass_fields__)


def collate(graphs: Sequence[ComplexGraph]) -> ComplexGraph:
    """Join complexes into one batch.

    Rows are concatenated level by level, index fields shifted to match. Every store but the one of
    the graph gains ``batch``, the position in ``graphs`` that each row comes from, and the batch
    itself ``num_graphs``. ``residues`` are joined if every graph has them.

    Parameters
    ----------
    graphs
        One or more complexes of one dtype.

    Raises
    ------
    ValueError
        No graph is given.
    """
    if not graphs:
        raise ValueError("collate got no graphs; give at least one")
    sizes = [counts(graph) for graph in graphs]
    starts = {level: [0, *accumulate(size[level] for size in sizes)] for level in LEVELS}
    batch = ComplexGraph()
    for level in LEVELS:
        number = torch.tensor([size[level] for size in sizes])
        for field in FIELDS:
            if field.level != level:
                continue
            values = [cast(Tensor, store(graph, level)[field.key]) for graph in graphs]
            joined = torch.cat(values, row_axis(field.key))
            if field.index_of:
                joined += _shifts(field.key, field.index_of, len(field.width), starts, number)
            store(batch, level)[field.key] = joined
        if level != "graph":
            store(batch, level)["batch"] = torch.repeat_interleave(
                torch.arange(len(graphs)), number
            )
    batch.num_graphs = len(graphs)
    _join_residues(graphs, batch)
    return batch


def _shifts(
    key: str,
    targets: tuple[Level, ...],
    trailing: int,
    starts: dict[Level, list[int]],
    number: Tensor,
) -> Tensor:
    """Return what to add to a concatenated index field, broadcastable to its shape."""
    columns = [
        torch.repeat_interleave(torch.tensor(starts[target][:-1]), number) for target in targets
    ]
    if key == "edge_index":
        return torch.stack(columns)
    return columns[0].reshape(-1, *[1] * trailing)


def _join_residues(graphs: Sequence[ComplexGraph], batch: ComplexGraph) -> None:
    if all("residues" in graph for graph in graphs):
        tables = [graph.residues for graph in graphs]
        batch.residues = ResidueTable(
            *(
                np.concatenate([getattr(table, column) for table in tables])
                for column in _TABLE_COLUMNS
            )
        )


def split(batch: ComplexGraph) -> list[ComplexGraph]:
    """Take a batch apart again: the inverse of :func:`collate`, without copying the floats."""
    number = batch.num_graphs
    sizes = {
        level: (
            [1] * number
            if level == "graph"
            else torch.bincount(store(batch, level)["batch"], minlength=number).tolist()
        )
        for level in LEVELS
    }
    starts = {level: [0, *accumulate(sizes[level])] for level in LEVELS}
    return [_extract(batch, starts, index) for index in range(number)]


def select(batch: ComplexGraph, index: int) -> ComplexGraph:
    """Return one complex of a batch.

    Raises
    ------
    IndexError
        The batch has no complex of that number.
    """
    return split(batch)[index]


def _extract(batch: ComplexGraph, starts: dict[Level, list[int]], index: int) -> ComplexGraph:
    graph = ComplexGraph()
    for field in FIELDS:
        start, end = starts[field.level][index : index + 2]
        value = cast(Tensor, store(batch, field.level)[field.key])
        value = value.narrow(row_axis(field.key), start, end - start)
        if field.index_of:
            shift = torch.tensor([starts[target][index] for target in field.index_of])
            value = value - (shift.unsqueeze(1) if field.key == "edge_index" else shift)
        store(graph, field.level)[field.key] = value
    rows = slice(*starts["residue"][index : index + 2])
    if "residues" in batch:
        graph.residues = ResidueTable(
            *(getattr(batch.residues, column)[rows] for column in _TABLE_COLUMNS)
        )
    return graph
