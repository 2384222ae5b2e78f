"""Which kinds of interaction a contact has, by roles and distance: labels to learn from.

The definitions are those of ``INTERACTIONS`` in :mod:`molattn.graph.vocabulary`, with hard cutoffs:
nothing here enters an answer.
"""

from __future__ import annotations

import torch
from torch import Tensor

from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import Geometry
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import ELEMENTS, INTERACTIONS, ROLES

_METAL = list(ELEMENTS).index("metal")


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
    distance = geometry.pair_distance

    def either(first: str, second: str) -> Tensor:
        one, other = left[first] & right[second], left[second] & right[first]
        return torch.logical_or(one, other)

    kinds = {
        "hydrogen_bond": either("donor", "acceptor") & (distance < 3.5),
        "salt_bridge": either("positive", "negative") & (distance < 4.5),
        "hydrophobic": either("hydrophobic", "hydrophobic") & (distance < 4.5),
        "aromatic": either("aromatic", "aromatic") & (distance < 5.0),
        "cation_pi": either("positive", "aromatic") & (distance < 5.0),
        "halogen_bond": either("halogen", "acceptor") & (distance < 3.8),
        "metal": either("ion", "metal") & (distance < 2.8),
    }
    found = torch.stack([kinds[name] for name in INTERACTIONS], -1).to(distance.dtype)
    contacts = graph[EDGE_LEVELS["contact"]].edge_index.shape[1]
    index = pair.contact.unsqueeze(-1).expand_as(found)
    return found.new_zeros(contacts, len(INTERACTIONS)).scatter_reduce(0, index, found, "amax")
