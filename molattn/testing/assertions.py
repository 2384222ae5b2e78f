"""What every network must keep to, as assertions that name the figure that broke."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from molattn.graph.batch import collate
from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.graph import ComplexGraph
from molattn.model.prediction import Prediction
from molattn.model.segments import segment_sum
from molattn.testing.transforms import cast, move_ligand, permute, random_orthogonal, transform

TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-9}
"""Largest change of pK that rounding may cause, by dtype of network and graph."""


@torch.no_grad()
def _answer(network: nn.Module, *graphs: ComplexGraph) -> Prediction:
    result: Prediction = network.eval()(collate(graphs))
    return result


def assert_invariant(
    network: nn.Module, graph: ComplexGraph, *, draws: int = 4, seed: int = 0, shift: float = 50.0
) -> float:
    """Assert that rotation, reflection and translation change pK by rounding only.

    Returns the largest change seen, in pK.
    """
    generator = torch.Generator().manual_seed(seed)
    before = _answer(network, graph).pK
    largest = 0.0
    for draw in range(draws):
        matrix = random_orthogonal(generator, reflect=draw % 2 == 1)
        offset = torch.randn(3, generator=generator, dtype=torch.float64) * shift
        change = _answer(network, transform(graph, matrix, offset)).pK - before
        largest = max(largest, float(change.abs().max()))
    limit = TOLERANCE[before.dtype]
    assert largest <= limit, f"pK changed by {largest:.2e} under an isometry, more than {limit}"
    return largest


def assert_permutation_invariant(
    network: nn.Module, graph: ComplexGraph, *, draws: int = 3, seed: int = 0
) -> float:
    """Assert that the order of atoms, residues and edges changes pK by less than 1e-5."""
    generator = torch.Generator().manual_seed(seed)
    before = _answer(network, graph).pK
    changes = [
        float((_answer(network, permute(graph, generator)).pK - before).abs().max())
        for _ in range(draws)
    ]
    assert max(changes) < 1e-5, f"pK changed by {max(changes):.2e} under a permutation"
    return max(changes)


def assert_batch_independent(network: nn.Module, graphs: Sequence[ComplexGraph]) -> float:
    """Assert that a complex has the same pK alone and in a batch, within 1e-5."""
    together = _answer(network, *graphs).pK
    alone = torch.cat([_answer(network, graph).pK for graph in graphs])
    largest = float((together - alone).abs().max())
    assert largest < 1e-5, f"pK changed by {largest:.2e} in a batch of {len(graphs)}"
    return largest


def assert_ledger(network: nn.Module, graphs: Sequence[ComplexGraph]) -> float:
    """Assert that bias, contact shares and token shares add up to pK within 1e-4."""
    batch = collate(graphs)
    answer = _answer(network, *graphs)
    contact_batch = batch[EDGE_LEVELS["contact"]].batch
    total = answer.bias.detach() + segment_sum(answer.contact_share, contact_batch, len(graphs))
    for share in answer.token_share.values():
        total = total + share
    largest = float((total - answer.pK).abs().max())
    assert largest < 1e-4, f"the ledger misses pK by {largest:.2e}"
    return largest


def assert_attention_rows(network: nn.Module, graphs: Sequence[ComplexGraph]) -> float:
    """Assert that every row of attention and its null sum to one within 1e-5, both directions."""
    batch = collate(graphs)
    with torch.no_grad():
        answer = network.eval()(batch, keep=True)
    atom, residue = batch[EDGE_LEVELS["contact"]].edge_index
    largest = 0.0
    for block in answer.blocks:
        for row, direction in ((atom, block.atom_to_residue), (residue, block.residue_to_atom)):
            total = segment_sum(direction.attention, row, len(direction.null)) + direction.null
            largest = max(largest, float((total - 1.0).abs().max()))
    assert largest < 1e-5, f"a row of attention misses one by {largest:.2e}"
    return largest


def assert_continuous(
    network: nn.Module,
    graph_at: Callable[[float], ComplexGraph],
    crossings: Sequence[float],
    *,
    step: float = 1e-6,
    slope: float = 50.0,
) -> float:
    """Assert that pK does not jump where a residue crosses a cutoff.

    Parameters
    ----------
    network
        In float64.
    graph_at
        The complex, rebuilt, with the residue at a given distance in Å.
    crossings
        Distances where membership changes.
    step
        Half the width in Å over which each crossing is looked at.
    slope
        Largest pK per Å that counts as continuous.

    Returns
    -------
    The largest change of pK across a crossing.
    """
    largest = 0.0
    for crossing in crossings:
        inside, outside = (
            _answer(network, graph_at(crossing + side * step)).pK for side in (-1.0, 1.0)
        )
        largest = max(largest, float((inside - outside).abs().max()))
    limit = slope * 2.0 * step
    assert largest <= limit, f"pK jumps by {largest:.2e} at a cutoff, more than {limit:.1e}"
    return largest


def assert_gradients(
    network: nn.Module, graph: ComplexGraph, *, draws: int = 4, seed: int = 0, step: float = 1e-5
) -> float:
    """Assert that automatic and central-difference gradients of pK agree in float64.

    Looks along random directions of all ligand positions; returns the largest difference, in pK/Å
    relative to the size of the gradient along the direction plus 0.01.
    """
    graph, network = cast(graph, torch.float64), network.double().eval()
    generator = torch.Generator().manual_seed(seed)
    position = graph["ligand"].position.clone().requires_grad_(True)
    leaf = move_ligand(graph, position - graph["ligand"].position)
    (gradient,) = torch.autograd.grad(network(collate([leaf])).pK.sum(), position)
    largest = 0.0
    for _ in range(draws):
        way = torch.randn(gradient.shape, generator=generator, dtype=torch.float64)
        way = way / way.norm()
        ends: list[Tensor] = [
            _answer(network, move_ligand(graph, side * step * way)).pK for side in (1.0, -1.0)
        ]
        numeric = float((ends[0] - ends[1]).sum()) / (2.0 * step)
        automatic = float((gradient * way).sum())
        largest = max(largest, abs(numeric - automatic) / (abs(automatic) + 0.01))
    assert largest < 1e-4, f"numeric and automatic gradients differ by {largest:.2e}"
    return largest
