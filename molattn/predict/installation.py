"""What is installed and which weights are at work, as text."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from molattn import __version__
from molattn.predict.calibration import Calibration
from molattn.predict.weights import Member, read_info, shipped_weights_path

_SHOWN = ("torch", "e3nn", "torch-geometric", "rdkit", "gemmi", "biotite", "numpy")


def describe_installation(weights: str | os.PathLike[str] | None = None) -> str:
    """Return versions and the description of the weights, a line each.

    Parameters
    ----------
    weights
        File of the tensors; the shipped ones without it.

    Raises
    ------
    WeightsError
        If their JSON is missing or not understood.
    """
    info = read_info(weights)
    path = shipped_weights_path() if weights is None else weights
    lines = [
        ("molattn", __version__),
        ("Python", platform.python_version()),
        *((name, _version(name)) for name in _SHOWN),
        ("weights", os.fspath(path)),
        ("  SHA-256", info.sha256),
        ("  created", info.created),
        ("  trained on", info.trained_on or "not recorded"),
        ("  complexes", str(info.n_train)),
        ("  mean pK", f"{info.pk_mean:.2f}"),
        ("  members", _members(info.members)),
        ("  interval", _interval(info.calibration)),
        ("  domain", "recorded" if info.domain is not None else "not recorded"),
    ]
    return "\n".join(f"{name:<18}{text}" for name, text in lines)


def _members(members: Mapping[str, Member]) -> str:
    return ", ".join(f"{name} ({one.kind}) {_weight(one)}" for name, one in members.items())


def _weight(member: Member) -> str:
    """Return the weight of a member, where nothing and where much is alike if they differ."""
    if member.known_weight is None or member.known_weight == member.weight:
        return f"{member.weight:.2f}"
    return f"{member.weight:.2f} to {member.known_weight:.2f}"


def _interval(calibration: Calibration) -> str:
    basis = (
        f"fitted on {calibration.count} out-of-fold answers"
        if calibration.count
        else "not fitted, assumes normal errors"
    )
    scale = "spread" if calibration.scale is None else "expected error of the answer"
    return f"pK ± {calibration.quantile:.2f} × {scale}, {basis}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
