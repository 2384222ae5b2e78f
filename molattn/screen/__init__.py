"""Libraries of molecules against one receptor: reader, poses, resumable runner, outcome.

The names below are imported when first used, so that importing the room imports nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molattn.screen.identity import Inputs
    from molattn.screen.merge_shares import merge
    from molattn.screen.outcome import Outcome, OutcomeSettings
    from molattn.screen.plan import PoseSettings, ScreenSettings
    from molattn.screen.run import RunSettings, screen
    from molattn.screen.run_status import Status, status

_MODULE_OF = {
    "Inputs": "identity",
    "Outcome": "outcome",
    "OutcomeSettings": "outcome",
    "PoseSettings": "plan",
    "RunSettings": "run",
    "ScreenSettings": "plan",
    "Status": "run_status",
    "merge": "merge_shares",
    "screen": "run",
    "status": "run_status",
}

__all__ = [
    "Inputs",
    "Outcome",
    "OutcomeSettings",
    "PoseSettings",
    "RunSettings",
    "ScreenSettings",
    "Status",
    "merge",
    "screen",
    "status",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
