"""The promises of the memory network, and what it reads with and without a graph."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from molattn import testing
from molattn.graph import ComplexGraph, build_graph, collate, counts
from molattn.graph.fields import EDGE_LEVELS, Level
from molattn.model.memory_network import (
    ROW_WIDTH,
    TOKEN,
    WIDTHS,
    MemoryNetwork,
    MemoryNetworkConfig,
)
from tests.model.graphs import make_graphs

CONFIGS = {
    "default": MemoryNetworkConfig(),
    "small": MemoryNetworkConfig(hidden=(8,), inputs=("spectrum", "descriptors")),
    "deep": MemoryNetworkConfig(hidden=(32, 16, 8), inputs=("fingerprint", "spectrum")),
}


def make_network(config: MemoryNetworkConfig, dtype: torch.dtype = torch.float64) -> MemoryNetwork:
    torch.manual_seed(7)
    network = MemoryNetwork(config)
    network.fit_scaling([collate(make_graphs(8, torch.float32))])
    return network.to(dtype).eval()


@pytest.mark.parametrize("name", CONFIGS)
class TestPromises:
    """Every promise for every configuration."""

    def test_isometries(self, name: str) -> None:
        network = make_network(CONFIGS[name])
        for graph in make_graphs(3):
            testing.assert_invariant(network, graph)

    def test_permutations(self, name: str) -> None:
        network = make_network(CONFIGS[name], torch.float32)
        for graph in make_graphs(3, torch.float32):
            testing.assert_permutation_invariant(network, graph)

    def test_batch_of_many_equals_one_at_a_time(self, name: str) -> None:
        network = make_network(CONFIGS[name], torch.float32)
        testing.assert_batch_independent(network, make_graphs(8, torch.float32))

    def test_ledger_adds_up(self, name: str) -> None:
        testing.assert_ledger(make_network(CONFIGS[name]), make_graphs())

    def test_gradients(self, name: str) -> None:
        network = make_network(CONFIGS[name])
        network.scaling.mean.zero_()  # away from the bounds of scaled values
        network.scaling.deviation.fill_(100.0)
        testing.assert_gradients(network, make_graphs(1)[0])


@pytest.mark.parametrize("level", ["contact", "residue"])
def test_a_residue_leaves_without_a_jump(level: Level) -> None:
    pocket, ligand = testing.random_complex(1)
    network = make_network(CONFIGS["default"])
    own = pocket.atoms.residue == 0
    way = pocket.atoms.position[own].mean(0) - ligand.positions.mean(0)
    way /= np.linalg.norm(way)

    def graph_at(amount: float) -> ComplexGraph:
        position = pocket.atoms.position.copy()
        position[own] += amount * way
        moved = dataclasses.replace(pocket.atoms, position=position)
        return build_graph(dataclasses.replace(pocket, atoms=moved), ligand, dtype=torch.float64)

    def size(amount: float) -> int:
        return counts(graph_at(amount))[level]

    low, high = 0.0, 30.0
    assert size(low) > size(high)
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (middle, high) if size(middle) > size(30.0) else (low, middle)
    assert size(low - 1e-6) != size(low + 1e-6)
    testing.assert_continuous(network, graph_at, [low])


def test_every_field_of_a_prediction_has_its_rows() -> None:
    batch = collate(make_graphs(3, torch.float32))
    answer = make_network(CONFIGS["default"], torch.float32)(batch)
    contacts = batch[EDGE_LEVELS["contact"]].edge_index.shape[1]
    assert answer.pK.shape == answer.spread.shape == answer.pose_logit.shape == (3,)
    assert answer.contact_share.shape == answer.attention.shape == (contacts,)
    assert answer.atom_null.shape == batch["ligand"].element.shape
    assert answer.residue_null.shape == answer.summary_attention.shape
    assert answer.residue_null.shape == batch["residue"].kind.shape
    assert answer.query_attention.shape == (contacts, 0)
    assert answer.query_null.shape == (3, 0)
    assert answer.features.shape == (3, 64)
    assert (answer.spread > 0.3).all()
    assert set(answer.token_share) == set(answer.gates) == {TOKEN}


def test_rows_without_a_graph_give_the_same() -> None:
    network = make_network(CONFIGS["default"], torch.float32)
    batch = collate(make_graphs(4, torch.float32))
    rows = network.row(batch)
    assert rows.shape == (4, ROW_WIDTH)
    answer = network(batch)
    pK, spread = network.from_features(rows)
    torch.testing.assert_close(pK, answer.pK)
    torch.testing.assert_close(spread, answer.spread)


def test_switched_off_only_the_bias_is_left() -> None:
    network = make_network(CONFIGS["default"], torch.float32)
    answer = network(collate(make_graphs(2, torch.float32)), off=frozenset({TOKEN}))
    assert answer.pK.tolist() == [network.bias.item()] * 2
    assert not answer.token_share


def test_inputs_left_out_play_no_part() -> None:
    network = make_network(MemoryNetworkConfig(inputs=("descriptors",)), torch.float32)
    rows = network.row(collate(make_graphs(4, torch.float32)))
    other = rows.clone()
    other[:, : WIDTHS["spectrum"]] += 1.0
    other[:, -WIDTHS["fingerprint"] :] += 1.0
    assert torch.equal(network.from_features(rows)[0], network.from_features(other)[0])
    assert not torch.equal(network.from_features(rows + 1.0)[0], network.from_features(rows)[0])


def test_spread_does_not_steer_the_features() -> None:
    network = make_network(CONFIGS["small"], torch.float32)
    network.from_features(torch.ones(2, ROW_WIDTH))[1].sum().backward()
    touched = {name for name, one in network.named_parameters() if one.grad is not None}
    assert touched == {"spread.weight", "spread.bias"}
