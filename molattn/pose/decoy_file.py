"""Decoys of many complexes in one small file: half-precision offsets from the native pose's centre.

Offsets of at most some tens of Å lose less than 0.02 Å in half precision.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from molattn.errors import FileUnreadable
from molattn.pose.decoys import DecoySet

_COLUMNS: Final = {
    "kind": np.uint8,
    "rmsd": np.float16,
    "clashes": np.uint16,
    "nearest": np.float16,
    "energy": np.float16,
}


def write_decoys(path: Path, sets: Sequence[tuple[str, DecoySet]]) -> None:
    """Write the decoys of some complexes, each with its id."""
    centres = [one.positions[0].mean(axis=0) for _, one in sets]
    offsets = [
        (one.positions - centre).reshape(-1, 3)
        for (_, one), centre in zip(sets, centres, strict=True)
    ]
    arrays: dict[str, Any] = {
        "id": np.array([identity for identity, _ in sets]),
        "poses": np.array([len(one) for _, one in sets], dtype=np.uint16),
        "atoms": np.array([one.positions.shape[1] for _, one in sets], dtype=np.uint16),
        "centre": np.array(centres, dtype=np.float32).reshape(-1, 3),
        "offset": _joined([block.astype(np.float16) for block in offsets], (0, 3)),
    }
    for name, kind in _COLUMNS.items():
        columns = [np.clip(getattr(one, name), None, 6e4).astype(kind) for _, one in sets]
        arrays[name] = _joined(columns, (0,))
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_decoys(path: Path) -> Mapping[str, DecoySet]:
    """Return the decoys of a file by the id of their complex.

    Raises
    ------
    FileUnreadable
        The file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        return _split(arrays)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as fault:
        raise FileUnreadable(f"{path} cannot be read as decoys ({fault}).") from fault


def _split(arrays: Mapping[str, Any]) -> dict[str, DecoySet]:
    sets: dict[str, DecoySet] = {}
    row = place = 0
    for number, identity in enumerate(arrays["id"].tolist()):
        poses, atoms = int(arrays["poses"][number]), int(arrays["atoms"][number])
        offsets = arrays["offset"][place : place + poses * atoms].astype(np.float64)
        rows = slice(row, row + poses)
        sets[identity] = DecoySet(
            kind=arrays["kind"][rows].astype(np.int64),
            positions=offsets.reshape(poses, atoms, 3) + arrays["centre"][number],
            rmsd=arrays["rmsd"][rows].astype(np.float64),
            clashes=arrays["clashes"][rows].astype(np.int64),
            nearest=arrays["nearest"][rows].astype(np.float64),
            energy=arrays["energy"][rows].astype(np.float64),
        )
        row, place = row + poses, place + poses * atoms
    return sets


def _joined(blocks: Sequence[Any], empty: tuple[int, ...]) -> Any:
    return np.concatenate(blocks) if blocks else np.empty(empty)
