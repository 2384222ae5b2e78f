"""Density over which pocket atom a contact meets first, and how far away, given the ligand atom.

The logarithm of the density over what chance alone gives is a smooth curve for each pair of atom
types, shifted by what the ligand atom's surroundings in its molecule are::

    p(t, d | i) = frequency(t) · reference(d) · exp(w_it · φ(d)) / Z_i
    w_it        = table[type_i, t] + C h_i

Knowledge-based potentials (Sippl 1990; DrugScore, Gohlke et al., J. Mol. Biol. 295 (2000) 337)
estimate such curves by counting; here they are fitted by likelihood, and Z makes them a density.
Within a contact only the closest atoms count, by a soft minimum: summed over all atoms, the many
far ones would drown what the near ones say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from molattn.graph.fields import CONTACT_CUTOFF, EDGE_LEVELS
from molattn.graph.geometry import Geometry, envelope
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES, PROTEIN_ATOM_TYPES
from molattn.model.distance_mixture import log_reference_density, with_chance
from molattn.model.radial import RadialBasis
from molattn.model.segments import segment_sum

BUMPS: Final = 14
GRID: Final = 32
ATOM_RADIUS: Final = 1.0
"""Å added to a distance in the reference: a contact's closest atom is not a point in a gas."""

SOFTNESS: Final = 0.3
"""Å. An atom this much farther than the closest of its residue counts e times less."""

_CORE: Final = 2.5
"""Å below which atoms overlap; the curve starts with a wall there."""


@dataclass(frozen=True, slots=True, eq=False)
class PairOdds:
    """What the closest atoms of every contact say; one row a pair."""

    weight: Tensor  # [pairs] share in the contact, 0–1
    log_odds: Tensor  # [pairs] against chance
    log_frequency: Tensor  # [pairs] of the pocket atom's type among closest atoms


def closest_share(geometry: Geometry, contact: Tensor) -> Tensor:
    """Return the share [pairs] of each pair in its contact: a soft minimum over the distance.

    The shares of a contact add up to one, less where it fades out at the cutoff.

    Parameters
    ----------
    geometry
        Of a batch.
    contact
        [pairs] contact of each pair.
    """
    shortest = geometry.contact_distance[:, 0].detach()
    behind = (geometry.pair_distance - shortest.index_select(0, contact)) / SOFTNESS
    # rounding may leave an envelope a little below zero
    raw = torch.exp(-behind.clamp_max(20.0)) * geometry.pair_envelope.clamp_min(0.0)
    total = segment_sum(raw, contact, len(shortest)) + 1e-3
    return raw / total.index_select(0, contact)


class TypedPotential(nn.Module):
    """Log-odds of each atom–atom distance against chance.

    Parameters
    ----------
    scalars
        Width of the encoded ligand atoms.
    rank
        Width through which an atom's surroundings shift its curves.
    """

    grid: Tensor

    def __init__(self, scalars: int, rank: int = 8) -> None:
        super().__init__()
        self.basis = RadialBasis(BUMPS, 2.0, CONTACT_CUTOFF)
        pocket_types = len(PROTEIN_ATOM_TYPES)
        table = torch.zeros(len(LIGAND_ATOM_TYPES), pocket_types, BUMPS + 1)
        table[:, :, -1] = -4.0
        self.table = nn.Parameter(table)
        self.context = nn.Linear(scalars, rank, bias=False)
        self.shift = nn.Parameter(torch.zeros(rank, pocket_types * (BUMPS + 1)))
        self.frequency = nn.Parameter(torch.zeros(pocket_types))
        step = CONTACT_CUTOFF / GRID
        self.register_buffer("grid", step * (torch.arange(GRID) + 0.5), persistent=False)

    def curve_basis(self, distance: Tensor) -> Tensor:
        """Return [n, BUMPS + 1]: bumps over the distance [n] and the wall."""
        wall = envelope(distance, _CORE, 1.5).unsqueeze(-1)
        return torch.cat((self.basis(distance), wall), -1)

    def weights(self, atom_type: Tensor, atoms: Tensor) -> Tensor:
        """Return w_it, [a, pocket types, BUMPS + 1], of ligand atoms."""
        shift = (self.context(atoms) @ self.shift).view(len(atoms), *self.table.shape[1:])
        result: Tensor = self.table.index_select(0, atom_type) + shift
        return result

    def log_partition(self, weights: Tensor) -> Tensor:
        """Return log Z_i, [a], by the midpoint rule; zero where w is zero."""
        reference = torch.log_softmax(log_reference_density(self.grid, ATOM_RADIUS), -1)
        frequency = torch.log_softmax(self.frequency, -1).detach()
        chance = (reference + frequency.unsqueeze(-1)).flatten()
        curve = (weights @ self.curve_basis(self.grid).T).flatten(1)
        return torch.logsumexp(curve + chance, -1)

    def forward(self, graph: ComplexGraph, geometry: Geometry, atoms: Tensor) -> PairOdds:
        """Judge every pair.

        Parameters
        ----------
        graph, geometry
            Of a batch.
        atoms
            [a, scalars] ligand atoms, encoded without sight of the pocket.
        """
        pair = graph[EDGE_LEVELS["pair"]]
        atom, partner = pair.edge_index
        weights = self.weights(graph["ligand"].atom_type, atoms)
        pocket_type = graph["pocket_atom"].atom_type.index_select(0, partner)
        curve = atom * weights.shape[1] + pocket_type
        basis = self.curve_basis(geometry.pair_distance)
        # index_select: the gradient of plain indexing is several times slower
        log_odds = (weights.flatten(0, 1).index_select(0, curve) * basis).sum(-1)
        return PairOdds(
            weight=closest_share(geometry, pair.contact),
            log_odds=with_chance(log_odds - self.log_partition(weights).index_select(0, atom)),
            log_frequency=torch.log_softmax(self.frequency, -1).index_select(0, pocket_type),
        )
