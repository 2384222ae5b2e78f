"""What the applicability domain looks at in a complex: named numbers, and kinds of parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

CLOSEST = "closest distance of heavy atoms, metals aside (Å)"
CLOSE_DISTANCE = 4.5  # Å, two heavy atoms that touch
_UNREADABLE = ("chi_", "kappa_", "hall_kier", "labute", "crippen_refractivity")
"""Descriptors that say nothing to a reader; they follow size and shape, which others cover."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Numbers and kinds of one complex.

    Attributes
    ----------
    numbers
        Name, with its unit, → value.
    kinds
        What a kind is of (``"ligand element"``) → names met in this complex.
    """

    numbers: Mapping[str, float]
    kinds: Mapping[str, frozenset[str]]


def measure(graph: HeteroData) -> Measures:
    """Measure one complex.

    Parameters
    ----------
    graph
        A ComplexGraph as `molattn.graph.build_graph` makes it, not batched.
    """
    return Measures(numbers=_numbers(graph), kinds=_kinds(graph))


def _numbers(graph: HeteroData) -> dict[str, float]:
    from molattn.graph.graph import store

    ligand, pocket = store(graph, "ligand"), store(graph, "pocket_atom")
    source, target = store(graph, "pair").edge_index.numpy()
    places, atoms = ligand.position.numpy(), pocket.position.numpy()
    distance = np.sqrt(np.square(places.T[:, source] - atoms.T[:, target]).sum(axis=0))
    # a ligand atom 1.9 Å from a metal binds it as it should
    metal = _metal()
    own, other = ligand.element.numpy() == metal, pocket.element.numpy() == metal
    bound = own.any() or other.any()
    apart = distance[~(own[source] | other[target])] if bound else distance
    contacts = store(graph, "contact").edge_index.shape[1]
    count = len(places)
    touching = np.bincount(source[distance < CLOSE_DISTANCE], minlength=count)
    numbers = {
        CLOSEST: float(apart.min()) if apart.size else np.inf,
        "residues in the pocket": float(len(store(graph, "residue").residue_type)),
        "contacts per ligand atom": contacts / max(count, 1),
        "share of ligand atoms that touch the protein": np.count_nonzero(touching) / max(count, 1),
    }
    descriptors = store(graph, "graph")["descriptors"].reshape(-1).tolist()
    numbers.update((name, descriptors[column]) for column, name in _readable_descriptors())
    return numbers


@cache
def _metal() -> int:
    from molattn.graph.vocabulary import ELEMENTS

    return list(ELEMENTS).index("metal")


@cache
def _readable_descriptors() -> tuple[tuple[int, str], ...]:
    """Return column and name of each descriptor that says something to a reader."""
    from molattn.graph.descriptors import DESCRIPTOR_NAMES

    return tuple(
        (column, f"ligand {name.replace('_', ' ')}")
        for column, name in enumerate(DESCRIPTOR_NAMES)
        if not name.startswith(_UNREADABLE)
    )


def _kinds(graph: HeteroData) -> dict[str, frozenset[str]]:
    from molattn.graph.graph import store
    from molattn.graph.vocabulary import ELEMENTS, LIGAND_ATOM_TYPES, RESIDUE_TYPES

    ligand = store(graph, "ligand")
    sources = {
        "ligand element": (tuple(ELEMENTS), ligand.element),
        "ligand atom type": (tuple(LIGAND_ATOM_TYPES), ligand.atom_type),
        "pocket residue type": (tuple(RESIDUE_TYPES), store(graph, "residue").residue_type),
    }
    return {
        what: frozenset(names[index] for index in set(values.tolist()))
        for what, (names, values) in sources.items()
    }
