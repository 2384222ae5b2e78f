"""Predictions against measurements: metrics with intervals, baselines, the table."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molattn.evaluate.evaluation import Evaluation, Settings, evaluate

__all__ = ["Evaluation", "Settings", "evaluate"]


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562): figures alone need no RDKit."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.evaluation"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
