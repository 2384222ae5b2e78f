"""Which kinds of interaction a contact has, by roles and distance: labels to learn from.

The definitions are those of ``INTERACTIONS`` in :mod:`molattn.graph.vocabulary`, with hard cutoffs
near those of PLIP (Salentin et al., Nucleic Acids Res. 43 (2015) W443) for heavy atoms alone:
nothing here enters an answer.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import Geometry
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import ELEMENTS, INTERACTIONS, ROLES

_METAL = list(ELEMENTS).index("metal")
_CARBON = list(ELEMENTS).index("C")

TOUCHING: Final = ("hydrogen_bond", "salt_bridge", "hydrophobic", "halogen_bond", "metal")
"""Kinds that make a contact one to look at. Rings that face each other touch by their carbons."""


def interaction_labels(graph: ComplexGraph, geometry: Geometry) -> Tensor:
    """Return 1 or 0 per contact and kind of INTERACTIONS, [c, kinds].

    Parameters
    ----------
    graph, geometry
        Of a batch.
    """
    pair = graph[EDGE_LEVELS["pair"]]
    atom, partner = pair.edge_index
    ligand, pocket = graph["ligand"], graph["pocket_atom"]
    left = dict(zip(ROLES, ligand.roles[atom].bool().unbind(-1), strict=True))
    right = dict(zip(ROLES, pocket.roles[partner].bool().unbind(-1), strict=True))
    left["ion"], right["ion"] = ligand.element[atom] == _METAL, pocket.element[partner] == _METAL
    greasy = _greasy_carbons(graph)[atom]
    greasy &= right["hydrophobic"] & (pocket.element[partner] == _CARBON)
    distance = geometry.pair_distance

    def either(first: str, second: str) -> Tensor:
        one, other = left[first] & right[second], left[second] & right[first]
        return torch.logical_or(one, other)

    kinds = {
        "hydrogen_bond": either("donor", "acceptor") & (distance < 3.6),
        "salt_bridge": either("positive", "negative") & (distance < 4.5),
        "hydrophobic": greasy & (distance < 4.0),
        "aromatic": either("aromatic", "aromatic") & (distance < 5.0),
        "cation_pi": either("positive", "aromatic") & (distance < 5.0),
        "halogen_bond": either("halogen", "acceptor") & (distance < 3.6),
        "metal": either("ion", "metal") & (distance < 2.8),
    }
    found = torch.stack([kinds[name] for name in INTERACTIONS], -1).to(distance.dtype)
    contacts = graph[EDGE_LEVELS["contact"]].edge_index.shape[1]
    index = pair.contact.unsqueeze(-1).expand_as(found)
    return found.new_zeros(contacts, len(INTERACTIONS)).scatter_reduce(0, index, found, "amax")


def touching(labels: Tensor) -> Tensor:
    """Return 1 for each contact [c] with a kind of `TOUCHING`, given its labels [c, kinds]."""
    rows = [list(INTERACTIONS).index(kind) for kind in TOUCHING]
    found: Tensor = labels[:, rows].amax(-1)
    return found


def _greasy_carbons(graph: ComplexGraph) -> Tensor:
    """Return whether each ligand atom is a carbon that only carbons are bonded to, bool [a]."""
    other = graph["ligand"].element != _CARBON
    first, second = graph[EDGE_LEVELS["bond"]].edge_index
    beside = torch.zeros(len(other), dtype=torch.int64).to(first.device)
    beside = beside.index_add(0, first, other[second].long())
    greasy: Tensor = ~other & (beside == 0)
    return greasy
