"""The named terms whose sum is the attention logit of ligand atom i and residue j in head h.

Each term is a small module ``term(contacts) -> [contacts, heads]`` under its own name, so any
pair's logit can be printed term by term and any term switched off. Adding a term is adding a class
here and its name in :data:`TERMS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from molattn.graph.fields import CONTACT_CUTOFF, RELIABILITY
from molattn.graph.geometry import CONTACT_ANGLES
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES, RESIDUE_TYPES
from molattn.model.config import LogitTerm, NetworkConfig
from molattn.model.radial import RadialBasis


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """All that a logit term may look at, gathered per contact of atom i and residue j."""

    atom: Tensor  # [c] index of the ligand atom
    residue: Tensor  # [c] index of the residue
    atom_scalars: Tensor  # [a, s] invariant features of ligand atoms
    residue_scalars: Tensor  # [r, s]
    atom_vectors: Tensor  # [a, v, 3] polar vectors
    residue_vectors: Tensor  # [r, v, 3]
    atom_type: Tensor  # [c]
    residue_type: Tensor  # [c]
    distance: Tensor  # [c, 3] Å: closest atoms, CA, side-chain centroid
    angles: Tensor  # [c, 5]
    line: Tensor  # [c, 3] unit vector from atom to side-chain centroid
    atoms: Tensor  # [c, p] typed atom–atom terms
    reliability: Tensor  # [c, 5]


class Content(nn.Module):
    """``q_i · k_j / sqrt(d)``: what the atom asks for and what the residue offers.

    The scale keeps the variance of the logit independent of the width d (Vaswani et al. 2017).
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.heads, self.width = config.heads, config.head_width
        self.query = nn.Linear(config.scalars, config.heads * config.head_width)
        self.key = nn.Linear(config.scalars, config.heads * config.head_width)

    def forward(self, contacts: Contacts) -> Tensor:
        query = self.query(contacts.atom_scalars).view(-1, self.heads, self.width)
        key = self.key(contacts.residue_scalars).view(-1, self.heads, self.width)
        product = (query[contacts.atom] * key[contacts.residue]).sum(-1)
        logit: Tensor = product / math.sqrt(self.width)
        return logit


class Prior(nn.Module):
    """A learned table over (ligand atom type, residue type)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.table = nn.Parameter(
            torch.zeros(len(LIGAND_ATOM_TYPES), len(RESIDUE_TYPES), config.heads)
        )

    def forward(self, contacts: Contacts) -> Tensor:
        return self.table[contacts.atom_type, contacts.residue_type]


class Distance(nn.Module):
    """Learned decay ``-d / λ_h`` with the closest distance, and a radial correction."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.basis = RadialBasis(config.radial, 2.0, CONTACT_CUTOFF)
        self.far_basis = RadialBasis(config.radial, 2.0, 14.0)
        self.log_decay = nn.Parameter(torch.linspace(-0.5, 1.2, config.heads))
        self.radial = nn.Linear(3 * config.radial, config.heads, bias=False)
        nn.init.normal_(self.radial.weight, std=0.1)

    def half_distance(self) -> Tensor:
        """Return [heads] Å over which the attention of a head halves by the decay alone."""
        return self.log_decay.exp() * math.log(2.0)

    def forward(self, contacts: Contacts) -> Tensor:
        closest, alpha, centroid = contacts.distance.unbind(-1)
        bumps = torch.cat(
            (self.basis(closest), self.far_basis(alpha), self.far_basis(centroid)), -1
        )
        logit: Tensor = self.radial(bumps) - closest.unsqueeze(-1) * torch.exp(-self.log_decay)
        return logit


class Angle(nn.Module):
    """How the residue's frame and the atom's own directions stand to the line between them."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(len(CONTACT_ANGLES) + 1, 16), nn.SiLU(), nn.Linear(16, config.heads)
        )

    def forward(self, contacts: Contacts) -> Tensor:
        closeness = contacts.distance[:, :1] / CONTACT_CUTOFF
        result: Tensor = self.net(torch.cat((contacts.angles, closeness), -1))
        return result


class Atoms(nn.Module):
    """``Σ_a g(type_i, type_a, d_ia)``: the atoms below the residue."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = nn.Linear(config.pair_width, config.heads, bias=False)

    def forward(self, contacts: Contacts) -> Tensor:
        result: Tensor = self.net(contacts.atoms)
        return result


class Vector(nn.Module):
    """``v_i · v_j``, ``v_i · r_ij`` and ``v_j · r_ij`` of the encoders' vectors."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = nn.Linear(3 * config.vectors, config.heads, bias=False)

    def forward(self, contacts: Contacts) -> Tensor:
        left = contacts.atom_vectors[contacts.atom]
        right = contacts.residue_vectors[contacts.residue]
        line = contacts.line.unsqueeze(1)
        products = ((left * right).sum(-1), (left * line).sum(-1), (right * line).sum(-1))
        result: Tensor = self.net(torch.tanh(torch.cat(products, -1)))
        return result


class Reliability(nn.Module):
    """B factor, occupancy and flags of the residue: how far its atoms can be trusted."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = nn.Linear(len(RELIABILITY), config.heads, bias=False)
        nn.init.zeros_(self.net.weight)

    def forward(self, contacts: Contacts) -> Tensor:
        result: Tensor = self.net(contacts.reliability)
        return result


TERMS: dict[LogitTerm, Callable[[NetworkConfig], nn.Module]] = {
    "content": Content,
    "prior": Prior,
    "distance": Distance,
    "angle": Angle,
    "atoms": Atoms,
    "vector": Vector,
    "reliability": Reliability,
}


class LogitTerms(nn.Module):
    """The terms that the configuration names, each under its own name."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.terms = nn.ModuleDict({name: TERMS[name](config) for name in config.terms})

    def forward(self, contacts: Contacts, off: frozenset[str] = frozenset()) -> dict[str, Tensor]:
        """Return term → [contacts, heads] for every term not switched off."""
        return {name: term(contacts) for name, term in self.terms.items() if name not in off}
