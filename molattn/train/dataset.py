"""The training set: every pose of every complex as a graph, with its labels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from molattn.errors import FileUnreadable, InputError, OutputError
from molattn.graph.compact import CompactGraphs
from molattn.graph.packing import PackedGraphs
from molattn.train.complex_graphs import CRYSTAL
from molattn.train.config import TrainConfig
from molattn.train.graph_cache import (
    SHARD_ROWS,
    RowFailure,
    ShardTask,
    build_shard,
    cache_key,
    files_hash,
    read_shard,
)
from molattn.train.manifest import ManifestRow
from molattn.train.packed_file import Packing, failures_of, read_packed_file
from molattn.train.progress import Progress

if TYPE_CHECKING:
    from molattn.graph.graph import ComplexGraph

NEAR_NATIVE: Final = 2.0
"""Å. A pose with a smaller RMSD from the crystal pose is near-native."""


@dataclass(frozen=True, slots=True)
class Example:
    """One pose of one complex.

    Attributes
    ----------
    row
        Row of the manifest.
    pose
        0 for the crystal pose, else the number of the moved pose.
    rmsd
        Å from the crystal pose, ``nan`` where it is not known.
    pK
        Measured affinity; ``nan`` for moved poses and where it was not measured.
    """

    row: int
    pose: int
    rmsd: float
    clashes: int
    pK: float

    @property
    def labelled(self) -> bool:
        """Whether this pose teaches the affinity."""
        return math.isfinite(self.pK)

    @property
    def near_native(self) -> float:
        """1 where this pose teaches the pose head that it is right, 0 wrong, ``nan`` neither."""
        return float(self.rmsd < NEAR_NATIVE) if math.isfinite(self.rmsd) else math.nan


class Dataset:
    """Poses of the complexes of a manifest.

    Parameters
    ----------
    rows
        The complexes.
    examples
        Their poses.
    places
        For each example, its pack and its position in it.
    failures
        Complexes that gave no graph.
    key
        Name of what the graphs were made of.
    ligands
        Flat SMILES by id where they came with the graphs.
    """

    def __init__(
        self,
        rows: Sequence[ManifestRow],
        examples: Sequence[Example],
        places: Sequence[tuple[Sequence[ComplexGraph], int]],
        failures: Sequence[RowFailure],
        key: str,
        ligands: Mapping[str, str] | None = None,
    ) -> None:
        self.rows = tuple(rows)
        self.examples = tuple(examples)
        self.failures = tuple(failures)
        self.key = key
        self.ligands = dict(ligands or {})
        self._places = tuple(places)

    def __len__(self) -> int:
        return len(self.examples)

    def graph(self, index: int) -> ComplexGraph:
        """Return the graph of one example."""
        pack, position = self._places[index]
        return pack[position]

    def of_rows(self, rows: Sequence[int]) -> tuple[int, ...]:
        """Return the examples of some rows of the manifest, in order."""
        wanted = set(rows)
        return tuple(i for i, example in enumerate(self.examples) if example.row in wanted)


def load_dataset(
    config: TrainConfig, rows: Sequence[ManifestRow], *, quiet: bool = False
) -> Dataset:
    """Build the graphs of a manifest, or take those already built from the cache or a packed file.

    Raises
    ------
    InputError
        No complex gave a graph.
    FileUnreadable
        The packed file cannot be read.
    OutputError
        The cache cannot be written.
    """
    places = _Places(rows)
    failures: list[RowFailure] = []
    keys: list[str] = []
    ligands: dict[str, str] = {}
    for source in dict.fromkeys(row.source for row in rows):
        part = [row for row in rows if row.source == source]
        if config.data.packed is not None and not source:
            packing = _unpack(config.data.packed, places)
            failures += failures_of(packing, [row.id for row in part])
            ligands |= packing.ligands
            keys.append(packing.key)
            continue
        key, tasks = build_shards(config, part, quiet=quiet)
        keys.append(key)
        for task in tasks:
            shard = read_shard(task.path)
            failures += shard.failures
            if shard.id:
                places.add(PackedGraphs(shard.packed), shard)
    return _dataset(places, failures, "+".join(keys), ligands)


def build_shards(
    config: TrainConfig, rows: Sequence[ManifestRow], *, quiet: bool = False
) -> tuple[str, tuple[ShardTask, ...]]:
    """Build the shards of the cache that are not there yet; return its key and all of them.

    Raises
    ------
    OutputError
        The cache cannot be written.
    """
    pose = config.pose
    if any(row.source for row in rows):
        # only the complexes of the manifest are crystal poses that others can be moved from
        pose = pose.model_copy(update={"decoys_per_complex": 0})
    key = cache_key(files_hash(rows), pose)
    folder = config.data.cache / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The cache folder {folder} cannot be made ({error.strerror}); set data.cache."
        ) from error
    tasks = tuple(
        ShardTask(
            tuple(rows[start : start + SHARD_ROWS]),
            pose,
            folder / f"{start // SHARD_ROWS:05d}.safetensors",
        )
        for start in range(0, len(rows), SHARD_ROWS)
    )
    missing = [task for task in tasks if not task.path.exists()]
    if missing:
        done = len(rows) - sum(len(task.rows) for task in missing)
        with Progress("Building graphs", len(rows), done=done, quiet=quiet) as progress:
            for count in _build(missing, config.data.workers):
                progress.advance(count)
    return key, tasks


def _build(tasks: Sequence[ShardTask], workers: int) -> Iterator[int]:
    """Build shards, yielding the complexes of each as it is done."""
    if workers == 1 or len(tasks) == 1:
        for task in tasks:
            build_shard(task)
            yield len(task.rows)
        return
    # a fork of a process that has used torch's threads may hang
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_one_thread) as pool:
        running = {pool.submit(build_shard, task): len(task.rows) for task in tasks}
        try:
            for future in as_completed(running):
                future.result()
                yield running[future]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


class _Poses(Protocol):
    """What is known of graphs, one entry each."""

    @property
    def id(self) -> tuple[str, ...]: ...
    @property
    def pose(self) -> tuple[int, ...]: ...
    @property
    def rmsd(self) -> tuple[float, ...]: ...
    @property
    def clashes(self) -> tuple[int, ...]: ...


class _Places:
    """Examples gathered pack by pack, and where their graphs are."""

    def __init__(self, rows: Sequence[ManifestRow]) -> None:
        self.rows = rows
        self.examples: list[Example] = []
        self.places: list[tuple[Sequence[ComplexGraph], int]] = []
        self._number = {row.id: index for index, row in enumerate(rows)}

    def add(self, graphs: Sequence[ComplexGraph], poses: _Poses) -> None:
        """Take the graphs of a pack that are of the manifest's rows."""
        for position, identity in enumerate(poses.id):
            row, pose = self._number.get(identity), poses.pose[position]
            if row is None:
                continue
            self.examples.append(
                Example(
                    row=row,
                    pose=pose,
                    rmsd=poses.rmsd[position] if pose else self.rows[row].rmsd,
                    clashes=poses.clashes[position],
                    pK=self.rows[row].pK if pose == CRYSTAL else math.nan,
                )
            )
            self.places.append((graphs, position))


def _unpack(path: Path, places: _Places) -> Packing:
    arrays, packing = read_packed_file(path)
    try:
        graphs = CompactGraphs(arrays)
    except KeyError as error:
        raise FileUnreadable(f"{path}: {error.args[0]}.") from None
    places.add(graphs, packing)
    return packing


def _dataset(
    places: _Places,
    failures: Sequence[RowFailure],
    key: str,
    ligands: Mapping[str, str],
) -> Dataset:
    if not places.examples:
        first = failures[0].reason if failures else "the manifest is empty"
        raise InputError(f"No complex of the manifest gave a graph; the first failed as: {first}")
    return Dataset(places.rows, places.examples, places.places, failures, key, ligands)


def write_failures(failures: Sequence[RowFailure], path: Path) -> None:
    """Write the complexes that gave no graph, one a line."""
    import csv

    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("id", "reason"))
        writer.writerows((one.id, one.reason) for one in failures)
