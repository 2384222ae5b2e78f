"""The share of the gain that a disturbed structure destroys, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.errors import UsageError
from molattn.evaluate.metrics import Bootstrap, pearson
from molattn.evaluate.structure_gain import fold_mean, share_lost, structure_gain

N = 400


@pytest.fixture
def world() -> dict[str, np.ndarray]:
    """Measurements are a part of the ligand and a part of the structure, and noise."""
    random = np.random.default_rng(0)
    ligand, structure, noise = random.normal(size=(3, N))
    return {
        "ligand": ligand,
        "structure": structure,
        "measured": 6.0 + ligand + structure + 0.3 * noise,
        "folds": np.arange(N) % 4,
        "clusters": np.array([f"c{row // 4}" for row in range(N)]),
        "other": random.permutation(structure),
    }


def _gain(world: dict[str, np.ndarray], **disturbed: np.ndarray) -> dict[str, object]:
    predicted = {
        "native": 6.0 + world["ligand"] + world["structure"],
        "floor": 6.0 + world["ligand"],
        **disturbed,
    }
    found = structure_gain(
        world["measured"],
        predicted,
        world["folds"],
        world["clusters"],
        undisturbed="native",
        floor="floor",
        repeats=100,
    )
    return {"all": found, **{one.condition: one for one in found.conditions}}


def test_what_a_disturbance_destroys(world: dict[str, np.ndarray]) -> None:
    found = _gain(
        world,
        unused=6.0 + world["ligand"] + world["structure"],
        lost=6.0 + world["ligand"],
        misleads=6.0 + world["ligand"] + world["other"],
        half=5.0 + world["ligand"] + 0.3 * world["structure"],
    )
    assert found["unused"].lost.value == pytest.approx(0.0)
    assert found["native"].lost.value == 0.0
    assert found["lost"].lost.value == pytest.approx(1.0)
    assert found["lost"].lost.low == pytest.approx(1.0)
    assert found["misleads"].lost.low > 1.0
    assert 0.1 < found["half"].lost.low < found["half"].lost.value < found["half"].lost.high < 0.9
    assert found["half"].fold_lost.value == pytest.approx(found["half"].lost.value, abs=0.1)
    assert found["half"].lower.value > 0.8 and found["half"].change.value < -0.8
    assert found["unused"].lower.value == 0.5
    assert found["all"].gain.low > 0.1 and found["all"].gain_share < 0.05
    assert (found["all"].rows, found["all"].folds, found["all"].clusters) == (N, 4, N // 4)


def test_all_conditions_are_judged_on_the_rows_that_all_answer(
    world: dict[str, np.ndarray],
) -> None:
    partly = 6.0 + world["ligand"]
    partly[:100] = np.nan
    found = _gain(world, partly=partly)
    assert found["all"].rows == N - 100
    native = 6.0 + world["ligand"] + world["structure"]
    known = pearson(world["measured"][100:], native[100:])
    assert found["native"].pearson.value == pytest.approx(known)


def test_folds_with_their_own_offset_do_not_count_within(world: dict[str, np.ndarray]) -> None:
    offset = 5.0 * world["folds"]
    measured = world["measured"]
    within = fold_mean(pearson, measured, measured + offset, world["folds"])
    assert within == pytest.approx(1.0)
    assert pearson(measured, measured + offset) < 0.9


def test_without_a_gain_there_is_no_share() -> None:
    worse, floor = Bootstrap(0.5, np.array([0.5, 0.7])), Bootstrap(0.6, np.array([0.6, 0.6]))
    share = share_lost(worse, Bootstrap(0.4, np.array([0.4, 0.65])), floor)
    assert np.isnan(share.value)
    assert share.low == share.high == pytest.approx(0.5)


def test_a_condition_that_is_not_there_is_refused(world: dict[str, np.ndarray]) -> None:
    with pytest.raises(UsageError, match="no condition crystal"):
        structure_gain(
            world["measured"], {"a": world["measured"]}, world["folds"], world["clusters"],
            undisturbed="crystal", floor="a",
        )  # fmt: skip
