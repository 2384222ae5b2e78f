"""Cross-validation end to end on a small set, its files, and the data that fails."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from molattn.errors import InputError
from molattn.predict.weights import load_weights
from molattn.train.config import TrainConfig
from molattn.train.cross_validation import cross_validate
from molattn.train.dataset import load_dataset
from molattn.train.manifest import read_manifest
from molattn.train.sampling import make_plan


def test_every_labelled_complex_is_answered_once_by_a_stranger(
    config: TrainConfig, tmp_path: Path
) -> None:
    path = cross_validate(config, out=tmp_path, quiet=True)
    with path.open() as stream:
        lines = list(csv.DictReader(stream))
    labelled = [row.id for row in read_manifest(config.data) if row.labelled]
    assert sorted(line["id"] for line in lines) == sorted(labelled)
    fold_of: dict[str, str] = {}
    for line in lines:
        assert fold_of.setdefault(line["cluster"], line["fold"]) == line["fold"]
        assert float(line["pK_low"]) < float(line["pK"]) < float(line["pK_high"])
        assert 0.0 <= float(line["pose_confidence"]) <= 1.0
    figures = json.loads((tmp_path / "cross_validation.json").read_text())
    assert figures["all"]["answers"] == len(labelled)
    before = (tmp_path / "fold-0" / "weights.safetensors").stat().st_mtime_ns
    assert cross_validate(config, out=tmp_path, quiet=True) == path
    assert (tmp_path / "fold-0" / "weights.safetensors").stat().st_mtime_ns == before


def test_weights_are_read_by_the_predictor(config: TrainConfig, tmp_path: Path) -> None:
    from molattn.train.run import train

    short = config.model_copy(
        update={"optimiser": config.optimiser.model_copy(update={"epochs": 1})}
    )
    result = train(short, out=tmp_path / "run", quiet=True)
    network, info = load_weights(result.weights)
    assert info.n_train > 0
    assert info.members["network"].config == config.network.model_dump(mode="json")
    assert float(network.members["network"].bias.detach()) == pytest.approx(info.pk_mean, abs=0.5)


def test_a_complex_that_fails_is_listed_and_the_others_go_on(
    config: TrainConfig, tmp_path: Path
) -> None:
    lines = config.data.manifest.read_text().splitlines()[:5]
    broken = tmp_path / "broken.sdf"
    broken.write_text("<html></html>\n")
    cells = lines[2].split(",")
    lines[2] = ",".join([*cells[:2], str(broken), *cells[3:]])
    manifest = tmp_path / "index.csv"
    manifest.write_text("\n".join(lines) + "\n")
    update = {"manifest": manifest, "cache": tmp_path / "cache"}
    data = config.data.model_copy(update=update)
    here = config.model_copy(update={"data": data})
    dataset = load_dataset(here, read_manifest(data), quiet=True)
    assert [one.id for one in dataset.failures] == [cells[0]]
    assert "broken.sdf" in dataset.failures[0].reason
    assert {dataset.rows[one.row].id for one in dataset.examples} == {
        line.split(",")[0] for line in lines[1:] if line != lines[2]
    }
    manifest.write_text("\n".join([lines[0], lines[2]]) + "\n")
    with pytest.raises(InputError, match="No complex of the manifest gave a graph"):
        load_dataset(here, read_manifest(data), quiet=True)


def test_moved_poses_carry_no_affinity_and_epochs_follow_the_seed(config: TrainConfig) -> None:
    rows = read_manifest(config.data)
    dataset = load_dataset(config, rows, quiet=True)
    assert all(not one.labelled for one in dataset.examples if one.pose)
    assert all(one.near_native == 1.0 for one in dataset.examples if one.pose == 0)
    assert any(one.near_native == 0.0 for one in dataset.examples)
    plan = make_plan(dataset, range(len(rows)), config)
    assert plan.epoch(3) == plan.epoch(3)
    assert plan.epoch(3) != plan.epoch(4)
    seen = [one for step in plan.epoch(0) for one in step]
    assert len(seen) == len(set(seen)) == 4 * plan.steps
