"""A memory of nearest neighbours: what is remembered of similar complexes in training.

The similarity of two complexes is a weighted sum of three:

- **ligand**: Tanimoto of the bits of their Morgan fingerprints, weight .5;
- **spectrum**: cosine of their contact spectra, as logarithms, centred and scaled on the training
  rows, negative values as 0, weight .3;
- **protein**: 1 for the same sequence, .6 for the same cluster, else 0, weight .2.

The prediction is the mean pK of the most similar rows, each with the weight
``exp((similarity - highest) / width)``, and of the training mean with a weight that stands for
one neighbour of similarity .3: far from everything it remembers, the memory says the mean.
A Nadaraya–Watson estimate (Theory Probab. Appl. 1964, 9, 141) on k neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Blocks = Mapping[str, Floats]

NEIGHBOURS: Final = 20
"""Training rows that are asked."""

WIDTH: Final = 0.08
"""Loss of similarity that costs a neighbour a factor e of its weight."""

LIGAND_WEIGHT: Final = 0.5
SPECTRUM_WEIGHT: Final = 0.3
PROTEIN_WEIGHT: Final = 0.2
SAME_CLUSTER: Final = 0.6
"""Similarity of two proteins of one cluster with different sequences."""

BLOCKS_USED: Final = ("fingerprint", "spectrum", "protein")
"""Feature blocks that the memory sees; ``protein`` holds numbers of sequence and cluster."""

_STRANGER: Final = 0.3  # similarity of the neighbour that the training mean counts as
_AT_ONCE: Final = 512  # rows compared at once, which bounds the memory


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Training rows as they are remembered."""

    measured: Floats  # [m] pK
    bits: NDArray[np.float32]  # [m, bits]
    spectrum: NDArray[np.float32]  # [m, width] unit vectors
    protein: Floats  # [m, 2]
    centre: Floats  # [width]
    scale: Floats  # [width]

    def predict(self, blocks: Blocks) -> Floats:
        """Return the predicted pK of complexes, [n]."""
        count = len(blocks["fingerprint"])
        parts = [
            self._some({name: block[start : start + _AT_ONCE] for name, block in blocks.items()})
            for start in range(0, count, _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def similarity(self, blocks: Blocks) -> Floats:
        """Return the similarity of complexes to every remembered one, [n, m], 0–1."""
        ligand = _tanimoto(_bits(blocks["fingerprint"]), self.bits)
        spectrum = _unit(blocks["spectrum"], self.centre, self.scale) @ self.spectrum.T
        sequence, cluster = (
            (theirs >= 0) & (theirs == self.protein[:, column])
            for column, theirs in enumerate(blocks["protein"].T[:, :, None])
        )
        protein = np.where(sequence, 1.0, SAME_CLUSTER * cluster)
        total: Floats = (
            LIGAND_WEIGHT * ligand
            + SPECTRUM_WEIGHT * np.clip(spectrum, 0.0, 1.0)
            + PROTEIN_WEIGHT * protein
        )
        return total

    def _some(self, blocks: Blocks) -> Floats:
        similarity = self.similarity(blocks)
        asked = min(NEIGHBOURS, len(self.measured))
        nearest = np.argpartition(-similarity, asked - 1, axis=1)[:, :asked]
        near = np.take_along_axis(similarity, nearest, axis=1)
        highest = np.maximum(near.max(axis=1, keepdims=True), _STRANGER)
        weight = np.exp((near - highest) / WIDTH)
        stranger = np.exp((_STRANGER - highest[:, 0]) / WIDTH)
        told = (weight * self.measured[nearest]).sum(axis=1) + stranger * self.measured.mean()
        answer: Floats = told / (weight.sum(axis=1) + stranger)
        return answer


def remember(blocks: Blocks, measured: Floats) -> Memory:
    """Return a memory of training rows.

    Parameters
    ----------
    blocks
        The blocks of :data:`BLOCKS_USED`, each [m, width].
    measured
        [m] pK.
    """
    logarithms = np.log1p(blocks["spectrum"])
    centre, deviation = logarithms.mean(axis=0), logarithms.std(axis=0)
    scale = np.where(deviation > 0, deviation, np.inf)  # a constant column says nothing
    return Memory(
        measured,
        _bits(blocks["fingerprint"]),
        _unit(blocks["spectrum"], centre, scale),
        blocks["protein"],
        centre,
        scale,
    )


def _bits(counts: Floats) -> NDArray[np.float32]:
    return (counts > 0).astype(np.float32)


def _tanimoto(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    shared = first @ second.T
    either = first.sum(axis=1)[:, None] + second.sum(axis=1)[None] - shared
    found: NDArray[np.float32] = shared / np.maximum(either, 1.0)
    return found


def _unit(spectrum: Floats, centre: Floats, scale: Floats) -> NDArray[np.float32]:
    moved = (np.log1p(spectrum) - centre) / scale
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return (moved / np.where(length > 0, length, 1.0)).astype(np.float32)
