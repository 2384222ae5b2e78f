"""The text index files of PDBbind: one complex a line, ``INDEX_general_PL_data.2020`` and kin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from molattn.structure.source import iterate_lines
from molattn.train.affinity import Affinity, Refusal, affinity_of_pK, parse_affinity

_LINE: Final = re.compile(
    r"^\s*(?P<id>[0-9][A-Za-z0-9]{3})\s+(?P<resolution>NMR|\d+\.?\d*|-+)\s+(?P<year>[12]\d{3})\b"
    r"(?P<rest>.*)$"
)
_PK: Final = re.compile(r"^\s*(-?\d+(?:\.\d+)?)(?=\s|$)")
_LIGAND: Final = re.compile(r"\(([^()]{1,12})\)")
_ROUNDING: Final = 0.011  # pK; the index rounds to two digits


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One line of an index.

    Attributes
    ----------
    affinity
        From the affinity as it is written where there is one, else from the column of pK.
    resolution
        Å, or ``NMR``.
    ligand_code
        What stands in brackets: a PDB ligand code, or such as ``5-mer``.
    comment
        What follows the ligand: covalent, incomplete, and the like.
    disagrees
        The pK of the column where it is not that of the written affinity, else "".
    """

    id: str
    resolution: str
    year: str
    affinity: Affinity | Refusal
    ligand_code: str = ""
    comment: str = ""
    disagrees: str = ""


def is_pdbbind_index(path: Path) -> bool:
    """Return whether a text file looks like an index of PDBbind."""
    for number, line in enumerate(iterate_lines(path)):
        if _LINE.match(line):
            return True
        if number > 100 or (line.strip() and not line.lstrip().startswith("#")):
            return False
    return False


def read_pdbbind_index(path: Path) -> Iterator[IndexLine | Refusal]:
    """Yield every line of an index that is no comment; those that are none of it as refusals.

    Raises
    ------
    FileUnreadable
        The file is missing or empty.
    """
    for line in iterate_lines(path):
        if line.strip() and not line.lstrip().startswith("#"):
            match = _LINE.match(line)
            if match is None:
                yield Refusal("line of the index is not readable", line.strip()[:80])
            else:
                yield _index_line(match)


def _index_line(match: re.Match[str]) -> IndexLine:
    data, _, reference = match["rest"].partition("//")
    stated = _PK.match(data)
    written = data[stated.end() :].strip() if stated else data.strip()
    affinity = parse_affinity(written)
    disagrees = ""
    if stated is not None:
        if isinstance(affinity, Refusal) and not written:
            affinity = affinity_of_pK(stated[1])
        elif isinstance(affinity, Affinity) and abs(affinity.pK - float(stated[1])) > _ROUNDING:
            disagrees = stated[1]
    ligand = _LIGAND.search(reference)
    return IndexLine(
        id=match["id"].lower(),
        resolution=match["resolution"] if match["resolution"].strip("-") else "",
        year=match["year"],
        affinity=affinity,
        ligand_code=ligand[1] if ligand else "",
        comment=reference[ligand.end() :].strip(" ,;") if ligand else "",
        disagrees=disagrees,
    )
