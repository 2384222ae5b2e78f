"""The written-out arithmetic of the encoders against that of e3nn."""

from __future__ import annotations

import pytest
import torch
from e3nn import o3
from torch import Tensor

from molattn.model.encoders import Edges, Encoder, EquivariantLayer
from molattn.model.segments import segment_sum

SCALARS, VECTORS, RADIAL = 6, 3, 5


def make_edges(nodes: int, edges: int) -> tuple[Edges, Tensor]:
    vector = torch.randn(edges, 3, dtype=torch.float64)
    direction = o3.spherical_harmonics(
        [1], vector, normalize=True, normalization="component"
    )  # e3nn orders l = 1 as x, y, z
    made = Edges(
        receiver=torch.randint(0, nodes, (edges,)).sort()[0],
        sender=torch.randint(0, nodes, (edges,)),
        weight=torch.rand(edges, dtype=torch.float64),
        bumps=torch.rand(edges, RADIAL, dtype=torch.float64),
        direction=direction.repeat(1, VECTORS),
    )
    return made, torch.cat((torch.ones_like(direction[:, :1]), direction), -1)


def test_a_layer_is_what_e3nn_computes() -> None:
    torch.manual_seed(0)
    layer = EquivariantLayer(SCALARS, VECTORS, RADIAL, 4.0).double()
    edges, harmonics = make_edges(7, 40)
    features = torch.randn(7, layer.irreps.dim, dtype=torch.float64)
    weights = layer.radial(edges.bumps)
    messages = layer.product(features[edges.sender], harmonics, weights)
    gathered = segment_sum(messages * edges.weight.unsqueeze(-1), edges.receiver, 7) * layer.scale
    expected = features + layer.gate(layer.mix(gathered) + layer.keep(features))
    torch.testing.assert_close(layer(features, edges), expected)


def test_an_encoder_turns_with_its_graph() -> None:
    torch.manual_seed(1)
    encoder = Encoder(
        SCALARS, VECTORS, layers=2, radial=RADIAL, cutoff=5.0, neighbours=4.0, vectors_in=1
    ).double()
    scalars, vectors = torch.randn(7, SCALARS).double(), torch.randn(7, 1, 3).double()
    index, vector, weight = (
        torch.randint(0, 7, (2, 40)),
        torch.randn(40, 3).double(),
        torch.rand(40),
    )
    turn = -o3.rand_matrix().double()  # a rotation and a reflection
    before = encoder(scalars, vectors, index, vector, weight.double())
    after = encoder(scalars, vectors @ turn.T, index, vector @ turn.T, weight.double())
    torch.testing.assert_close(after[0], before[0])
    torch.testing.assert_close(after[1], before[1] @ turn.T)


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("groups", [5, 100])
def test_sums_without_gradients_are_the_sums_with_them(ordered: bool, groups: int) -> None:
    torch.manual_seed(2)
    group = torch.randint(0, groups - 1, (300,))
    group = group.sort()[0] if ordered else group
    for values in (torch.randn(300, 4), torch.randn(4, 300).T, torch.randn(300), torch.rand(0, 4)):
        found = segment_sum(values, group[: len(values)], groups)
        asked = segment_sum(values.clone().requires_grad_(), group[: len(values)], groups)
        torch.testing.assert_close(found, asked.detach())
