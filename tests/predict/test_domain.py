"""The applicability domain: training lies in it, and each way out of it is named."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from molattn.graph import ComplexGraph, build_graph
from molattn.predict import fit_domain, load_weights, save_weights
from molattn.predict.domain import Domain
from molattn.predict.ligand_similarity import packed_fingerprint
from molattn.predict.pocket_similarity import pocket_descriptor
from molattn.predict.similarity import fit_similarity
from molattn.structure import Ligand, Pocket
from molattn.testing import random_complex
from tests.predict.scores import untrained_weights

COUNT = 60


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Pocket, Ligand]]:
    """Return made-up complexes whose ligand does not run into the pocket."""
    drawn = (random_complex(seed) for seed in count())
    apart = (pair for pair in drawn if cdist(pair[0].atoms.position, pair[1].positions).min() > 2.2)
    return list(islice(apart, COUNT))


@pytest.fixture(scope="module")
def graphs(pairs: list[tuple[Pocket, Ligand]]) -> list[ComplexGraph]:
    return [build_graph(*pair) for pair in pairs]


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(COUNT, 5)) * [1, 10, 0.1, 1, 0]


@pytest.fixture(scope="module")
def domain(graphs: list[ComplexGraph], features: np.ndarray) -> Domain:
    fitted = fit_domain(graphs, features)
    # made-up pockets have no relatives, so each is remembered as a family of its own
    ligands = 3 * [packed_fingerprint(graph) for graph in graphs]
    pockets = 3 * [pocket_descriptor(graph) for graph in graphs]
    return replace(fitted, similarity=fit_similarity(ligands, pockets))


def test_most_of_training_is_in(
    domain: Domain, graphs: list[ComplexGraph], features: np.ndarray
) -> None:
    # the tails of forty numbers and of the distance leave a few of sixty outside
    found = [domain.judge(graph, row) for graph, row in zip(graphs, features, strict=True)]
    grades = [grade for grade, _ in found]
    assert grades.count("in") > COUNT // 2
    # two of the sixty have the only chlorines, which counts as unseen
    assert all("hardly seen" in reason for grade, reason in found if grade == "out")
    assert "60 training complexes" in found[grades.index("in")][1]


def test_unusual_features_are_near_then_out(
    domain: Domain, graphs: list[ComplexGraph], features: np.ndarray
) -> None:
    row = next(n for n, graph in enumerate(graphs) if domain.judge(graph)[0] == "in")
    direction = np.array([1.0, 10.0, 0.1, 1.0, 0.0])
    grades = [domain.judge(graphs[row], scale * direction)[0] for scale in (0.0, 1.8, 50.0)]
    assert grades == ["in", "near", "out"]
    assert "as a whole" in domain.judge(graphs[row], 50 * direction)[1].lower()


def test_a_covalent_distance_is_out(domain: Domain, pairs: list[tuple[Pocket, Ligand]]) -> None:
    pocket, ligand = pairs[0]
    target = pocket.atoms.position[0] + [1.5, 0.0, 0.0]
    moved = ligand.positions + (target - ligand.positions[0])
    grade, reason = domain.judge(build_graph(pocket, replace(ligand, positions=moved)))
    assert grade == "out"
    assert "covalent bond or a clash" in reason


def test_a_larger_ligand_is_out_and_says_its_size(
    domain: Domain, graphs: list[ComplexGraph]
) -> None:
    small = dict(domain.ranges)
    size = "ligand heavy atoms"
    small[size] = replace(small[size], low=1.0, high=3.0, least=1.0, most=4.0)
    grade, reason = replace(domain, ranges=small).judge(graphs[0])
    assert grade == "out"
    assert size in reason.lower()


def test_unseen_kinds_are_named(domain: Domain, graphs: list[ComplexGraph]) -> None:
    unseen = replace(domain, seen={**domain.seen, "ligand element": frozenset({"N", "O"})})
    grade, reason = unseen.judge(graphs[0])
    assert grade == "out"
    assert "element C" in reason
    rare = replace(domain, seen={**domain.seen, "pocket residue type": frozenset()})
    assert rare.judge(graphs[0])[0] != "in"


def test_it_travels_with_the_weights(
    domain: Domain, graphs: list[ComplexGraph], features: np.ndarray, tmp_path: Path
) -> None:
    network, info = load_weights(untrained_weights(tmp_path))
    path = tmp_path / "with.safetensors"
    save_weights(network, path, replace(info, domain=domain))
    json.loads(path.with_suffix(".json").read_text(), parse_constant=pytest.fail)
    _, loaded = load_weights(path)
    assert loaded.domain is not None
    for graph, row in zip(graphs, features, strict=True):
        assert loaded.domain.judge(graph, row) == domain.judge(graph, row)


def test_it_refuses_what_does_not_match(graphs: list[ComplexGraph]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        fit_domain([])
    with pytest.raises(ValueError, match="60 graphs"):
        fit_domain(graphs, np.zeros((3, 5)))
