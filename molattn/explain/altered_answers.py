"""Many answers to one complex, each with other contacts and residues present."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import torch
from torch import Tensor, nn

from molattn.explain.presence import Presence, pulled_apart
from molattn.graph import ComplexGraph, collate
from molattn.graph.geometry import Geometry, complex_geometry

_TOGETHER: Final = 32  # copies of a complex that are answered at once


class AlteredAnswers:
    """Answers of an ensemble to copies of one complex.

    Parameters
    ----------
    ensemble
        In evaluation mode; its parameters are taken as constants.
    graph
        The complex.
    temperature
        Of every attention softmax.

    Attributes
    ----------
    batch
        The complex collated alone.
    """

    def __init__(self, ensemble: nn.Module, graph: ComplexGraph, temperature: float = 1.0) -> None:
        self._ensemble, self._graph, self._temperature = ensemble, graph, temperature
        self.batch = collate([graph])
        self._copies = lru_cache(maxsize=4)(self._make_copies)

    def pK(self, presence: Presence) -> Tensor:
        """Return the pK of each row of a presence.

        Parameters
        ----------
        presence
            ``contact`` [n, contacts], ``residue`` [n, residues]; gradients flow where they are
            asked for.

        Returns
        -------
        Tensor
            [n].
        """
        count = len(presence.contact)
        parts = []
        for start in range(0, count, _TOGETHER):
            rows = slice(start, min(start + _TOGETHER, count))
            batch, geometry = self._copies(rows.stop - rows.start)
            part = Presence(presence.contact[rows].flatten(), presence.residue[rows].flatten())
            answer = self._ensemble(
                batch,
                temperature=self._temperature,
                geometry=pulled_apart(batch, geometry, part),
            )
            parts.append(answer.pK)
        return torch.cat(parts)

    def _make_copies(self, count: int) -> tuple[ComplexGraph, Geometry]:
        batch = collate([self._graph] * count)
        return batch, complex_geometry(batch)
