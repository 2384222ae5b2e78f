"""Who counts how much: weights that pass smoothly from new complexes to known ones."""

from __future__ import annotations

import pytest
import torch

from molattn.model.mixing import Mixing, Span

NEW, KNOWN = {"net": 0.9, "memory": 0.1}, {"net": 0.2, "memory": 0.8}


def test_weights_at_both_ends_and_between() -> None:
    mixing = Mixing(NEW, KNOWN, Span(0.4, 0.8))
    weights = mixing.weights(torch.tensor([0.0, 0.4, 0.6, 0.8, 1.0], dtype=torch.float64))
    expected = torch.tensor(
        [[0.9, 0.1], [0.9, 0.1], [0.55, 0.45], [0.2, 0.8], [0.2, 0.8]], dtype=torch.float64
    )
    torch.testing.assert_close(weights, expected)
    torch.testing.assert_close(weights.sum(-1), torch.ones(5, dtype=torch.float64))


def test_there_is_no_corner_where_the_span_begins_and_ends() -> None:
    mixing = Mixing(NEW, KNOWN, Span(0.4, 0.8))
    place = torch.tensor([0.4, 0.8], dtype=torch.float64)
    step = (mixing.weights(place + 1e-4) - mixing.weights(place - 1e-4)).abs() / 2e-4
    assert float(step.max()) < 1e-3


def test_constant_weights_do_not_depend_on_familiarity() -> None:
    weights = Mixing.constant(NEW).weights(torch.tensor([0.1, 0.9]))
    torch.testing.assert_close(weights, torch.tensor([[0.9, 0.1], [0.9, 0.1]]))


@pytest.mark.parametrize(
    ("new", "known", "span", "message"),
    [
        ({"a": 0.5}, {"a": 0.5}, Span(), "sum to 1"),
        ({"a": 1.0}, {"a": 1.1}, Span(), "sum to 1"),
        ({"a": 1.5, "b": -0.5}, {"a": 1.0, "b": 0.0}, Span(), "negative"),
        ({"a": 1.0}, {"b": 1.0}, Span(), "weights are for"),
        ({"a": 1.0}, {"a": 1.0}, Span(0.8, 0.4), "grows"),
    ],
)
def test_weights_that_make_no_sense(
    new: dict[str, float], known: dict[str, float], span: Span, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Mixing(new, known, span)
