"""Feature blocks of many complexes, read once and kept in a file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import InputError, OutputError
from molattn.evaluate.features import BLOCKS, complex_features
from molattn.evaluate.predictions import Predictions

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Features = dict[str, Floats]
Task = tuple[Path, Path, int]  # protein, ligand, record

FORMAT: Final = 1
"""Raised when a feature changes its meaning, so that older files are not used."""

MOST_WORKERS: Final = 2
"""Processes beyond which reading is not spread."""

_NAMED: Final = 5  # complexes that could not be read and are named in a note


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Feature blocks of the readable complexes, and what could not be read."""

    blocks: Mapping[str, Floats]  # name → [readable, width]
    readable: Booleans  # [n] rows of the predictions that the blocks hold
    notes: tuple[str, ...]


def compute_features(predictions: Predictions, cache: Path, workers: int = 1) -> FeatureTable:
    """Return the features of every complex, from the cache where its files have not changed.

    Parameters
    ----------
    predictions
        Which complexes.
    cache
        An ``.npz`` file, read if it exists and written afterwards.
    workers
        Processes, two at most.

    Raises
    ------
    InputError
        Not one complex can be read.
    OutputError
        The cache cannot be written.
    """
    tasks = list(zip(predictions.protein, predictions.ligand, predictions.record, strict=True))
    keys = [_key(*task) for task in tasks]
    known = _load(cache)
    missing = [row for row, key in enumerate(keys) if key not in known]
    faults: dict[int, str] = {}
    answers = _read_all([tasks[row] for row in missing], workers)
    for row, answer in zip(missing, answers, strict=True):
        if isinstance(answer, str):
            faults[row] = answer
        else:
            known[keys[row]] = answer
    if len(faults) == len(tasks):
        raise InputError(f"Not one of the complexes can be read; the first: {faults[0]}")
    rows = [row for row in range(len(tasks)) if row not in faults]
    if missing:
        _save(cache, {keys[row]: known[keys[row]] for row in rows})
    readable = np.zeros(len(tasks), dtype=np.bool_)
    readable[rows] = True
    blocks = {name: np.stack([known[keys[row]][name] for row in rows]) for name in BLOCKS}
    return FeatureTable(blocks, readable, _notes(predictions, faults))


def _read_all(tasks: Sequence[Task], workers: int) -> Iterator[Features | str]:
    """Yield features, or the reason why there are none, in the order of the tasks."""
    if min(workers, MOST_WORKERS) < 2 or len(tasks) < 2:
        yield from map(_read, tasks)
        return
    with ProcessPoolExecutor(MOST_WORKERS) as pool:
        yield from pool.map(_read, tasks, chunksize=16)


def _read(task: Task) -> Features | str:
    protein, ligand, record = task
    try:
        return complex_features(protein, ligand, int(record))
    except InputError as fault:
        return str(fault)


def _key(protein: Path, ligand: Path, record: int) -> str:
    """Return what tells one state of the files from another: path, size and time of each."""
    parts = [str(FORMAT), str(record)]
    for path in (protein, ligand):
        parts.append(str(path.resolve()))
        if path.is_file():
            state = path.stat()
            parts.append(f"{state.st_size}:{state.st_mtime_ns}")
    return "|".join(parts)


def _load(cache: Path) -> dict[str, Features]:
    """Return what a cache holds by key, nothing where there is none or it is damaged."""
    if not cache.is_file():
        return {}
    try:
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as held:
            blocks = {name: held[name] for name in BLOCKS}
            keys = held["keys"].tolist()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}
    return {
        key: {name: block[row] for name, block in blocks.items()} for row, key in enumerate(keys)
    }


def _save(cache: Path, known: Mapping[str, Features]) -> None:
    arrays: dict[str, Any] = {"keys": np.array(list(known))}
    arrays |= {name: np.stack([entry[name] for entry in known.values()]) for name in BLOCKS}
    try:
        np.savez_compressed(cache, **arrays)
    except OSError as fault:
        raise OutputError(f"{cache} cannot be written ({fault.strerror}).") from fault


def _notes(predictions: Predictions, faults: Mapping[int, str]) -> tuple[str, ...]:
    """Return a sentence on the complexes that could not be read, none if there are none."""
    if not faults:
        return ()
    named = [f"{predictions.id[row]} ({reason.rstrip('.')})" for row, reason in faults.items()]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return (
        f"{len(faults)} complexes are left out because their files cannot be read: "
        f"{', '.join(named[:_NAMED])}{more}.",
    )
