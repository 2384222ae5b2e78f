"""The folder of a run: what it was, how far it is, and what came out.

::

    config.yaml           the configuration, every default spelled out
    run.json              versions, seed, hashes of the data, counts
    failures.csv          complexes that could not be used, and why
    metrics.csv           losses and validation figures by step
    checkpoints/          the last states
    weights.safetensors   the trained network, and weights.json beside it, when finished
    held_out.csv          answers for the fold that was left out, if one was
    held_out_poses.csv    the same for its moved poses
"""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import yaml

from molattn.errors import ConfigError, OutputError, UsageError
from molattn.train.config import TrainConfig
from molattn.train.config_file import parse_config, write_config

PACKAGES: Final = (
    "molattn",
    "torch",
    "e3nn",
    "torch-geometric",
    "pytorch-lightning",
    "rdkit",
    "numpy",
    "gemmi",
)

_MAY_CHANGE: Final = (("data", "cache"), ("data", "workers"))
"""Settings that do not change what comes out; paths of the data count by their contents."""


class RunFolder:
    """Files of one run.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.record = path / "run.json"
        self.failures = path / "failures.csv"
        self.metrics = path / "metrics.csv"
        self.checkpoints = path / "checkpoints"
        self.weights = path / "weights.safetensors"
        self.held_out = path / "held_out.csv"
        self.held_out_poses = path / "held_out_poses.csv"

    @property
    def started(self) -> bool:
        """Whether a run lives here."""
        return self.config.exists()

    @property
    def finished(self) -> bool:
        """Whether the run that lives here has ended."""
        return self.weights.exists() and self.weights.with_suffix(".json").exists()

    def open(self, config: TrainConfig, fold: int | None, *, fresh: bool) -> None:
        """Make the folder, or check that it is of the same run.

        Raises
        ------
        UsageError
            Another run lives here.
        OutputError
            The folder cannot be made.
        """
        try:
            if fresh and self.started:
                self._clear()
            if self.started:
                self._require_same(config, fold)
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            if not self.started:
                write_config(config, self.config)
        except OSError as error:
            raise OutputError(
                f"The run folder {self.path} cannot be written ({error.strerror}); "
                "choose another with --out."
            ) from error

    def write_record(self, values: Mapping[str, Any]) -> None:
        """Write run.json: the given values and the versions of what they were made with."""
        record = {**values, "python": platform.python_version(), "versions": versions()}
        self.record.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    def read_record(self) -> dict[str, Any]:
        """Return run.json, empty if it is not there."""
        if not self.record.exists():
            return {}
        values: dict[str, Any] = json.loads(self.record.read_text(encoding="utf-8"))
        return values

    def _clear(self) -> None:
        """Remove the files of the run, and nothing else that may lie in the folder."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        for path in (
            self.config,
            self.record,
            self.failures,
            self.metrics,
            self.weights,
            self.weights.with_suffix(".json"),
            self.held_out,
            self.held_out_poses,
        ):
            path.unlink(missing_ok=True)

    def _require_same(self, config: TrainConfig, fold: int | None) -> None:
        values = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        try:
            known = parse_config(values, TrainConfig, source=str(self.config))
        except ConfigError as error:
            raise UsageError(
                f"{self.path} holds a run of another version ({error}); "
                "choose another --out, or start over with --fresh."
            ) from error
        differing = first_difference(known, config)
        if differing is None and self.record.exists():
            earlier = self.read_record().get("fold")
            differing = None if earlier == fold else f"fold is {earlier}, now {fold}"
        if differing is not None:
            raise UsageError(
                f"{self.path} holds a run with another configuration ({differing}); "
                "choose another --out, or start over with --fresh."
            )


def first_difference(known: TrainConfig, config: TrainConfig) -> str | None:
    """Return the first setting that differs, as a phrase, or None."""
    one, other = _flat(known.model_dump(mode="json")), _flat(config.model_dump(mode="json"))
    for key in sorted(one.keys() | other.keys()):
        if key in _MAY_CHANGE:
            continue
        if one.get(key) != other.get(key):
            return f"{'.'.join(key)} was {one.get(key)!r}, now {other.get(key)!r}"
    return None


def versions() -> dict[str, str]:
    """Return the versions of molattn and of what it computes with."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _flat(values: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    flat: dict[tuple[str, ...], Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, (*prefix, key))
        else:
            flat[(*prefix, key)] = value
    return flat
