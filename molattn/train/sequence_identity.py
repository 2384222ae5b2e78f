"""Which pairs of protein sequences are alike: a k-mer prefilter, then local alignment.

Two sequences of 330 residues take about 3 ms to align, so two thousand of them cannot be aligned
all against all. Shared 3-mers, compared with the number that chance would give, leave about one
pair in forty to align and lose next to none at 40 % identity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

AMINO_ACIDS: Final = "ACDEFGHIKLMNPQRSTVWY"
_KMER: Final = 3
_CHANCE: Final = 0.0588**_KMER
"""Probability that two k-mers drawn at the average composition of proteins are the same."""
_SURPRISE: Final = 3.0
"""Standard deviations above chance from which a pair is aligned."""
_NEAR_IDENTICAL: Final = 0.9
"""Share of the k-mers of the shorter sequence found in the longer one that makes them one; each
substitution spoils three k-mers, so this is about 97 % identity."""
_SCORE_PER_RESIDUE: Final = 0.5
"""BLOSUM62 score per residue of the shorter sequence below which 40 % identity is out of reach."""
_SUBSTITUTES: Final = str.maketrans({"U": "C", "O": "K", "B": "D", "Z": "E", "J": "L"})


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two sequences are.

    Attributes
    ----------
    identity
        Identical residues over aligned pairs, 0–1.
    coverage
        Aligned pairs over the length of the shorter sequence, 0–1.
    """

    identity: float
    coverage: float


class SequenceAligner:
    """Local alignment with BLOSUM62 and gap penalties 11 and 1 (the settings of BLAST)."""

    @cached_property
    def _aligner(self) -> Any:
        from Bio.Align import PairwiseAligner, substitution_matrices

        aligner = PairwiseAligner()
        aligner.mode = "local"
        aligner.substitution_matrix = substitution_matrices.load("BLOSUM62")
        aligner.open_gap_score = -11
        aligner.extend_gap_score = -1
        return aligner

    def likeness(self, first: str, second: str) -> Likeness:
        """Align two sequences of one-letter codes; unlike ones are not traced back and give 0."""
        shorter = min(len(first), len(second))
        if first == second:
            return Likeness(1.0, 1.0)
        if shorter == 0 or self._aligner.score(first, second) < _SCORE_PER_RESIDUE * shorter:
            return Likeness(0.0, 0.0)
        blocks = zip(*self._aligner.align(first, second)[0].aligned, strict=True)
        same = pairs = 0
        for (start_1, end_1), (start_2, end_2) in blocks:
            same += sum(map(str.__eq__, first[start_1:end_1], second[start_2:end_2]))
            pairs += int(end_1 - start_1)
        return Likeness(same / pairs, pairs / shorter)


def clean_sequence(sequence: str) -> str:
    """Return a sequence in the twenty letters and X; rare letters become their nearest kin."""
    plain = sequence.upper().translate(_SUBSTITUTES)
    return "".join(letter if letter in AMINO_ACIDS else "X" for letter in plain)


def representatives(sequences: Sequence[str]) -> list[int]:
    """Return, for each sequence, the row of a near-identical one that can stand for it.

    The longest stand for the shorter ones, by the share of common 3-mers; a sequence without a
    near-identical longer one stands for itself.
    """
    presence = _kmer_presence(sequences)
    distinct = presence.sum(axis=1)
    stands = list(range(len(sequences)))
    kept: list[int] = []
    for row in sorted(stands, key=lambda one: (-len(sequences[one]), sequences[one])):
        common = presence[kept] @ presence[row]
        best = int(np.argmax(common)) if kept else -1
        if kept and common[best] >= _NEAR_IDENTICAL * max(float(distinct[row]), 1.0):
            stands[row] = kept[best]
        else:
            kept.append(row)
    return stands


def candidate_pairs(sequences: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows that share more 3-mers than chance, the most alike first.

    The surprise of a pair is ``(shared - expected) / sqrt(expected + 1)``, with ``expected`` the
    product of the numbers of distinct k-mers times the chance that two k-mers are the same.
    """
    presence = _kmer_presence(sequences)
    distinct = presence.sum(axis=1)
    shared = presence @ presence.T
    expected = np.outer(distinct, distinct) * np.float32(_CHANCE)
    surprise = (shared - expected) / np.sqrt(expected + 1)
    first, second = np.nonzero(np.triu(surprise >= _SURPRISE, k=1))
    order = np.argsort(-surprise[first, second], kind="stable")
    yield from zip(first[order].tolist(), second[order].tolist(), strict=True)


def _kmer_presence(sequences: Sequence[str]) -> NDArray[np.float32]:
    """Return which k-mers each sequence holds, [sequences, 20**k], 0 or 1."""
    letter = {amino: index for index, amino in enumerate(AMINO_ACIDS)}
    presence = np.zeros((len(sequences), len(AMINO_ACIDS) ** _KMER), dtype=np.float32)
    for row, sequence in enumerate(sequences):
        codes = np.array([letter.get(one, -1) for one in sequence], dtype=np.int64)
        if len(codes) < _KMER:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(codes, _KMER)
        known = windows[(windows >= 0).all(axis=1)]
        presence[row, known @ (len(AMINO_ACIDS) ** np.arange(_KMER))] = 1.0
    return presence
