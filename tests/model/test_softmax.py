"""Softmax with a null entry: entropy, limits, scale."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import cast

import pytest
import torch

from molattn.model.config import NetworkConfig
from molattn.model.logit_terms import Contacts, Content
from molattn.model.segments import softmax_with_null


def test_equal_scores_give_the_uniform_distribution() -> None:
    logits, null = torch.zeros(7, 1), torch.zeros(1, 1)
    weights, rest = softmax_with_null(
        logits, null, torch.zeros(7, dtype=torch.long), torch.zeros(7), 1.0
    )
    assert torch.allclose(weights, torch.full((7, 1), 1 / 8))
    entropy = -float((weights * weights.log()).sum() + (rest * rest.log()).sum())
    assert entropy == pytest.approx(math.log(8))


def test_softmax_maximises_entropy_plus_mean_score() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 1, generator=generator, dtype=torch.float64)
    null = torch.zeros(1, 1, dtype=torch.float64)
    group = torch.zeros(6, dtype=torch.long)
    weights, rest = softmax_with_null(logits, null, group, torch.zeros(6), 0.7)
    best = torch.cat((weights, rest)).squeeze(-1)
    scores = torch.cat((logits, null)).squeeze(-1)

    def objective(distribution: torch.Tensor) -> float:
        return float(
            (distribution * scores).sum() / 0.7 - (distribution * distribution.log()).sum()
        )

    for _ in range(50):
        other = best * torch.exp(0.3 * torch.randn(7, generator=generator, dtype=torch.float64))
        assert objective(other / other.sum()) < objective(best)


@pytest.mark.parametrize("width", [4, 64, 1024])
def test_scaled_dot_product_has_unit_variance_at_any_width(width: int) -> None:
    generator = torch.Generator().manual_seed(width)
    query, key = torch.randn(2, 4000, width, generator=generator)
    term = Content(NetworkConfig(heads=1, head_width=width, scalars=width))
    for layer in (term.query, term.key):
        torch.nn.init.eye_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    rows = torch.arange(4000)
    contacts = SimpleNamespace(atom=rows, residue=rows, atom_scalars=query, residue_scalars=key)
    logit = term(cast(Contacts, contacts))
    assert logit.shape == (4000, 1)
    assert float(logit.detach().var()) == pytest.approx(1.0, abs=0.1)


def test_an_entry_outside_the_envelope_has_no_weight_and_no_gradient_trouble() -> None:
    logits = torch.tensor([[1.0], [50.0]], requires_grad=True)
    log_envelope = torch.tensor([0.0, -torch.inf])
    weights, rest = softmax_with_null(
        logits, torch.zeros(1, 1), torch.zeros(2, dtype=torch.long), log_envelope, 1.0
    )
    assert weights[1].item() == 0.0
    assert (weights.sum() + rest.sum()).item() == pytest.approx(1.0)
    (weights[0] + rest).sum().backward()
    assert torch.isfinite(logits.grad).all()
