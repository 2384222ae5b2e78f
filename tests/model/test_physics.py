"""Physical terms with learned parameters start as physics, stay smooth, and know directions."""

from __future__ import annotations

import pytest
import torch

from molattn import testing
from molattn.graph import build_graph, collate
from molattn.graph.geometry import complex_geometry
from molattn.graph.graph import ComplexGraph
from molattn.model.learned_physics import (
    LEARNED_PHYSICS_TERMS,
    PAIR_TERMS,
    LearnedPhysics,
    physics_penalty,
)
from molattn.model.physics import PHYSICS_TERMS, PhysicalTerms
from molattn.resources import example
from molattn.structure import read_ligand, read_protein, select_pocket


def made_up(count: int = 3) -> list[ComplexGraph]:
    return [
        build_graph(*testing.random_complex(seed), dtype=torch.float64) for seed in range(count)
    ]


@pytest.fixture(scope="module")
def real() -> ComplexGraph:
    files = example("1s3v")
    ligand = read_ligand(files.ligand)
    pocket = select_pocket(read_protein(files.protein), ligand.positions, cutoff=14.0)
    return collate([build_graph(pocket, ligand, dtype=torch.float64)])


def of(name: str, values: torch.Tensor) -> torch.Tensor:
    return values[..., LEARNED_PHYSICS_TERMS.index(name)].detach()


def terms(physics: LearnedPhysics, graph: ComplexGraph) -> torch.Tensor:
    result: torch.Tensor = physics(graph, complex_geometry(graph), graph.num_graphs)
    return result


def perturbed() -> LearnedPhysics:
    torch.manual_seed(1)
    physics = LearnedPhysics().double()
    with torch.no_grad():
        for parameter in physics.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return physics


def test_starts_as_the_fixed_terms(real: ComplexGraph) -> None:
    learned = terms(LearnedPhysics().double(), real)
    fixed = PhysicalTerms().double()(real, complex_geometry(real), 1)
    for name in ("gauss_near", "gauss_far", "repulsion", "hydrophobic", "salt_bridge"):
        expected = fixed[:, PHYSICS_TERMS.index(name)]
        torch.testing.assert_close(of(name, learned), expected, atol=1e-6, rtol=1e-6)


def test_the_penalty_is_zero_at_physics_and_grows_away_from_it() -> None:
    physics = LearnedPhysics()
    assert physics_penalty(physics).item() == 0.0
    assert physics_penalty(perturbed()).item() > 0.1
    optimiser = torch.optim.SGD(physics.parameters(), 0.5)
    with torch.no_grad():
        physics.ligand_radius.add_(1.0)
    before = physics_penalty(physics).item()
    physics_penalty(physics).backward()
    optimiser.step()
    assert physics_penalty(physics).item() < before


def test_a_crystal_pose_has_a_good_energy_and_a_clash_a_bad_one(real: ComplexGraph) -> None:
    physics = LearnedPhysics().double()
    native = of("energy", terms(physics, real))
    offset = torch.tensor([1.5, 1.5, 0.0], dtype=torch.float64)
    clashing = of("energy", terms(physics, testing.move_ligand(real, offset)))
    away = of("energy", terms(physics, testing.move_ligand(real, 12.0 * offset)))
    assert float(native) < -3.0
    assert float(clashing) > float(native) + 3.0
    assert float(away.abs()) < 1e-6


def test_every_parameter_learns(real: ComplexGraph) -> None:
    physics = perturbed()
    terms(physics, real).sum().backward()
    for name, parameter in physics.named_parameters():
        assert parameter.grad is not None, name
        assert float(parameter.grad.abs().max()) > 0.0, name


def test_invariant_and_permutable() -> None:
    physics = perturbed()
    graph = made_up(1)[0]
    before = terms(physics, collate([graph]))
    generator = torch.Generator().manual_seed(0)
    matrix = testing.random_orthogonal(generator, reflect=True)
    turned = testing.transform(graph, matrix, 30.0 * torch.ones(3, dtype=torch.float64))
    shuffled = testing.permute(graph, generator)
    for other in (turned, shuffled):
        torch.testing.assert_close(terms(physics, collate([other])), before, atol=1e-9, rtol=1e-9)


def test_a_batch_is_its_complexes() -> None:
    physics, graphs = perturbed(), made_up(3)
    alone = torch.cat([terms(physics, collate([graph])) for graph in graphs])
    torch.testing.assert_close(terms(physics, collate(graphs)), alone)


def test_turning_a_hydrogen_bond_away_weakens_it(real: ComplexGraph) -> None:
    physics = LearnedPhysics().double()
    angles = torch.tensor([[0.8, 0.8, 0.0, 0.0, 1.0], [0.8, -0.8, 0.0, 0.0, 1.0]])
    pointing, away = physics._aligned(angles.double())
    assert pointing.item() > 0.9
    assert away.item() < 0.1 * pointing.item()


def test_terms_are_smooth_along_a_path() -> None:
    physics, graph = perturbed(), collate(made_up(1))
    way = torch.tensor([1.0, 0.5, -0.5], dtype=torch.float64)
    path = torch.stack(
        [
            terms(physics, testing.move_ligand(graph, amount * way))[0]
            for amount in torch.linspace(0.0, 0.02, 41, dtype=torch.float64)
        ]
    )
    steps = path.diff(dim=0).abs()
    assert bool((steps <= 20.0 * steps.mean(0) + 1e-9).all())
    assert len(PAIR_TERMS) < path.shape[1]
