"""Feature blocks of many complexes, read once and kept in a file."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import InputError, OutputError
from molattn.evaluate.features import BLOCKS, block_widths, features_of
from molattn.structure.ligand import LigandFailure, read_ligands
from molattn.structure.protein import read_protein

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Features = dict[str, Floats]
Report = Callable[[str], None]

FORMAT: Final = 2
"""Raised when a feature changes its meaning, so that older files are not used."""

MOST_WORKERS: Final = 2
"""Processes beyond which reading is not spread."""

SAVED_EVERY: Final = 1000
"""Complexes after which the cache is written, so that an interruption costs little."""


@dataclass(frozen=True, slots=True)
class Task:
    """One complex to read."""

    protein: Path
    ligand: Path
    record: int

    @property
    def key(self) -> str:
        """What tells one state of the files from another: path, size and time of each."""
        parts = [str(self.record)]
        for path in (self.protein, self.ligand):
            parts.append(str(path.resolve()))
            if path.is_file():
                state = path.stat()
                parts.append(f"{state.st_size}:{state.st_mtime_ns}")
        return "|".join(parts)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Feature blocks of many complexes.

    Attributes
    ----------
    blocks
        Name → [n, width]; NaN where the complex could not be read.
    faults
        Why a complex could not be read, by its place.
    """

    blocks: Mapping[str, Floats]
    faults: Mapping[int, str]

    @property
    def readable(self) -> Booleans:
        """Which complexes were read, [n]."""
        return np.isfinite(self.blocks["heavy_atoms"][:, 0])


def compute_features(
    tasks: Sequence[Task | None], cache: Path, *, workers: int = 1, report: Report | None = None
) -> FeatureTable:
    """Return the features of every complex, from the cache where its files have not changed.

    Parameters
    ----------
    tasks
        [n] complexes; None for a row that names no files.
    cache
        An ``.npz`` file, read if it exists and written as the work goes on.
    workers
        Processes, two at most.
    report
        Told how far the work is.

    Raises
    ------
    InputError
        Not one complex can be read.
    OutputError
        The cache cannot be written.
    """
    keys = [None if task is None else task.key for task in tasks]
    known = _load(cache)
    missing = {
        key: task
        for key, task in zip(keys, tasks, strict=True)
        if key is not None and task is not None and key not in known
    }
    faults: dict[str, str] = {}
    for done, (key, answer) in enumerate(_read_all(missing, workers), start=1):
        if isinstance(answer, str):
            faults[key] = answer
        else:
            known[key] = answer
        if done % SAVED_EVERY == 0:
            _save(cache, known)
            if report is not None:
                report(f"features of {done} of {len(missing)} complexes computed")
    if len(missing) > len(faults):
        _save(cache, known)
    blocks = {name: np.full((len(tasks), width), np.nan) for name, width in block_widths().items()}
    reasons: dict[int, str] = {}
    for row, own in enumerate(keys):
        if own is None or own in faults:
            reasons[row] = "the row names no files" if own is None else faults[own]
            continue
        for name in BLOCKS:
            blocks[name][row] = known[own][name]
    if tasks and len(reasons) == len(tasks):
        raise InputError(f"Not one of the complexes can be read; the first: {reasons[0]}")
    return FeatureTable(blocks, reasons)


def by_protein(tasks: Mapping[str, Task]) -> list[dict[str, Task]]:
    """Return the tasks in groups of one protein file, so that each is read once."""
    groups: defaultdict[Path, dict[str, Task]] = defaultdict(dict)
    for key, task in tasks.items():
        groups[task.protein][key] = task
    return list(groups.values())


def _read_all(tasks: Mapping[str, Task], workers: int) -> Iterator[tuple[str, Features | str]]:
    """Yield features, or the reason why there are none, by key."""
    groups = by_protein(tasks)
    if min(workers, MOST_WORKERS) < 2 or len(groups) < 2:
        for group in groups:
            yield from _read_group(group)
        return
    with ProcessPoolExecutor(MOST_WORKERS) as pool:
        for found in pool.map(_read_group_whole, groups, chunksize=4):
            yield from found


def _read_group_whole(tasks: Mapping[str, Task]) -> list[tuple[str, Features | str]]:
    return list(_read_group(tasks))


def _read_group(tasks: Mapping[str, Task]) -> Iterator[tuple[str, Features | str]]:
    """Yield the features of complexes of one protein file."""
    try:
        protein = read_protein(next(iter(tasks.values())).protein)
    except InputError as fault:
        yield from ((key, str(fault)) for key in tasks)
        return
    for key, ligand in posed_ligands(tasks):
        yield key, ligand if isinstance(ligand, str) else features_of(protein, ligand)


def posed_ligands(tasks: Mapping[str, Task]) -> Iterator[tuple[str, Any]]:
    """Yield the ligand of each task, or why it cannot be read, opening each file once."""
    files: defaultdict[Path, defaultdict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, task in tasks.items():
        files[task.ligand][task.record].append(key)
    for path, wanted in files.items():
        found: dict[int, Any] = {}
        reason = f"{path} has no such record"
        try:
            for item in read_ligands(path, records=set(wanted)):
                found[item.source.record] = item.reason if isinstance(item, LigandFailure) else item
        except InputError as fault:
            reason = str(fault)
        for record, keys in wanted.items():
            yield from ((key, found.get(record, reason)) for key in keys)


def _load(cache: Path) -> dict[str, Features]:
    """Return what a cache holds by key, nothing where there is none or it is damaged."""
    if not cache.is_file():
        return {}
    try:
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as held:
            if int(held["format"]) != FORMAT:
                return {}
            blocks = {name: held[name] for name in BLOCKS}
            keys = held["keys"].tolist()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}
    return {
        key: {name: block[row] for name, block in blocks.items()} for row, key in enumerate(keys)
    }


def _save(cache: Path, known: Mapping[str, Features]) -> None:
    arrays: dict[str, Any] = {"keys": np.array(list(known)), "format": np.array(FORMAT)}
    arrays |= {name: _stacked(entry[name] for entry in known.values()) for name in BLOCKS}
    partial = cache.with_suffix(".partial.npz")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(partial, **arrays)
        partial.replace(cache)
    except OSError as fault:
        raise OutputError(f"{cache} cannot be written ({fault.strerror}).") from fault


def _stacked(rows: Iterable[Floats]) -> NDArray[np.float32]:
    """Return rows as one array; counts and descriptors lose nothing that trees could see."""
    return np.stack([row.astype(np.float32) for row in rows])
