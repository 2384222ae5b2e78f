"""E(3)-equivariant encoders of the ligand graph and of the pocket graph.

Node features are scalars (0e) and vectors (1o). A layer sends along every edge the product of the
neighbour's features with the spherical harmonics of the edge (l = 0, 1), channel by channel
("uvu"), weighted by a learned function of the distance, as in tensor field networks (Thomas et al.
2018) and NequIP (Batzner et al. 2022). Only parity-even scalars leave through the cross-attention.

e3nn says which products there are, how they are normalised and holds the weights; the arithmetic is
written out here on flat rows ``scalars | x y z of each vector``, which is several times faster.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges of one graph as every layer sees them."""

    receiver: Tensor  # [e]
    sender: Tensor  # [e]
    weight: Tensor  # [e] envelope, zero at the cutoff
    bumps: Tensor  # [e, radial] radial basis of the length
    direction: Tensor  # [e, 3 vectors] component-normalised l = 1 harmonics, once for each vector


class EquivariantLayer(nn.Module):
    """One residual message-passing layer on features ``scalars x 0e + vectors x 1o``.

    Parameters
    ----------
    scalars, vectors
        Multiplicities of 0e and 1o.
    radial
        Number of radial basis functions.
    neighbours
        Typical number of neighbours; messages are divided by its square root.
    """

    path: Tensor
    norm: Tensor

    def __init__(self, scalars: int, vectors: int, radial: int, neighbours: float) -> None:
        super().__init__()
        self.scalars, self.vectors = scalars, vectors
        self.irreps = o3.Irreps(f"{scalars}x0e + {vectors}x1o")
        self.harmonics = o3.Irreps("1x0e + 1x1o")
        self.product = channelwise_product(self.irreps, self.harmonics)
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
        # for each column of the messages: the path it is of, and the norm of its product
        paths = torch.arange(self.product.weight_numel)
        vector_paths = _thrice(paths[2 * scalars :], 0)
        self.register_buffer("path", torch.cat((paths[: 2 * scalars], vector_paths)), False)
        norm = torch.ones(len(self.path))
        norm[-3 * vectors :] = 3**-0.5
        self.register_buffer("norm", norm, False)

    def forward(self, features: Tensor, edges: Edges) -> Tensor:
        """Update features [n, irreps.dim]."""
        wide = 3 * self.vectors
        messages = self._messages(features, edges)
        gathered = segment_sum(messages, edges.receiver, len(features)) * self.scale
        kept, turned, vectors, inner = gathered.split((self.scalars, wide, wide, wide), -1)
        scalars = kept @ _matrix(self.mix, 0) + inner @ _thrice(_matrix(self.mix, 3), 0)
        polar = turned + vectors @ _on_vectors(_matrix(self.mix, 2))
        own, own_vectors = features.split((self.scalars, wide), -1)
        scalars = scalars + own @ _matrix(self.keep, 0)
        polar = polar + own_vectors @ _on_vectors(_matrix(self.keep, 1))
        updated: Tensor = features + self._gated(scalars, polar)
        return updated

    def _messages(self, features: Tensor, edges: Edges) -> Tensor:
        """Return [e, scalars + 9 vectors]: 0e from 0e, 1o from 0e (mixed), 1o from 1o, 0e from 1o.

        The last is not summed over x, y and z yet: the mixing matrix that follows does that.
        """
        wide = 3 * self.vectors
        sent = features.index_select(0, edges.sender) * edges.weight.unsqueeze(-1)
        scalars, vectors = sent.split((self.scalars, wide), -1)
        last = self.radial[2]
        assert isinstance(last, nn.Linear)
        by_distance = nn.functional.linear(
            self.radial[:2](edges.bumps),
            last.weight.index_select(0, self.path) * self.norm.unsqueeze(-1),
            last.bias.index_select(0, self.path) * self.norm,
        )
        keep, turn, keep_vectors, project = by_distance.split(
            (self.scalars, self.scalars, wide, wide), -1
        )
        amplitude = (scalars * turn) @ _thrice(_matrix(self.mix, 1), 1)
        return torch.cat(
            (
                scalars * keep,
                amplitude * edges.direction,
                vectors * keep_vectors,
                vectors * edges.direction * project,
            ),
            -1,
        )

    def _gated(self, scalars: Tensor, polar: Tensor) -> Tensor:
        """Return scalars [n, scalars + vectors] and vectors [n, 3 vectors] through the gate."""
        activated = self.gate.act_scalars(scalars[:, : self.scalars])
        gates = self.gate.act_gates(scalars[:, self.scalars :])
        gated: Tensor = polar * _thrice(gates, 1)
        return torch.cat((activated, gated), -1)


def _matrix(linear: o3.Linear, path: int) -> Tensor:
    """Return the normalised matrix [in, out] of a path of an e3nn linear map."""
    matrix: Tensor = linear.weight_view_for_instruction(path)
    return matrix * float(linear.instructions[path].path_weight)


def _thrice(values: Tensor, axis: int) -> Tensor:
    """Return every row or column three times in a row, for x, y and z."""
    return values.repeat_interleave(3, axis)


def _on_vectors(matrix: Tensor) -> Tensor:
    """Return the matrix [3 in, 3 out] that mixes vectors and leaves x, y and z apart."""
    return torch.kron(matrix, torch.eye(3, dtype=matrix.dtype, device=matrix.device))


class Encoder(nn.Module):
    """A stack of equivariant layers over one graph.

    Parameters
    ----------
    scalars, vectors, radial, neighbours
        As for :class:`EquivariantLayer`.
    cutoff
        Å, where the radial basis ends.
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
        self.basis = RadialBasis(radial, 0.0, cutoff)
        self.layers = nn.ModuleList(
            EquivariantLayer(scalars, vectors, radial, neighbours) for _ in range(layers)
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
        edge_index
            [2, e]; row 0 receives, row 1 sends.
        edge_vector
            [e, 3] Å from sender to receiver.
        edge_weight
            [e] envelope of the edge, zero at the cutoff.

        Returns
        -------
        scalars
            [n, scalars], normalised.
        vectors
            [n, vectors, 3].
        """
        lifted = self.lift(vectors.transpose(1, 2)).transpose(1, 2)
        features = torch.cat((scalars, lifted.flatten(1)), -1)
        edges = self._edges(edge_index, edge_vector, edge_weight)
        for layer in self.layers:
            features = layer(features, edges)
        return (
            self.norm(features[:, : self.scalars]),
            features[:, self.scalars :].view(-1, self.vectors, 3),
        )

    def _edges(self, edge_index: Tensor, vector: Tensor, weight: Tensor) -> Edges:
        distance = (vector.square().sum(-1) + 1e-6).sqrt()
        direction = vector * (3**0.5 / distance).unsqueeze(-1)
        receiver, sender = edge_index
        return Edges(
            receiver=receiver,
            sender=sender,
            weight=weight,
            bumps=self.basis(distance),
            direction=direction.repeat(1, self.vectors),
        )
