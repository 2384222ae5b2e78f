"""Mixture density over the distance of a contact, given what atom and residue are.

After Méndez-Lucio et al., Nat. Mach. Intell. 3 (2021) 1033 (DeepDock) and Shen et al., J. Med.
Chem. 65 (2022) 10691 (RTMScore): a network maps the chemistry of a ligand atom and of a residue to
K Gaussians over the distance at which the two are found in crystal poses. What goes in must not
know the distance, else the density would follow any pose: the atom comes as encoded in its own
ligand, the residue as its type and the extent of its side chain. The encoded pocket will not do:
its residues know how near they are by what is missing around them.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor, nn

from molattn.graph.fields import CONTACT_CUTOFF, EDGE_LEVELS
from molattn.graph.geometry import Geometry, length
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import RESIDUE_TYPES

COMPONENTS: Final = 10
CHANCE: Final = 0.04
"""Share of chance in every density: one odd distance must not outweigh all others, neither in the
fit, where structures have errors, nor in the score, where a near pose may have a clash."""

RESIDUE_RADIUS: Final = 1.5
"""Å from the closest heavy atom of a residue inward, in the reference of its distance."""

SHARPEST: Final = 0.15
"""Å. Smallest deviation of a Gaussian, about the error of a crystal structure."""


def log_mixture_density(
    distance: Tensor, weight: Tensor, mean: Tensor, deviation: Tensor
) -> Tensor:
    """Return the log-density of distances in [0, CONTACT_CUTOFF] Å, per Å.

    Each Gaussian is cut to that range and normalised on it, and a share of chance is mixed in, so
    the density integrates to one and its log-odds against chance are bounded below.

    Parameters
    ----------
    distance
        [...] Å.
    weight
        [..., K] logarithm of the unnormalised weights.
    mean, deviation
        [..., K] Å; the mean lies within the range.
    """
    # beyond exp(-40) a component adds nothing to chance but slow subnormal numbers
    z = (distance.unsqueeze(-1) - mean) / deviation
    inside = _normal_integral((CONTACT_CUTOFF - mean) / deviation) - _normal_integral(
        -mean / deviation
    )
    component = (
        -0.5 * z.square().clamp_max(80.0)
        - torch.log(deviation * inside)
        - 0.5 * math.log(2.0 * math.pi)
    )
    mixture = torch.logsumexp(torch.log_softmax(weight, -1) + component, -1)
    chance = log_reference_density(distance, RESIDUE_RADIUS)
    return chance + with_chance(mixture - chance)


def with_chance(log_odds: Tensor) -> Tensor:
    """Return log-odds against chance once a share CHANCE of chance is mixed into the density."""
    return torch.logaddexp(log_odds + math.log1p(-CHANCE), log_odds.new_tensor(math.log(CHANCE)))


def _normal_integral(z: Tensor) -> Tensor:
    return 0.5 * (1.0 + torch.erf(z * math.sqrt(0.5)))


def log_reference_density(distance: Tensor, radius: float) -> Tensor:
    """Return the log-density of distances that chance alone would give, per Å.

    The ideal gas around a sphere: ``(d + radius)²`` normalised on [0, CONTACT_CUTOFF].

    Parameters
    ----------
    distance
        [...] Å.
    radius
        Å from the surface the distance is measured from to its centre.
    """
    volume = ((CONTACT_CUTOFF + radius) ** 3 - radius**3) / 3.0
    return 2.0 * torch.log(distance + radius) - math.log(volume)


class DistanceMixture(nn.Module):
    """Density of the closest heavy-atom distance of each contact.

    Parameters
    ----------
    scalars
        Width of the encoded ligand atoms.
    width
        Width of the hidden layer.
    """

    def __init__(self, scalars: int, width: int = 32) -> None:
        super().__init__()
        self.atom = nn.Linear(scalars, 2 * width)
        self.residue = nn.Embedding(len(RESIDUE_TYPES), 2 * width)
        self.extent = nn.Linear(1, 2 * width)
        self.out = nn.Sequential(
            nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 3 * COMPONENTS)
        )
        nn.init.normal_(self.residue.weight, std=0.5)
        start = torch.linspace(2.5, 7.5, COMPONENTS) / CONTACT_CUTOFF
        self.start: Tensor
        self.register_buffer("start", torch.logit(start), persistent=False)

    def forward(
        self, graph: ComplexGraph, geometry: Geometry, atoms: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return log-weight, mean and deviation of the Gaussians of each contact, [c, K] each.

        Parameters
        ----------
        graph, geometry
            Of a batch; only what lies within a residue is read.
        atoms
            [a, scalars] ligand atoms, encoded without sight of the pocket.
        """
        atom, residue = graph[EDGE_LEVELS["contact"]].edge_index
        extent = length(geometry.residue_centroid - geometry.residue_position).unsqueeze(-1)
        offer = self.residue(graph["residue"].residue_type) + self.extent(0.3 * extent)
        left, left_gate = self.atom(atoms).chunk(2, -1)
        right, right_gate = offer.chunk(2, -1)
        hidden = left.index_select(0, atom) + right.index_select(0, residue)
        hidden = hidden + left_gate.index_select(0, atom) * right_gate.index_select(0, residue)
        weight, mean, deviation = self.out(hidden).chunk(3, -1)
        mean = CONTACT_CUTOFF * torch.sigmoid(self.start + mean)
        return weight, mean, SHARPEST + nn.functional.softplus(deviation - 0.5)
