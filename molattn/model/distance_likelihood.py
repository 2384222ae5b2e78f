"""How likely the distances of a pose are, learned from native poses alone.

Two densities look at a pose: one over the closest distance of ligand atom and residue
(:mod:`molattn.model.distance_mixture`), one over every atom–atom distance
(:mod:`molattn.model.typed_potential`). Each gives log-odds against the ideal gas, which gives no
preference to any place: above zero where crystal structures hold more such distances than chance,
below zero where atoms overlap or dislike each other. Their sum over what is near, faded out
smoothly, is the score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import Geometry, envelope
from molattn.graph.graph import ComplexGraph
from molattn.model.distance_mixture import (
    RESIDUE_RADIUS,
    DistanceMixture,
    log_mixture_density,
    log_reference_density,
)
from molattn.model.segments import segment_sum
from molattn.model.typed_potential import ATOM_RADIUS, PairOdds, TypedPotential

NEAR: Final = 6.0
"""Å where the weight of a distance in the score reaches zero."""

SCORES: Final = (
    "contacts_per_atom",
    "contacts_in_all",
    "contacts_against_per_atom",
    "atoms_per_atom",
    "atoms_in_all",
    "atoms_against_per_atom",
)
"""Columns of ``Likelihood.score``: log-odds of contacts and of atom–atom distances, per heavy atom
of the ligand, divided by the root of their number, and the part that speaks against the pose."""

SCORE_SCALE: Final = (1.0, 5.0, 1.0, 1.0, 5.0, 1.0)
"""Spread of each column over good and bad poses; fixed, since the densities are still to be learned
when other evidence is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """What the distances of B poses say."""

    contact_log_density: Tensor  # [c] of the closest distance, per Å
    contact_log_odds: Tensor  # [c] against the ideal gas
    pair_log_density: Tensor  # [pairs] less the frequency of the pocket atom's type
    pairs: PairOdds
    score: Tensor  # [B, len(SCORES)]
    total: Tensor  # [B] log-odds per heavy atom, of contacts and atoms together


class DistanceLikelihood(nn.Module):
    """Both densities and the score of a pose under them.

    In training the score is cut off from the parameters: what fits affinities must not bend what
    describes distances.
    """

    def __init__(self, scalars: int) -> None:
        super().__init__()
        self.mixture = DistanceMixture(scalars)
        self.potential = TypedPotential(scalars)

    def forward(
        self, graph: ComplexGraph, geometry: Geometry, atoms: Tensor, atom_count: Tensor
    ) -> Likelihood:
        """Judge the poses of a batch.

        Parameters
        ----------
        graph, geometry
            Of the batch.
        atoms
            [a, scalars] ligand atoms, encoded without sight of the pocket.
        atom_count
            [B] heavy atoms of each ligand.
        """
        contact, pair = graph[EDGE_LEVELS["contact"]], graph[EDGE_LEVELS["pair"]]
        closest, distance = geometry.contact_distance[:, 0], geometry.pair_distance
        log_density = log_mixture_density(closest, *self.mixture(graph, geometry, atoms))
        log_odds = log_density - log_reference_density(closest, RESIDUE_RADIUS)
        near = envelope(closest, NEAR)
        contacts = self._score(log_odds, near, contact.batch, atom_count)
        found = self.potential(graph, geometry, atoms)
        near = found.weight * envelope(distance, NEAR)
        pairs = self._score(found.log_odds, near, pair.batch, atom_count)
        pair_log_density = found.log_odds + log_reference_density(distance, ATOM_RADIUS)
        return Likelihood(
            contact_log_density=log_density,
            contact_log_odds=log_odds,
            pair_log_density=pair_log_density,
            pairs=found,
            score=torch.cat((contacts, pairs), -1),
            total=contacts[:, 0] + pairs[:, 0],
        )

    def _score(self, log_odds: Tensor, weight: Tensor, batch: Tensor, atom_count: Tensor) -> Tensor:
        odds = log_odds.detach() if self.training else log_odds
        against = -(odds + 0.5).clamp_max(0.0).square()
        parts = torch.stack((odds, against), -1) * weight.unsqueeze(-1)
        total, bad = segment_sum(parts, batch, len(atom_count)).unbind(-1)
        return torch.stack((total / atom_count, total / atom_count.sqrt(), bad / atom_count), -1)


def likelihood_loss(likelihood: Likelihood, native: Tensor, graph: ComplexGraph) -> Tensor:
    """Return the mean negative log-likelihood of the distances of native poses, in nats.

    Parameters
    ----------
    likelihood
        Of a batch.
    native
        [B] bool; other poses teach nothing here.
    graph
        The batch.
    """
    contact, pair = graph[EDGE_LEVELS["contact"]], graph[EDGE_LEVELS["pair"]]
    chosen = native[contact.batch].to(likelihood.score.dtype)
    weight = likelihood.pairs.weight.detach() * native[pair.batch]
    # the frequency of a type is fitted to the same pairs, apart from the curves
    pairs = likelihood.pair_log_density + likelihood.pairs.log_frequency
    return -_mean(likelihood.contact_log_density, chosen) - _mean(pairs, weight)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1.0)
