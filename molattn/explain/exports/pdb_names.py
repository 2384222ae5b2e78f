"""Names of residues and atoms made to fit the columns of a PDB file.

mmCIF has chains of several letters, residue names of five and numbers of any size; PDB has one,
three and four columns. What does not fit is renamed, and a sentence says so.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Final

import numpy as np

from molattn.errors import OutputError
from molattn.structure.records import AtomTable, ResidueTable

_LETTERS: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits
_LIGAND_CHAINS: Final = "LXZ" + _LETTERS
_LOWEST, _HIGHEST = -999, 9999
_NAME, _ATOM = 3, 4  # columns


@dataclass(frozen=True, slots=True)
class FittedNames:
    """Names that fit.

    Attributes
    ----------
    chain, number, name
        Of each residue [r]; the insertion code stays as it is.
    ligand_chain
        A chain that no residue has.
    atoms
        Name of each atom [n].
    remarks
        What was renamed, a sentence each.
    """

    chain: tuple[str, ...]
    number: tuple[int, ...]
    name: tuple[str, ...]
    ligand_chain: str
    atoms: tuple[str, ...]
    remarks: tuple[str, ...]


def fitted_names(atoms: AtomTable, residues: ResidueTable) -> FittedNames:
    """Return names of at most one (chain), three (residue) and four (atom) characters.

    Raises
    ------
    OutputError
        There are more chains than a PDB file can tell apart.
    """
    remarks: list[str] = []
    chains = _chains(residues, remarks)
    chain = tuple(chains[str(name)] for name in residues.chain)
    number = _numbers(chain, residues, remarks)
    name = tuple(str(one)[:_NAME] for one in residues.name)
    remarks += [
        f"Residue name {long} is written as {long[:_NAME]}."
        for long in dict.fromkeys(map(str, residues.name))
        if len(long) > _NAME
    ]
    used = set(chain)
    ligand = next((letter for letter in _LIGAND_CHAINS if letter not in used), None)
    if ligand is None:
        raise OutputError(_TOO_MANY)
    return FittedNames(chain, number, name, ligand, _atom_names(atoms, remarks), tuple(remarks))


_TOO_MANY: Final = (
    "The pocket has more chains than a PDB file can tell apart; write .json or .npz instead."
)


def ligand_atom_names(symbols: list[str]) -> list[str]:
    """Return a name of at most four characters for each ligand atom: its element and a count."""
    counts: dict[str, int] = {}
    names = []
    for symbol in symbols:
        counts[symbol] = counts.get(symbol, 0) + 1
        names.append(_numbered(symbol, counts[symbol]))
    return names


def _numbered(symbol: str, count: int) -> str:
    text = f"{symbol.upper()}{count}"
    # beyond 999 atoms of one element names repeat; serial numbers still tell atoms apart
    return text if len(text) <= _ATOM else text[:_ATOM]


def _chains(residues: ResidueTable, remarks: list[str]) -> dict[str, str]:
    names = dict.fromkeys(str(name) for name in residues.chain)
    known = {name: name or " " for name in names if len(name) <= 1}
    free = [letter for letter in _LETTERS if letter not in known]
    for name in names:
        if name in known:
            continue
        if not free:
            raise OutputError(_TOO_MANY)
        known[name] = free.pop(0)
        remarks.append(f"Chain {name} is written as {known[name]}.")
    return known


def _numbers(chain: tuple[str, ...], residues: ResidueTable, remarks: list[str]) -> tuple[int, ...]:
    numbers = [int(number) for number in residues.number]
    used = set(zip(chain, numbers, strict=True))
    for row, number in enumerate(numbers):
        if _LOWEST <= number <= _HIGHEST:
            continue
        free = _HIGHEST
        while (chain[row], free) in used:
            free -= 1
        numbers[row] = free
        used.add((chain[row], free))
        remarks.append(f"Residue {residues.label(row)} is written with the number {free}.")
    return tuple(numbers)


def _atom_names(atoms: AtomTable, remarks: list[str]) -> tuple[str, ...]:
    names = [str(name) for name in atoms.name]
    long = [row for row, name in enumerate(names) if len(name) > _ATOM]
    for row in long:
        own = np.flatnonzero(atoms.residue == atoms.residue[row])
        taken = {names[other] for other in own}
        count = 1
        while _numbered(str(atoms.element[row]), count) in taken:
            count += 1
        new = _numbered(str(atoms.element[row]), count)
        remarks.append(f"Atom name {names[row]} is written as {new}.")
        names[row] = new
    return tuple(names)
