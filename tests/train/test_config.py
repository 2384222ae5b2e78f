"""Configuration: defaults, and sentences for what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from molattn.errors import ConfigError, FileUnreadable
from molattn.train.config import TrainConfig, load_config
from molattn.train.config_file import parse_config, write_config
from molattn.train.manifest_config import DataConfig

SHIPPED = Path(__file__).parents[2] / "configs" / "first.yaml"


def test_shipped_recipe_is_valid() -> None:
    config = load_config(SHIPPED)
    assert config.name == "first"
    assert config.split.folds == 5
    assert config.data.drop == {"metal_site": ("2",)}


def test_written_configuration_reads_back_as_itself(config: TrainConfig, tmp_path: Path) -> None:
    write_config(config, tmp_path / "c.yaml")
    assert load_config(tmp_path / "c.yaml") == config


@pytest.mark.parametrize(
    ("section", "key", "hint"),
    [
        ("optimiser", "learning_rat", "did you mean learning_rate?"),
        ("network", "head", "did you mean heads?"),
        ("pose", "zzz", "known keys are"),
    ],
)
def test_unknown_key_is_refused_with_the_nearest(
    values: dict[str, Any], section: str, key: str, hint: str
) -> None:
    values[section] = {**values[section], key: 1}
    with pytest.raises(ConfigError) as caught:
        parse_config(values, TrainConfig, source="x.yaml")
    assert f"x.yaml: unknown key {section}.{key}: {hint}" in str(caught.value)


def test_wrong_value_and_missing_key_are_named(values: dict[str, Any]) -> None:
    values["optimiser"]["epochs"] = 0
    del values["data"]["manifest"]
    with pytest.raises(ConfigError) as caught:
        parse_config(values, TrainConfig, source="x.yaml")
    assert "the key data.manifest is missing." in str(caught.value)
    assert "optimiser.epochs is 0: input should be greater than or equal to 1." in str(caught.value)


@pytest.mark.parametrize(
    ("text", "error"),
    [("a: [1", ConfigError), ("- 1\n", ConfigError), ("", ConfigError), (None, FileUnreadable)],
)
def test_files_that_are_no_configuration(
    text: str | None, error: type[Exception], tmp_path: Path
) -> None:
    path = tmp_path / "c.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(error, match=r"c\.yaml"):
        load_config(path)


def test_filters_accept_numbers_and_single_values() -> None:
    given = yaml.safe_load("{manifest: i.csv, drop: {metal_site: 2, relation: ['<', '>']}}")
    config = DataConfig.model_validate(given)
    assert config.drop == {"metal_site": ("2",), "relation": ("<", ">")}
