"""Weights on disk: the same network comes back, and anything wrong is one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from molattn.errors import OutputError, WeightsError
from molattn.predict import load_weights, save_weights
from molattn.predict.weights import read_info
from tests.predict.scores import untrained_weights


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return untrained_weights(tmp_path)


def change_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    description = path.with_suffix(".json")
    values = json.loads(description.read_text())
    change(values)
    description.write_text(json.dumps(values))


def member(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = values["members"]["network"]
    return found


def test_the_same_network_comes_back(path: Path, tmp_path: Path) -> None:
    network, info = load_weights(path)
    again = tmp_path / "again.safetensors"
    saved = save_weights(network, again, info)
    other, other_info = load_weights(again)
    assert not network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name
    assert other_info == saved == info


def test_the_json_has_the_promised_keys(path: Path) -> None:
    assert set(json.loads(path.with_suffix(".json").read_text())) == {
        *("format_version", "members", "trained_on", "n_train", "created", "pk_mean", "span"),
        *("calibration", "pose_calibration", "domain", "sha256"),
    }


def test_the_description_can_be_read_alone(path: Path) -> None:
    path.write_bytes(b"")
    assert read_info(path).trained_on == "nothing"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda values: values.update(format_version=99), "format version 99"),
        (lambda values: values.pop("members"), "does not describe a network"),
        (lambda values: values["members"].clear(), "does not describe a network"),
        (lambda values: member(values).update(weight=0.5), "does not describe a network"),
        (lambda values: member(values).update(kind="oracle"), "does not describe a network"),
        (
            lambda values: member(values)["config"].update(scalars="x"),
            "does not describe a network",
        ),
        (lambda values: member(values)["config"].update(unknown=1), "does not describe a network"),
        (lambda values: member(values)["config"].update(scalars=16), "do not fit"),
        (lambda values: values.update(sha256="0" * 64), "damaged"),
    ],
)
def test_a_description_that_does_not_fit(
    path: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    change_json(path, change)
    with pytest.raises(WeightsError, match=sentence):
        load_weights(path)


def test_damage_and_absence(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with pytest.raises(WeightsError, match="SHA-256"):
        load_weights(path)
    path.with_suffix(".json").write_text("{")
    with pytest.raises(WeightsError, match="cannot be read as JSON"):
        load_weights(path)
    path.with_suffix(".json").unlink()
    with pytest.raises(WeightsError, match="no weights"):
        load_weights(path)
    with pytest.raises(WeightsError, match="no weights"):
        load_weights(tmp_path / "absent.safetensors")


def test_a_folder_that_is_not_there(path: Path, tmp_path: Path) -> None:
    network, info = load_weights(path)
    with pytest.raises(OutputError, match="cannot be written"):
        save_weights(network, tmp_path / "absent" / "w.safetensors", info)
