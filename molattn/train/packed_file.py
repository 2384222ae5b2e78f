"""A training set as one file: compact graphs of every pose, and what each of them is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molattn.errors import FileUnreadable, OutputError
from molattn.train.graph_cache import RowFailure

_FORMAT = "molattn compact graphs 1"


@dataclass(frozen=True, slots=True)
class Packing:
    """What the graphs of a packed file are.

    Attributes
    ----------
    key
        Name of what the graphs were made of.
    id, pose, rmsd, clashes
        Of each graph; see :class:`molattn.train.complex_graphs.PoseGraph`.
    failures
        Complexes that gave no graph.
    ligands
        Flat SMILES by id, so that ligands can be compared without their files.
    """

    key: str
    id: tuple[str, ...]
    pose: tuple[int, ...]
    rmsd: tuple[float, ...]
    clashes: tuple[int, ...]
    failures: tuple[RowFailure, ...] = ()
    ligands: Mapping[str, str] = field(default_factory=dict)


def write_packed_file(path: Path, arrays: Mapping[str, NDArray[Any]], packing: Packing) -> None:
    """Write a packed file that is there whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    from safetensors.numpy import save

    account = {
        "format": _FORMAT,
        "key": packing.key,
        "id": packing.id,
        "pose": packing.pose,
        "rmsd": packing.rmsd,
        "clashes": packing.clashes,
        "failures": [{"id": one.id, "reason": one.reason} for one in packing.failures],
        "ligands": dict(packing.ligands),
    }
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    text = json.dumps(account, separators=(",", ":")).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # the account is a tensor: a header of safetensors may not grow with the data
        partial.write_bytes(save({**arrays, "account": np.frombuffer(text, dtype=np.uint8)}))
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}).") from error


def read_packed_file(path: Path) -> tuple[dict[str, NDArray[Any]], Packing]:
    """Read a packed file: its arrays, and what their graphs are.

    Raises
    ------
    FileUnreadable
        The file is missing, damaged, or no packed file.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(path)
        account = json.loads(arrays.pop("account").tobytes())
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise FileUnreadable(
            f"{path} is no file of packed graphs ({error}); make one with data_prep.pack."
        ) from error
    if account.get("format") != _FORMAT:
        raise FileUnreadable(
            f"{path} was packed by another version ({account.get('format')}); pack again."
        )
    return arrays, Packing(
        key=account["key"],
        id=tuple(account["id"]),
        pose=tuple(account["pose"]),
        rmsd=tuple(account["rmsd"]),
        clashes=tuple(account["clashes"]),
        failures=tuple(RowFailure(**one) for one in account["failures"]),
        ligands=account["ligands"],
    )


def failures_of(packing: Packing, ids: Sequence[str]) -> list[RowFailure]:
    """Return which of some complexes have no graph in a packed file, and why."""
    known = set(packing.id)
    reason = {one.id: one.reason for one in packing.failures}
    return [
        RowFailure(identity, reason.get(identity, "The packed file does not hold it."))
        for identity in ids
        if identity not in known
    ]
