"""Gated tokens: sources of evidence beside the contacts, each with its own line in the ledger.

A token brings a vector of evidence per complex. Its share of pK is ``gate · value``, with both read
from the evidence and the gate also from what the ligand is; hand-made and learned features thus
stand under one kind of gate.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from molattn.graph.fields import DESCRIPTOR_COUNT
from molattn.model.segments import segment_sum, softmax_with_null


class Scaling(nn.Module):
    """Standardise columns by a mean and a deviation measured on the training set.

    Values are clamped to ±4 deviations, so an odd ligand cannot push the answer without bound.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))

    def fit(self, values: Tensor) -> None:
        """Measure on rows [n, width]; columns that hardly vary are left at unit deviation."""
        deviation = values.std(0, unbiased=False)
        self.mean.copy_(values.mean(0))
        self.deviation.copy_(torch.where(deviation > 1e-3, deviation, torch.ones_like(deviation)))

    def forward(self, values: Tensor) -> Tensor:
        """Return standardised rows."""
        return ((values - self.mean) / self.deviation).clamp(-4.0, 4.0)


class Evidence(nn.Module):
    """A small network from raw evidence [B, n] to a token's vector [B, width]."""

    def __init__(self, inputs: int, width: int, dropout: float) -> None:
        super().__init__()
        self.scaling = Scaling(inputs)
        self.net = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(inputs, width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.SiLU(),
        )

    def forward(self, raw: Tensor) -> Tensor:
        """Return [B, width]."""
        result: Tensor = self.net(self.scaling(raw))
        return result


class LigandSummary(nn.Module):
    """The ligand as a whole: its descriptors and the mean of its encoded atoms."""

    def __init__(self, scalars: int, width: int, dropout: float) -> None:
        super().__init__()
        self.descriptors = Evidence(DESCRIPTOR_COUNT, width, dropout)
        self.mix = nn.Sequential(nn.Linear(width + scalars, width), nn.SiLU())

    def forward(self, descriptors: Tensor, atoms: Tensor, batch: Tensor) -> Tensor:
        """Return [B, width] from descriptors [B, n], atom scalars [a, s] and batch [a]."""
        complexes = len(descriptors)
        total = segment_sum(atoms, batch, complexes)
        count = segment_sum(torch.ones_like(atoms[:, :1]), batch, complexes).clamp_min(1.0)
        result: Tensor = self.mix(torch.cat((self.descriptors(descriptors), total / count), -1))
        return result


class PocketSummary(nn.Module):
    """A global summary as query over fine detail: the ligand asks all residues of the pocket."""

    def __init__(self, scalars: int, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(scalars, width)
        self.value = nn.Linear(scalars, width)
        self.distance = nn.Parameter(torch.tensor(-0.3))
        self.null = nn.Parameter(torch.zeros(1))
        self.scale = width**-0.5

    def forward(
        self,
        summary: Tensor,
        residues: Tensor,
        batch: Tensor,
        distance: Tensor,
        log_envelope: Tensor,
        temperature: float,
    ) -> tuple[Tensor, Tensor]:
        """Ask the residues.

        Parameters
        ----------
        summary
            [B, width] of the ligand.
        residues
            [r, s].
        batch
            [r].
        distance
            [r] Å to the ligand.
        log_envelope
            [r].
        temperature
            Of the softmax.

        Returns
        -------
        answer
            [B, width].
        attention
            [r].
        """
        query = self.query(summary)
        logit = (query.index_select(0, batch) * self.key(residues)).sum(
            -1, keepdim=True
        ) * self.scale
        logit = logit + self.distance * distance.unsqueeze(-1)
        null = self.null.expand(len(summary), 1)
        attention, _ = softmax_with_null(logit, null, batch, log_envelope, temperature)
        answer = segment_sum(attention * self.value(residues), batch, len(summary))
        return answer, attention.squeeze(-1)


class GatedTokens(nn.Module):
    """Turn each token's vector into its gate and its share of pK."""

    def __init__(self, names: tuple[str, ...], width: int) -> None:
        super().__init__()
        self.value = nn.ModuleDict({name: nn.Linear(width, 1) for name in names})
        self.gate = nn.ModuleDict({name: nn.Linear(2 * width, 1) for name in names})

    def forward(
        self, tokens: Mapping[str, Tensor], context: Tensor
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return share [B] in pK and gate [B] in 0–1 of each token, given context [B, width]."""
        shares, gates = {}, {}
        for name, token in tokens.items():
            gate = torch.sigmoid(self.gate[name](torch.cat((token, context), -1))).squeeze(-1)
            gates[name] = gate
            shares[name] = gate * self.value[name](token).squeeze(-1)
        return shares, gates
