"""Where the networks run: batches go there, answers come back to the processor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

import torch
from torch import Tensor

from molattn.errors import MolattnError, UsageError

_BATCH: Final = 32  # complexes; larger batches leave the processor's caches and are slower
_GPU_BATCH: Final = 256  # complexes; smaller ones leave most of a GPU idle


def parse_device(name: str) -> torch.device:
    """Return the device of a name such as ``cpu``, ``cuda`` or ``cuda:1``.

    Raises
    ------
    UsageError
        There is no such device, or this torch cannot use it.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        detail = str(error).strip().splitlines()[0].rstrip(".")
        raise UsageError(
            f"This torch cannot compute on the device {name!r} ({detail}); leave out --device, or "
            "install a build of torch for it."
        ) from error
    return device


def batch_size(device: torch.device) -> int:
    """Return how many complexes make a good batch."""
    return _BATCH if device.type == "cpu" else _GPU_BATCH


def check_alive(device: torch.device) -> None:
    """Make sure, after a failure, that it was not the device that failed.

    Raises
    ------
    MolattnError
        The device computes nothing any more, which is no record's fault.
    """
    if device.type == "cpu":
        return
    try:
        torch.ones(2, device=device).sum().item()
    except RuntimeError as error:
        raise MolattnError(
            f"The device {device} has failed ({str(error).strip().splitlines()[0].rstrip('.')}); "
            "run the same command again."
        ) from error


def on_processor(value: Any) -> Any:
    """Return tensors, and dataclasses, mappings and tuples of them, in the processor's memory."""
    if isinstance(value, Tensor):
        return value.cpu()
    if isinstance(value, Mapping):
        return {name: on_processor(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return tuple(on_processor(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: on_processor(getattr(value, one.name)) for one in fields(value)}
        )
    return value
