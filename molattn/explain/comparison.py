"""Two poses, or two ligands, in one pocket: where the difference of their pK comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from molattn.errors import UsageError
from molattn.explain.explanation import Explanation, ViewName


@dataclass(frozen=True, slots=True)
class ResidueDifference:
    """A residue under both ligands.

    Attributes
    ----------
    label
        Of the residue.
    changes
        What each view in pK says of the second less what it says of the first; a residue that one
        of them does not meet counts 0 there.
    """

    label: str
    changes: Mapping[ViewName, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """The second answer less the first, as a sum.

    Attributes
    ----------
    first, second
        Their ids.
    pK
        Difference of pK: exactly the sum of ``tokens`` and of the ledger's changes of all residues.
    tokens
        Difference of each line of the ledger that is no contact.
    residues
        Every residue that either meets, the largest change in the ledger first.
    """

    first: str
    second: str
    pK: float
    tokens: Mapping[str, float]
    residues: tuple[ResidueDifference, ...]


def difference(first: Explanation, second: Explanation) -> Difference:
    """Return where the difference between two answers comes from.

    Parameters
    ----------
    first, second
        Of the same protein, so that labels name the same residues.

    Raises
    ------
    UsageError
        They share no residue.
    """
    if not set(first.labels) & set(second.labels):
        raise UsageError(
            f"{first.score.id} and {second.score.id} share no residue; compare ligands in one "
            "pocket of one protein."
        )
    tokens = _tokens(second)
    before = _tokens(first)
    names = list(dict.fromkeys((*before, *tokens)))
    residues = [
        ResidueDifference(label, _changes(first, second, label))
        for label in dict.fromkeys((*first.labels, *second.labels))
    ]
    residues.sort(key=lambda one: -abs(one.changes["ledger"]))
    return Difference(
        first=first.score.id,
        second=second.score.id,
        pK=(second.score.pK or 0.0) - (first.score.pK or 0.0),
        tokens={name: tokens.get(name, 0.0) - before.get(name, 0.0) for name in names},
        residues=tuple(residues),
    )


def _tokens(explanation: Explanation) -> dict[str, float]:
    ledger = explanation.score.ledger
    assert ledger is not None
    return {"bias": ledger.bias, **dict(ledger.tokens)}


def _changes(first: Explanation, second: Explanation, label: str) -> dict[ViewName, float]:
    shared = [
        name for name, view in first.views.items() if view.unit == "pK" and name in second.views
    ]
    return {name: _value(second, name, label) - _value(first, name, label) for name in shared}


def _value(explanation: Explanation, name: ViewName, label: str) -> float:
    values = explanation.views[name].residues
    rows = [row for row, own in enumerate(explanation.labels) if own == label]
    return float(values[rows].sum())
