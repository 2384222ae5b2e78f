"""Files to answers: the predictor, its scores, intervals, domain, tables and manifests.

The names below are imported when first used: reading a manifest or writing a table needs no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molattn.predict.attention_map import AttentionMap
    from molattn.predict.calibration import Calibration
    from molattn.predict.domain import Domain, fit_domain
    from molattn.predict.ledger import Ledger, LedgerLine
    from molattn.predict.predictor import Predictor
    from molattn.predict.request import Request, Settings
    from molattn.predict.score_complex import score
    from molattn.predict.score_record import SCORE_COLUMNS, Score
    from molattn.predict.weights import WeightsInfo, load_weights, save_weights

_MODULE_OF = {
    "AttentionMap": "attention_map",
    "Calibration": "calibration",
    "Domain": "domain",
    "Ledger": "ledger",
    "LedgerLine": "ledger",
    "Predictor": "predictor",
    "Request": "request",
    "SCORE_COLUMNS": "score_record",
    "Score": "score_record",
    "Settings": "request",
    "WeightsInfo": "weights",
    "fit_domain": "domain",
    "load_weights": "weights",
    "save_weights": "weights",
    "score": "score_complex",
}

__all__ = [
    "SCORE_COLUMNS",
    "AttentionMap",
    "Calibration",
    "Domain",
    "Ledger",
    "LedgerLine",
    "Predictor",
    "Request",
    "Score",
    "Settings",
    "WeightsInfo",
    "fit_domain",
    "load_weights",
    "save_weights",
    "score",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
