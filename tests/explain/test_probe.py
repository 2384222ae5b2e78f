"""Planted signals: the made-up complexes are what they say, and attention finds what is there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from molattn.explain.planted_complexes import (
    ATOM,
    BEST_ANGLE,
    BEST_DISTANCE,
    SignalName,
    label_of,
    pair_graph,
    planted_complexes,
)
from molattn.explain.probe import CONFIG, attention_alone, probe
from molattn.graph import ComplexGraph, collate
from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import complex_geometry
from molattn.model.network import Network


def pair_of(graph: ComplexGraph, contact: int) -> tuple[float, float]:
    """Return distance (Å) and angle (degrees) of a contact, from the geometry of the graph."""
    batch = collate([graph])
    geometry = complex_geometry(batch)
    pair = batch[EDGE_LEVELS["pair"]]
    own = torch.nonzero(pair.contact == contact).squeeze(-1)
    closest = own[int(geometry.pair_distance[own].argmin())]
    # the angle to the bond; the network sees the direction of the bond shortened a little
    cosine = geometry.pair_angles[closest, 0] / geometry.ligand_direction[ATOM].norm()
    angle = 180.0 - np.degrees(np.arccos(float(cosine)))
    return float(geometry.contact_distance[contact, 0]), angle


@pytest.mark.parametrize("signal", ["distance", "angle"])
def test_labels_depend_on_the_planted_pair_alone(signal: SignalName) -> None:
    made = planted_complexes(signal, 60, seed=3)
    for one in made:
        distance, angle = pair_of(one.graph, one.contact)
        assert distance == pytest.approx(one.distance, abs=2e-3)
        assert angle == pytest.approx(one.angle, abs=0.2)
        assert one.label == pytest.approx(label_of(signal, distance, angle), abs=0.6)
        assert one.graph.residue_label[one.residue] == "A:ASP1"
    names = [label.split(":")[1][:3] for one in made for label in one.graph.residue_label]
    assert names.count("ASP") == len(made)
    # the pair is often not the closest contact, so nearness alone does not give it away; where an
    # angle is planted it lies within 3.3 Å, and so is the closest more often
    bound = 0.5 if signal == "angle" else 0.3
    closest = [
        complex_geometry(collate([one.graph])).contact_distance[:, 0].argmin() for one in made
    ]
    assert (
        np.mean([int(row) == one.contact for row, one in zip(closest, made, strict=True)]) < bound
    )


def test_shuffled_labels_are_those_of_others() -> None:
    shuffled = planted_complexes("shuffled", 60, seed=3)
    plain = planted_complexes("distance", 60, seed=3)
    assert sorted(one.label for one in shuffled) == sorted(one.label for one in plain)
    assert [one.distance for one in shuffled] == [one.distance for one in plain]
    expected = [label_of("distance", one.distance, one.angle) for one in shuffled]
    assert abs(np.corrcoef(expected, [one.label for one in shuffled])[0, 1]) < 0.4


def test_labels_peak_where_they_should() -> None:
    assert label_of("distance", BEST_DISTANCE, 90.0) == label_of("angle", 5.0, BEST_ANGLE) == 8.0
    assert label_of("distance", 4.5, BEST_ANGLE) < 5.1 > label_of("angle", BEST_DISTANCE, 60.0)


def test_geometry_is_kept_out_of_the_values() -> None:
    torch.manual_seed(0)
    network = attention_alone(Network(CONFIG)).eval()
    batch = collate([pair_graph(2.9, 120.0, 0), pair_graph(4.0, 90.0, 0)])
    with torch.no_grad():
        seeing = network(batch).pK.tolist()
    # with all attention on solvent nothing of the geometry is left
    for block in network.blocks:
        for direction in (block.atom_to_residue, block.residue_to_atom):
            torch.nn.init.constant_(direction.null.bias, 50.0)
    torch.nn.init.constant_(network.readout.query_null, 50.0)
    with torch.no_grad():
        blind = network(batch).pK.tolist()
    assert abs(seeing[0] - seeing[1]) > 1e-5
    assert blind[0] == pytest.approx(blind[1], abs=1e-5)


def test_attention_finds_a_planted_distance() -> None:
    found = probe("distance", 0, complexes=400, steps=250)
    assert found.correlation > 0.95
    assert found.first > 0.8 > 0.3 > found.chance
    assert found.attention == pytest.approx(BEST_DISTANCE, abs=0.2)
    assert found.logit == pytest.approx(BEST_DISTANCE, abs=0.2)
    assert found.share == pytest.approx(BEST_DISTANCE, abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_found_in_shuffled_labels(seed: int) -> None:
    found = probe("shuffled", seed)
    assert abs(found.correlation) < 0.35
    assert found.first < 0.4


@pytest.mark.slow
def test_attention_finds_a_planted_angle() -> None:
    found = probe("angle", 0, complexes=800, steps=400, begun=4)
    assert found.correlation > 0.95
    assert found.first > 0.8 > 0.3 > found.chance
    assert found.attention == pytest.approx(BEST_ANGLE, abs=10.0)
    assert found.logit == pytest.approx(BEST_ANGLE, abs=10.0)
    assert found.share == pytest.approx(BEST_ANGLE, abs=10.0)
    assert found.answer == pytest.approx(BEST_ANGLE, abs=10.0)
