"""Which examples make up a step: a pure function of the seed and the number of the step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from molattn.graph.batch import collate
from molattn.train.dataset import Dataset

if TYPE_CHECKING:
    from molattn.graph.graph import ComplexGraph


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some examples as one graph, with their labels.

    Attributes
    ----------
    graph
        B complexes.
    pK
        [B], ``nan`` where there is none.
    near_native
        [B], 1 or 0.
    weight
        [B], weight in every loss.
    examples
        Numbers of the examples in the data set.
    step
        Number of the training step that this batch is for; -1 outside training.
    """

    graph: ComplexGraph
    pK: Tensor
    near_native: Tensor
    weight: Tensor
    examples: tuple[int, ...]
    step: int = -1

    def __len__(self) -> int:
        return len(self.examples)


def make_batch(dataset: Dataset, examples: Sequence[int], step: int = -1) -> Batch:
    """Join examples of a data set."""
    chosen = [dataset.examples[one] for one in examples]
    return Batch(
        graph=collate([dataset.graph(one) for one in examples]),
        pK=torch.tensor([one.pK for one in chosen], dtype=torch.float32),
        near_native=torch.tensor([float(one.near_native) for one in chosen]),
        weight=torch.ones(len(chosen)),
        examples=tuple(examples),
        step=step,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What every epoch is made of: all labelled crystal poses and a draw of the others.

    Attributes
    ----------
    labelled
        Examples with a pK.
    others
        Examples that teach the pose head alone.
    drawn
        Number of the others in an epoch.
    """

    labelled: tuple[int, ...]
    others: tuple[int, ...]
    drawn: int
    batch_size: int
    seed: int

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return max(1, (len(self.labelled) + self.drawn) // self.batch_size)

    def epoch(self, number: int) -> tuple[tuple[int, ...], ...]:
        """Return the examples of every step of an epoch.

        Examples that do not fill a last batch are left out; another epoch leaves out others.
        """
        random = np.random.default_rng((self.seed, number))
        drawn = random.choice(len(self.others), self.drawn, replace=False).tolist()
        order = np.array([*self.labelled, *(self.others[one] for one in drawn)], dtype=np.int64)
        random.shuffle(order)
        size = self.batch_size
        return tuple(
            tuple(order[step * size : (step + 1) * size].tolist()) for step in range(self.steps)
        )


def make_plan(
    dataset: Dataset, rows: Sequence[int], *, per_labelled: float, batch_size: int, seed: int
) -> Plan:
    """Plan the epochs of some rows of the manifest."""
    examples = dataset.of_rows(rows)
    labelled = tuple(one for one in examples if dataset.examples[one].labelled)
    others = tuple(one for one in examples if not dataset.examples[one].labelled)
    drawn = min(len(others), round(per_labelled * len(labelled)))
    return Plan(labelled, others, drawn, batch_size, seed)


class TrainLoader:
    """Batches of one epoch after another, able to go on where a checkpoint was taken.

    The only state is the number of batches delivered since the start of the training; order and
    contents follow from it and the plan. Implements the loader protocol of Lightning
    (``state_dict``, ``load_state_dict``).
    """

    def __init__(self, dataset: Dataset, plan: Plan) -> None:
        self._dataset = dataset
        self._plan = plan
        self._delivered = 0

    def __len__(self) -> int:
        return self._plan.steps

    def __iter__(self) -> Iterator[Batch]:
        """Yield what is left of the epoch at hand; a new epoch if nothing is."""
        number, start = divmod(self._delivered, len(self))
        for examples in self._plan.epoch(number)[start:]:
            batch = make_batch(self._dataset, examples, self._delivered)
            self._delivered += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Return what a checkpoint keeps."""
        return {"delivered": self._delivered}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on after a checkpoint."""
        self._delivered = state["delivered"]


class FixedLoader:
    """The same batches every time, in order, for validation and prediction."""

    def __init__(self, dataset: Dataset, examples: Sequence[int], batch_size: int) -> None:
        self._dataset = dataset
        self._parts = [
            tuple(examples[start : start + batch_size])
            for start in range(0, len(examples), batch_size)
        ]

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[Batch]:
        for part in self._parts:
            yield make_batch(self._dataset, part)
