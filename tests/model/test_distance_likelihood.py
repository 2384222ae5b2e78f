"""The densities over distances: normalised, learnable, smooth, and in the network as a token."""

from __future__ import annotations

import pytest
import torch

from molattn import testing
from molattn.graph import build_graph, collate
from molattn.graph.fields import CONTACT_CUTOFF, EDGE_LEVELS
from molattn.graph.geometry import complex_geometry
from molattn.graph.graph import ComplexGraph
from molattn.model.config import TOKENS, NetworkConfig
from molattn.model.distance_likelihood import DistanceLikelihood, Likelihood, likelihood_loss
from molattn.model.distance_mixture import (
    COMPONENTS,
    DistanceMixture,
    log_mixture_density,
    log_reference_density,
)
from molattn.model.network import Network
from molattn.model.segments import segment_sum
from molattn.model.typed_potential import ATOM_RADIUS, TypedPotential, closest_share
from molattn.pose.perturb import with_positions

SMALL = NetworkConfig(
    scalars=8,
    vectors=2,
    blocks=1,
    heads=2,
    pair_width=8,
    queries=2,
    tokens=(*TOKENS, "likelihood"),
    physics="learned",
    auxiliary=("atom_type", "residue_type", "interactions", "rmsd", "displacement"),
)


def make_graphs(count: int, dtype: torch.dtype = torch.float64) -> list[ComplexGraph]:
    return [build_graph(*testing.random_complex(seed), dtype=dtype) for seed in range(count)]


def make_network(dtype: torch.dtype = torch.float64) -> Network:
    torch.manual_seed(3)
    network = Network(SMALL).to(dtype)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network.eval()


def judge(module: DistanceLikelihood, graph: ComplexGraph) -> Likelihood:
    atoms = torch.ones(len(graph["ligand"].element), 8)
    count = torch.bincount(graph["ligand"].batch).float()
    result: Likelihood = module(graph, complex_geometry(graph), atoms, count)
    return result


def test_the_mixture_integrates_to_one() -> None:
    torch.manual_seed(0)
    distance = torch.linspace(0.0, CONTACT_CUTOFF, 4001, dtype=torch.float64)
    weight, mean, deviation = torch.randn(3, 5, 1, COMPONENTS, dtype=torch.float64).unbind(0)
    mean = CONTACT_CUTOFF * torch.sigmoid(2.0 * mean)
    deviation = 0.15 + torch.nn.functional.softplus(deviation)
    density = log_mixture_density(distance, weight, mean, deviation).exp()
    total = torch.trapezoid(density, distance, dim=-1)
    torch.testing.assert_close(total, torch.ones_like(total), atol=1e-4, rtol=0.0)
    reference = log_reference_density(distance, 1.5).exp()
    assert float(torch.trapezoid(reference, distance)) == pytest.approx(1.0, abs=1e-4)


def test_the_typed_density_integrates_to_one_over_types_and_distances() -> None:
    torch.manual_seed(0)
    potential = TypedPotential(8).double()
    with torch.no_grad():
        for parameter in potential.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    distance = torch.linspace(0.0, CONTACT_CUTOFF, 2001, dtype=torch.float64)
    weights = potential.weights(torch.tensor([0, 9]), torch.randn(2, 8, dtype=torch.float64))
    curve = weights @ potential.curve_basis(distance).T
    log_density = curve + log_reference_density(distance, ATOM_RADIUS)
    frequency = torch.softmax(potential.frequency, -1).unsqueeze(-1)
    joint = frequency * torch.exp(log_density - potential.log_partition(weights)[:, None, None])
    total = torch.trapezoid(joint, distance, dim=-1).sum(-1)
    torch.testing.assert_close(total, torch.ones_like(total), atol=3e-3, rtol=0.0)


def test_without_knowledge_nothing_is_preferred() -> None:
    potential = TypedPotential(8)
    with torch.no_grad():
        potential.table.zero_()
    log_z = potential.log_partition(potential.weights(torch.tensor([3]), torch.ones(1, 8)))
    assert float(log_z.detach().abs().max()) < 1e-5


def test_closest_atoms_share_a_contact() -> None:
    batch = collate(make_graphs(3))
    geometry = complex_geometry(batch)
    contact = batch[EDGE_LEVELS["pair"]].contact
    share = closest_share(geometry, contact)
    total = segment_sum(share, contact, len(geometry.contact_envelope))
    assert float(share.min()) >= 0.0
    assert float(total.max()) <= 1.0
    well_inside = geometry.contact_distance[:, 0] < 6.0
    assert float(total[well_inside].min()) > 0.99


