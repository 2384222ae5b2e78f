"""The trained network as files: tensors in safetensors, everything else in a JSON beside them.

The format is the one that ``molattn.predict`` reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from safetensors.torch import save
from torch import nn

from molattn.model.config import NetworkConfig

FORMAT_VERSION: Final = 1
_PREFIX: Final = "network."
_NORMAL_90: Final = 1.6448536269514722
"""Half-width of the central 90 % of a normal distribution, in standard deviations."""


def export_weights(
    network: nn.Module,
    config: NetworkConfig,
    path: Path,
    *,
    trained_on: str,
    n_train: int,
    pk_mean: float,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write ``path`` (safetensors) and the JSON beside it; the JSON appears last.

    Parameters
    ----------
    network
        The trained network.
    config
        What builds it.
    path
        File of the tensors.
    trained_on
        One line on the data and the run.
    n_train, pk_mean
        Number of training complexes with a measured affinity, and their mean.
    extra
        More entries of the JSON, such as versions and hashes.
    """
    tensors = {
        f"{_PREFIX}{name}": tensor.detach().cpu().contiguous().clone()
        for name, tensor in network.state_dict().items()
    }
    data = save(tensors)
    description = {
        "format_version": FORMAT_VERSION,
        "network": config.model_dump(mode="json"),
        "trained_on": trained_on,
        "n_train": n_train,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "pk_mean": pk_mean,
        "calibration": {"coverage": 0.9, "quantile": _NORMAL_90, "count": 0},
        "domain": None,
        "sha256": hashlib.sha256(data).hexdigest(),
        **(extra or {}),
    }
    _write_whole(path, data)
    text = json.dumps(description, indent=1, ensure_ascii=False) + "\n"
    _write_whole(path.with_suffix(".json"), text.encode())


def _write_whole(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)
