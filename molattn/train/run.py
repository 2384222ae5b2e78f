"""A training run from configuration to weights, resumed by itself where it was left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.loggers import Logger

from molattn.errors import InputError
from molattn.model.network import Network
from molattn.train.answers import (
    CRYSTAL_COLUMNS,
    POSE_COLUMNS,
    answer,
    crystal_lines,
    pose_lines,
    write_lines,
)
from molattn.train.checkpoint import RollingCheckpoint, Stopped, checkpoints, step_of
from molattn.train.config import TrainConfig
from molattn.train.dataset import Dataset, write_failures
from molattn.train.export import export_weights
from molattn.train.loggers import make_loggers
from molattn.train.manifest import manifest_hash
from molattn.train.module import TrainingModule
from molattn.train.prepare import Prepared, prepare
from molattn.train.progress import Progress
from molattn.train.progress_callback import ProgressCallback
from molattn.train.reproducible import quiet_lightning, reproducible
from molattn.train.run_folder import RunFolder
from molattn.train.sampling import FixedLoader, Plan, TrainLoader, make_batch, make_plan
from molattn.train.splits import Split, leak


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C was pressed; the state is saved and the message says how to go on."""


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a training left behind.

    Attributes
    ----------
    folder
        The run folder.
    weights
        The trained network, safetensors with a JSON beside it.
    held_out
        Answers for the fold that was left out, None if none was.
    steps
        Optimiser steps.
    failures
        Complexes that could not be used.
    """

    folder: Path
    weights: Path
    held_out: Path | None
    steps: int
    failures: int


def train(
    config: TrainConfig,
    *,
    out: Path | None = None,
    fresh: bool = False,
    fold: int | None = None,
    quiet: bool = False,
    prepared: Prepared | None = None,
) -> TrainResult:
    """Train a network, or go on with a training that was interrupted.

    Parameters
    ----------
    config
        The whole run.
    out
        Run folder, ``runs/NAME`` by default. An unfinished run of the same configuration in it is
        resumed, and ends bit for bit as if it had not been interrupted (on the processor).
    fresh
        Start over instead.
    fold
        Fold of the protein clusters to leave out; None trains on everything.
    quiet
        Report no progress.
    prepared
        The data, if already at hand.

    Raises
    ------
    UsageError
        The folder holds a run of another configuration, or the fold does not exist.
    InputError
        No labelled complex is left to train on.
    TrainingInterrupted
        Ctrl-C was pressed.
    """
    folder = RunFolder(out if out is not None else Path("runs") / config.name)
    folder.open(config, fold, fresh=fresh)
    if folder.finished:
        with Progress("Training", 1, done=1, quiet=quiet) as progress:
            progress.message(f"{folder.path} holds a finished run; --fresh starts over.")
        return _result(folder)
    data = prepared if prepared is not None else prepare(config, quiet=quiet)
    with reproducible(config.trainer.threads), quiet_lightning():
        _run(config, data, folder, fold, quiet)
    return _result(folder)


def _run(
    config: TrainConfig, data: Prepared, folder: RunFolder, fold: int | None, quiet: bool
) -> None:
    """Train to the end, answer for the held-out fold, and export."""
    split = data.split(config, fold)
    plan = make_plan(data.dataset, split.train, config)
    if not plan.labelled:
        raise InputError(
            f"{config.data.manifest} holds no complex with a measured affinity to train on; "
            "check data.label_column and the filters."
        )
    write_failures(data.dataset.failures, folder.failures)
    steps = plan.steps * config.optimiser.epochs
    record = run_record(config, data, split, fold, labelled=len(plan.labelled), drawn=plan.drawn)
    folder.write_record({**record, "steps": steps})
    network = _fit(config, data.dataset, split, plan, folder, quiet)
    if fold is not None:
        _answer_held_out(config, data, split, network, folder, fold)
    measured = [data.dataset.examples[one].pK for one in plan.labelled]
    export_weights(
        network,
        config.network,
        folder.weights,
        trained_on=f"{config.name}: {len(measured)} affinities of {config.data.manifest.name}",
        n_train=len(measured),
        pk_mean=math.fsum(measured) / len(measured),
        extra={"run": record},
    )


def _fit(
    config: TrainConfig,
    dataset: Dataset,
    split: Split,
    plan: Plan,
    folder: RunFolder,
    quiet: bool,
) -> Network:
    """Train, from the last checkpoint if there is one, and return the network."""
    steps = plan.steps * config.optimiser.epochs
    saved = checkpoints(folder.checkpoints)
    resumed_from = step_of(saved[-1]) if saved else 0
    torch.manual_seed(config.seed)
    network = Network(config.network)
    if not saved:
        _fit_scaling(network, dataset, plan)
    with Progress("Training", steps, done=resumed_from, quiet=quiet) as progress:
        if saved:
            progress.message(f"Going on with {folder.path} after step {resumed_from} of {steps}.")
        trainer = _trainer(config, folder, make_loggers(config, folder, resumed_from), progress)
        try:
            trainer.fit(
                TrainingModule(network, config, steps),
                TrainLoader(dataset, plan),
                _watching(config, dataset, split.validation),
                ckpt_path=saved[-1] if saved else None,
                weights_only=True,
            )
        except Stopped:
            done = step_of(checkpoints(folder.checkpoints)[-1])
            raise TrainingInterrupted(
                f"Interrupted; {done} of {steps} steps are saved in {folder.path}: "
                "the same command goes on from there."
            ) from None
    return network


def _trainer(
    config: TrainConfig, folder: RunFolder, loggers: list[Logger], progress: Progress
) -> lightning.Trainer:
    saving = RollingCheckpoint(
        folder.checkpoints,
        every_steps=config.checkpoint.every_steps,
        keep=config.checkpoint.keep,
    )
    return lightning.Trainer(
        accelerator=config.trainer.accelerator,
        devices=1,
        max_epochs=config.optimiser.epochs,
        gradient_clip_val=config.optimiser.gradient_clip,
        check_val_every_n_epoch=config.trainer.validate_every,
        logger=loggers,
        callbacks=[ProgressCallback(progress), saving],
        default_root_dir=folder.path,
        deterministic="warn",
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=10,
    )


def _fit_scaling(network: Network, dataset: Dataset, plan: Plan) -> None:
    """Start the network at the scale of the training set: mean pK and spread of its inputs."""
    size = plan.batch_size
    parts = [plan.labelled[start : start + size] for start in range(0, len(plan.labelled), size)]
    network.fit_scaling(make_batch(dataset, part).graph for part in parts)
    measured = [dataset.examples[one].pK for one in plan.labelled]
    network.set_bias(math.fsum(measured) / len(measured))


def _watching(config: TrainConfig, dataset: Dataset, rows: tuple[int, ...]) -> FixedLoader | None:
    """Return the batches that are watched during training, None if there are none."""
    examples = watched(dataset, rows)
    return FixedLoader(dataset, examples, config.optimiser.batch_size) if examples else None


def watched(dataset: Dataset, rows: tuple[int, ...]) -> list[int]:
    """Return the poses of labelled complexes and docked poses, among rows that are answered."""
    wanted = {one.row for one in dataset.examples if one.labelled}
    wanted |= {
        number
        for number, row in enumerate(dataset.rows)
        if row.source and not row.labelled and math.isfinite(row.rmsd)
    }
    return list(
        dataset.of_rows([row for row in rows if row in wanted and dataset.rows[row].answered])
    )


def _answer_held_out(
    config: TrainConfig,
    data: Prepared,
    split: Split,
    network: Network,
    folder: RunFolder,
    fold: int,
) -> None:
    examples = watched(data.dataset, split.held_out)
    answers = answer(network, data.dataset, examples, config.optimiser.batch_size)
    names = data.clusters.names
    write_lines(pose_lines(data.dataset, answers, names, fold), POSE_COLUMNS, folder.held_out_poses)
    write_lines(crystal_lines(data.dataset, answers, names, fold), CRYSTAL_COLUMNS, folder.held_out)


def run_record(
    config: TrainConfig,
    data: Prepared,
    split: Split,
    fold: int | None,
    *,
    labelled: int,
    drawn: int,
) -> dict[str, Any]:
    """Return what run.json and the weights say of the data."""
    record: dict[str, Any] = {
        "name": config.name,
        "seed": config.seed,
        "fold": fold,
        "manifest_sha256": manifest_hash(data.dataset.rows),
        "graphs": data.dataset.key,
        "complexes": len(data.dataset.rows),
        "failures": len(data.dataset.failures),
        "clusters": len(data.clusters),
        "train_labelled": labelled,
        "train_drawn": drawn,
        "validation": len(split.validation),
        "held_out": len(split.held_out),
        "left_out": len(split.left_out),
    }
    if fold is not None:
        # the clusters of a split file do not say how near the nearest others are
        known = config.split.file is None
        closest = round(leak(data.clusters, data.folds, fold).identity, 3) if known else None
        record["closest_relative_identity"] = closest
    return record


def _result(folder: RunFolder) -> TrainResult:
    record = folder.read_record()
    return TrainResult(
        folder=folder.path,
        weights=folder.weights,
        held_out=folder.held_out if folder.held_out.exists() else None,
        steps=int(record.get("steps", 0)),
        failures=int(record.get("failures", 0)),
    )
