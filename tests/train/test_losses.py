"""The losses against values worked out by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from molattn.train.losses import affinity_loss, pose_loss, spread_loss
from molattn.train.module import learning_rate_factor, step_seed
from molattn.train.watch import area_under_curve, pearson

NAN = math.nan


def test_affinity_loss_is_square_near_and_linear_far() -> None:
    predicted = torch.tensor([5.25, 8.0, 1.0])
    measured = torch.tensor([5.0, 6.0, NAN])
    # beta 0.5: 0.5 * 0.25² / 0.5 = 0.0625 and 2 - 0.25 = 1.75
    loss = affinity_loss(predicted, measured, torch.ones(3), 0.5)
    assert float(loss) == pytest.approx((0.0625 + 1.75) / 2)


def test_losses_without_a_label_are_zero_and_differentiable() -> None:
    predicted = torch.zeros(2, requires_grad=True)
    nothing = torch.full((2,), NAN)
    total = affinity_loss(predicted, nothing, torch.ones(2), 0.5)
    total = total + pose_loss(predicted, nothing, torch.ones(2))
    total.backward()
    assert float(total.detach()) == 0.0
    assert predicted.grad is not None
    assert predicted.grad.abs().sum() == 0.0


def test_spread_loss_is_smallest_at_the_error_and_leaves_the_mean_alone() -> None:
    predicted = torch.tensor([5.0], requires_grad=True)
    measured, one = torch.tensor([5.8]), torch.ones(1)
    at = [float(spread_loss(predicted, torch.tensor([s]), measured, one)) for s in (0.6, 0.8, 1.0)]
    assert at[1] == min(at)
    assert at[1] == pytest.approx(0.5 + math.log(0.8), abs=1e-6)
    spread = torch.tensor([0.6], requires_grad=True)
    spread_loss(predicted, spread, measured, one).backward()
    assert predicted.grad is None
    assert spread.grad is not None


def test_pose_loss_at_zero_logit() -> None:
    loss = pose_loss(torch.zeros(3), torch.tensor([1.0, 0.0, NAN]), torch.ones(3))
    assert float(loss) == pytest.approx(math.log(2.0))


def test_weights_count() -> None:
    predicted, measured = torch.tensor([5.0, 5.0]), torch.tensor([6.0, 8.0])
    loss = affinity_loss(predicted, measured, torch.tensor([3.0, 1.0]), 0.5)
    assert float(loss) == pytest.approx((3 * 0.75 + 2.75) / 4)


def test_learning_rate_rises_then_falls_to_zero() -> None:
    factors = [learning_rate_factor(step, 100, 10) for step in range(101)]
    assert factors[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert all(one >= other for one, other in pairwise(factors[10:]))
    assert factors[100] == pytest.approx(0.0, abs=1e-12)


def test_step_seeds_differ() -> None:
    assert len({step_seed(seed, step) for seed in range(5) for step in range(200)}) == 1000


def test_area_under_curve_and_pearson() -> None:
    score = torch.tensor([0.9, 0.4, 0.4, 0.1])
    label = torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert area_under_curve(score, label) == pytest.approx(3.5 / 4)
    assert math.isnan(area_under_curve(score, torch.ones(4)))
    line = torch.tensor([1.0, 2.0, 3.0])
    assert pearson(line, -2 * line + 1) == pytest.approx(-1.0)
