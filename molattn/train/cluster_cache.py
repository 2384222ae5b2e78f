"""Protein clusters kept on disk: two thousand sequences take a minute to cluster."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from molattn.train.clusters import Clusters, NearMiss, cluster_sequences

_SOURCES: Final = ("clusters.py", "linkage.py", "sequence_identity.py")
"""Code that decides the clusters."""


def cached_clusters(
    ids: Sequence[str],
    sequences: Sequence[str],
    *,
    identity: float,
    coverage: float,
    cache: Path | None,
) -> Clusters:
    """Cluster proteins, or take the clusters from the cache.

    Parameters
    ----------
    ids, sequences, identity, coverage
        As of :func:`molattn.train.clusters.cluster_sequences`.
    cache
        Folder in which the answer is kept for the next time; None keeps none.
    """
    digest = hashlib.sha256(f"{identity} {coverage}\n".encode())
    for identifier, sequence in zip(ids, sequences, strict=True):
        digest.update(f"{identifier} {sequence}\n".encode())
    for name in _SOURCES:
        digest.update((Path(__file__).parent / name).read_bytes())
    path = cache / f"clusters-{digest.hexdigest()[:16]}.json" if cache is not None else None
    if path is not None and path.exists():
        values = json.loads(path.read_text(encoding="utf-8"))
        misses = tuple(NearMiss(**one) for one in values["near_misses"])
        return Clusters(tuple(values["names"]), misses, values["aligned"])
    clusters = cluster_sequences(ids, sequences, identity=identity, coverage=coverage)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps(asdict(clusters)), encoding="utf-8")
        partial.replace(path)
    return clusters
