"""Tripos MOL2 text cut into records, and one record read into atoms and bonds.

The SYBYL types give the element and nothing more: hydrogens and formal charges are not read from a
format that states neither reliably.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from molattn.errors import LigandUnreadable
from molattn.structure.heavy_graph import AROMATIC, HeavyGraph
from molattn.structure.sdf import ParsedRecord
from molattn.structure.v2000 import atomic_number

_MOLECULE: Final = "@<TRIPOS>MOLECULE"
_ORDERS: Final = {
    "1": 1.0,
    "2": 2.0,
    "3": 3.0,
    "4": AROMATIC,
    "ar": AROMATIC,
    "am": 1.0,
    "du": 1.0,
    "un": 1.0,
}
_NOT_ATOMS: Final = ("LP", "DU")  # lone pairs and dummies carry no mass
_TWO_LETTERS: Final = ("CL", "BR", "SI", "ZN", "MG", "FE", "MN")
_MOST_LINES: Final = 400_000


def mol2_records(lines: Iterable[str]) -> Iterator[str]:
    """Yield the text of each MOLECULE section with all that belongs to it.

    Parameters
    ----------
    lines
        Lines without line ends.
    """
    record: list[str] = []
    inside = False
    for line in lines:
        if line.startswith(_MOLECULE):
            if inside:
                yield "\n".join(record)
            record, inside = [line], True
        elif len(record) < _MOST_LINES:
            record.append(line)
    if inside or any(line.strip() for line in record):
        yield "\n".join(record)


def parse_mol2_record(text: str) -> ParsedRecord:
    """Read one MOL2 record.

    Raises
    ------
    LigandUnreadable
        With what is wrong in the record.
    """
    sections = _sections(text)
    header = sections.get("MOLECULE")
    if header is None:
        raise LigandUnreadable("there is no @<TRIPOS>MOLECULE section; is this a MOL2 file?")
    if "ATOM" not in sections:
        raise LigandUnreadable("the record has no @<TRIPOS>ATOM section; write it again")
    stated = header[1].split() if len(header) > 1 else []
    atom_lines = [line.split() for line in sections["ATOM"] if line.strip()]
    if stated and stated[0].isdigit() and len(atom_lines) < int(stated[0]):
        raise LigandUnreadable(
            f"the record is cut short: {len(atom_lines)} of {stated[0]} atom lines are there"
        )
    elements: list[int] = []
    coordinates: list[tuple[float, float, float]] = []
    row: dict[str, int | None] = {}
    for number, words in enumerate(atom_lines, start=1):
        if len(words) < 6:
            raise LigandUnreadable(f"atom line {number} has {len(words)} fields instead of six")
        element = _element(words[5], words[1], number)
        if element <= 1:
            row[words[0]] = None
            continue
        row[words[0]] = len(elements)
        elements.append(element)
        coordinates.append(_coordinates(words, number))
    neighbours = _bonds(sections.get("BOND", []), stated, row, len(elements))
    positions = np.array(coordinates, dtype=np.float64).reshape(-1, 3)
    graph = HeavyGraph(elements, [0] * len(elements), neighbours, positions)
    name = header[0].strip() if header else ""
    return ParsedRecord(graph, "" if name.strip("*") == "" else name, {}, charges_given=False)


def _sections(text: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.split("\n"):
        if line.startswith("@<TRIPOS>"):
            current = sections.setdefault(line[9:].strip().upper(), [])
        elif current is not None and not line.startswith("#"):
            current.append(line)
    return sections


def _coordinates(words: list[str], number: int) -> tuple[float, float, float]:
    try:
        return float(words[2]), float(words[3]), float(words[4])
    except ValueError:
        text = f"the coordinates of atom {number} are no numbers ({' '.join(words[2:5])!r})"
        raise LigandUnreadable(text) from None


def _element(kind: str, name: str, number: int) -> int:
    """Return the atomic number of a SYBYL type such as ``C.ar`` or ``Cl``; 0 for a lone pair.

    Types of AMBER and GAFF (``CT``, ``c3``) give themselves away by their capitals: there the first
    letter is the element, but for chlorine, bromine and the metals.
    """
    symbol = kind.split(".", maxsplit=1)[0]
    if symbol.upper() in _NOT_ATOMS:
        return 0
    if not symbol.isalpha():
        symbol = re.sub(r"[^A-Za-z].*", "", symbol) or re.sub(r"[^A-Za-z].*", "", name)
    if symbol != symbol.capitalize() and symbol.upper() not in _TWO_LETTERS:
        symbol = symbol[:1]
    found = atomic_number(symbol)
    if found is None:
        raise LigandUnreadable(
            f"atom {number} has the unknown type {kind!r}; give a SYBYL type such as C.3 or N.am"
        )
    return found


def _bonds(
    lines: list[str], stated: list[str], row: dict[str, int | None], atoms: int
) -> list[dict[int, float]]:
    neighbours: list[dict[int, float]] = [{} for _ in range(atoms)]
    bond_lines = [line.split() for line in lines if line.strip()]
    expected = int(stated[1]) if len(stated) > 1 and stated[1].isdigit() else 0
    if len(bond_lines) < expected:
        raise LigandUnreadable(
            f"the record is cut short: {len(bond_lines)} of {expected} bond lines are there"
        )
    for number, words in enumerate(bond_lines, start=1):
        if len(words) < 4:
            raise LigandUnreadable(f"bond line {number} has {len(words)} fields instead of four")
        if words[1] not in row or words[2] not in row:
            raise LigandUnreadable(f"bond {number} names an atom that is not there")
        one, other, order = row[words[1]], row[words[2]], words[3].lower()
        if one is None or other is None or one == other or order == "nc":
            continue
        if order not in _ORDERS:
            raise LigandUnreadable(f"bond {number} has the unknown type {words[3]!r}")
        neighbours[one][other] = neighbours[other][one] = _ORDERS[order]
    return neighbours
