"""The V2000 connection table, read into atoms and bonds by its columns.

Only coordinates, element, charge and bond order are read. The columns for hydrogen counts, valence,
stereo and topology are not: some programs fill them (X-TOOL, the maker of PDBbind's files, does),
and readers that believe them return wrong chemistry without an error.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molattn.errors import LigandUnreadable
from molattn.structure.heavy_graph import AROMATIC, COORDINATION, HeavyGraph, is_metal

QUERY_ATOMS: Final = frozenset(
    ("A", "Q", "X", "M", "*", "L", "LP", "R", "R#", "AH", "QH", "XH", "MH", "DU", "POL", "MOD")
)
_CHARGE_CODES: Final = {"1": 3, "2": 2, "3": 1, "5": -1, "6": -2, "7": -3}
_ORDERS: Final = {"1": 1.0, "2": 2.0, "3": 3.0, "4": AROMATIC}
_DATIVE: Final = "9"
_HYDROGEN_BOND: Final = "10"
_QUERY_BONDS: Final = ("5", "6", "7", "8")


@lru_cache(maxsize=256)
def atomic_number(symbol: str) -> int | None:
    """Return the atomic number of a symbol in any case; None for what is no element.

    The isotopes D and T are hydrogen.
    """
    if symbol in ("D", "T"):
        return 1
    if not (symbol.isascii() and symbol.isalpha() and len(symbol) <= 2):
        return None
    with rdBase.BlockLogs():
        try:
            return int(Chem.GetPeriodicTable().GetAtomicNumber(symbol.capitalize())) or None
        except RuntimeError:
            return None


def read_v2000(lines: list[str]) -> HeavyGraph:
    """Read the connection table of a record, hydrogens left out.

    Parameters
    ----------
    lines
        The record from its title line on.

    Raises
    ------
    LigandUnreadable
        With the line that is wrong.
    """
    atoms, bonds = _counts(lines[3])
    elements: list[int] = []
    charges: list[int] = []
    coordinates: list[tuple[float, float, float]] = []
    row: list[int] = []
    for number, line in enumerate(_table(lines, 4, atoms, "atom"), start=1):
        symbol = line[31:34].strip()
        element = atomic_number(symbol)
        if element is None:
            raise LigandUnreadable(_wrong_symbol(number, line, symbol))
        place = _coordinates(number, line)
        if element == 1:
            row.append(-1)
            continue
        row.append(len(elements))
        elements.append(element)
        charges.append(_CHARGE_CODES.get(line[36:39].strip(), 0))
        coordinates.append(place)
    graph = HeavyGraph(
        elements,
        charges,
        [{} for _ in elements],
        np.array(coordinates, dtype=np.float64).reshape(-1, 3),
    )
    for number, line in enumerate(_table(lines, 4 + atoms, bonds, "bond"), start=1):
        _add_bond(graph, row, number, line)
    _read_properties(graph, row, lines[4 + atoms + bonds :])
    return graph


def _counts(line: str) -> tuple[int, int]:
    try:
        return int(line[0:3]), int(line[3:6])
    except ValueError:
        text = f"line 4 is no counts line ({line[:30].strip()!r}); write the record again"
        raise LigandUnreadable(text) from None


def _table(lines: list[str], start: int, count: int, what: str) -> list[str]:
    table = lines[start : start + count]
    for row, line in enumerate(table):
        if line.startswith(("M  ", ">")):
            table = table[:row]
            break
    if len(table) < count:
        raise LigandUnreadable(
            f"the record is cut short: {len(table)} of {count} {what} lines are there"
        )
    return table


def _coordinates(number: int, line: str) -> tuple[float, float, float]:
    try:
        return float(line[0:10]), float(line[10:20]), float(line[20:30])
    except ValueError:
        text = f"the coordinates of atom {number} are no numbers ({line[:30].strip()!r})"
        raise LigandUnreadable(text) from None


def _wrong_symbol(number: int, line: str, symbol: str) -> str:
    if symbol.upper() in QUERY_ATOMS or symbol.upper().startswith("R"):
        return (
            f"atom {number} ({symbol}) is an R-group or query atom, not an element; "
            "give one definite molecule"
        )
    if len(line) < 32:
        return f"atom line {number} is cut short ({line.strip()!r}); write the record again"
    return f"atom {number} has the unknown element {symbol!r}; give its chemical symbol"


def _add_bond(graph: HeavyGraph, row: list[int], number: int, line: str) -> None:
    kind = line[6:9].strip()
    try:
        one, other = int(line[0:3]) - 1, int(line[3:6]) - 1
    except ValueError:
        text = f"bond line {number} does not hold three numbers ({line[:12].strip()!r})"
        raise LigandUnreadable(text) from None
    if not (0 <= one < len(row) and 0 <= other < len(row)):
        raise LigandUnreadable(f"bond {number} names an atom that is not there; write it again")
    if one == other:
        raise LigandUnreadable(f"bond {number} joins an atom to itself; write the record again")
    one, other = row[one], row[other]
    if one < 0 or other < 0 or kind == _HYDROGEN_BOND:
        return
    order = _ORDERS.get(kind)
    if order is None and kind == _DATIVE:
        if is_metal(graph.elements[one]) or is_metal(graph.elements[other]):
            order = COORDINATION
        else:  # an arrow between non-metals is a bond with its charges separated
            order = 1.0
            graph.charges[one] += 1
            graph.charges[other] -= 1
    if order is None:
        what = "a query bond" if kind in _QUERY_BONDS else f"of the unknown order {kind!r}"
        raise LigandUnreadable(f"bond {number} is {what}; give one definite molecule")
    graph.set_bond(one, other, order)


def _read_properties(graph: HeavyGraph, row: list[int], lines: list[str]) -> None:
    """Read ``M  CHG`` lines, which overrule all charges of the atom lines."""
    first = True
    for line in lines:
        if line.startswith(("M  END", ">", "$$$$")):
            return
        if not line.startswith("M  CHG"):
            continue
        if first:
            graph.charges[:] = [0] * len(graph)
            first = False
        words = line[9:].split()
        try:
            pairs = [(int(a) - 1, int(c)) for a, c in zip(words[::2], words[1::2], strict=True)]
        except ValueError:
            raise LigandUnreadable(f"the charge line {line.strip()!r} is damaged") from None
        for atom, charge in pairs:
            if not 0 <= atom < len(row):
                raise LigandUnreadable(f"the charge line {line.strip()!r} names a missing atom")
            if row[atom] >= 0:
                graph.charges[row[atom]] = charge
