"""Built graphs on disk: shards of packed complexes in safetensors, with an account of failures.

The folder is named by everything that decides what a graph is, so a cache is either right or not
there: the contents of the files, the settings of the moved poses, and the code that builds graphs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from molattn.errors import MolattnError
from molattn.train.complex_graphs import PoseGraph, complex_graphs
from molattn.train.config import PoseConfig
from molattn.train.manifest import ManifestRow

if TYPE_CHECKING:
    from torch import Tensor

SHARD_ROWS: Final = 32
"""Complexes in a shard."""

_SOURCES: Final = (
    "structure/*.py",
    "graph/*.py",
    "pose/perturb.py",
    "pose/rmsd.py",
    "train/complex_graphs.py",
)
"""Code that decides what a graph is."""

_HOW_DRAWN: Final = ("per_labelled", "together")
"""Settings of moved poses that decide how they are drawn, not what they are."""


@dataclass(frozen=True, slots=True)
class RowFailure:
    """A complex that could not be made a graph, and why."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """The graphs of some complexes.

    Attributes
    ----------
    packed
        See :mod:`molattn.graph.packing`.
    id, pose, rmsd, clashes
        Of each graph; see :class:`molattn.train.complex_graphs.PoseGraph`.
    failures
        Complexes that gave no graph.
    """

    packed: dict[str, Tensor]
    id: tuple[str, ...]
    pose: tuple[int, ...]
    rmsd: tuple[float, ...]
    clashes: tuple[int, ...]
    failures: tuple[RowFailure, ...]


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What a worker needs to build one shard."""

    rows: tuple[ManifestRow, ...]
    pose: PoseConfig
    path: Path


def files_hash(rows: Sequence[ManifestRow]) -> str:
    """Return the SHA-256 of ids, records and the contents of every file, in order.

    A file that cannot be read counts by its name; building its graph says what is wrong.
    """
    digest = hashlib.sha256()
    known: dict[Path, bytes] = {}
    for row in rows:
        digest.update(f"{row.id}\t{row.record}\t".encode())
        for path in (row.protein, row.ligand):
            if path not in known:
                try:
                    known[path] = hashlib.sha256(path.read_bytes()).digest()
                except OSError:
                    known[path] = str(path).encode()
            digest.update(known[path])
    return digest.hexdigest()


def cache_key(data_hash: str, pose: PoseConfig) -> str:
    """Return the name of the cache folder of a set of graphs."""
    digest = hashlib.sha256()
    digest.update(data_hash.encode())
    made = pose.model_dump(mode="json", exclude=set(_HOW_DRAWN))
    digest.update(json.dumps([made, SHARD_ROWS]).encode())
    package = Path(str(files("molattn")))
    for path in sorted(path for pattern in _SOURCES for path in package.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def build_shard(task: ShardTask) -> int:
    """Build the graphs of some complexes and write them; return the number of failures.

    This is the per-record boundary of training: a complex that fails for any reason becomes a
    line of the account, and the others go on.
    """
    graphs: list[tuple[str, PoseGraph]] = []
    failures: list[RowFailure] = []
    for row in task.rows:
        try:
            graphs += [(row.id, one) for one in complex_graphs(row, task.pose)]
        except MolattnError as error:
            failures.append(RowFailure(row.id, str(error)))
        except Exception as error:  # noqa: BLE001 — one bad file must not end a run of thousands
            failures.append(RowFailure(row.id, f"{type(error).__name__}: {error}"))
    _write(task.path, graphs, failures)
    return len(failures)


def read_shard(path: Path) -> Shard:
    """Read a shard."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as stream:
        account = json.loads(stream.metadata()["account"])
        packed = {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118
    packed.pop("empty", None)
    return Shard(
        packed=packed,
        id=tuple(account["id"]),
        pose=tuple(account["pose"]),
        rmsd=tuple(account["rmsd"]),
        clashes=tuple(account["clashes"]),
        failures=tuple(RowFailure(**one) for one in account["failures"]),
    )


def _write(
    path: Path, graphs: Sequence[tuple[str, PoseGraph]], failures: Sequence[RowFailure]
) -> None:
    import torch
    from safetensors.torch import save_file

    from molattn.graph import pack

    account = {
        "id": [identity for identity, _ in graphs],
        "pose": [one.pose for _, one in graphs],
        "rmsd": [round(one.rmsd, 4) for _, one in graphs],
        "clashes": [one.clashes for _, one in graphs],
        "failures": [{"id": one.id, "reason": one.reason} for one in failures],
    }
    # safetensors needs a tensor even where every complex failed
    packed = pack([one.graph for _, one in graphs]) if graphs else {"empty": torch.zeros(0)}
    partial = path.with_suffix(f".{os.getpid()}.partial")
    save_file(packed, partial, metadata={"account": json.dumps(account)})
    partial.replace(path)
