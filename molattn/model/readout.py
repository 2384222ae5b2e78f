"""Readout: from attended pairs to shares of pK, one number per contact.

Two kinds of share add up on each contact. *Extensive*: the attention of the last block times a
value of the pair, summed over heads, so a ligand with more good contacts gains more. *Questions*: a
handful of learned queries each attend over all contacts of the complex (and a null entry) and read
a value there. Both are linear in the pair's value once attention is given, which is what makes the
ledger exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from molattn.model.config import NetworkConfig
from molattn.model.logit_terms import Contacts
from molattn.model.segments import segment_sum, softmax_with_null

SHARP_AT_BIRTH = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the readout took from the contacts."""

    share: Tensor  # [c] pK
    query_attention: Tensor  # [c, queries]
    query_null: Tensor  # [B, queries]
    summary: Tensor  # [B, pair_width] attention-weighted pair vectors, for the heads


class PairReadout(nn.Module):
    """Pair vectors, extensive shares and learned queries."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.pair_width
        self.atom = nn.Linear(config.scalars, width)
        self.residue = nn.Linear(config.scalars, width, bias=False)
        self.atoms = nn.Linear(config.pair_width, width, bias=False)
        self.net = nn.Sequential(
            nn.SiLU(), nn.Dropout(config.dropout), nn.Linear(width, width), nn.SiLU()
        )
        self.head_value = nn.Linear(width, config.heads)
        self.query = nn.Parameter(torch.randn(config.queries, width) * SHARP_AT_BIRTH)
        self.query_value = nn.Linear(width, config.queries)
        self.query_null = nn.Parameter(torch.zeros(config.queries))
        self.size_exponent = nn.Parameter(torch.tensor(0.5))
        self.scale = width**-0.5
        for value in (self.head_value, self.query_value):
            nn.init.normal_(value.weight, std=0.05)
            nn.init.zeros_(value.bias)

    def forward(
        self,
        contacts: Contacts,
        attention: Tensor,
        log_envelope: Tensor,
        batch: Tensor,
        atom_count: Tensor,
        temperature: float,
    ) -> Reading:
        """Read the contacts of a batch.

        Parameters
        ----------
        contacts
            State after the last block.
        attention
            [c, heads] atom→residue, last block.
        log_envelope
            [c].
        batch
            [c] complex of each contact.
        atom_count
            [B] heavy atoms of each ligand.
        temperature
            Of the queries' softmax.
        """
        complexes = len(atom_count)
        pair = self.net(
            self.atom(contacts.atom_scalars).index_select(0, contacts.atom)
            + self.residue(contacts.residue_scalars).index_select(0, contacts.residue)
            + self.atoms(contacts.atoms)
        )
        # affinity grows more slowly than the number of atoms
        size = (atom_count / 25.0).pow(-self.size_exponent.clamp(0.0, 1.0))
        extensive = (attention * self.head_value(pair)).sum(-1) * size.index_select(0, batch)
        logits = pair @ self.query.T * self.scale
        null = self.query_null.expand(complexes, -1)
        asked, query_null = softmax_with_null(logits, null, batch, log_envelope, temperature)
        share = extensive + (asked * self.query_value(pair)).sum(-1)
        weight = attention.mean(-1, keepdim=True)
        summary = segment_sum(weight * pair, batch, complexes) / atom_count.unsqueeze(-1)
        return Reading(share, asked, query_null, summary)
