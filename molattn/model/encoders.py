"""E(3)-equivariant encoders of the ligand graph and of the pocket graph.

Node features are scalars (0e) and vectors (1o). A layer sends along every edge the product of the
neighbour's features with the spherical harmonics of the edge (l = 0, 1), channel by channel
("uvu"), weighted by a learned function of the distance, as in tensor field networks (Thomas et al.
2018) and NequIP (Batzner et al. 2022). Only parity-even scalars leave through the cross-attention.
"""

from __future__ import annotations

import torch
from e3nn import o3
from e3nn.nn import Gate
from torch import Tensor, nn

from molattn.model.radial import RadialBasis
from molattn.model.segments import segment_sum


def channelwise_product(irreps: o3.Irreps, harmonics: o3.Irreps) -> o3.TensorProduct:
    """Return the uvu product of ``irreps`` with ``harmonics`` that keeps 0e and 1o outputs."""
    outputs: list[tuple[int, o3.Irrep]] = []
    instructions = []
    for left, (multiplicity, irrep) in enumerate(irreps):
        for right, (_, harmonic) in enumerate(harmonics):
            for result in irrep * harmonic:
                if result in (o3.Irrep("0e"), o3.Irrep("1o")):
                    instructions.append((left, right, len(outputs), "uvu", True))
                    outputs.append((multiplicity, result))
    return o3.TensorProduct(
        irreps,
        harmonics,
        o3.Irreps(outputs),
        instructions,
        shared_weights=False,
        internal_weights=False,
    )


class EquivariantLayer(nn.Module):
    """One residual message-passing layer on features ``scalars x 0e + vectors x 1o``.

    Parameters
    ----------
    scalars, vectors
        Multiplicities of 0e and 1o.
    radial
        Number of radial basis functions.
    cutoff
        Å, where the radial basis ends.
    neighbours
        Typical number of neighbours; messages are divided by its square root.
    """

    def __init__(
        self, scalars: int, vectors: int, radial: int, cutoff: float, neighbours: float
    ) -> None:
        super().__init__()
        self.irreps = o3.Irreps(f"{scalars}x0e + {vectors}x1o")
        self.harmonics = o3.Irreps("1x0e + 1x1o")
        self.product = channelwise_product(self.irreps, self.harmonics)
        self.basis = RadialBasis(radial, 0.0, cutoff)
        self.radial = nn.Sequential(
            nn.Linear(radial, scalars), nn.SiLU(), nn.Linear(scalars, self.product.weight_numel)
        )
        self.gate = Gate(
            f"{scalars}x0e",
            [nn.functional.silu],
            f"{vectors}x0e",
            [torch.sigmoid],
            f"{vectors}x1o",
        )
        self.mix = o3.Linear(self.product.irreps_out, self.gate.irreps_in)
        self.keep = o3.Linear(self.irreps, self.gate.irreps_in)
        self.scale = neighbours**-0.5

    def forward(
        self, features: Tensor, edge_index: Tensor, vector: Tensor, weight: Tensor
    ) -> Tensor:
        """Update features.

        Parameters
        ----------
        features
            [n, irreps.dim].
        edge_index
            [2, e]; row 0 receives, row 1 sends.
        vector
            [e, 3] Å from sender to receiver.
        weight
            [e] envelope of the edge, zero at the cutoff.
        """
        receiver, sender = edge_index
        distance = (vector.square().sum(-1) + 1e-6).sqrt()
        # component-normalised harmonics of l = 0 and l = 1; e3nn orders l = 1 as x, y, z
        harmonics = torch.cat(
            (torch.ones_like(distance).unsqueeze(-1), vector / distance.unsqueeze(-1) * 3**0.5), -1
        )
        messages = self.product(features[sender], harmonics, self.radial(self.basis(distance)))
        messages = messages * weight.unsqueeze(-1)
        gathered = segment_sum(messages, receiver, len(features)) * self.scale
        updated: Tensor = features + self.gate(self.mix(gathered) + self.keep(features))
        return updated


class Encoder(nn.Module):
    """A stack of equivariant layers over one graph.

    Parameters
    ----------
    scalars, vectors, radial, cutoff, neighbours
        As for :class:`EquivariantLayer`.
    layers
        Number of layers.
    vectors_in
        Number of polar vectors given per node at the start.
    """

    def __init__(
        self,
        scalars: int,
        vectors: int,
        *,
        layers: int,
        radial: int,
        cutoff: float,
        neighbours: float,
        vectors_in: int,
    ) -> None:
        super().__init__()
        self.scalars, self.vectors = scalars, vectors
        self.lift = nn.Linear(vectors_in, vectors, bias=False)
        self.layers = nn.ModuleList(
            EquivariantLayer(scalars, vectors, radial, cutoff, neighbours) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(scalars)

    def forward(
        self,
        scalars: Tensor,
        vectors: Tensor,
        edge_index: Tensor,
        edge_vector: Tensor,
        edge_weight: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Encode nodes.

        Parameters
        ----------
        scalars
            [n, scalars].
        vectors
            [n, vectors_in, 3].
        edge_index, edge_vector, edge_weight
            As for :class:`EquivariantLayer`.

        Returns
        -------
        scalars
            [n, scalars], normalised.
        vectors
            [n, vectors, 3].
        """
        lifted = self.lift(vectors.transpose(1, 2)).transpose(1, 2)
        features = torch.cat((scalars, lifted.flatten(1)), -1)
        for layer in self.layers:
            features = layer(features, edge_index, edge_vector, edge_weight)
        return (
            self.norm(features[:, : self.scalars]),
            features[:, self.scalars :].view(-1, self.vectors, 3),
        )
