"""What the applicability domain looks at in a complex: named numbers, and kinds of parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    from molattn.graph.descriptors import DESCRIPTOR_NAMES
    from molattn.graph.vocabulary import ELEMENTS

    ligand = graph["ligand"].position.numpy()
    atoms = graph["pocket_atom"].position.numpy()
    source, target = graph["ligand", "pair", "pocket_atom"].edge_index.numpy()
    distance = np.linalg.norm(ligand[source] - atoms[target], axis=1)
    # a ligand atom 1.9 Å from a metal binds it as it should
    metal = list(ELEMENTS).index("metal")
    bound = (graph["ligand"].element.numpy()[source] == metal) | (
        graph["pocket_atom"].element.numpy()[target] == metal
    )
    apart = distance[~bound]
    contacts = graph["ligand", "contact", "residue"].edge_index.shape[1]
    touching = np.unique(source[distance < CLOSE_DISTANCE])
    count = max(len(ligand), 1)
    numbers = {
        CLOSEST: float(apart.min()) if apart.size else np.inf,
        "residues in the pocket": float(len(graph["residue"].residue_type)),
        "contacts per ligand atom": contacts / count,
        "share of ligand atoms that touch the protein": len(touching) / count,
    }
    descriptors = graph.descriptors.reshape(-1).numpy()
    for name, value in zip(DESCRIPTOR_NAMES, descriptors, strict=True):
        if not name.startswith(_UNREADABLE):
            numbers[f"ligand {name.replace('_', ' ')}"] = float(value)
    return numbers


def _kinds(graph: HeteroData) -> dict[str, frozenset[str]]:
    from molattn.graph.vocabulary import ELEMENTS, LIGAND_ATOM_TYPES, RESIDUE_TYPES

    sources = {
        "ligand element": (tuple(ELEMENTS), graph["ligand"].element),
        "ligand atom type": (tuple(LIGAND_ATOM_TYPES), graph["ligand"].atom_type),
        "pocket residue type": (tuple(RESIDUE_TYPES), graph["residue"].residue_type),
    }
    return {
        what: frozenset(names[index] for index in np.unique(values.numpy()))
        for what, (names, values) in sources.items()
    }
