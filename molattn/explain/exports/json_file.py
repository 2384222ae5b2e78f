"""An explanation as JSON: the attention file of its score, and all that explains it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from molattn.explain.explanation import MEANINGS, Curve, Explanation, Faithfulness
from molattn.explain.exports.contact_atoms import contact_atoms
from molattn.predict.attention_file import attention_json

_DIGITS = 6


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON values.

    Returns
    -------
    dict
        The keys of :func:`molattn.predict.attention_file.attention_json`, and ``labels``,
        ``closest`` (Å), ``views`` (name → unit, meaning, residues, atoms, contacts), ``contacts``
        (atom, residue, distance in Å), ``heads`` (per head the sum over each residue and the
        null; every map is in the npz), ``fragments``, ``mutations``, ``interactions`` (null where
        unknown), ``faithfulness``, ``solvent_pK``, ``completeness``, ``story``, ``notes``,
        ``seconds``. A number that is not known is null.
    """
    ends = contact_atoms(explanation)
    contacts = zip(
        explanation.contact_atom.tolist(),
        explanation.contact_residue.tolist(),
        _numbers(ends.distance),
        strict=True,
    )
    return {
        **attention_json(explanation.score),
        "labels": list(explanation.labels),
        "closest": _numbers(explanation.closest),
        "best_view": explanation.best.name,
        "views": {
            name: {
                "unit": view.unit,
                "meaning": MEANINGS[name],
                "residues": _numbers(view.residues),
                "atoms": _numbers(view.atoms),
                "contacts": None if view.contacts is None else _numbers(view.contacts),
            }
            for name, view in explanation.views.items()
        },
        "contacts": [
            {"atom": atom, "residue": residue, "distance": distance}
            for atom, residue, distance in contacts
        ],
        "heads": _heads(explanation),
        "fragments": [
            {"name": one.name, "atoms": list(one.atoms), "change_pK": _number(change)}
            for one, change in zip(explanation.fragments, explanation.fragment_change, strict=True)
        ],
        "mutations": [
            {"residue": one.residue, "label": one.label, "change_pK": _number(one.change)}
            for one in explanation.mutations
        ],
        "interactions": _interactions(explanation),
        "faithfulness": _faithfulness(explanation.faithfulness),
        "solvent_pK": _number(explanation.solvent_pK),
        "completeness": _number(explanation.completeness),
        "story": list(explanation.story),
        "notes": list(explanation.notes),
        "seconds": {name: _number(value) for name, value in explanation.seconds.items()},
    }


def json_text(explanation: Explanation) -> str:
    """Return an explanation as one line of JSON."""
    return json.dumps(explanation_json(explanation), ensure_ascii=False, allow_nan=False) + "\n"


def _number(value: float | np.floating[Any] | None) -> float | None:
    # JSON has no nan
    return None if value is None or not math.isfinite(value) else round(float(value), _DIGITS)


def _numbers(values: Iterable[Any]) -> list[float | None]:
    return [_number(value) for value in values]


def _heads(explanation: Explanation) -> list[dict[str, Any]]:
    return [
        {
            "network": name.network,
            "block": name.block,
            "direction": name.direction,
            "head": name.head,
            "residues": _numbers(one.attention.sum(axis=0)),
            "null": _numbers(one.null),
        }
        for name, one in explanation.heads.items()
    ]


def _interactions(explanation: Explanation) -> list[dict[str, Any]] | None:
    if explanation.interactions is None:
        return None
    return [
        {
            "residue": one.residue,
            "label": one.label,
            "kind": one.kind,
            "atoms": list(one.atoms),
            "distance": _number(one.distance),
        }
        for one in explanation.interactions
    ]


def _faithfulness(faithfulness: Faithfulness | None) -> dict[str, Any] | None:
    if faithfulness is None:
        return None
    return {
        "believed": faithfulness.believed,
        "verdict": faithfulness.verdict,
        "agreement": [
            {"first": first, "second": second, "rank_correlation": _number(value)}
            for (first, second), value in faithfulness.agreement.items()
        ],
        "curves": {name: _curve(curve) for name, curve in faithfulness.curves.items()},
        "random": [_curve(curve) for curve in faithfulness.random],
    }


def _curve(curve: Curve) -> dict[str, Any]:
    return {
        "share": _numbers(curve.share),
        "deletion": _numbers(curve.deletion),
        "insertion": _numbers(curve.insertion),
        "deletion_area": _number(curve.deletion_area),
        "insertion_area": _number(curve.insertion_area),
    }
