"""Each ablation takes out what it says, and nothing stays changed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.ablations import VARIANTS, compare
from molattn.graph import collate
from molattn.model.network import Network
from molattn.train.config import TrainConfig, load_config
from molattn.train.config_file import parse_config
from molattn.train.member_recipes import member_recipe
from tests.model.graphs import make_graphs

RECIPE = Path(__file__).parents[2] / "configs" / "ensemble.yaml"


@pytest.fixture(scope="module")
def recipe() -> TrainConfig:
    return member_recipe(load_config(RECIPE), "taught")


def changed(recipe: TrainConfig, name: str) -> TrainConfig:
    values = recipe.model_dump(mode="json")
    VARIANTS[name].change(values)
    return parse_config(values, TrainConfig, source=name)


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "whole"])
def test_every_variant_differs_from_the_whole(recipe: TrainConfig, name: str) -> None:
    other = changed(recipe, name)
    graph = collate(make_graphs(3, torch.float32))
    torch.manual_seed(0)
    network = Network(recipe.network).eval()
    before = network(graph).pK
    with VARIANTS[name].patch():
        inside = network(graph).pK
    assert other != recipe or not torch.allclose(inside, before)
    torch.testing.assert_close(network(graph).pK, before)


def test_without_gates_every_token_counts_fully(recipe: TrainConfig) -> None:
    with VARIANTS["without gates"].patch():
        gates = Network(recipe.network).eval()(collate(make_graphs(2, torch.float32))).gates
    assert all((gate == 1.0).all() for gate in gates.values())


def test_differences_are_paired() -> None:
    whole = {str(row): (str(row // 2), float(row % 7)) for row in range(60)}
    worse = {unit: (cluster, value + 1.0) for unit, (cluster, value) in whole.items()}
    value, gap, low, high = compare(whole, worse, root=False)
    assert gap == pytest.approx(1.0)
    # every unit loses the same, so no draw of clusters changes the difference
    assert (low, high) == pytest.approx((1.0, 1.0))
    assert value == pytest.approx(sum(one[1] for one in worse.values()) / 60)
    assert compare(whole, whole, root=True)[1:] == (0.0, 0.0, 0.0)
