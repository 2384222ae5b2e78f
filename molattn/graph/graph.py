"""ComplexGraph: one complex, or a batch of them, as a PyG HeteroData with the fields of FIELDS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import Tensor
from torch_geometric.data import HeteroData

from molattn.graph.fields import EDGE_LEVELS, FIELDS, Level

if TYPE_CHECKING:
    from molattn.structure.records import ResidueTable

LEVELS: tuple[Level, ...] = tuple(dict.fromkeys(field.level for field in FIELDS))
"""Every level that has fields, in registry order."""


class ComplexGraph(HeteroData):  # type: ignore[misc]
    """A protein–ligand complex as a heterogeneous graph.

    Node stores ``ligand``, ``residue``, ``pocket_atom``; edge stores by the types of EDGE_LEVELS;
    fields of the level ``graph`` lie on the object itself. Beside the tensors of FIELDS:

    ``residue_label``
        list of str, one a row of ``residue``, such as ``A:ASP189``.
    ``residues``
        ResidueTable of the same rows.
    ``num_graphs`` and, in every store but the one of the graph, ``batch``
        only after :func:`molattn.graph.batch.collate`.
    """

    residue_label: list[str]
    residues: ResidueTable
    num_graphs: int


def store(graph: ComplexGraph, level: Level) -> Any:
    """Return the PyG store that holds the fields of a level.

    Parameters
    ----------
    graph
        A complex or a batch.
    level
        ``graph`` gives the store of the object itself.
    """
    if level == "graph":
        return graph._global_store
    return graph[EDGE_LEVELS.get(level, level)]


def counts(graph: ComplexGraph) -> dict[Level, int]:
    """Return the count of rows of each level."""
    result: dict[Level, int] = {}
    for field in FIELDS:
        if field.level not in result:
            result[field.level] = rows(
                field.key, cast(Tensor, store(graph, field.level)[field.key])
            )
    return result


def row_axis(key: str) -> int:
    """Return the axis of a field's tensor that runs over rows: 1 for edge_index, else 0."""
    return 1 if key == "edge_index" else 0


def rows(key: str, value: Tensor) -> int:
    """Return the count of rows in a field's tensor."""
    return value.shape[row_axis(key)]
