"""What is installed and which weights are at work, as text."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from molattn import __version__
from molattn.predict.weights import read_info, shipped_weights_path

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
        ("  interval", _interval(info.calibration.quantile, info.calibration.count)),
        ("  domain", "recorded" if info.domain is not None else "not recorded"),
    ]
    return "\n".join(f"{name:<18}{text}" for name, text in lines)


def _interval(quantile: float, count: int) -> str:
    basis = (
        f"fitted on {count} out-of-fold answers" if count else "not fitted, assumes normal errors"
    )
    return f"pK ± {quantile:.2f} × spread, {basis}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
