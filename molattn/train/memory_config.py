"""The part of a recipe that memory networks are fitted by."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from molattn.model.memory_network import MemoryNetworkConfig
from molattn.train.section import Section


class MemoryTrainingConfig(Section):
    """How a memory network is fitted.

    Attributes
    ----------
    epochs, batch_size
        Passes over the rows, and rows in a step.
    learning_rate, weight_decay
        Of AdamW; the rate rises over the share ``warm_up`` of the steps and falls to zero.
    beta
        Error in pK where the loss turns from square to linear.
    spread
        Weight of the loss of the spread.
    within
        Weight of the squared error of labels centred within their group; 0 leaves it out.
    together
        Rows of one group that are kept in one batch.
    """

    epochs: int = Field(default=30, ge=1)
    batch_size: int = Field(default=128, ge=2)
    learning_rate: float = Field(default=2e-3, gt=0.0)
    weight_decay: float = Field(default=1e-2, ge=0.0)
    warm_up: float = Field(default=0.1, gt=0.0, lt=1.0)
    beta: float = Field(default=0.5, gt=0.0)
    spread: float = Field(default=0.3, ge=0.0)
    within: float = Field(default=0.0, ge=0.0)
    together: int = Field(default=8, ge=2)


class SpectraConfig(Section):
    """Published contact spectra, which teach memory networks without structures.

    Their proteins are not known, so they take part only where nothing is held out.

    Attributes
    ----------
    folder
        Holds ``spectra.npz`` and ``spectra.csv``, see :mod:`molattn.train.memory_set`.
    ligands
        CSV with ``id`` and ``smiles``.
    weight
        Of a row in the losses.
    """

    folder: Path
    ligands: Path
    weight: float = Field(default=1.0, ge=0.0)


class KernelTrainingConfig(Section):
    """How a kernel memory is fitted.

    Attributes
    ----------
    landmarks
        Complexes that it compares with, at most; those of no series come first.
    noise
        Variance of a label of weight 1, in units of the variance of what is learned.
    group
        Variance of the offset of a series or assay, likewise.
    """

    landmarks: int = Field(default=10_000, ge=1)
    noise: float = Field(default=0.3, gt=0.0)
    group: float = Field(default=0.5, ge=0.0)


class MemoryConfig(Section):
    """Memory networks and kernel memories, and how they are fitted."""

    network: MemoryNetworkConfig = MemoryNetworkConfig()
    training: MemoryTrainingConfig = MemoryTrainingConfig()
    kernel: KernelTrainingConfig = KernelTrainingConfig()
    spectra: SpectraConfig | None = None
