"""Many complexes as one graph and back: everything follows from the registry of fields."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import cast

import numpy as np
import torch
from torch import Tensor

from molattn.graph.fields import FIELDS, Level, fields_of
from molattn.graph.graph import LEVELS, ComplexGraph, counts, row_axis, store
from molattn.graph.packing import PackedGraphs, pack, unpack
from molattn.structure.records import ResidueTable

__all__ = ["PackedGraphs", "collate", "pack", "select", "split", "unpack"]

_TABLE_COLUMNS = tuple(ResidueTable.__dataclass_fields__)


def collate(graphs: Sequence[ComplexGraph]) -> ComplexGraph:
    """Join complexes into one batch.

    Rows are concatenated level by level, index fields shifted to match. Every store but the one of
    the graph gains ``batch``, the position in ``graphs`` that each row comes from, and the batch
    itself ``num_graphs``. ``residue_label`` and ``residues`` are joined if every graph has them.

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
    owner = {
        level: torch.from_numpy(np.repeat(np.arange(len(graphs)), [size[level] for size in sizes]))
        for level in LEVELS
    }
    start = {
        level: torch.tensor([0, *accumulate(size[level] for size in sizes[:-1])])
        for level in LEVELS
    }
    batch = ComplexGraph()
    for level in LEVELS:
        stores = [store(graph, level) for graph in graphs]
        target = store(batch, level)
        for field in fields_of(level):
            joined = torch.cat([each[field.key] for each in stores], row_axis(field.key))
            if field.key == "edge_index":
                for row, pointed in zip(joined, field.index_of, strict=True):
                    row += start[pointed][owner[level]]
            elif field.index_of:
                shift = start[field.index_of[0]][owner[level]]
                joined += shift.reshape(-1, *[1] * len(field.width))
            target[field.key] = joined
        if level != "graph":
            target["batch"] = owner[level]
    batch.num_graphs = len(graphs)
    _join_residues(graphs, batch)
    return batch


def _join_residues(graphs: Sequence[ComplexGraph], batch: ComplexGraph) -> None:
    labels = [store(graph, "graph").get("residue_label") for graph in graphs]
    if all(each is not None for each in labels):
        batch.residue_label = [label for each in labels for label in each]
    tables = [store(graph, "graph").get("residues") for graph in graphs]
    if all(table is not None for table in tables):
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
    labels = store(batch, "graph").get("residue_label")
    if labels is not None:
        graph.residue_label = labels[rows]
    table = store(batch, "graph").get("residues")
    if table is not None:
        graph.residues = ResidueTable(*(getattr(table, column)[rows] for column in _TABLE_COLUMNS))
    return graph
