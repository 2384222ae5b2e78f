"""The promises of the network, held on made-up complexes and on packaged real ones."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from molattn import testing
from molattn.graph import build_graph, collate
from molattn.graph.fields import EDGE_LEVELS, POCKET_CUTOFF
from molattn.graph.geometry import complex_geometry
from molattn.graph.graph import ComplexGraph
from molattn.model.config import LOGIT_TERMS, TOKENS, NetworkConfig
from molattn.model.network import Network
from molattn.structure.records import Pocket

CONFIGS = {
    "default": NetworkConfig(),
    "small": NetworkConfig(scalars=8, vectors=2, blocks=1, heads=2, pair_width=8, queries=2),
    "contacts only": NetworkConfig(tokens=()),
    "no encoders": NetworkConfig(ligand_layers=0, pocket_layers=0),
}


def make_network(config: NetworkConfig, dtype: torch.dtype = torch.float64) -> Network:
    torch.manual_seed(7)
    network = Network(config).to(dtype)
    with torch.no_grad():  # what starts at zero must take part in the promises too
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network.eval()


def make_graphs(count: int = 5, dtype: torch.dtype = torch.float64) -> list[ComplexGraph]:
    return [build_graph(*testing.random_complex(seed), dtype=dtype) for seed in range(count)]


@pytest.mark.parametrize("name", CONFIGS)
class TestPromises:
    """Every promise for every configuration."""

    def test_isometries(self, name: str) -> None:
        network = make_network(CONFIGS[name])
        for graph in make_graphs(3):
            testing.assert_invariant(network, graph)

    def test_isometries_in_single_precision(self, name: str) -> None:
        network = make_network(CONFIGS[name], torch.float32)
        testing.assert_invariant(network, make_graphs(1, torch.float32)[0], shift=20.0)

    def test_permutations(self, name: str) -> None:
        network = make_network(CONFIGS[name], torch.float32)
        for graph in make_graphs(3, torch.float32):
            testing.assert_permutation_invariant(network, graph)

    def test_batch_of_many_equals_one_at_a_time(self, name: str) -> None:
        network = make_network(CONFIGS[name], torch.float32)
        testing.assert_batch_independent(network, make_graphs(8, torch.float32))

    def test_ledger_adds_up(self, name: str) -> None:
        testing.assert_ledger(make_network(CONFIGS[name]), make_graphs())

    def test_attention_rows_sum_to_one(self, name: str) -> None:
        testing.assert_attention_rows(make_network(CONFIGS[name]), make_graphs())

    def test_gradients(self, name: str) -> None:
        testing.assert_gradients(make_network(CONFIGS[name]), make_graphs(1)[0])


def move_residue(pocket: Pocket, row: int, shift: torch.Tensor) -> Pocket:
    position = pocket.atoms.position.copy()
    position[pocket.atoms.residue == row] += shift.numpy()
    return dataclasses.replace(pocket, atoms=dataclasses.replace(pocket.atoms, position=position))


@pytest.mark.parametrize("cutoff", [8.0, POCKET_CUTOFF])
@pytest.mark.parametrize("seed", range(3))
def test_a_residue_crosses_a_cutoff_without_a_jump(seed: int, cutoff: float) -> None:
    pocket, ligand = testing.random_complex(seed)
    network = make_network(NetworkConfig())
    rows = pocket.atoms.residue == 0
    positions = torch.from_numpy(ligand.positions)
    own = torch.from_numpy(pocket.atoms.position[rows])
    way = own.mean(0) - positions.mean(0)
    way = way / way.norm()

    def closest(amount: float) -> float:
        return float(torch.cdist(own + amount * way, positions).min())

    low, high = -20.0, 40.0
    grid = torch.linspace(low, high, 601).tolist()
    after = [amount for amount in grid if closest(amount) < cutoff]
    low, high = max(after), max(after) + 0.2
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if closest(middle) < cutoff else (low, middle)

    def graph_at(amount: float) -> ComplexGraph:
        moved = move_residue(pocket, 0, amount * way)
        return build_graph(moved, ligand, dtype=torch.float64)

    levels = ("contact", "residue")
    inside, outside = (collate([graph_at(low + side * 1e-6)]) for side in (-1.0, 1.0))
    counts = [
        (graph[EDGE_LEVELS["contact"]].edge_index.shape[1], len(graph["residue"].kind))
        for graph in (inside, outside)
    ]
    assert counts[0] != counts[1], f"the number of {levels} should change at {cutoff} Å"
    testing.assert_continuous(network, graph_at, [low])


def test_terms_sum_to_the_logit_and_can_be_switched_off() -> None:
    network = make_network(NetworkConfig(blocks=1))
    batch = collate(make_graphs(2))
    atom = batch[EDGE_LEVELS["contact"]].edge_index[0]
    direction = network(batch, keep=True).blocks[0].atom_to_residue
    assert tuple(direction.logits) == LOGIT_TERMS
    envelope = complex_geometry(batch).contact_envelope
    logit = torch.stack(list(direction.logits.values())).sum(0)
    expected = envelope.unsqueeze(-1) * logit.exp()
    null = direction.null_logit.exp()
    total = torch.zeros_like(null).index_add(0, atom, expected) + null
    torch.testing.assert_close(direction.attention, expected / total[atom])

    for term in LOGIT_TERMS:
        without = network(batch, off=frozenset({term}), keep=True).blocks[0].atom_to_residue
        assert term not in without.logits
        assert not torch.allclose(without.attention, direction.attention), term


def test_switching_off_a_token_removes_its_line_and_nothing_else() -> None:
    network = make_network(NetworkConfig())
    batch = collate(make_graphs(2))
    full = network(batch)
    for token in TOKENS:
        without = network(batch, off=frozenset({token}))
        assert token not in without.token_share
        torch.testing.assert_close(without.pK + full.token_share[token], full.pK)


def test_temperature_goes_from_argmax_to_uniform() -> None:
    network = make_network(NetworkConfig(blocks=1))
    batch = collate(make_graphs(1))
    atom = batch[EDGE_LEVELS["contact"]].edge_index[0]
    cold = network(batch, temperature=1e-4, keep=True).blocks[0].atom_to_residue
    best = torch.zeros_like(cold.null).scatter_reduce(
        0, atom.unsqueeze(-1).expand_as(cold.attention), cold.attention, "amax"
    )
    sharpest = torch.maximum(best, cold.null)
    assert (sharpest > 1 - 1e-6).float().mean() > 0.99
    hot = network(batch, temperature=1e6, keep=True).blocks[0].atom_to_residue
    envelope = complex_geometry(batch).contact_envelope
    total = torch.zeros(len(hot.null), dtype=envelope.dtype).index_add(0, atom, envelope) + 1.0
    uniform = (envelope / total[atom]).unsqueeze(-1).expand_as(hot.attention)
    torch.testing.assert_close(hot.attention, uniform, atol=1e-4, rtol=0.0)


def test_a_far_residue_has_no_weight_and_no_effect() -> None:
    pocket, ligand = testing.random_complex(1)
    network = make_network(NetworkConfig())
    far = torch.full((3,), 100.0, dtype=torch.float64)
    graphs = [
        build_graph(move_residue(pocket, 0, scale * far), ligand, dtype=torch.float64)
        for scale in (1.0, 2.0)
    ]
    first, second = (network(collate([graph])).pK.detach() for graph in graphs)
    assert float(first) == float(second)


def test_overfits_a_handful_of_complexes() -> None:
    torch.manual_seed(0)
    network = Network(NetworkConfig(dropout=0.0)).train()
    batch = collate(make_graphs(5, torch.float32))
    wanted = torch.tensor([4.0, 5.0, 6.0, 7.0, 9.0])
    network.fit_scaling([batch])
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    for _ in range(60):
        optimiser.zero_grad()
        loss = (network(batch).pK - wanted).square().mean()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.05
