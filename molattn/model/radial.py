"""Radial basis: a distance as a vector of smooth bumps."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class RadialBasis(nn.Module):
    """Gaussians of equal width with centres evenly spaced from ``start`` to ``stop`` Å.

    The exponent is clamped, since far tails become subnormal float32 numbers that slow a CPU down
    several times.
    """

    centres: Tensor

    def __init__(self, count: int, start: float, stop: float) -> None:
        super().__init__()
        self.register_buffer("centres", torch.linspace(start, stop, count), persistent=False)
        self.inverse_width = (count - 1) / (stop - start)

    def forward(self, distance: Tensor) -> Tensor:
        """Map distances [n] in Å to [n, count]."""
        z = (distance.unsqueeze(-1) - self.centres) * self.inverse_width
        return torch.exp(-z.square().clamp_max(20.0))

    def rows(self, distance: Tensor) -> Tensor:
        """Map distances [n] in Å to [count, n], a row for each bump, which is quicker."""
        z = (distance - self.centres.unsqueeze(-1)) * self.inverse_width
        return torch.exp(-z.square().clamp_max(20.0))
