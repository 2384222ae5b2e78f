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
    """All that a logit term may look at, gathered per contact of atom i and residue j.

    What only the logits look at lies in memory column by column.
    """

    atom: Tensor  # [c] index of the ligand atom
    residue: Tensor  # [c] index of the residue
    atom_scalars: Tensor  # [a, s] invariant features of ligand atoms
    residue_scalars: Tensor  # [r, s]
    atom_vectors: Tensor  # [a, v, 3] polar vectors
    residue_vectors: Tensor  # [r, v, 3]
    atom_type: Tensor  # [c]
    residue_type: Tensor  # [c]
    distance: Tensor  # [c] Å, closest atoms
    bumps: Tensor  # [c, 3 radial] bases of the distances to closest atom, CA, side-chain centroid
    orientation: Tensor  # [c, 6] the angles, and the closest distance over CONTACT_CUTOFF
    alignment: Tensor  # [c, 3 v] tanh of v_i · v_j, v_i · r_ij and v_j · r_ij
    line: Tensor  # [c, 3] unit vector from atom to side-chain centroid
    atoms: Tensor  # [c, p] typed atom–atom terms
    atom_columns: Tensor  # [c, p] the same, column by column in memory
    reliability: Tensor  # [c, 5]


def alignment(
    atom_vectors: Tensor, residue_vectors: Tensor, atom: Tensor, residue: Tensor, line: Tensor
) -> Tensor:
    """Return tanh of ``v_i · v_j``, ``v_i · r_ij`` and ``v_j · r_ij`` of each contact, [c, 3 v].

    Parameters
    ----------
    atom_vectors, residue_vectors
        [a, v, 3] and [r, v, 3].
    atom, residue
        [c] rows of them.
    line
        [c, 3] unit vector r_ij.
    """
    left = atom_vectors.permute(2, 1, 0).contiguous().index_select(2, atom)
    right = residue_vectors.permute(2, 1, 0).contiguous().index_select(2, residue)
    lines = line.T.unsqueeze(1)
    products = torch.cat(((left * right).sum(0), (left * lines).sum(0), (right * lines).sum(0)))
    return torch.tanh(products).T


def on_columns(columns: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return a linear map, [c, outputs], of features [c, inputs] that lie column by column.

    So does the result. Products with few outputs are several times faster this way round.
    """
    found = weight @ columns.T
    return (found if bias is None else found + bias.unsqueeze(-1)).T


class ContactBasis(nn.Module):
    """Radial bases of the three distances of a contact."""

    def __init__(self, radial: int) -> None:
        super().__init__()
        self.near = RadialBasis(radial, 2.0, CONTACT_CUTOFF)
        self.far = RadialBasis(radial, 2.0, 14.0)

    def forward(self, distance: Tensor) -> Tensor:
        """Return [c, 3 radial] of distances [c, 3] Å: closest atoms, CA, side-chain centroid."""
        closest, alpha, centroid = distance.unbind(-1)
        rows = (self.near.rows(closest), self.far.rows(alpha), self.far.rows(centroid))
        return torch.cat(rows).T


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
        query = self.query(contacts.atom_scalars).index_select(0, contacts.atom)
        key = self.key(contacts.residue_scalars).index_select(0, contacts.residue)
        product = (query * key).view(-1, self.heads, self.width)
        logit: Tensor = product.sum(-1) / math.sqrt(self.width)
        return logit


class Prior(nn.Module):
    """A learned table over (ligand atom type, residue type)."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.table = nn.Parameter(
            torch.zeros(len(LIGAND_ATOM_TYPES), len(RESIDUE_TYPES), config.heads)
        )

    def forward(self, contacts: Contacts) -> Tensor:
        cell = contacts.atom_type * len(RESIDUE_TYPES) + contacts.residue_type
        return self.table.flatten(0, 1).index_select(0, cell)


class Distance(nn.Module):
    """Learned decay ``-d / λ_h`` with the closest distance, and a radial correction."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.log_decay = nn.Parameter(torch.linspace(-0.5, 1.2, config.heads))
        self.radial = nn.Linear(3 * config.radial, config.heads, bias=False)
        nn.init.normal_(self.radial.weight, std=0.1)

    def half_distance(self) -> Tensor:
        """Return [heads] Å over which the attention of a head halves by the decay alone."""
        return self.log_decay.exp() * math.log(2.0)

    def forward(self, contacts: Contacts) -> Tensor:
        decay = (torch.exp(-self.log_decay).unsqueeze(-1) * contacts.distance).T
        return on_columns(contacts.bumps, self.radial.weight) - decay


class Angle(nn.Module):
    """How the residue's frame and the atom's own directions stand to the line between them."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(len(CONTACT_ANGLES) + 1, 16), nn.SiLU(), nn.Linear(16, config.heads)
        )

    def forward(self, contacts: Contacts) -> Tensor:
        first, last = self.net[0], self.net[2]
        assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
        hidden = nn.functional.silu(on_columns(contacts.orientation, first.weight, first.bias))
        return on_columns(hidden, last.weight, last.bias)


class Atoms(nn.Module):
    """``Σ_a g(type_i, type_a, d_ia)``: the atoms below the residue."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = nn.Linear(config.pair_width, config.heads, bias=False)

    def forward(self, contacts: Contacts) -> Tensor:
        return on_columns(contacts.atom_columns, self.net.weight)


class Vector(nn.Module):
    """``v_i · v_j``, ``v_i · r_ij`` and ``v_j · r_ij`` of the encoders' vectors."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = nn.Linear(3 * config.vectors, config.heads, bias=False)

    def forward(self, contacts: Contacts) -> Tensor:
        return on_columns(contacts.alignment, self.net.weight)


class Reliability(nn.Module):
    """B factor, occupancy and flags of the residue: how far its atoms can be trusted."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.net = nn.Linear(len(RELIABILITY), config.heads, bias=False)
        nn.init.zeros_(self.net.weight)

    def forward(self, contacts: Contacts) -> Tensor:
        return on_columns(contacts.reliability, self.net.weight)


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
