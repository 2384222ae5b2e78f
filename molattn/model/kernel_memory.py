"""A memory that compares: Gaussian process regression on the likeness of whole complexes.

The likeness of two complexes is a sum of four kernels, each 1 for equals::

    k(x, z) = (T + S + D + 2 T S) / 5

with T the Tanimoto similarity of Morgan bits (a kernel: Ralaivola et al. 2005, doi
10.1016/j.neunet.2005.07.009), S and D Gaussians of the scaled smooth spectrum and of the scaled
descriptors. ``T S`` asks for a like ligand in a like pocket. The answer is the posterior mean
(Rasmussen and Williams 2006, eq. 2.25; with fewer landmarks than training rows eq. 8.14), so far
from everything that was measured it is the mean of training and not a guess; how near the nearest
landmark lies is its *familiarity*, by which an ensemble decides whom to trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from molattn.graph.fields import DESCRIPTOR_COUNT, FINGERPRINT_BITS
from molattn.graph.fingerprint import shared_bits
from molattn.graph.geometry import Geometry
from molattn.graph.graph import ComplexGraph
from molattn.model.element_spectrum import SPECTRUM_WIDTH, ElementSpectrum
from molattn.model.memory_network import memory_row
from molattn.model.prediction import Prediction
from molattn.model.sums_only import sums_only
from molattn.model.tokens import Scaling

TOKEN: Final = "relatives"
"""Name of the line in the ledger."""

_PLAIN: Final = SPECTRUM_WIDTH + DESCRIPTOR_COUNT
"""Columns of a memory row before the fingerprint."""

_BYTE: Final = 8


class KernelMemoryConfig(BaseModel):
    """What a kernel memory compares with.

    Attributes
    ----------
    landmarks
        Complexes that it compares with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    landmarks: int = Field(default=1, ge=1)


