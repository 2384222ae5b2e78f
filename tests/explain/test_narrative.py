"""The story: the figures in its sentences are those of the explanation, and doubts are told."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from molattn.explain.explanation import TITLES, Explanation
from molattn.explain.narrative import FIRST, story
from tests.explain import made_up
from tests.explain.page_reader import number

FIGURE = r"[−+]?\d+\.\d+"


@cache
def explained() -> Explanation:
    return made_up.packaged()


def told(explanation: Explanation, beginning: str) -> str:
    """Return the one sentence that begins so, or nothing."""
    found = [sentence for sentence in story(explanation) if sentence.startswith(beginning)]
    assert len(found) <= 1
    return found[0] if found else ""


def figures(sentence: str) -> list[float]:
    return [number(text) for text in re.findall(FIGURE, sentence)]


@pytest.mark.parametrize("fast", [False, True])
def test_sentences_are_whole_and_the_same_every_time(fast: bool) -> None:
    explanation = made_up.packaged("1ia1", fast=fast)
    sentences = story(explanation)
    assert 8 <= len(sentences) <= 18 and len(set(sentences)) == len(sentences)
    assert all(re.fullmatch(r"[A-Z\*].*\.", sentence) for sentence in sentences)
    assert not any("  " in one or " ," in one or "nan" in one.split() for one in sentences)
    assert story(replace(explanation, story=("Another.",))) == sentences


def test_the_answer_comes_first() -> None:
    score = explained().score
    assert score.pK is not None and score.pK_low is not None and score.pK_high is not None
    expected = [round(score.pK, 2), round(score.pK_low, 2), round(score.pK_high, 2)]
    assert figures(story(explained())[0]) == expected


def test_the_parts_of_the_ledger_add_up() -> None:
    ledger = explained().score.ledger
    assert ledger is not None
    sentence = told(explained(), "It begins at")
    bias, tokens, first, second, contacts = figures(sentence)
    sign = -1.0 if "take away" in sentence else 1.0
    assert bias + sign * tokens + contacts == pytest.approx(ledger.total(), abs=0.016)
    largest = sorted((share for _, share in ledger.tokens), key=abs)[-2:]
    assert [first, second] == pytest.approx(largest[::-1], abs=0.005)
    assert f"{len(ledger.share)} contacts" in sentence


def test_residues_that_raise_pk_are_those_of_the_ledger() -> None:
    ledger = explained().score.ledger
    assert ledger is not None
    sentence = told(explained(), "In the ledger")
    named = re.findall(rf"(\w+:\w+) \(({FIGURE})\)", sentence)
    shares = ledger.by_residue()
    best = sorted(shares, key=lambda label: -shares[label])[:FIRST]
    assert [label for label, _ in named] == best
    for label, share in named:
        assert number(share) == pytest.approx(shares[label], abs=0.0051)
    together, others = figures(sentence)[-2:]
    assert together == pytest.approx(sum(shares[label] for label in best), abs=0.0051)
    assert together + others == pytest.approx(float(ledger.share.sum()), abs=0.0101)
    assert f"all {len(shares) - len(best)} others" in sentence
    worst = min(shares, key=lambda label: shares[label])
    assert told(explained(), "Contacts with").startswith(f"Contacts with {worst} (−")


def test_what_the_ledger_does_not_show_is_told() -> None:
    score = explained().score
    assert score.pK is not None and score.ledger is not None
    sentence = told(explained(), "The same ligand meeting nothing")
    solvent, worth, contacts = figures(sentence)
    assert solvent + worth == pytest.approx(score.pK, abs=0.011)
    assert contacts == pytest.approx(float(score.ledger.share.sum()), abs=0.0051)
    level = replace(explained(), solvent_pK=score.pK - float(score.ledger.share.sum()))
    assert "the rest" not in told(level, "The same ligand meeting nothing")


def test_the_largest_contact_is_named_with_its_distance() -> None:
    explanation = explained()
    view = explanation.views["ledger"]
    assert view.contacts is not None and explanation.score.pose is not None
    row = int(np.abs(view.contacts).argmax())
    sentence = told(explanation, "The largest single contact")
    atom = int(explanation.contact_atom[row])
    symbol = explanation.score.pose.mol.GetAtomWithIdx(atom).GetSymbol()
    assert f"atom {symbol}{atom + 1} " in sentence
    assert explanation.labels[int(explanation.contact_residue[row])] in sentence
    share, distance = figures(sentence)
    assert share == pytest.approx(float(view.contacts[row]), abs=0.0051)
    assert distance >= explanation.closest[explanation.contact_residue[row]] - 0.06


def test_attention_and_what_goes_to_solvent() -> None:
    view = explained().views["attention"]
    sentence = told(explained(), "The ligand's atoms look most at")
    *shares, _ = re.findall(r"([\d.]+) %", sentence)
    best = np.sort(view.residues)[::-1][:3]
    assert [float(share) for share in shares] == pytest.approx(100 * best, abs=0.051)
    assert f"{100 * (1 - view.residues.sum()):.0f} % of their attention" in sentence


def test_residues_that_all_views_put_first_are_so() -> None:
    explanation = explained()
    firsts = [set(explanation.ranked(view)[:FIRST].tolist()) for view in explanation.views.values()]
    common = set.intersection(*firsts)
    (sentence,) = [one for one in story(explanation) if f"first {FIRST} residues of every" in one]
    named = set(re.findall(r"\w+:\w+", sentence))
    assert named == {explanation.labels[row] for row in common}
    flipped = replace(explanation.views["ledger"], residues=explanation.closest)
    apart = replace(explanation, views={**explanation.views, "ledger": flipped})
    assert told(apart, "No residue is among the first")


def test_fragments_and_mutations() -> None:
    explanation = explained()
    change = explanation.fragment_change
    sentence = told(explanation, "Of the 3 pieces")
    assert explanation.fragments[int(change.argmin())].name in sentence
    assert f"{-change.min():.2f} lower" in sentence
    one = min(explanation.mutations, key=lambda mutation: mutation.change)
    sentence = told(explanation, "Of the 6 residues that were made alanine")
    assert one.label in sentence and f"{-one.change:.2f} lower" in sentence
    none = replace(explanation, mutations=(replace(one, change=0.2),))
    assert told(none, "None of the 1 residues")
    assert "alanine" not in " ".join(story(replace(explanation, mutations=())))


def test_interactions_by_rule_are_counted() -> None:
    explanation = explained()
    assert explanation.interactions is not None
    touched = {one.label for one in explanation.interactions}
    sentence = told(explanation, "Rules on distances")
    assert f"{len(explanation.interactions)} interactions with {len(touched)} residues" in sentence
    first = [explanation.labels[row] for row in explanation.ranked(explanation.best)[:FIRST]]
    assert f"; {len(touched & set(first))} of the first {FIRST}" in sentence
    assert "no interaction" in told(replace(explanation, interactions=()), "Rules on")
    single = replace(explanation, interactions=explanation.interactions[:1])
    assert "1 interaction with 1 residue;" in told(single, "Rules on")
    assert not told(replace(explanation, interactions=None), "Rules on")


def test_attention_that_cannot_be_believed_is_not_recommended() -> None:
    explanation = explained()
    assert explanation.faithfulness is not None
    verdict = "Attention does not agree with the score on this complex."
    tested = replace(explanation.faithfulness, believed=False, verdict=verdict)
    doubted = replace(explanation, faithfulness=tested)
    assert verdict in story(doubted)
    warning = told(doubted, "So do not take attention")
    assert TITLES[explanation.best.name].lower() in warning
    assert not told(explanation, "So do not take attention")
    assert told(replace(explanation, faithfulness=None), "Whether attention can be believed")
    order = told(explanation, f"Of all views, the order of {TITLES[explanation.best.name].lower()}")
    curve = tested.curves[explanation.best.name]
    assert figures(order) == pytest.approx([curve.deletion_area, curve.insertion_area], abs=0.005)


def test_doubts_about_pose_domain_and_gradients_are_told() -> None:
    explanation = explained()
    text = " ".join(story(explanation))
    assert "doubtful" not in text and "caution" not in text and "as rough" not in text
    score = replace(explanation.score, pose_confidence=0.2, domain="out")
    text = " ".join(story(replace(explanation, score=score, completeness=0.3)))
    assert "confidence 0.20" in text and "caution" in text and "30 %" in text


def test_contacts_that_are_worth_nothing_are_not_praised() -> None:
    explanation = explained()
    ledger = explanation.score.ledger
    assert ledger is not None
    still = replace(ledger, share=np.zeros_like(ledger.share))
    zero = {
        name: replace(view, contacts=np.zeros_like(view.contacts))
        for name, view in explanation.views.items()
        if view.contacts is not None
    }
    changed = replace(
        explanation, score=replace(explanation.score, ledger=still), views=zero, mutations=()
    )
    text = " ".join(story(changed))
    assert "contacts change nothing" in text and "No residue raises pK" in text
    assert "largest single contact" not in text and "lower it most" not in text
