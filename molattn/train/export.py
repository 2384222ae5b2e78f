"""What a training leaves behind as weights, before anyone calibrated them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from torch import nn

from molattn.model.ensemble import Ensemble
from molattn.model.weights_file import write_weights_file

if TYPE_CHECKING:
    from molattn.model.members import MemberKind

_NORMAL_90: Final = 1.6448536269514722
"""Half-width of the central 90 % of a normal distribution, in standard deviations."""


def export_weights(
    network: nn.Module,
    config: BaseModel,
    path: Path,
    *,
    kind: MemberKind = "network",
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
    kind
        Of the network, see :mod:`molattn.model.members`.
    trained_on
        One line on the data and the run.
    n_train, pk_mean
        Number of training complexes with a measured affinity, and their mean.
    extra
        More entries of the JSON, such as versions and hashes.
    """
    description = {
        "members": {kind: {"kind": kind, "weight": 1.0, "config": config.model_dump(mode="json")}},
        "trained_on": trained_on,
        "n_train": n_train,
        "pk_mean": pk_mean,
        "calibration": {"coverage": 0.9, "quantile": _NORMAL_90, "count": 0},
        "pose_calibration": {"slope": 1.0, "shift": 0.0, "count": 0},
        "domain": None,
        **(extra or {}),
    }
    write_weights_file(Ensemble({kind: network}, {kind: 1.0}), path, description)