class KernelMemory(nn.Module):
    """Ligand–pocket complex to pK, its spread and its familiarity, by likeness to landmarks.

    Parameters
    ----------
    config
        How many landmarks the buffers hold.
    """

    bits: Tensor  # [m, FINGERPRINT_BITS / 8] uint8, packed Morgan bits
    plain: Tensor  # [m, SPECTRUM_WIDTH + DESCRIPTOR_COUNT] float16, scaled
    weights: Tensor  # [m] pK
    variances: Tensor  # [2] pK²: of the noise, and of the unknown where nothing is alike

    def __init__(self, config: KernelMemoryConfig) -> None:
        super().__init__()
        self.config = config
        count = config.landmarks
        self.bias = nn.Parameter(torch.tensor(6.0), requires_grad=False)
        self.spectrum = ElementSpectrum()
        self.scaling = Scaling(_PLAIN)
        packed = torch.zeros(count, FINGERPRINT_BITS // _BYTE, dtype=torch.uint8)
        self.register_buffer("bits", packed)
        self.register_buffer("plain", torch.zeros(count, _PLAIN, dtype=torch.float16))
        self.register_buffer("weights", torch.zeros(count))
        self.register_buffer("variances", torch.tensor([1.0, 1.0]))
        self._known: _Landmarks | None = None

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
            ``relatives`` leaves the bias alone.
        """
        likeness = self.likeness(self.row(graph, geometry))
        share, familiarity = likeness @ self.weights, likeness.amax(-1)
        return sums_only(
            graph,
            token=TOKEN,
            share=share,
            bias=self.bias,
            spread=self.spread(familiarity),
            # of its landmarks it knows everything, so nothing it says tells training from the rest
            features=share.new_zeros(len(share), 0),
            off=off,
            familiarity=familiarity,
        )

    def row(self, graph: ComplexGraph, geometry: Geometry | None = None) -> Tensor:
        """Return the memory row of each complex of a collated batch, [B, ROW_WIDTH]."""
        return memory_row(
            self.spectrum(graph, geometry), graph["descriptors"], graph["fingerprint"]
        )

    def likeness(self, rows: Tensor) -> Tensor:
        """Return the likeness of memory rows [n, ROW_WIDTH] to every landmark, [n, m], 0 to 1."""
        if self._known is None or self._known.spectrum.rows.dtype != rows.dtype:
            # kept for calls that ask for gradients as well
            with torch.inference_mode(mode=False):
                self._known = _landmarks(self.bits, self.plain.to(rows.dtype))
        known = self._known
        present = (rows[:, _PLAIN:] > 0).cpu().numpy()
        common = np.stack([shared_bits(known.columns, np.flatnonzero(row)) for row in present])
        size = torch.from_numpy(present.sum(-1, keepdims=True)).to(rows)
        plain = self.scaling(rows[:, :_PLAIN])
        return _combined(
            _tanimoto(torch.from_numpy(common).to(rows), size, known.sizes),
            _gaussian(plain[:, :SPECTRUM_WIDTH], known.spectrum),
            _gaussian(plain[:, SPECTRUM_WIDTH:], known.descriptors),
        )

    def spread(self, familiarity: Tensor) -> Tensor:
        """Return the predicted deviation of the error, [n]: what is unlike training is unsure."""
        noise, unknown = self.variances
        deviation: Tensor = (noise + unknown * (1.0 - familiarity.square())).sqrt()
        return deviation

    @torch.no_grad()
    def remember(self, rows: Tensor) -> None:
        """Take memory rows [m, ROW_WIDTH] as landmarks; their scaling must be known already."""
        self.bits.copy_(pack_bits(rows[:, _PLAIN:] > 0))
        self.plain.copy_(self.scaling(rows[:, :_PLAIN]))
        self._known = None

    @torch.no_grad()
    def fit_rows(self, rows: Tensor) -> None:
        """Measure mean and deviation of every column on memory rows [n, ROW_WIDTH]."""
        self.scaling.fit(rows[:, :_PLAIN])

    def _load_from_state_dict(self, *arguments: object, **named: object) -> None:
        self._known = None
        super()._load_from_state_dict(*arguments, **named)


def kernel(bits: Tensor, plain: Tensor, other_bits: Tensor, other_plain: Tensor) -> Tensor:
    """Return the likeness of n complexes to m others, [n, m], 0 to 1 and 1 for equals.

    Parameters
    ----------
    bits, other_bits
        [n, FINGERPRINT_BITS], [m, FINGERPRINT_BITS] Morgan bits, 0.0 or 1.0.
    plain, other_plain
        [n, SPECTRUM_WIDTH + DESCRIPTOR_COUNT], likewise of the others: scaled columns.
    """
    return _combined(
        _tanimoto(bits @ other_bits.T, bits.sum(-1, keepdim=True), other_bits.sum(-1)),
        _gaussian(plain[:, :SPECTRUM_WIDTH], _columns(other_plain[:, :SPECTRUM_WIDTH])),
        _gaussian(plain[:, SPECTRUM_WIDTH:], _columns(other_plain[:, SPECTRUM_WIDTH:])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Some columns of landmarks and what each comparison needs of them."""

    rows: Tensor  # [m, columns]
    square: Tensor  # [m] sum of squares


@dataclass(frozen=True, slots=True, eq=False)
class _Landmarks:
    """Landmarks as they are compared with."""

    columns: NDArray[np.uint8]  # [FINGERPRINT_BITS, m] of 0 and 1
    sizes: Tensor  # [m] bits that are set
    spectrum: _Columns
    descriptors: _Columns


def _landmarks(bits: Tensor, plain: Tensor) -> _Landmarks:
    columns = np.unpackbits(bits.cpu().numpy(), axis=1).T
    return _Landmarks(
        columns=np.ascontiguousarray(columns),
        sizes=torch.from_numpy(columns.sum(0, dtype=np.int64)).to(plain),
        spectrum=_columns(plain[:, :SPECTRUM_WIDTH].contiguous()),
        descriptors=_columns(plain[:, SPECTRUM_WIDTH:].contiguous()),
    )


def _columns(rows: Tensor) -> _Columns:
    return _Columns(rows, rows.square().sum(-1))


def _tanimoto(common: Tensor, size: Tensor, sizes: Tensor) -> Tensor:
    return common / (size + sizes - common).clamp_min(1.0)


def _gaussian(rows: Tensor, others: _Columns) -> Tensor:
    """Return exp(-d² / 2) with d the root mean square difference of the columns, [n, m]."""
    square = torch.addmm(others.square, rows, others.rows.T, alpha=-2.0)
    square = square + rows.square().sum(-1, keepdim=True)
    return (square.clamp_min(0.0) / (-2.0 * rows.shape[-1])).exp()


def _combined(ligand: Tensor, spectrum: Tensor, descriptors: Tensor) -> Tensor:
    return (ligand * (1.0 + 2.0 * spectrum) + spectrum + descriptors) / 5.0


def pack_bits(bits: Tensor) -> Tensor:
    """Return bool [n, 8 k] as uint8 [n, k], the first of eight bits the highest."""
    eights = bits.reshape(len(bits), -1, _BYTE).to(torch.uint8)
    return (eights << torch.arange(_BYTE - 1, -1, -1, dtype=torch.uint8)).sum(-1, dtype=torch.uint8)


def unpack_bits(packed: Tensor) -> Tensor:
    """Return uint8 [n, k] as float32 [n, 8 k] of 0 and 1."""
    shifts = torch.arange(_BYTE - 1, -1, -1, dtype=torch.uint8, device=packed.device)
    return ((packed.unsqueeze(-1) >> shifts) & 1).flatten(1).float()
