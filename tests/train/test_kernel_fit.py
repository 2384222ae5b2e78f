"""The fit of a kernel memory against Gaussian process regression written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from molattn.model.kernel_memory import KernelMemory
from molattn.model.memory_network import ROW_WIDTH, WIDTHS
from molattn.train.kernel_fit import fit_kernel_memory, landmarks, variances
from molattn.train.memory_config import KernelTrainingConfig
from molattn.train.memory_set import MemoryTable


def table_of(count: int, *, grouped: int = 0, seed: int = 0) -> MemoryTable:
    """Return rows of which the last ``grouped`` are in two series of other offsets."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, ROW_WIDTH)).astype(np.float32)
    rows[:, -WIDTHS["fingerprint"] :] = random.random((count, WIDTHS["fingerprint"])) < 0.05
    pK = 6.0 + 0.1 * rows[:, :20].sum(1)
    names = [""] * (count - grouped) + [f"s{number % 2}" for number in range(grouped)]
    pK += np.array([{"": 0.0, "s0": 2.0, "s1": -2.0}[name] for name in names], np.float32)
    weight = np.where([bool(name) for name in names], 0.3, 1.0).astype(np.float32)
    return MemoryTable(
        tuple(map(str, range(count))),
        torch.from_numpy(rows),
        torch.from_numpy(pK.astype(np.float32)),
        torch.from_numpy(weight),
        tuple(names),
        ("",) * count,
    )


def answers(memory: KernelMemory, rows: torch.Tensor) -> np.ndarray:
    found: np.ndarray = (memory.bias + memory.likeness(rows) @ memory.weights).detach().numpy()
    return found


@pytest.mark.parametrize("grouped", [0, 40])
def test_with_every_row_a_landmark_it_is_the_whole_regression(grouped: int) -> None:
    training = KernelTrainingConfig(noise=0.2, group=0.7)
    table, other = table_of(80, grouped=grouped), table_of(30, seed=1)
    memory = fit_kernel_memory(table, training, seed=0)
    assert memory.config.landmarks == 80
    inner = memory.likeness(table.rows).numpy().astype(np.float64)
    groups = np.array(table.group)
    same = (groups[:, None] == groups) & (groups != "")
    noise = np.diag(training.noise / table.weight.numpy()) + training.group * same
    mean = float((table.pK * table.weight).sum() / table.weight.sum())
    solved = np.linalg.solve(inner + noise, table.pK.numpy() - mean)
    expected = mean + memory.likeness(other.rows).numpy() @ solved
    # landmarks are kept in half precision and K_zz has a jitter of 0.002
    np.testing.assert_allclose(answers(memory, other.rows), expected, atol=0.03)


def test_a_series_teaches_differences_and_not_its_offset() -> None:
    table = table_of(120, grouped=60)
    apart = fit_kernel_memory(table, KernelTrainingConfig(group=2.0), seed=0)
    blind = fit_kernel_memory(table, KernelTrainingConfig(group=0.0), seed=0)
    shift = [float(abs(answers(one, table.rows[-60::2]).mean() - 6.0)) for one in (apart, blind)]
    assert shift[0] < 0.5 * shift[1]


def test_complexes_of_no_series_become_landmarks_first() -> None:
    table = table_of(50, grouped=20)
    assert landmarks(table, 30, seed=0).tolist() == list(range(30))
    places = landmarks(table, 40, seed=0)
    assert places[:30].tolist() == list(range(30)) and len(places) == 40
    assert not torch.equal(places, landmarks(table, 40, seed=1))


def test_the_same_seed_gives_the_same_memory() -> None:
    table = table_of(60, grouped=30)
    training = KernelTrainingConfig(landmarks=45)
    first, second = (fit_kernel_memory(table, training, seed=3) for _ in range(2))
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name


def test_what_is_unlike_training_is_less_sure() -> None:
    likeness = np.linspace(0.2, 0.9, 400).astype(np.float32)
    random = np.random.default_rng(0)
    error = random.normal(size=400) * np.sqrt(0.5 + 1.5 * (1.0 - likeness**2))
    noise, unknown = variances(error.astype(np.float32), likeness)
    assert noise == pytest.approx(0.5, abs=0.4)
    assert unknown == pytest.approx(1.5, abs=0.7)