def test_a_planted_preference_is_learned() -> None:
    """Donors of the pocket are placed at 2.9 Å of acceptors, everything else at 4.5 Å."""
    torch.manual_seed(0)
    module = DistanceMixture(4)
    acceptor = torch.tensor([0.0, 1.0]).repeat(200)
    atoms = torch.stack((acceptor, 1 - acceptor, torch.ones(400), torch.zeros(400)), -1)
    residue = torch.randint(0, 2, (400,))
    distance = torch.where((acceptor > 0) & (residue == 1), 2.9, 4.5) + 0.15 * torch.randn(400)
    optimiser = torch.optim.Adam(module.parameters(), 2e-2)

    def parameters() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        left, left_gate = module.atom(atoms).chunk(2, -1)
        right, right_gate = module.residue(residue).chunk(2, -1)
        weight, mean, deviation = module.out(left + right + left_gate * right_gate).chunk(3, -1)
        mean = CONTACT_CUTOFF * torch.sigmoid(module.start + mean)
        return weight, mean, 0.15 + torch.nn.functional.softplus(deviation - 0.5)

    for _ in range(150):
        optimiser.zero_grad()
        loss = -log_mixture_density(distance, *parameters()).mean()
        loss.backward()
        optimiser.step()
    grid = torch.linspace(2.0, 6.0, 401).unsqueeze(-1)
    best = grid.squeeze(-1)[log_mixture_density(grid, *parameters()).argmax(0)]
    planted = torch.where((acceptor > 0) & (residue == 1), 2.9, 4.5)
    assert float((best - planted).abs().max()) < 0.2


def test_training_on_native_poses_prefers_them() -> None:
    torch.manual_seed(0)
    graphs = make_graphs(3, torch.float32)
    native = collate(graphs)
    generator = torch.Generator().manual_seed(1)
    away = collate(
        [
            testing.move_ligand(
                one, torch.randn(1, 3, generator=generator).expand(len(one["ligand"].element), 3)
            )
            for one in graphs
        ]
    )
    module = DistanceLikelihood(8)
    optimiser = torch.optim.Adam(module.parameters(), 3e-2)
    chosen = torch.ones(3, dtype=torch.bool)
    first = likelihood_loss(judge(module, native), chosen, native).item()
    for _ in range(40):
        optimiser.zero_grad()
        loss = likelihood_loss(judge(module, native), chosen, native)
        loss.backward()
        optimiser.step()
    assert loss.item() < first - 0.2
    with torch.no_grad():
        better = judge(module.eval(), native).total - judge(module, away).total
    assert float(better.min()) > 0.0


def test_only_native_poses_teach() -> None:
    batch = collate(make_graphs(2, torch.float32))
    module = DistanceLikelihood(8)
    alone = collate(make_graphs(1, torch.float32))
    both = likelihood_loss(judge(module, batch), torch.tensor([True, False]), batch)
    one = likelihood_loss(judge(module, alone), torch.tensor([True]), alone)
    assert both.item() == pytest.approx(one.item(), abs=1e-5)
    none = likelihood_loss(judge(module, batch), torch.tensor([False, False]), batch)
    assert none.item() == 0.0


def test_the_score_does_not_steer_the_densities_in_training() -> None:
    batch = collate(make_graphs(1, torch.float32))
    module = DistanceLikelihood(8).train()
    assert not judge(module, batch).score.requires_grad
    assert judge(module.eval(), batch).score.requires_grad


def test_promises_with_everything_switched_on() -> None:
    graphs = make_graphs(4)
    network = make_network()
    testing.assert_invariant(network, graphs[0])
    testing.assert_ledger(network, graphs)
    testing.assert_gradients(network, graphs[1])
    single = make_network(torch.float32)
    testing.assert_permutation_invariant(single, make_graphs(1, torch.float32)[0])
    testing.assert_batch_independent(single, make_graphs(4, torch.float32))
    assert "likelihood" in network(collate(graphs)).token_share


def test_displacement_turns_with_the_complex() -> None:
    graph = make_graphs(1)[0]
    network = make_network()
    matrix = testing.random_orthogonal(torch.Generator().manual_seed(2), reflect=True)
    turned = testing.transform(graph, matrix, torch.ones(3, dtype=torch.float64))
    before = network(collate([graph])).auxiliary["displacement"]
    after = network(collate([turned])).auxiliary["displacement"]
    torch.testing.assert_close(before @ matrix.T, after, atol=1e-9, rtol=0.0)


@pytest.mark.parametrize("seed", range(2))
def test_an_atom_crosses_the_cutoff_without_a_jump(seed: int) -> None:
    pocket, ligand = testing.random_complex(seed)
    network = make_network()
    own = torch.from_numpy(pocket.atoms.position)
    positions = torch.from_numpy(ligand.positions)
    way = torch.tensor([1.0, 0.3, -0.2], dtype=torch.float64)
    way = way / way.norm()

    def graph_at(amount: float) -> ComplexGraph:
        moved = (positions + amount * way).numpy()
        return build_graph(pocket, with_positions(ligand, moved), dtype=torch.float64)

    def inside(amount: float) -> int:
        return int((torch.cdist(positions + amount * way, own) < CONTACT_CUTOFF).sum())

    low, high = 0.0, 0.5
    start = inside(low)
    assert inside(high) != start
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) == start else (low, middle)
    testing.assert_continuous(network, graph_at, [low])
