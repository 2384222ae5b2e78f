"""A memory fitted as a member: the same folds, files and answers as a network has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel
from torch import nn

from molattn.model.members import MemberKind
from molattn.train.answers import (
    CRYSTAL_COLUMNS,
    POSE_COLUMNS,
    answer,
    crystal_lines,
    pose_lines,
    write_lines,
)
from molattn.train.config import TrainConfig
from molattn.train.export import export_weights
from molattn.train.kernel_fit import fit_kernel_memory
from molattn.train.memory_set import MemoryTable, graph_table, join_tables, spectra_table
from molattn.train.memory_training import fit_memory_network
from molattn.train.prepare import Prepared, prepare
from molattn.train.run import run_record, watched
from molattn.train.run_folder import RunFolder


def train_memory(
    config: TrainConfig,
    *,
    out: Path,
    fold: int | None = None,
    quiet: bool = False,
    prepared: Prepared | None = None,
    kind: MemberKind = "memory",
) -> Path:
    """Fit a memory and answer for the fold that it was held out from.

    It takes a minute, so it is not resumed within; a finished fit is left as it is.

    Parameters
    ----------
    config
        Recipe of the member; its sections ``memory`` and ``sources`` decide.
    out
        Run folder, see :mod:`molattn.train.run_folder`.
    fold
        Fold of the protein clusters to leave out; None fits everything, published spectra too.
    quiet
        Report no progress.
    prepared
        The data, if already at hand.
    kind
        ``memory`` is a perceptron, ``kernel`` compares with what was measured.

    Returns
    -------
    Path
        The weights.
    """
    folder = RunFolder(out)
    folder.open(config, fold, fresh=False)
    if folder.finished:
        return folder.weights
    data = prepared if prepared is not None else prepare(config, quiet=quiet)
    split = data.split(config, fold)
    table = _table(config, data, split.train, everything=fold is None)
    network, built = _fit(config, kind, table)
    record = run_record(config, data, split, fold, labelled=len(table), drawn=len(table))
    folder.write_record(record)
    if fold is not None:
        _answer_held_out(config, data, split.held_out, network, folder, fold)
    export_weights(
        network,
        built,
        folder.weights,
        kind=kind,
        trained_on=f"{config.name}: {len(table)} affinities",
        n_train=len(table),
        pk_mean=math.fsum(table.pK.tolist()) / len(table),
        extra={"run": record},
    )
    return folder.weights


def _fit(config: TrainConfig, kind: MemberKind, table: MemoryTable) -> tuple[nn.Module, BaseModel]:
    """Return a fitted memory and what builds it."""
    recipe = config.memory
    if kind == "kernel":
        kernel = fit_kernel_memory(table, recipe.kernel, seed=config.seed)
        return kernel, kernel.config
    network = fit_memory_network(recipe.network, table, recipe.training, seed=config.seed)
    return network, recipe.network


def _table(
    config: TrainConfig, data: Prepared, rows: Sequence[int], *, everything: bool
) -> MemoryTable:
    weights = {name: source.weight for name, source in config.sources.items() if source.drawn}
    taught = [row for row in rows if data.dataset.rows[row].source in ("", *weights)]
    table = graph_table(data.dataset, data.dataset.of_rows(taught), weights)
    spectra = config.memory.spectra
    if spectra is None or not everything:
        return table
    known = {row.id for row in data.dataset.rows}
    published, _ = spectra_table(
        spectra.folder, spectra.ligands, without=known, weight=spectra.weight
    )
    return join_tables([table, published])


def _answer_held_out(
    config: TrainConfig,
    data: Prepared,
    held_out: Sequence[int],
    network: nn.Module,
    folder: RunFolder,
    fold: int,
) -> None:
    examples = watched(data.dataset, tuple(held_out))
    answers = answer(network, data.dataset, examples, config.optimiser.batch_size)
    names = data.clusters.names
    poses = pose_lines(data.dataset, answers, names, fold)
    affinities = crystal_lines(data.dataset, answers, names, fold)
    for line in (*poses, *affinities):
        line["pose_confidence"] = ""  # it does not look at poses
    write_lines(poses, POSE_COLUMNS, folder.held_out_poses)
    write_lines(affinities, CRYSTAL_COLUMNS, folder.held_out)
