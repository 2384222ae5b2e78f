"""Settings of torch and Lightning under which a training repeats bit for bit on the processor."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_LIGHTNING_LOGGERS = ("pytorch_lightning", "lightning_fabric", "lightning.pytorch")
_KNOWN_WARNINGS = (
    ".*no `val_dataloader`",
    ".*does not have many workers.*",
    ".*torch.jit.*",
    ".*smaller than the logging interval.*",
    ".*isinstance.treespec, LeafSpec.*",
)


@contextmanager
def reproducible(threads: int) -> Iterator[None]:
    """Fix the number of threads, flush subnormals to zero and ask for deterministic algorithms.

    Sums over threads depend on their number, so it is part of the configuration. Subnormal numbers
    of radial bases slow a step two to five times and carry no information. What was set before is
    restored.
    """
    before = torch.get_num_threads()
    strict = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_flush_denormal(True)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        torch.use_deterministic_algorithms(strict, warn_only=warn_only)
        torch.set_flush_denormal(False)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Keep Lightning's greetings and known harmless warnings off the terminal."""
    loggers = [logging.getLogger(name) for name in _LIGHTNING_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for pattern in _KNOWN_WARNINGS:
                warnings.filterwarnings("ignore", message=pattern)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
