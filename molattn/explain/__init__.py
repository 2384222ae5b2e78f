"""Why an answer is what it is: attention, ledger, gradients, occlusion, and their faithfulness."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from molattn.explain.comparison import Difference as Difference
    from molattn.explain.comparison import difference as difference
    from molattn.explain.explainer import FAST as FAST
    from molattn.explain.explainer import ExplainSettings as ExplainSettings
    from molattn.explain.explainer import explain as explain
    from molattn.explain.explanation import Explanation as Explanation
    from molattn.explain.exports import export as export
    from molattn.explain.report import write_report as write_report
    from molattn.predict.request import Request as Request

_MODULE_OF: Final = {
    "FAST": "molattn.explain.explainer",
    "Difference": "molattn.explain.comparison",
    "ExplainSettings": "molattn.explain.explainer",
    "Explanation": "molattn.explain.explanation",
    "Request": "molattn.predict.request",
    "difference": "molattn.explain.comparison",
    "explain": "molattn.explain.explainer",
    "export": "molattn.explain.exports",
    "write_report": "molattn.explain.report",
}

__all__ = [
    "FAST",
    "Difference",
    "ExplainSettings",
    "Explanation",
    "Request",
    "difference",
    "explain",
    "export",
    "write_report",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value
