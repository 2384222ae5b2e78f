"""Attention with nothing averaged away: every network, block, direction and head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from molattn.model.prediction import Block

DirectionName = Literal["atom_to_residue", "residue_to_atom"]
DIRECTIONS: Final[tuple[DirectionName, ...]] = ("atom_to_residue", "residue_to_atom")


@dataclass(frozen=True, slots=True, order=True)
class HeadName:
    """Which head.

    Attributes
    ----------
    network
        Name of a member of the ensemble.
    block
        Of cross-attention, counted from 0.
    direction
        Who asks: ``atom_to_residue`` is an atom asking residues.
    head
        Counted from 0.
    """

    network: str
    block: int
    direction: DirectionName
    head: int

    def __str__(self) -> str:
        return f"{self.network}/{self.block}/{self.direction}/{self.head}"


@dataclass(frozen=True, slots=True, eq=False)
class HeadMap:
    """Attention of one head.

    Attributes
    ----------
    attention
        Float32 [atoms, residues]; 0 where an atom and a residue do not meet. In the direction
        ``atom_to_residue`` a row and its null add up to 1, in the other a column.
    null
        Float32 [atoms] or [residues], what the askers gave to solvent.
    """

    attention: NDArray[np.float32]
    null: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class HeadMaps(Mapping[HeadName, HeadMap]):
    """Attention of every head of one complex, in the order of the networks."""

    maps: Mapping[HeadName, HeadMap]

    def __getitem__(self, name: HeadName) -> HeadMap:
        return self.maps[name]

    def __iter__(self) -> Iterator[HeadName]:
        return iter(self.maps)

    def __len__(self) -> int:
        return len(self.maps)


def head_maps(
    blocks: Mapping[str, tuple[Block, ...]],
    contact_atom: NDArray[np.int64],
    contact_residue: NDArray[np.int64],
    shape: tuple[int, int],
) -> HeadMaps:
    """Return the maps of one complex.

    Parameters
    ----------
    blocks
        Of each network, kept when it answered for this complex alone.
    contact_atom, contact_residue
        [c] of each contact.
    shape
        Atoms and residues.
    """
    maps: dict[HeadName, HeadMap] = {}
    for network, own in blocks.items():
        for number, block in enumerate(own):
            for direction in DIRECTIONS:
                kept = getattr(block, direction)
                attention = kept.attention.detach().numpy()
                null = kept.null.detach().numpy()
                for head in range(attention.shape[1]):
                    dense = np.zeros(shape, dtype=np.float32)
                    dense[contact_atom, contact_residue] = attention[:, head]
                    name = HeadName(network, number, direction, head)
                    maps[name] = HeadMap(dense, null[:, head].astype(np.float32))
    return HeadMaps(maps)
