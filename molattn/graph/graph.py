"""ComplexGraph: one complex, or a batch of them, as a PyG HeteroData with the fields of FIELDS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import Tensor
from torch_geometric.data import HeteroData

from molattn.graph.fields import EDGE_LEVELS, FIELDS, Level, fields_of

if TYPE_CHECKING:
    from molattn.structure.records import ResidueTable

LEVELS: tuple[Level, ...] = tuple(dict.fromkeys(field.level for field in FIELDS))
"""Every level that has fields, in registry order."""

_FIRST_KEY: dict[Level, str] = {level: fields_of(level)[0].key for level in LEVELS}


class ComplexGraph(HeteroData):  # type: ignore[misc]
    """A protein–ligand complex as a heterogeneous graph.

    Node stores ``ligand``, ``residue``, ``pocket_atom``; edge stores by the types of EDGE_LEVELS;
    fields of the level ``graph`` lie on the object itself. Beside the tensors of FIELDS:

    ``residue_label``, ``residues``
        names of the rows of ``residue``: list of str such as ``A:ASP189``, and their ResidueTable;
        absent from graphs that came out of a pack.
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
    edge_type = EDGE_LEVELS.get(level)
    # straight to the dictionaries of PyG: its own indexing costs more than the work on a store
    if edge_type is None:
        found = graph._node_store_dict.get(level)
    else:
        found = graph._edge_store_dict.get(edge_type)
    return graph[edge_type or level] if found is None else found


def counts(graph: ComplexGraph) -> dict[Level, int]:
    """Return the count of rows of each level."""
    return {
        level: rows(key, cast(Tensor, store(graph, level)[key]))
        for level, key in _FIRST_KEY.items()
    }


def row_axis(key: str) -> int:
    """Return the axis of a field's tensor that runs over rows: 1 for edge_index, else 0."""
    return 1 if key == "edge_index" else 0


def rows(key: str, value: Tensor) -> int:
    """Return the count of rows in a field's tensor."""
    return value.shape[row_axis(key)]
