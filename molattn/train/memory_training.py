"""Fit a memory network to a table of rows: seeded, repeatable, on one thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from molattn.model.memory_network import MemoryNetwork, MemoryNetworkConfig
from molattn.train.losses import affinity_loss, spread_loss
from molattn.train.memory_config import MemoryTrainingConfig
from molattn.train.memory_set import MemoryTable
from molattn.train.reproducible import reproducible

NO_GROUP = -1


def fit_memory_network(
    config: MemoryNetworkConfig, table: MemoryTable, training: MemoryTrainingConfig, *, seed: int
) -> MemoryNetwork:
    """Return a memory network fitted to a table; the same table and seed give the same network.

    Parameters
    ----------
    config
        The network.
    table
        What it learns from; not empty.
    training
        How.
    seed
        Of the first weights, the order of rows and what is dropped.
    """
    with reproducible(threads=1), torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        network = MemoryNetwork(config)
        network.fit_rows(table.rows)
        network.set_bias(float((table.pK * table.weight).sum() / table.weight.sum()))
        _train(network, table, training)
    return network.eval()


def _train(network: MemoryNetwork, table: MemoryTable, training: MemoryTrainingConfig) -> None:
    group = group_numbers(table.group)
    steps = training.epochs * max(len(table) // training.batch_size, 1)
    optimiser = torch.optim.AdamW(
        network.parameters(), training.learning_rate, weight_decay=training.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, training.learning_rate, total_steps=steps + 1, pct_start=training.warm_up
    )
    network.train()
    for _ in range(training.epochs):
        for rows in batches(group, training.batch_size, training.together):
            optimiser.zero_grad()
            _loss(network, table, group, rows, training).backward()
            optimiser.step()
            schedule.step()


def _loss(
    network: MemoryNetwork,
    table: MemoryTable,
    group: Tensor,
    rows: Tensor,
    training: MemoryTrainingConfig,
) -> Tensor:
    pK, weight = table.pK[rows], table.weight[rows]
    predicted, spread = network.from_features(table.rows[rows])
    loss = affinity_loss(predicted, pK, weight, training.beta)
    loss = loss + training.spread * spread_loss(predicted, spread, pK, weight)
    if training.within:
        loss = loss + training.within * within_group_loss(predicted - pK, group[rows], weight)
    return loss


def within_group_loss(error: Tensor, group: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted mean square of errors centred within their group; 0 if there is none.

    Assays of one target differ by an offset; differences within one do not.

    Parameters
    ----------
    error, weight
        [B] pK, and weight of the row.
    group
        [B] number of the group, NO_GROUP for none.
    """
    grouped = torch.nonzero(group != NO_GROUP)[:, 0]
    _, number, size = torch.unique(group[grouped], return_inverse=True, return_counts=True)
    several = size[number] > 1
    number, grouped = number[several], grouped[several]
    error, weight = error[grouped], weight[grouped]
    total = error.new_zeros(len(size))
    share = total.index_add(0, number, weight)
    mean = total.index_add(0, number, weight * error) / share.clamp_min(1e-6)
    return (weight * (error - mean[number]).square()).sum() / weight.sum().clamp_min(1e-6)


def group_numbers(groups: Sequence[str]) -> Tensor:
    """Return the number of each row's group [n], NO_GROUP where the name is empty."""
    names = {name: number for number, name in enumerate(sorted(set(groups) - {""}))}
    return torch.tensor([names.get(name, NO_GROUP) for name in groups], dtype=torch.int64)


def batches(group: Tensor, size: int, together: int) -> Iterator[Tensor]:
    """Yield the rows of each batch of one pass, in a new order, the last incomplete one left out.

    Rows of a group go in blocks, so that they meet in a batch; with fewer rows than a batch holds
    there is one batch of all.

    Parameters
    ----------
    group
        [n] number of the group, NO_GROUP for none.
    size
        Rows in a batch.
    together
        Rows of one group in a block.
    """
    order = torch.randperm(len(group))
    alone = group[order] == NO_GROUP
    # rows without a group are blocks of one
    name = torch.where(alone, group.max() + 1 + torch.arange(len(group)), group[order])
    by_name = torch.argsort(name, stable=True)
    name = name[by_name]
    first = torch.searchsorted(name, name)
    place = (torch.arange(len(name)) - first) // together
    new = torch.ones(len(name), dtype=torch.bool)
    new[1:] = (name[1:] != name[:-1]) | (place[1:] != place[:-1])
    block = new.long().cumsum(0) - 1
    key = torch.randperm(int(block[-1]) + 1)[block]
    rows = order[by_name][torch.argsort(key, stable=True)]
    whole = max(len(rows) // size, 1)
    yield from rows[: whole * size].split(size)
