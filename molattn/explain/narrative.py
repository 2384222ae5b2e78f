"""An explanation in sentences: what counts, how much, how sure; every figure is one of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from molattn.explain.explanation import TITLES
from molattn.explain.main_contacts import atom_names, main_contacts
from molattn.explain.numbers_in_words import plain, signed

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation, ViewName
    from molattn.predict.ledger import Ledger

FIRST: Final = 5
"""Residues that are compared between views."""
_NAMED: Final = 3
_APART: Final = 0.1
"""pK between what the pocket is worth and what its contacts show that is told."""
_LEAST: Final = 0.005
"""pK; what is smaller reads as zero and is not told."""


def story(explanation: Explanation) -> tuple[str, ...]:
    """Return the explanation in sentences, most important first.

    Parameters
    ----------
    explanation
        Of an answer that did not fail; its own story is not looked at.
    """
    parts: list[str] = []
    for tell in (
        _answer,
        _ledger,
        _pocket,
        _raising,
        _lowering,
        _contact,
        _attention,
        _agreement,
        _fragments,
        _mutations,
        _rules,
        _believed,
        _limits,
    ):
        parts.extend(tell(explanation))
    return tuple(parts)


def _answer(explanation: Explanation) -> Iterable[str]:
    score = explanation.score
    if score.pK is None or score.pK_low is None or score.pK_high is None:
        return
    yield (
        f"The predicted pK is {score.pK:.2f}; with a probability of 90 % the measured one lies "
        f"between {plain(score.pK_low)} and {plain(score.pK_high)}."
    )
    if score.pose_confidence is not None and score.pose_confidence < 0.5:
        yield (
            f"The pose itself is doubtful (confidence {score.pose_confidence:.2f} that it is "
            "within 2 Å of the true one), and so is all that is said about its contacts."
        )
    if score.domain == "out":
        yield "The complex is unlike what the networks have seen, so take all figures with caution."


def _ledger(explanation: Explanation) -> Iterable[str]:
    ledger = explanation.score.ledger
    if ledger is None:
        return
    tokens = sum(share for _, share in ledger.tokens)
    contacts = float(ledger.share.sum(dtype=np.float64))
    largest = sorted(ledger.tokens, key=lambda token: -abs(token[1]))[:2]
    named = _listed(f"{name} {signed(share, 2)}" for name, share in largest)
    inside = f" (largest: {named})" if largest else ""
    yield (
        f"It begins at {plain(ledger.bias)} before any evidence; ligand and pocket as a whole "
        f"{_moves(tokens)}{inside}, and {len(ledger.share)} contacts {_moves(contacts)}."
    )


def _pocket(explanation: Explanation) -> Iterable[str]:
    score = explanation.score
    if score.ledger is None or score.pK is None:
        return
    worth = score.pK - explanation.solvent_pK
    contacts = float(score.ledger.share.sum(dtype=np.float64))
    text = (
        f"The same ligand meeting nothing would have pK {plain(explanation.solvent_pK)}, so the "
        f"pocket is worth {signed(worth, 2)}"
    )
    if abs(worth - contacts) >= _APART:
        text += (
            f"; the ledger shows {signed(contacts, 2)} of it contact by contact, the rest works "
            "through ligand and pocket as a whole and is seen by gradients and occlusion only"
        )
    yield f"{text}."


def _raising(explanation: Explanation) -> Iterable[str]:
    ledger = explanation.score.ledger
    if ledger is None:
        return
    shares = _shares(ledger)
    best = [row for row in np.argsort(-shares, kind="stable") if shares[row] >= _LEAST][:FIRST]
    if not best:
        yield "No residue raises pK by as much as 0.01 in the ledger."
        return
    named = _listed(f"{ledger.residues[row]} ({signed(float(shares[row]), 2)})" for row in best)
    others = int((shares != 0.0).sum()) - len(best)
    total = signed(float(shares[best].sum()), 2)
    end = ""
    if len(best) > 1:
        end = f"; together {total}, all {others} others {signed(_others(shares, best), 2)}"
    yield f"In the ledger the contacts with {named} raise pK most{end}."


def _lowering(explanation: Explanation) -> Iterable[str]:
    ledger = explanation.score.ledger
    if ledger is None:
        return
    shares = _shares(ledger)
    worst = [row for row in np.argsort(shares, kind="stable") if shares[row] <= -_LEAST][:_NAMED]
    if worst:
        named = _listed(
            f"{ledger.residues[row]} ({signed(float(shares[row]), 2)})" for row in worst
        )
        yield f"Contacts with {named} lower it most."


def _contact(explanation: Explanation) -> Iterable[str]:
    found = main_contacts(explanation, explanation.views["ledger"], 1)
    if found and abs(found[0].value) >= _LEAST:
        one = found[0]
        yield (
            f"The largest single contact in the ledger is between atom "
            f"{atom_names(explanation)[one.atom]} of the ligand and "
            f"{explanation.labels[one.residue]} ({signed(one.value, 2)}); the nearest atom of the "
            f"residue, {one.partner}, is {one.distance:.1f} Å away."
        )


def _attention(explanation: Explanation) -> Iterable[str]:
    view = explanation.views.get("attention")
    if view is None:
        return
    rows = explanation.ranked(view)[:_NAMED].tolist()
    named = _listed(
        f"{explanation.labels[row]} ({100 * float(view.residues[row]):.1f} %)" for row in rows
    )
    solvent = 1.0 - float(view.residues.sum())
    yield (
        f"The ligand's atoms look most at {named}; {100 * max(0.0, solvent):.0f} % of their "
        "attention goes to no residue, that is to solvent."
    )


def _agreement(explanation: Explanation) -> Iterable[str]:
    views = list(explanation.views.values())
    if len(views) < 2:
        return
    firsts = [explanation.ranked(view)[:FIRST].tolist() for view in views]
    common = [row for row in firsts[0] if all(row in first for first in firsts[1:])]
    names = _listed(TITLES[view.name].lower() for view in views)
    if common:
        labels = _listed(explanation.labels[row] for row in common)
        verb = "is" if len(common) == 1 else "are"
        yield f"{labels} {verb} among the first {FIRST} residues of every view ({names})."
    else:
        yield (
            f"No residue is among the first {FIRST} of every view ({names}), so name a residue "
            "only with the view that puts it first."
        )


def _fragments(explanation: Explanation) -> Iterable[str]:
    change = explanation.fragment_change
    if len(explanation.fragments) < 2:
        return
    row = int(change.argmin())
    if change[row] <= -_LEAST:
        yield (
            f"Of the {len(explanation.fragments)} pieces of the ligand, "
            f"{explanation.fragments[row].name} brings most: without its contacts pK would be "
            f"{abs(float(change[row])):.2f} lower."
        )


def _mutations(explanation: Explanation) -> Iterable[str]:
    if not explanation.mutations:
        return
    one = min(explanation.mutations, key=lambda mutation: mutation.change)
    if one.change <= -_LEAST:
        yield (
            f"Of the {len(explanation.mutations)} residues that were made alanine, {one.label} "
            f"matters most: pK would be {abs(one.change):.2f} lower."
        )
    else:
        yield (
            f"None of the {len(explanation.mutations)} residues that were made alanine lowers pK "
            "by as much as 0.01."
        )


def _rules(explanation: Explanation) -> Iterable[str]:
    if explanation.interactions is None:
        return
    touched = {one.label for one in explanation.interactions}
    if not touched:
        yield "Rules on distances and angles (ProLIF) find no interaction."
        return
    best = explanation.best
    first = [explanation.labels[row] for row in explanation.ranked(best)[:FIRST].tolist()]
    both = [label for label in first if label in touched]
    yield (
        f"Rules on distances and angles (ProLIF) find {_count(explanation.interactions)} with "
        f"{_count(touched, 'residue')}; {len(both)} of the first {len(first)} residues of "
        f"{TITLES[best.name].lower()} are among them."
    )


def _believed(explanation: Explanation) -> Iterable[str]:
    tested = explanation.faithfulness
    if tested is None:
        yield (
            "Whether attention can be believed was not tested here; read it as where the networks "
            "look, not as why pK is what it is."
        )
        return
    yield tested.verdict
    best: ViewName = explanation.best.name
    curve = tested.curves[best]
    if not tested.believed:
        yield (
            "So do not take attention for the reason of this pK; read "
            f"{TITLES[best].lower() if best != 'attention' else 'the ledger'} instead."
        )
    yield (
        f"Of all views, the order of {TITLES[best].lower()} says most about the answer (areas "
        f"{plain(curve.deletion_area)} when residues leave, {plain(curve.insertion_area)} when "
        "they return)."
    )


def _limits(explanation: Explanation) -> Iterable[str]:
    if explanation.completeness is not None and explanation.completeness > 0.05:
        yield (
            f"Integrated gradients miss {100 * explanation.completeness:.0f} % of the difference "
            "from solvent, so take them as rough."
        )
    score = explanation.score
    if score.pK_low is not None and score.pK_high is not None:
        half = (score.pK_high - score.pK_low) / 2.0
        yield (
            "All of this says how the networks came to their number, not how the molecules bind; "
            f"the number itself is good to ±{half:.1f} (90 %)."
        )


def _shares(ledger: Ledger) -> NDArray[np.float64]:
    return ledger.residue_shares()


def _others(shares: NDArray[np.float64], best: Sequence[int]) -> float:
    return float(shares.sum() - shares[list(best)].sum())


def _moves(share: float) -> str:
    if abs(share) < _LEAST:
        return "change nothing"
    return f"{'add' if share > 0 else 'take away'} {abs(share):.2f}"


def _count(items: object, name: str = "interaction") -> str:
    assert hasattr(items, "__len__")
    count = len(items)
    return f"{count} {name}{'' if count == 1 else 's'}"


def _listed(items: Iterable[str]) -> str:
    names = list(items)
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
