"""The ledger: its lines, their sum, and sums by residue and atom."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from molattn.predict.ledger import LedgerLine
from tests.predict.scores import made_up_attention, made_up_ledger


def test_lines_are_the_bias_then_tokens_then_contacts() -> None:
    lines = list(made_up_ledger())
    assert lines[0] == LedgerLine("bias", "bias", None, 6.0)
    assert lines[1:3] == [
        LedgerLine("spectrum", "spectrum", None, 0.5),
        LedgerLine("ligand", "ligand", None, -0.25),
    ]
    assert lines[3] == LedgerLine("contact", "A:SER190", 0, 0.125)
    assert len(lines) == len(made_up_ledger()) == 6


def test_lines_add_up_to_the_total() -> None:
    ledger = made_up_ledger()
    assert sum(line.share_pK for line in ledger) == pytest.approx(ledger.total()) == 5.625


def test_it_is_a_sequence() -> None:
    ledger = made_up_ledger()
    assert ledger[-1] == list(ledger)[-1]
    assert ledger[1:3] == tuple(list(ledger)[1:3])
    with pytest.raises(IndexError, match="no line 6"):
        ledger[6]


def test_residues_are_sorted_by_the_size_of_their_share() -> None:
    assert made_up_ledger().by_residue() == {"A:ASP189": -1.0, "A:SER190": 0.375}
    assert list(made_up_ledger().by_residue()) == ["A:ASP189", "A:SER190"]


def test_atoms_without_contact_have_no_share() -> None:
    assert made_up_ledger().atom_shares(3).tolist() == [0.125, -0.75, 0.0]


def test_it_travels_between_processes() -> None:
    copy = pickle.loads(pickle.dumps(made_up_ledger()))  # noqa: S301 - our own bytes
    assert list(copy) == list(made_up_ledger())


def test_attention_ranks_residues_by_their_mean_over_atoms() -> None:
    labels = [label for label, _, _ in made_up_attention().ranked()]
    assert labels == ["A:SER190B", "A:ASP189"]
    total = made_up_attention().residue_attention.sum() + made_up_attention().null.mean()
    assert total == pytest.approx(1.0)
    assert np.isclose(made_up_attention().ranked()[0][1], 0.375)
