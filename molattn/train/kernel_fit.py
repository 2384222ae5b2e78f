"""Fit a kernel memory to a table of rows: Gaussian process regression on landmarks.

With landmarks Z, training rows X, noise variance n_i = noise / weight_i and an offset of variance
``group`` for every assay or series (two assays of one target differ by an offset), the weights are

::

    a = (K_zz + K_zx N⁻¹ K_xz)⁻¹ K_zx N⁻¹ (y - mean),   N = diag(n) + group · same_group

(Rasmussen and Williams 2006, eq. 8.14). N is inverted by the formula of Sherman and Morrison, group
by group; K_xz is divided by the Cholesky factor of K_zz first, which keeps the sums well behaved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from torch import Tensor

from molattn.model.kernel_memory import KernelMemory, KernelMemoryConfig
from molattn.train.memory_config import KernelTrainingConfig
from molattn.train.memory_set import MemoryTable
from molattn.train.memory_training import NO_GROUP, group_numbers
from molattn.train.reproducible import reproducible

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

_JITTER: Final = 2e-3
"""On the diagonal of K_zz, where equal complexes would make it singular."""

_AT_ONCE: Final = 1024


def fit_kernel_memory(
    table: MemoryTable, training: KernelTrainingConfig, *, seed: int
) -> KernelMemory:
    """Return a kernel memory fitted to a table; the same table and seed give the same one.

    Parameters
    ----------
    table
        What it learns from; not empty.
    training
        How.
    seed
        Of the choice of landmarks.
    """
    with reproducible(threads=1), torch.no_grad():
        places = landmarks(table, training.landmarks, seed)
        memory = KernelMemory(KernelMemoryConfig(landmarks=len(places)))
        memory.fit_rows(table.rows)
        memory.remember(table.rows[places])
        mean = float((table.pK * table.weight).sum() / table.weight.sum())
        memory.bias.fill_(mean)
        cross = torch.cat([memory.likeness(rows) for rows in table.rows.split(_AT_ONCE)]).numpy()
        solution = solve(cross, places.numpy(), (table.pK - mean).numpy(), table, training)
        memory.weights.copy_(torch.from_numpy(solution.weights))
        likeness = nearest_other(cross, places.numpy(), _alone(table))
        memory.variances.copy_(torch.from_numpy(variances(solution.left_out, likeness)))
    return memory.eval()


def landmarks(table: MemoryTable, most: int, seed: int) -> Tensor:
    """Return the rows that become landmarks, growing: ungrouped ones first, then a draw.

    A complex of its own stands for more than one compound of a series does.
    """
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(seed))
    grouped = torch.tensor([bool(table.group[row]) for row in order.tolist()])
    return torch.cat((order[~grouped], order[grouped]))[:most].sort().values


@dataclass(frozen=True, slots=True)
class Solution:
    """Weights of the landmarks, and the error of each row of no group had it been left out, pK."""

    weights: Floats
    left_out: Floats


def solve(
    cross: Floats,
    places: Places,
    residual: Floats,
    table: MemoryTable,
    training: KernelTrainingConfig,
) -> Solution:
    """Return the weights that fit residuals best.

    Parameters
    ----------
    cross
        [n, m] likeness of every row to every landmark.
    places
        [m] rows that are the landmarks.
    residual
        [n] pK less the mean.
    table, training
        Weights and groups of the rows; variances of noise and offsets.
    """
    inner = cross[places].astype(np.float64)
    inner[np.diag_indices(len(inner))] += _JITTER
    factor = np.linalg.cholesky(inner)
    whitened = solve_triangular(factor.astype(np.float32), cross.T, lower=True, check_finite=False)
    design: Floats = np.asarray(whitened.T, np.float32)
    precision = np.asarray(table.weight.numpy() / training.noise, np.float32)
    system = (design * precision[:, None]).T @ design
    target = design.T @ (precision * residual)
    offsets = _offsets(design, precision, residual, table)
    share: Floats = training.group / (1.0 + training.group * offsets.precision)
    system -= (offsets.design * share[:, None]).T @ offsets.design
    target -= offsets.design.T @ (share * offsets.residual)
    system = system.astype(np.float64)
    system[np.diag_indices(len(system))] += 1.0
    solved = cho_factor(system, lower=True, overwrite_a=True, check_finite=False)
    found = cho_solve(solved, target.astype(np.float64))
    error: Floats = residual - design @ found.astype(np.float32)
    alone = _alone(table)
    lower = np.tril(solved[0]).astype(np.float32)
    reach = solve_triangular(lower, design[alone].T, lower=True, check_finite=False)
    leverage = precision[alone] * np.square(reach).sum(0)
    weights = solve_triangular(factor.T, found, lower=False, check_finite=False)
    return Solution(weights.astype(np.float32), error[alone] / np.clip(1.0 - leverage, 0.05, 1.0))


@dataclass(frozen=True, slots=True)
class _Offsets:
    """Sums over each group, weighted by precision: of the design, the residuals, and alone."""

    design: Floats
    residual: Floats
    precision: Floats


def _offsets(design: Floats, precision: Floats, residual: Floats, table: MemoryTable) -> _Offsets:
    group = group_numbers(table.group).numpy()
    member = group != NO_GROUP
    count = int(group.max()) + 1 if member.any() else 0
    sums = _Offsets(
        np.zeros((count, design.shape[1]), np.float32),
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
    )
    np.add.at(sums.design, group[member], design[member] * precision[member, None])
    np.add.at(sums.residual, group[member], (residual * precision)[member])
    np.add.at(sums.precision, group[member], precision[member])
    return sums


def nearest_other(cross: Floats, places: Places, rows: Places) -> Floats:
    """Return the likeness of some rows to the nearest landmark that is another row, [k]."""
    found = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        same = some[:, None] == places
        found[start : start + _AT_ONCE] = np.where(same, 0.0, cross[some]).max(1)
    return found


def variances(error: Floats, likeness: Floats) -> Floats:
    """Return the variance of the noise and that of the unknown, pK², [2] and both above zero.

    Least squares of squared errors on ``1`` and ``1 - likeness²``.
    """
    terms = np.stack((np.ones(len(error)), 1.0 - np.square(likeness)), -1)
    # single wild errors must not decide
    fitted, *_ = np.linalg.lstsq(terms, np.square(np.clip(error, -4.0, 4.0)), rcond=None)
    found: Floats = np.clip(fitted, 0.05, None).astype(np.float32)
    return found


def _alone(table: MemoryTable) -> Places:
    """Return the rows of no group, all where each is of one.

    The offset of an assay is not what an answer is unsure of.
    """
    alone = np.flatnonzero([not name for name in table.group])
    return alone if len(alone) else np.arange(len(table))
