"""An ensemble end to end on a small set: members, folds, joined answers, one file of weights."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from molattn.errors import ConfigError, InputError, UsageError
from molattn.model.ensemble import Ensemble
from molattn.model.mixing import Mixing
from molattn.predict.weights import load_weights
from molattn.testing import assert_batch_independent, assert_invariant, assert_ledger
from molattn.train.config import TrainConfig
from molattn.train.ensemble import train_ensemble
from molattn.train.joined_answers import join_affinities
from molattn.train.member_recipes import member_mixing, member_recipe
from molattn.train.prepare import prepare
from molattn.train.recipe_paths import rooted


@pytest.fixture
def recipe(values: dict[str, Any], data_folder: Path) -> TrainConfig:
    values["optimiser"]["epochs"] = 1
    values["sources"] = {
        "again": {"manifest": str(data_folder / "index.csv"), "weight": 0.3, "drawn": 0.5}
    }
    values["memory"] = {"network": {"hidden": [8]}, "training": {"epochs": 2, "batch_size": 4}}
    values["members"] = {
        "first": {"seed": 1},
        "second": {"seed": 2, "network": {"tokens": ["ligand"]}, "sources": []},
        "memory": {"kind": "memory", "weight": 0.2},
        "relatives": {"kind": "kernel", "weight": 0.1, "known_weight": 0.7},
    }
    return TrainConfig.model_validate(values)


def test_an_ensemble_from_one_recipe(recipe: TrainConfig, tmp_path: Path) -> None:
    folder = train_ensemble(recipe, out=tmp_path, quiet=True)
    ensemble, info = load_weights(folder / "weights.safetensors")
    assert {name: one.weight for name, one in info.members.items()} == pytest.approx(
        {"first": 0.35, "second": 0.35, "memory": 0.2, "relatives": 0.1}
    )
    mixing = member_mixing(recipe)
    assert mixing.known == pytest.approx(
        {"first": 0.1, "second": 0.1, "memory": 0.1, "relatives": 0.7}
    )
    with (folder / "out_of_fold.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    data = prepare(recipe, quiet=True)
    own = [row.id for row in data.dataset.rows if row.labelled and not row.source]
    assert sorted(line["id"] for line in lines) == sorted(own)
    for line in lines:
        said = [float(line[f"pK_{name}"]) for name in recipe.members]
        known = torch.tensor([float(line["familiarity"])], dtype=torch.float64)
        shares = mixing.weights(known)[0].tolist()
        mean = sum(share * one for share, one in zip(shares, said, strict=True))
        assert float(line["pK"]) == pytest.approx(mean, abs=2e-4)
        assert float(line["ensemble_spread"]) <= float(line["spread"]) + 1e-4
        assert 0.0 <= float(line["pose_confidence"]) <= 1.0
    with (folder / "out_of_fold_sources.csv").open() as stream:
        others = list(csv.DictReader(stream))
    assert {line["source"] for line in others} == {"again"}
    graphs = [data.dataset.graph(index) for index in (0, 4, 8)]
    assert_ledger(ensemble, graphs)
    assert_batch_independent(ensemble, graphs)
    assert_invariant(ensemble, graphs[0])
    before = (folder / "first" / "final" / "weights.safetensors").stat().st_mtime_ns
    train_ensemble(recipe, out=tmp_path, quiet=True)
    assert (folder / "first" / "final" / "weights.safetensors").stat().st_mtime_ns == before


def test_folds_are_the_same_for_every_member(recipe: TrainConfig) -> None:
    folds = [prepare(member_recipe(recipe, name), quiet=True).folds for name in ("first", "memory")]
    assert folds[0] == folds[1]


def test_a_member_may_differ_in_what_it_names_alone(recipe: TrainConfig) -> None:
    second = member_recipe(recipe, "second")
    assert second.network.tokens == ("ligand",)
    assert second.network.scalars == recipe.network.scalars
    assert second.sources["again"].drawn == 0.0
    assert second.seed == 2


def test_recipes_that_make_no_sense(recipe: TrainConfig, tmp_path: Path) -> None:
    def changed(**members: dict[str, Any]) -> TrainConfig:
        return TrainConfig.model_validate(
            {**recipe.model_dump(mode="json", exclude={"members"}), "members": members}
        )

    with pytest.raises(ConfigError, match="sum to 1"):
        member_mixing(changed(a={"weight": 0.7}, b={"weight": 0.6}))
    with pytest.raises(ConfigError, match="sum to 1"):
        member_mixing(changed(a={"weight": 0.7}))
    with pytest.raises(ConfigError, match="sum to 1"):
        member_mixing(changed(a={"known_weight": 0.7}, b={"known_weight": 0.7}))
    with pytest.raises(ConfigError, match="names elsewhere"):
        member_recipe(changed(a={"sources": ["elsewhere"]}), "a")
    with pytest.raises(ConfigError, match="scalers"):
        member_recipe(changed(a={"network": {"scalers": 3}}), "a")
    with pytest.raises(UsageError, match="no members"):
        train_ensemble(changed(), out=tmp_path, quiet=True)


def test_members_must_have_answered_the_same_rows(tmp_path: Path) -> None:
    head = "id,pK,spread,pose_confidence,source\n"
    (tmp_path / "a.csv").write_text(head + "x,5,1,0.5,\ny,6,1,0.5,\n")
    (tmp_path / "b.csv").write_text(head + "x,7,1,,\n")
    files = {name: [tmp_path / f"{name}.csv"] for name in ("a", "b")}
    equal = Mixing.constant({"a": 0.5, "b": 0.5})
    with pytest.raises(InputError, match="Member b has no answer for y"):
        join_affinities(files, equal)
    (tmp_path / "b.csv").write_text(head + "x,7,1,,\ny,6,1,,\n")
    first, second = join_affinities(files, equal)
    assert (first["pK"], first["ensemble_spread"], second["ensemble_spread"]) == (6.0, 1.0, 0.0)
    assert first["spread"] == pytest.approx(math.sqrt(2.0), abs=1e-4)
    assert first["pose_confidence"] == 0.5


def test_weights_of_an_ensemble_sum_to_one() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        Ensemble({"a": torch.nn.Identity()}, {"a": 0.5})
    with pytest.raises(ValueError, match="weights are for"):
        Ensemble({"a": torch.nn.Identity()}, {"b": 1.0})


def test_familiar_complexes_hear_the_one_that_remembers(tmp_path: Path) -> None:
    head = "id,pK,spread,pose_confidence,source,familiarity\n"
    (tmp_path / "net.csv").write_text(head + "x,5,1,0.5,,\ny,5,1,0.5,,\n")
    (tmp_path / "memory.csv").write_text(head + "x,7,1,,,0.9\ny,7,1,,,0.2\n")
    files = {name: [tmp_path / f"{name}.csv"] for name in ("net", "memory")}
    mixing = Mixing({"net": 1.0, "memory": 0.0}, {"net": 0.0, "memory": 1.0})
    known, new = join_affinities(files, mixing)
    assert (known["pK"], known["familiarity"], new["pK"]) == (7.0, 0.9, 5.0)


def test_paths_of_a_recipe_move_with_its_folder(recipe: TrainConfig, tmp_path: Path) -> None:
    values = recipe.model_dump(mode="json")
    values["data"] |= {"manifest": "own/index.csv"}
    values["sources"]["again"] |= {"manifest": "/elsewhere/index.csv", "sequences": "own/all.csv"}
    values["memory"]["spectra"] = {"folder": "spectra", "ligands": "ligands.csv"}
    moved = rooted(TrainConfig.model_validate(values), tmp_path)
    assert moved.data.manifest == tmp_path / "own" / "index.csv"
    assert moved.data.cache == recipe.data.cache
    assert moved.data.packed is None and moved.split.file is None
    assert moved.sources["again"].manifest == Path("/elsewhere/index.csv")
    assert moved.sources["again"].sequences == tmp_path / "own" / "all.csv"
    assert moved.memory.spectra is not None
    assert moved.memory.spectra.ligands == tmp_path / "ligands.csv"
