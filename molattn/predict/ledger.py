"""The ledger: pK written as a sum that can be read line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

BIAS = "bias"
CONTACT = "contact"
CALIBRATION = "calibration"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One share of pK.

    Attributes
    ----------
    source
        ``"bias"``, the name of a gated token, or ``"contact"``.
    label
        The residue of a contact (``"A:ASP189"``); the source again for other lines.
    atom
        Ligand heavy atom of a contact (0-based), None for other lines.
    share_pK
        What this line adds to pK.
    """

    source: str
    label: str
    atom: int | None
    share_pK: float


@dataclass(frozen=True, slots=True, eq=False)
class Ledger(Sequence[LedgerLine]):
    """All shares of one pK: the bias, a line per gated token, a line per contact.

    Kept as arrays (a complex has about a thousand contacts); lines are made when they are read.

    Attributes
    ----------
    bias
        pK before any evidence.
    tokens
        Name and share of each gated token.
    residues
        Label of each residue of the pocket.
    atom, residue
        Ligand atom and residue row of each contact, int32 [contacts].
    share
        Share of each contact, float32 [contacts], pK.
    """

    bias: float
    tokens: tuple[tuple[str, float], ...]
    residues: tuple[str, ...]
    atom: NDArray[np.int32]
    residue: NDArray[np.int32]
    share: NDArray[np.float32]

    def __len__(self) -> int:
        return 1 + len(self.tokens) + len(self.share)

    @overload
    def __getitem__(self, index: int) -> LedgerLine: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[LedgerLine, ...]: ...
    def __getitem__(self, index: int | slice) -> LedgerLine | tuple[LedgerLine, ...]:
        if isinstance(index, slice):
            return tuple(self._line(row) for row in range(*index.indices(len(self))))
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(f"The ledger has {len(self)} lines; there is no line {index}.")
        return self._line(row)

    def __iter__(self) -> Iterator[LedgerLine]:
        return (self._line(row) for row in range(len(self)))

    def _line(self, row: int) -> LedgerLine:
        if row == 0:
            return LedgerLine(BIAS, BIAS, None, self.bias)
        if row <= len(self.tokens):
            name, share = self.tokens[row - 1]
            return LedgerLine(name, name, None, share)
        contact = row - 1 - len(self.tokens)
        return LedgerLine(
            CONTACT,
            self.residues[self.residue[contact]],
            int(self.atom[contact]),
            float(self.share[contact]),
        )

    def total(self) -> float:
        """Return the sum of all lines, which is pK."""
        tokens = sum(share for _, share in self.tokens)
        return self.bias + tokens + float(self.share.sum(dtype=np.float64))

    def residue_shares(self) -> NDArray[np.float64]:
        """Return the sum of the contacts of each residue, [residues] pK."""
        shares = np.bincount(self.residue, self.share, minlength=len(self.residues))
        return shares.astype(np.float64)

    def atom_shares(self, count: int) -> NDArray[np.float64]:
        """Return the sum of the contacts of each of ``count`` ligand atoms, [count] pK."""
        return np.bincount(self.atom, self.share, minlength=count).astype(np.float64)

    def by_residue(self) -> dict[str, float]:
        """Return the share of each residue that has a contact, largest magnitude first, pK."""
        shares = self.residue_shares()
        touched = np.unique(self.residue)
        order = touched[np.argsort(-np.abs(shares[touched]), kind="stable")]
        by_label: dict[str, float] = {}
        for row in order:
            label = self.residues[row]
            by_label[label] = by_label.get(label, 0.0) + float(shares[row])
        return by_label
