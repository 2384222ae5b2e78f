"""Masking hides what it should, ranking losses order, and hidden atoms can be recovered."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from molattn import testing
from molattn.graph import build_graph, collate
from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import complex_geometry
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import INTERACTIONS, LIGAND_ATOM_TYPES, RESIDUE_TYPES, index_of
from molattn.model.config import TOKENS, NetworkConfig
from molattn.model.interaction_labels import interaction_labels, touching
from molattn.model.network import Network
from molattn.resources import EXAMPLE_NAMES, example
from molattn.structure import read_ligand, read_protein, select_pocket
from molattn.train.auxiliary_losses import (
    attention_loss,
    displacement_loss,
    interaction_loss,
    masked_loss,
    pose_ranking_loss,
    rmsd_loss,
    series_difference_loss,
    series_ranking_loss,
)
from molattn.train.config import LossConfig, TrainConfig
from molattn.train.masking import mask, shift_ligands
from molattn.train.sampling import Batch
from molattn.train.teaching import altered_losses, altered_step, further_losses, weighted_sum

NAN = math.nan
OTHER = index_of(LIGAND_ATOM_TYPES, "other")


@pytest.fixture(scope="module")
def batch() -> ComplexGraph:
    return collate([build_graph(*testing.random_complex(seed)) for seed in range(4)])


@pytest.fixture(scope="module")
def real() -> ComplexGraph:
    graphs = []
    for name in EXAMPLE_NAMES:
        files = example(name)
        ligand = read_ligand(files.ligand)
        pocket = select_pocket(read_protein(files.protein), ligand.positions, cutoff=14.0)
        graphs.append(build_graph(pocket, ligand))
    return collate(graphs)


def seeded(number: int) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def test_masking_hides_and_leaves_the_batch_alone(real: ComplexGraph) -> None:
    before = real["ligand"].atom_type.clone(), real["pocket_atom"].roles.clone()
    pairs = len(real[EDGE_LEVELS["pair"]].contact)
    hidden = mask(real, 0.3, seeded(0))
    ligand, pocket = hidden.graph["ligand"], hidden.graph["pocket_atom"]
    assert bool((ligand.atom_type[hidden.atoms] == OTHER).all())
    assert float(ligand.roles[hidden.atoms].abs().sum()) == 0.0
    inside = hidden.residues[pocket.residue]
    assert 0 < int(hidden.residues.sum()) < len(hidden.residues)
    assert float(pocket.roles[inside].abs().sum()) == 0.0
    partner = hidden.graph[EDGE_LEVELS["pair"]].edge_index[1]
    assert not bool((real["pocket_atom"].is_sidechain[partner] * inside[partner]).any())
    assert bool((hidden.residue_type[hidden.residues] < 20).all())
    torch.testing.assert_close(real["ligand"].atom_type, before[0])
    torch.testing.assert_close(real["pocket_atom"].roles, before[1])
    assert len(real[EDGE_LEVELS["pair"]].contact) == pairs
    assert "masked" not in real["ligand"]


def test_masking_follows_its_seed(batch: ComplexGraph) -> None:
    first, again, other = (mask(batch, 0.3, seeded(seed)).atoms for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_kind_of_a_masked_residue_does_not_leak(real: ComplexGraph) -> None:
    """Two residues masked away: whatever side chains were there, the network sees the same."""
    hidden = mask(real, 0.3, seeded(0))
    geometry = complex_geometry(hidden.graph)
    masked = hidden.residues
    centroid = geometry.residue_centroid[masked]
    torch.testing.assert_close(centroid, geometry.residue_position[masked], atol=1e-3, rtol=0.0)
    assert float(geometry.residue_axes[masked][:, 2].abs().max()) < 1e-2
    kinds = hidden.graph["residue"].residue_type[masked]
    assert bool((kinds == index_of(RESIDUE_TYPES, "unknown")).all())


def test_ligands_move_as_rigid_bodies(batch: ComplexGraph) -> None:
    moved, back = shift_ligands(batch, 0.7, seeded(3))
    now, before = moved["ligand"].position, batch["ligand"].position
    torch.testing.assert_close(now + back, before, atol=1e-4, rtol=0.0)
    for number in range(4):
        rows = batch["ligand"].batch == number
        torch.testing.assert_close(
            torch.pdist(now[rows]), torch.pdist(before[rows]), atol=1e-3, rtol=0.0
        )
    size = float(back.square().mean().sqrt())
    assert 0.3 < size < 1.5


def test_interaction_labels_follow_distance_and_roles(real: ComplexGraph) -> None:
    geometry = complex_geometry(real)
    labels = interaction_labels(real, geometry)
    assert labels.shape == (len(geometry.contact_envelope), len(INTERACTIONS))
    names = list(INTERACTIONS)
    counts = dict(zip(names, labels.sum(0).tolist(), strict=True))
    assert counts["hydrogen_bond"] > 4
    assert counts["hydrophobic"] > 10
    bonded = labels[:, names.index("hydrogen_bond")] > 0
    assert float(geometry.contact_distance[bonded, 0].max()) < 3.6


def test_attention_loss_wants_attention_on_what_touches(real: ComplexGraph) -> None:
    atom, residue = real[EDGE_LEVELS["contact"]].edge_index
    touches = touching(interaction_labels(real, complex_geometry(real)))
    assert 0.02 < float(touches.mean()) < 0.5
    atoms, residues = len(real["ligand"].batch), len(real["residue"].batch)
    of_atom = torch.zeros(atoms).index_add(0, atom, touches)
    of_residue = torch.zeros(residues).index_add(0, residue, touches)
    network = Network(NetworkConfig())
    said = network(real)
    right = replace(
        said,
        attention=touches / of_atom[atom].clamp_min(1.0),
        atom_null=(of_atom == 0).float(),
        residue_null=(of_residue == 0).float(),
    )
    assert float(attention_loss(right, real, touches)) < 0.01
    nowhere = replace(right, attention=0.0 * touches, atom_null=torch.ones(atoms))
    assert float(attention_loss(nowhere, real, touches)) > 1.0
    loss = attention_loss(said, real, touches)
    loss.backward()
    direction = network.blocks[-1].atom_to_residue
    assert float(direction.null.weight.grad.abs().max()) > 0.0


def test_interaction_loss_prefers_the_right_answer() -> None:
    labels = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    weight = torch.tensor([1.0, 0.0])
    right = interaction_loss(4.0 * (2.0 * labels - 1.0), labels, weight)
    wrong = interaction_loss(-4.0 * (2.0 * labels - 1.0), labels, weight)
    assert float(right) < 0.1 < float(wrong)


def test_rmsd_loss_leaves_unknown_poses_out() -> None:
    predicted = torch.log1p(torch.tensor([1.0, 5.0, 3.0]))
    assert float(rmsd_loss(predicted, torch.tensor([1.0, 5.0, NAN]))) == pytest.approx(0.0)
    assert float(rmsd_loss(predicted, torch.tensor([3.0, NAN, NAN]))) > 0.3


def test_pose_ranking_compares_poses_of_one_complex_only() -> None:
    rmsd = torch.tensor([0.0, 4.0, 0.2, 6.0, NAN])
    of = torch.tensor([0, 0, 1, 1, 1])
    good = pose_ranking_loss(torch.tensor([3.0, -3.0, 9.0, 3.0, 100.0]), rmsd, of)
    bad = pose_ranking_loss(torch.tensor([-3.0, 3.0, 3.0, 9.0, 100.0]), rmsd, of)
    assert float(good) < 0.01
    assert float(bad) > 3.0
    alone = pose_ranking_loss(torch.zeros(3, requires_grad=True), rmsd[:3], torch.arange(3))
    alone.backward()
    assert float(alone.detach()) == 0.0


def test_pose_ranking_orders_by_descent() -> None:
    score = torch.zeros(4, requires_grad=True)
    rmsd, of = torch.tensor([5.0, 0.0, 2.5, 1.0]), torch.zeros(4, dtype=torch.long)
    optimiser = torch.optim.Adam([score], 0.1)
    for _ in range(50):
        optimiser.zero_grad()
        pose_ranking_loss(score, rmsd, of).backward()
        optimiser.step()
    assert score.argsort(descending=True).tolist() == [1, 3, 2, 0]


def test_series_losses_do_not_see_the_offset_of_an_assay() -> None:
    measured = torch.tensor([5.0, 6.0, 7.5, 8.0, NAN])
    group = torch.tensor([0, 0, 0, -1, 0])
    shifted = torch.nan_to_num(measured) + 2.0
    assert float(series_difference_loss(shifted, measured, group)) == pytest.approx(0.0)
    reverse = series_ranking_loss(-torch.nan_to_num(measured), measured, group)
    assert float(reverse) > float(series_ranking_loss(shifted, measured, group))
    nobody = torch.full((5,), -1)
    assert float(series_ranking_loss(shifted, measured, nobody)) == 0.0
    assert float(series_difference_loss(shifted, measured, nobody)) == 0.0


def test_differences_within_the_noise_are_not_ranked() -> None:
    measured, group = torch.tensor([6.0, 6.2]), torch.zeros(2, dtype=torch.long)
    assert float(series_ranking_loss(torch.tensor([1.0, -1.0]), measured, group)) == 0.0


def test_displacement_loss_is_one_for_no_answer() -> None:
    true = torch.randn(20, 3, generator=seeded(0))
    assert float(displacement_loss(torch.zeros_like(true), true)) == pytest.approx(1.0)
    assert float(displacement_loss(true, true)) == 0.0
    empty = displacement_loss(torch.zeros(0, 3), torch.zeros(0, 3))
    assert float(empty) == 0.0


def test_masked_atoms_are_recovered_above_frequency(real: ComplexGraph) -> None:
    torch.manual_seed(0)
    config = NetworkConfig(
        scalars=16,
        vectors=2,
        blocks=1,
        heads=2,
        pair_width=8,
        queries=2,
        auxiliary=("atom_type", "residue_type"),
        dropout=0.0,
    )
    network = Network(config).train()
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    for step in range(50):
        hidden = mask(real, 0.15, seeded(step))
        answers = network(hidden.graph).auxiliary
        optimiser.zero_grad()
        loss = masked_loss(answers["atom_type"], hidden.atom_type, hidden.atoms)
        loss = loss + masked_loss(answers["residue_type"], hidden.residue_type, hidden.residues)
        loss.backward()
        optimiser.step()
    hits, rows = 0, 0
    with torch.no_grad():
        for step in range(1000, 1010):
            hidden = mask(real, 0.15, seeded(step))
            guess = network.eval()(hidden.graph).auxiliary["atom_type"].argmax(-1)
            hits += int((guess == hidden.atom_type)[hidden.atoms].sum())
            rows += int(hidden.atoms.sum())
    frequency = torch.bincount(real["ligand"].atom_type).max() / len(real["ligand"].atom_type)
    assert hits / rows > float(frequency) + 0.15


ALL_LOSSES = LossConfig(
    likelihood=1.0,
    physics=1.0,
    attention=0.1,
    interactions=1.0,
    rmsd=1.0,
    pose_ranking=1.0,
    energy_ranking=1.0,
    series_ranking=1.0,
    series_difference=1.0,
    masked=1.0,
    displacement=1.0,
)
ALL_PARTS = NetworkConfig(
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


def test_a_step_teaches_all_that_is_asked_for(batch: ComplexGraph) -> None:
    torch.manual_seed(0)
    examples = Batch(
        graph=batch,
        pK=torch.tensor([5.0, 6.0, NAN, 8.0]),
        near_native=torch.tensor([1.0, 1.0, 0.0, NAN]),
        weight=torch.ones(4),
        rmsd=torch.tensor([0.0, 0.5, 4.0, NAN]),
        group=torch.tensor([0, 0, -1, -1]),
        complex=torch.tensor([0, 1, 1, 2]),
        examples=(0, 1, 2, 3),
    )
    network = Network(ALL_PARTS).train()
    with torch.no_grad():
        network.physical_terms.ligand_radius.add_(0.5)
    further = further_losses(network, network(batch), examples, ALL_LOSSES)
    altered = altered_losses(network, examples, ALL_LOSSES, seeded(0))
    names = {**further, **altered}
    settings = {"affinity", "spread", "pose", "altered", "mask_share", "shift", "beta"}
    assert set(names) == set(LossConfig.model_fields) - settings
    for name, value in names.items():
        assert math.isfinite(value.item()), name
        assert value.item() > 0.0, name
    weighted_sum(names, ALL_LOSSES).backward()
    silent = [name for name, one in network.named_parameters() if one.grad is None]
    assert all(name.startswith(("spread", "tokens", "bias")) for name in silent), silent


def test_altered_steps_are_drawn_at_their_share() -> None:
    drawn = [altered_step(ALL_LOSSES, seeded(step)) for step in range(400)]
    assert 0.15 < sum(drawn) / 400 < 0.35
    assert not any(altered_step(LossConfig(), seeded(step)) for step in range(20))


def test_a_loss_without_its_head_is_refused() -> None:
    values = {"name": "x", "data": {"manifest": "index.csv"}}
    for name in (
        "likelihood",
        "physics",
        "energy_ranking",
        "interactions",
        "rmsd",
        "masked",
        "displacement",
    ):
        with pytest.raises(ValueError, match=f"loss.{name} is above zero"):
            TrainConfig.model_validate({**values, "loss": {name: 1.0}})
    full = {"network": ALL_PARTS.model_dump(), "loss": ALL_LOSSES.model_dump()}
    assert TrainConfig.model_validate({**values, **full}).loss == ALL_LOSSES
