"""Which examples make up a step: a pure function of the seed and the number of the step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from molattn.graph.batch import collate
from molattn.train.config import TrainConfig
from molattn.train.dataset import Dataset
from molattn.train.manifest import ManifestRow

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
        [B], 1 or 0, ``nan`` where it is not known.
    weight
        [B], weight in the affinity loss.
    rmsd
        [B] Å from the crystal pose, ``nan`` where it is not known.
    group
        [B] congeneric series within which labels are compared, -1 for none.
    complex
        [B] what each is a pose of.
    examples
        Numbers of the examples in the data set.
    step
        Number of the training step that this batch is for; -1 outside training.
    """

    graph: ComplexGraph
    pK: Tensor
    near_native: Tensor
    weight: Tensor
    rmsd: Tensor
    group: Tensor
    complex: Tensor
    examples: tuple[int, ...]
    step: int = -1

    def __len__(self) -> int:
        return len(self.examples)

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        names = ("graph", "pK", "near_native", "weight", "rmsd", "group", "complex")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})


def make_batch(
    dataset: Dataset,
    examples: Sequence[int],
    step: int = -1,
    weights: Mapping[str, float] | None = None,
) -> Batch:
    """Join examples of a data set.

    Parameters
    ----------
    dataset, examples, step
        What to join, and the training step that it is for.
    weights
        Weight in the affinity loss by source; 1 for those not named.
    """
    chosen = [dataset.examples[one] for one in examples]
    rows = [dataset.rows[one.row] for one in chosen]
    given = weights or {}
    return Batch(
        graph=collate([dataset.graph(one) for one in examples]),
        pK=torch.tensor([one.pK for one in chosen], dtype=torch.float32),
        near_native=torch.tensor([one.near_native for one in chosen], dtype=torch.float32),
        weight=torch.tensor([given.get(row.source, 1.0) for row in rows]),
        rmsd=torch.tensor([one.rmsd for one in chosen], dtype=torch.float32),
        group=_numbered([row.group for row in rows]),
        complex=_numbered([row.complex for row in rows]),
        examples=tuple(examples),
        step=step,
    )


def _numbered(names: Sequence[str]) -> Tensor:
    """Return a number for each different name, -1 for an empty one."""
    number = {name: place for place, name in enumerate(dict.fromkeys(filter(None, names)))}
    return torch.tensor([number.get(name, -1) for name in names])


@dataclass(frozen=True, slots=True)
class Part:
    """Examples of one kind, in the groups within which they are compared.

    Attributes
    ----------
    groups
        Examples of each group; singles where nothing is compared.
    drawn
        Examples of this part in an epoch.
    together
        Examples of one group that come into the same step.
    """

    groups: tuple[tuple[int, ...], ...]
    drawn: int
    together: int = 1

    def draw(self, random: np.random.Generator) -> list[list[int]]:
        """Return pieces of groups, ``drawn`` examples in all."""
        pieces: list[list[int]] = []
        for group in self.groups:
            order = random.permutation(len(group)).tolist() if len(group) > 1 else [0]
            pieces += [
                [group[one] for one in order[start : start + self.together]]
                for start in range(0, len(order), self.together)
            ]
        chosen: list[list[int]] = []
        left = self.drawn
        for place in random.permutation(len(pieces)).tolist():
            if left <= 0:
                break
            chosen.append(pieces[place][:left])
            left -= len(chosen[-1])
        return chosen


@dataclass(frozen=True, slots=True)
class Plan:
    """What every epoch is made of: all labelled crystal poses and a draw of everything else.

    Attributes
    ----------
    labelled
        Crystal poses with a pK.
    parts
        Everything that is drawn from: labelled crystal poses, poses without a pK, each source.
    weights
        Weight in the affinity loss by source.
    """

    labelled: tuple[int, ...]
    parts: tuple[Part, ...]
    weights: Mapping[str, float]
    batch_size: int
    seed: int

    @property
    def drawn(self) -> int:
        """Examples of an epoch."""
        return sum(part.drawn for part in self.parts)

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return max(1, self.drawn // self.batch_size)

    def epoch(self, number: int) -> tuple[tuple[int, ...], ...]:
        """Return the examples of every step of an epoch.

        Examples that do not fill a last batch are left out; another epoch leaves out others.
        """
        random = np.random.default_rng((self.seed, number))
        pieces = [piece for part in self.parts for piece in part.draw(random)]
        order = [one for place in random.permutation(len(pieces)) for one in pieces[place]]
        size = self.batch_size
        return tuple(tuple(order[step * size : (step + 1) * size]) for step in range(self.steps))


def make_plan(dataset: Dataset, rows: Sequence[int], config: TrainConfig) -> Plan:
    """Plan the epochs of some rows of the manifest and of its further sources."""
    examples = dataset.of_rows(rows)
    own = [one for one in examples if not _row(dataset, one).source]
    labelled = tuple(one for one in own if dataset.examples[one].labelled)
    others = [one for one in own if not dataset.examples[one].labelled]
    drawn = min(len(others), round(config.pose.per_labelled * len(labelled)))
    parts = [
        Part(tuple((one,) for one in labelled), len(labelled)),
        Part(_groups(dataset, others), drawn, config.pose.together),
    ]
    for name, source in config.sources.items():
        found = [one for one in examples if _row(dataset, one).source == name]
        part = Part(_groups(dataset, found), round(source.drawn * len(found)), source.together)
        parts.append(part)
    weights = {name: source.weight for name, source in config.sources.items()}
    return Plan(labelled, tuple(parts), weights, config.optimiser.batch_size, config.seed)


def _row(dataset: Dataset, example: int) -> ManifestRow:
    return dataset.rows[dataset.examples[example].row]


def _groups(dataset: Dataset, examples: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return examples by the series, else by the complex that they belong to."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for one in examples:
        row = _row(dataset, one)
        compared = row.group if dataset.examples[one].labelled and row.group else row.complex
        groups[compared].append(one)
    return tuple(tuple(group) for group in groups.values())


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
            batch = make_batch(self._dataset, examples, self._delivered, self._plan.weights)
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
