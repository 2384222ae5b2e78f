"""Weights on disk: tensors in safetensors, everything else in a JSON beside them, nothing pickled.

``NAME.safetensors`` holds the tensors of every member (``members.NAME.…``) and the arrays of the
applicability domain (``domain.…``); ``NAME.json`` holds what builds the members, what they were
trained on, the calibration of its intervals, and the SHA-256 of the tensors.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError

from molattn.errors import WeightsError
from molattn.model.weights_file import (
    FORMAT_VERSION,
    MEMBERS_PREFIX,
    json_of,
    write_weights_file,
)
from molattn.predict.calibration import Calibration
from molattn.predict.domain import Domain
from molattn.predict.pose_calibration import PoseCalibration

if TYPE_CHECKING:
    from torch import Tensor

    from molattn.model.ensemble import Ensemble
    from molattn.model.members import MemberKind

SHIPPED_WEIGHTS = "affinity"
_DOMAIN = "domain."


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an ensemble.

    Attributes
    ----------
    kind
        What builds it, see :mod:`molattn.model.members`.
    config
        Its configuration as JSON values.
    weight
        Its share of pK where nothing is alike; those of all members sum to 1.
    known_weight
        Its share where much is alike; `weight` if it was not given.
    """

    kind: MemberKind
    config: Mapping[str, Any]
    weight: float = 1.0
    known_weight: float | None = None


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """What the JSON beside the tensors says.

    Attributes
    ----------
    members
        Name → what builds the member and what it counts.
    span
        Familiarity from which and to which one weight of the members passes into the other.
    trained_on
        One line on the data and the run.
    n_train
        Complexes trained on.
    pk_mean
        Mean pK of the training data.
    calibration
        Factor of the interval.
    pose_calibration
        What makes a probability of the pose logit.
    domain
        What the network has seen, None if that was not recorded.
    created
        UTC time of saving, ISO 8601; set by `save_weights` when empty.
    sha256
        Of the safetensors file; set by `save_weights`.
    """

    members: Mapping[str, Member]
    span: tuple[float, float] | None = None
    trained_on: str = ""
    n_train: int = 0
    pk_mean: float = 0.0
    calibration: Calibration = field(default_factory=Calibration)
    pose_calibration: PoseCalibration = field(default_factory=PoseCalibration)
    domain: Domain | None = None
    created: str = ""
    sha256: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values; the arrays of the domain go with the tensors."""
        return {
            "members": {
                name: {
                    "kind": one.kind,
                    "weight": one.weight,
                    "known_weight": one.known_weight,
                    "config": dict(one.config),
                }
                for name, one in self.members.items()
            },
            "span": None if self.span is None else list(self.span),
            "trained_on": self.trained_on,
            "n_train": self.n_train,
            "created": self.created,
            "pk_mean": self.pk_mean,
            "calibration": self.calibration.to_json(),
            "pose_calibration": self.pose_calibration.to_json(),
            "domain": None if self.domain is None else self.domain.to_json(),
            "sha256": self.sha256,
        }


def shipped_weights_path() -> Path:
    """Return the path of the tensors that travel with the package."""
    folder = files("molattn.resources") / "weights"
    return Path(str(folder)) / f"{SHIPPED_WEIGHTS}.safetensors"


def save_weights(
    ensemble: Ensemble, path: str | os.PathLike[str], info: WeightsInfo
) -> WeightsInfo:
    """Write ``path`` and the JSON beside it, and return the info with its checksum.

    Parameters
    ----------
    ensemble
        The trained members.
    path
        File of the tensors, ``….safetensors``.
    info
        Everything else.

    Raises
    ------
    OutputError
        If the folder is missing or cannot be written.
    """
    arrays = _domain_tensors(info.domain) if info.domain is not None else {}
    written = write_weights_file(ensemble, Path(path), info.to_json(), arrays)
    return replace(info, created=written["created"], sha256=written["sha256"])


def load_weights(path: str | os.PathLike[str] | None = None) -> tuple[Ensemble, WeightsInfo]:
    """Build the members and fill them with checked tensors.

    Parameters
    ----------
    path
        File of the tensors; the shipped ones without it.

    Returns
    -------
    Ensemble
        In float32 and evaluation mode.
    WeightsInfo
        What the JSON says.

    Raises
    ------
    WeightsError
        If a file is missing, damaged, of another format version, or made for another network.
    """
    from molattn.model.ensemble import Ensemble
    from molattn.model.members import build_member
    from molattn.model.mixing import Mixing, Span

    target = shipped_weights_path() if path is None else Path(path)
    info = read_info(target)
    tensors = _read_tensors(target, info.sha256)
    try:
        members = {name: build_member(one.kind, one.config) for name, one in info.members.items()}
        new = {name: one.weight for name, one in info.members.items()}
        known = {
            name: one.weight if one.known_weight is None else one.known_weight
            for name, one in info.members.items()
        }
        span = Span() if info.span is None else Span(*info.span)
        ensemble = Ensemble(members, Mixing(new, known, span))
    except ValueError as error:
        raise WeightsError(_not_understood(json_of(target), error)) from error
    own = {name: one for name, one in tensors.items() if name.startswith(MEMBERS_PREFIX)}
    try:
        ensemble.load_state_dict(own)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise WeightsError(
            f"The weights {target} do not fit the network that their JSON describes ({first}); "
            "export them again with this version of molattn."
        ) from error
    arrays = {name: tensor.numpy() for name, tensor in _with_prefix(tensors, _DOMAIN).items()}
    domain = None if info.domain is None else info.domain.with_arrays(arrays)
    return ensemble.eval(), replace(info, domain=domain)


def read_info(path: str | os.PathLike[str] | None = None) -> WeightsInfo:
    """Read the JSON beside the tensors, without the tensors and without torch.

    Raises
    ------
    WeightsError
        If it is missing, not JSON, of another format version, or lacks a key.
    """
    target = shipped_weights_path() if path is None else Path(path)
    description = json_of(target)
    values = _read_json(target, description)
    version = values.get("format_version")
    if version != FORMAT_VERSION:
        raise WeightsError(
            f"{description} has format version {version!r} and this molattn reads version "
            f"{FORMAT_VERSION}; install the molattn that the weights were made with, or export "
            "them again."
        )
    try:
        return _info_from_json(values)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(_not_understood(description, error)) from error


def _not_understood(description: Path, error: Exception) -> str:
    detail = " ".join(str(error).split())[:160]
    return (
        f"{description} does not describe a network of this molattn ({detail}); "
        "export the weights again."
    )


def _info_from_json(values: Mapping[str, Any]) -> WeightsInfo:
    domain, span = values.get("domain"), values.get("span")
    return WeightsInfo(
        members={str(name): _member(one) for name, one in values["members"].items()},
        span=None if span is None else (float(span[0]), float(span[1])),
        trained_on=str(values["trained_on"]),
        n_train=int(values["n_train"]),
        pk_mean=float(values["pk_mean"]),
        calibration=Calibration.from_json(values["calibration"]),
        pose_calibration=PoseCalibration.from_json(values["pose_calibration"]),
        domain=None if domain is None else Domain.from_json(domain),
        created=str(values["created"]),
        sha256=str(values["sha256"]),
    )


def _member(values: Mapping[str, Any]) -> Member:
    known = values.get("known_weight")
    return Member(
        values["kind"],
        values["config"],
        float(values["weight"]),
        None if known is None else float(known),
    )


def _read_json(target: Path, description: Path) -> dict[str, Any]:
    for file in (target, description):
        if not file.is_file():
            raise WeightsError(
                f"There are no weights at {file}: --weights takes a .safetensors file with its "
                ".json beside it."
            )
    try:
        values = json.loads(description.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"{description} cannot be read as JSON ({error}); get the weights again."
        ) from error
    if not isinstance(values, dict):
        raise WeightsError(f"{description} holds no JSON object; get the weights again.")
    return values


def _read_tensors(target: Path, sha256: str) -> dict[str, Tensor]:
    from safetensors.torch import load as load_tensors

    try:
        data = target.read_bytes()
    except OSError as error:
        raise WeightsError(f"{target} cannot be read ({error.strerror}).") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise WeightsError(
            f"{target} is damaged: its SHA-256 is {found[:12]}… and should be {sha256[:12]}…; "
            "get the weights again."
        )
    try:
        return load_tensors(data)
    except SafetensorError as error:
        raise WeightsError(f"{target} is not a safetensors file ({error}).") from error


def _with_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _domain_tensors(domain: Domain) -> dict[str, Tensor]:
    from torch import from_numpy

    return {
        # fingerprints and pockets are stored in fewer bits; what is float64 in use as float32
        f"{_DOMAIN}{name}": from_numpy(
            np.ascontiguousarray(array, dtype=np.float32 if array.dtype == np.float64 else None)
        )
        for name, array in domain.arrays().items()
    }
