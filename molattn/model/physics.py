"""Physical pair terms of a pose: those of the Vina scoring function, charges, metals, rings.

Steric and bonding terms follow Trott & Olson, J. Comput. Chem. 31 (2010) 455, as functions of the
surface distance (distance less both radii), each times the contact envelope.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import Geometry
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import ELEMENTS, ROLES
from molattn.model.segments import segment_sum

# Å; the radii of X-Score (Wang et al. 2002) that Vina uses, van der Waals radii for the rest
RADII: Final = {
    "C": 1.9,
    "N": 1.8,
    "O": 1.7,
    "S": 2.0,
    "P": 2.1,
    "F": 1.5,
    "Cl": 1.8,
    "Br": 2.0,
    "I": 2.2,
    "B": 1.9,
    "Si": 2.1,
    "Se": 2.0,
    "metal": 1.2,
    "other": 1.9,
}

PHYSICS_TERMS: Final = (
    "gauss_near",
    "gauss_far",
    "repulsion",
    "hydrophobic",
    "hydrogen_bond",
    "salt_bridge",
    "like_charges",
    "metal",
    "aromatic",
)


def ramp(surface: Tensor, best: float, zero: float) -> Tensor:
    """Return 1 up to ``best`` Å, 0 from ``zero`` on, a straight line between."""
    return ((zero - surface) / (zero - best)).clamp(0.0, 1.0)


class PhysicalTerms(nn.Module):
    """Sums of pair terms over a complex."""

    radii: Tensor

    def __init__(self) -> None:
        super().__init__()
        radii = torch.tensor([RADII[element] for element in ELEMENTS])
        self.register_buffer("radii", radii, persistent=False)

    def forward(self, graph: ComplexGraph, geometry: Geometry, complexes: int) -> Tensor:
        """Return [B, len(PHYSICS_TERMS)]."""
        ligand, pocket = graph["ligand"], graph["pocket_atom"]
        pair = graph[EDGE_LEVELS["pair"]]
        atom, partner = pair.edge_index
        radii = self.radii[ligand.element][atom] + self.radii[pocket.element][partner]
        surface = geometry.pair_distance - radii
        roles = list(ROLES)
        left = dict(zip(roles, ligand.roles[atom].unbind(-1), strict=True))
        right = dict(zip(roles, pocket.roles[partner].unbind(-1), strict=True))
        bond_ramp = ramp(surface, -0.7, 0.0)
        charge_ramp = ramp(surface, 0.0, 3.0)
        both_ways = left["donor"] * right["acceptor"] + left["acceptor"] * right["donor"]
        terms = (
            torch.exp(-(surface / 0.5).square().clamp_max(20.0)),
            torch.exp(-((surface - 3.0) / 2.0).square().clamp_max(20.0)),
            surface.clamp_max(0.0).square(),
            left["hydrophobic"] * right["hydrophobic"] * ramp(surface, 0.5, 1.5),
            both_ways.clamp_max(1.0) * bond_ramp,
            (left["positive"] * right["negative"] + left["negative"] * right["positive"])
            * charge_ramp,
            (left["positive"] * right["positive"] + left["negative"] * right["negative"])
            * charge_ramp,
            (left["acceptor"] * right["metal"] + left["metal"] * right["acceptor"]) * bond_ramp,
            left["aromatic"] * right["aromatic"] * ramp(surface, 0.5, 1.5),
        )
        values = torch.stack(terms, -1) * geometry.pair_envelope.unsqueeze(-1)
        return segment_sum(values, pair.batch, complexes)
