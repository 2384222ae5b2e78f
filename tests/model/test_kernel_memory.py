"""The promises of the kernel memory, and what likeness means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rdkit.DataStructs import CreateFromBitString, TanimotoSimilarity

from molattn import testing
from molattn.graph import collate
from molattn.graph.fields import FINGERPRINT_BITS
from molattn.model.kernel_memory import (
    TOKEN,
    KernelMemory,
    KernelMemoryConfig,
    kernel,
    pack_bits,
    unpack_bits,
)
from molattn.model.memory_network import WIDTHS
from tests.model.graphs import make_graphs

PLAIN = WIDTHS["spectrum"] + WIDTHS["descriptors"]


def make_memory(dtype: torch.dtype = torch.float64, landmarks: int = 6) -> KernelMemory:
    memory = KernelMemory(KernelMemoryConfig(landmarks=landmarks))
    rows = memory.row(collate(make_graphs(landmarks, torch.float32)))
    memory.fit_rows(rows)
    memory.remember(rows)
    memory.weights.copy_(torch.linspace(-1.0, 1.0, landmarks))
    return memory.to(dtype).eval()


class TestPromises:
    """What every member keeps."""

    def test_isometries(self) -> None:
        for graph in make_graphs(3):
            testing.assert_invariant(make_memory(), graph)

    def test_permutations(self) -> None:
        for graph in make_graphs(3, torch.float32):
            testing.assert_permutation_invariant(make_memory(torch.float32), graph)

    def test_batch_of_many_equals_one_at_a_time(self) -> None:
        testing.assert_batch_independent(make_memory(torch.float32), make_graphs(8, torch.float32))

    def test_ledger_adds_up(self) -> None:
        testing.assert_ledger(make_memory(), make_graphs())

    def test_gradients(self) -> None:
        memory = make_memory()
        memory.scaling.mean.zero_()  # away from the bounds of scaled values
        memory.scaling.deviation.fill_(100.0)
        testing.assert_gradients(memory, make_graphs(1)[0])


def test_a_complex_is_like_itself_alone() -> None:
    memory = make_memory(torch.float32)
    likeness = memory.likeness(memory.row(collate(make_graphs(6, torch.float32))))
    assert likeness.shape == (6, 6)
    torch.testing.assert_close(likeness.diagonal(), torch.ones(6), atol=2e-3, rtol=0.0)
    torch.testing.assert_close(likeness, likeness.T, atol=2e-3, rtol=0.0)
    assert float(likeness.min()) >= 0.0
    assert float((likeness - torch.eye(6)).max()) < 0.99


def test_familiarity_is_the_nearest_landmark_and_makes_sure() -> None:
    memory = make_memory(torch.float32)
    answer = memory(collate(make_graphs(8, torch.float32)))
    assert answer.familiarity is not None
    known, new = answer.familiarity[:6], answer.familiarity[6:]
    torch.testing.assert_close(known, torch.ones(6), atol=2e-3, rtol=0.0)
    assert float(new.max()) < 0.99
    assert float(answer.spread[:6].max()) < float(answer.spread[6:].min())
    assert not answer.attends


def test_switched_off_only_the_bias_is_left() -> None:
    memory = make_memory(torch.float32)
    answer = memory(collate(make_graphs(2, torch.float32)), off=frozenset({TOKEN}))
    assert answer.pK.tolist() == [memory.bias.item()] * 2
    assert not answer.token_share


def test_saved_and_loaded_it_answers_alike() -> None:
    memory = make_memory(torch.float32)
    graph = collate(make_graphs(4, torch.float32))
    other = KernelMemory(KernelMemoryConfig(landmarks=6)).eval()
    assert not torch.equal(other(graph).pK, memory(graph).pK)
    other.load_state_dict(memory.state_dict())
    torch.testing.assert_close(other(graph).pK, memory(graph).pK, atol=2e-3, rtol=0.0)


def test_bits_come_back_as_they_were() -> None:
    bits = torch.from_numpy(np.random.default_rng(0).random((3, FINGERPRINT_BITS)) < 0.1)
    packed = pack_bits(bits)
    assert packed.dtype == torch.uint8
    assert packed.numpy().tolist() == np.packbits(bits.numpy(), axis=1).tolist()
    assert torch.equal(unpack_bits(packed), bits.float())


def test_the_kernel_is_made_of_tanimoto_and_gaussians() -> None:
    random = np.random.default_rng(1)
    bits = random.random((2, FINGERPRINT_BITS)) < 0.1
    plain = torch.from_numpy(random.normal(size=(2, PLAIN)).astype(np.float32))
    found = kernel(
        torch.from_numpy(bits[:1]).float(),
        plain[:1],
        torch.from_numpy(bits[1:]).float(),
        plain[1:],
    )
    first, second = (CreateFromBitString("".join("01"[int(one)] for one in row)) for row in bits)
    tanimoto = TanimotoSimilarity(first, second)
    square = (plain[0] - plain[1]).square().numpy()
    width = WIDTHS["spectrum"]
    spectrum = np.exp(-square[:width].mean() / 2.0)
    descriptors = np.exp(-square[width:].mean() / 2.0)
    expected = (tanimoto + spectrum + descriptors + 2.0 * tanimoto * spectrum) / 5.0
    assert float(found) == pytest.approx(float(expected), abs=1e-5)
