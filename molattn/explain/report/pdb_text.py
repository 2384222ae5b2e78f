"""A pocket as PDB text, with one number for each residue in the B factor.

Columns of the wwPDB format guide 3.3; only what has one place there is written, so a chain of
several letters gets one of its own and a long residue name is cut.
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from molattn.structure.records import ResidueKind

if TYPE_CHECKING:
    from molattn.structure.records import Pocket

_LETTERS: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits
_POLYMER: Final = (ResidueKind.AMINO_ACID, ResidueKind.NUCLEOTIDE)


def pocket_pdb(pocket: Pocket, numbers: NDArray[np.float64], remark: str = "") -> str:
    """Return the atoms of a pocket as PDB text.

    Parameters
    ----------
    pocket
        Up to 99,999 atoms.
    numbers
        [residues of the pocket] for the B factor, cut to what it can hold (-99.99 to 999.99).
    remark
        What the numbers are, ASCII.
    """
    atoms, residues = pocket.atoms, pocket.residues
    chain = chain_letters(residues.chain.tolist())
    low_high = np.clip(numbers, -99.99, 999.99)
    lines = [f"REMARK   1 {remark[:68]}"] if remark else []
    for row in range(len(atoms)):
        own = int(atoms.residue[row])
        symbol = str(atoms.element[row]).upper()[:2]
        x, y, z = atoms.position[row]
        record = "ATOM" if residues.kind[own] in _POLYMER else "HETATM"
        lines.append(
            f"{record:<6}{row + 1:>5} {_atom_name(str(atoms.name[row]), symbol)} "
            f"{_ascii(str(residues.name[own]))[:3]:>3} {chain[str(residues.chain[own])]}"
            f"{_number(int(residues.number[own])):>4}{_ascii(str(residues.insertion[own]))[:1]:1}"
            f"   {x:8.3f}{y:8.3f}{z:8.3f}{atoms.occupancy[row]:6.2f}{low_high[own]:6.2f}"
            f"          {symbol:>2}"
        )
    return "\n".join([*lines, "END", ""])


def chain_letters(chains: list[str]) -> dict[str, str]:
    """Return a letter for each chain: its own where it has one letter, else one that is free."""
    known = {chain: chain or " " for chain in chains if len(chain) <= 1 and chain.isascii()}
    free = (letter for letter in _LETTERS if letter not in known.values())
    for chain in dict.fromkeys(chains):
        if chain not in known:
            known[chain] = next(free, " ")
    return known


def _atom_name(name: str, symbol: str) -> str:
    name = _ascii(name)[:4]
    # a symbol of one letter stands in the second column
    return f"{name:<4}" if len(symbol) == 2 or len(name) == 4 else f" {name:<3}"


def _number(number: int) -> int:
    return number if -999 <= number <= 9999 else number % 10000


def _ascii(text: str) -> str:
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text)
