"""A network without attention that remembers: smooth spectrum, descriptors and fingerprint to pK.

It looks at sums over a complex only, so it can learn from published contact spectra whose
structures are not at hand. Where relatives were measured it is hard to beat; it explains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from molattn.graph.fields import DESCRIPTOR_COUNT, FINGERPRINT_BITS
from molattn.graph.geometry import Geometry
from molattn.graph.graph import ComplexGraph
from molattn.model.element_spectrum import SPECTRUM_WIDTH, ElementSpectrum
from molattn.model.prediction import Prediction
from molattn.model.sums_only import sums_only
from molattn.model.tokens import Scaling

MemoryInput = Literal["spectrum", "descriptors", "fingerprint"]

WIDTHS: Final[dict[MemoryInput, int]] = {
    "spectrum": SPECTRUM_WIDTH,
    "descriptors": DESCRIPTOR_COUNT,
    "fingerprint": FINGERPRINT_BITS,
}
"""Columns of each input, in the order in which they stand in a row."""

ROW_WIDTH: Final = sum(WIDTHS.values())

TOKEN: Final = "memory"
"""Name of the line in the ledger."""


class MemoryNetworkConfig(BaseModel):
    """Widths and inputs of a memory network.

    Attributes
    ----------
    hidden
        Widths of the hidden layers.
    dropout
        Share of hidden units left out in training; half of it for the inputs.
    inputs
        What it looks at.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hidden: tuple[int, ...] = Field(default=(256, 64), min_length=1)
    dropout: float = Field(default=0.2, ge=0.0, lt=1.0)
    inputs: tuple[MemoryInput, ...] = Field(default=tuple(WIDTHS), min_length=1)


def memory_row(spectrum: Tensor, descriptors: Tensor, fingerprint: Tensor) -> Tensor:
    """Return what a memory network reads, [n, ROW_WIDTH]: counts as ``log(1 + count)``.

    Parameters
    ----------
    spectrum
        [n, SPECTRUM_WIDTH] smooth counts.
    descriptors
        [n, DESCRIPTOR_COUNT], unscaled.
    fingerprint
        [n, FINGERPRINT_BITS] counts.
    """
    return torch.cat((torch.log1p(spectrum), descriptors, torch.log1p(fingerprint)), -1)


class MemoryNetwork(nn.Module):
    """Ligand–pocket complex to pK and its spread, through sums over the complex alone.

    ::

        row      = log(1 + smooth element pairs) | descriptors | log(1 + Morgan counts)
        features = SiLU(linear(... scaled row))
        pK       = bias + value(features)
    """

    columns: Tensor

    def __init__(self, config: MemoryNetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.bias = nn.Parameter(torch.tensor(6.0))
        self.spectrum = ElementSpectrum()
        self.register_buffer("columns", _columns(config.inputs), persistent=False)
        self.scaling = Scaling(len(self.columns))
        widths = (len(self.columns), *config.hidden)
        layers: list[nn.Module] = [nn.Dropout(config.dropout / 2.0)]
        for inward, outward in zip(widths, config.hidden, strict=False):
            layers += [nn.Linear(inward, outward), nn.SiLU(), nn.Dropout(config.dropout)]
        self.net = nn.Sequential(*layers)
        self.value = nn.Linear(widths[-1], 1)
        self.spread = nn.Linear(widths[-1], 1)

    def forward(
        self,
        graph: ComplexGraph,
        *,
        temperature: float = 1.0,
        off: frozenset[str] = frozenset(),
        keep: bool = False,
        geometry: Geometry | None = None,
    ) -> Prediction:
        """Answer for a collated batch of B complexes.

        Parameters
        ----------
        graph
            From :func:`molattn.graph.batch.collate`.
        temperature, keep
            Taken as :class:`molattn.model.network.Network` takes them; there is no attention here.
        geometry
            Of the batch, where it is known already.
        off
            ``memory`` leaves the bias alone.
        """
        features = self.features(self.row(graph, geometry))
        return sums_only(
            graph,
            token=TOKEN,
            share=self.value(features).squeeze(-1),
            bias=self.bias,
            spread=self.spread_of(features),
            features=features,
            off=off,
        )

    def row(self, graph: ComplexGraph, geometry: Geometry | None = None) -> Tensor:
        """Return the row of each complex of a collated batch, [B, ROW_WIDTH]."""
        return memory_row(
            self.spectrum(graph, geometry), graph["descriptors"], graph["fingerprint"]
        )

    def features(self, rows: Tensor) -> Tensor:
        """Return the last hidden layer [n, hidden] of rows [n, ROW_WIDTH]."""
        found: Tensor = self.net(self.scaling(rows[:, self.columns]))
        return found

    def from_features(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return pK and its spread, [n] each, of rows [n, ROW_WIDTH] made without a graph."""
        features = self.features(rows)
        return self.bias + self.value(features).squeeze(-1), self.spread_of(features)

    def spread_of(self, features: Tensor) -> Tensor:
        """Return the predicted deviation of the error [n]; it does not steer the features."""
        raw: Tensor = self.spread(features.detach()).squeeze(-1)
        return 0.3 + nn.functional.softplus(raw + 0.5)

    @torch.no_grad()
    def fit_scaling(self, batches: Iterable[ComplexGraph]) -> None:
        """Measure mean and deviation of every column on training batches."""
        self.fit_rows(torch.cat([self.row(graph) for graph in batches]))

    @torch.no_grad()
    def fit_rows(self, rows: Tensor) -> None:
        """Measure mean and deviation of every column on rows [n, ROW_WIDTH]."""
        self.scaling.fit(rows[:, self.columns])

    @torch.no_grad()
    def set_bias(self, mean: float) -> None:
        """Start at the mean pK of the training set."""
        self.bias.fill_(mean)


def _columns(inputs: tuple[MemoryInput, ...]) -> Tensor:
    """Return the columns of a row that the inputs take, growing."""
    taken, start = [], 0
    for name, width in WIDTHS.items():
        if name in inputs:
            taken.append(torch.arange(start, start + width))
        start += width
    return torch.cat(taken)
