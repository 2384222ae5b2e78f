"""MDL files: SDF and MOL text cut into records, and one record read into atoms and bonds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase

from molattn.errors import LigandUnreadable
from molattn.structure.heavy_graph import HeavyGraph, heavy_graph
from molattn.structure.records import Note
from molattn.structure.v2000 import QUERY_ATOMS, atomic_number, read_v2000

_MOST_LINES: Final = 400_000  # of one record; a file without record ends is no SDF
_COUNTS: Final = re.compile(r"^[ \d]{6}.*V[23]000\s*$")


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """One ligand record, read but not yet checked."""

    graph: HeavyGraph
    name: str  # "" where the record has none
    tags: dict[str, str]
    charges_given: bool = True
    drawing: bool = False  # the header calls it two-dimensional
    notes: tuple[Note, ...] = ()  # what reading it had to assume


def sdf_records(lines: Iterable[str]) -> Iterator[str]:
    """Yield the text of each record of an SDF or MOL file.

    A record that lost its end runs on into the next one; it is cut where the next header begins.
    Blank text after the last record is no record.

    Parameters
    ----------
    lines
        Lines without line ends.
    """
    record: list[str] = []
    for line in lines:
        if line.startswith("$$$$"):
            yield from _split_run_on(record)
            record = []
        elif len(record) < _MOST_LINES:
            record.append(line)
    if any(line.strip() for line in record):
        yield from _split_run_on(record)


def _split_run_on(record: list[str]) -> Iterator[str]:
    text = "\n".join(record)
    if text.count("V2000") + text.count("V3000") > 1:
        counts = [i for i, line in enumerate(record) if len(line) < 60 and _COUNTS.match(line)]
        starts = [0, *(max(i - 3, 0) for i in counts[1:])]
        if len(starts) > 1:
            for start, end in zip(starts, [*starts[1:], len(record)], strict=True):
                yield "\n".join(record[start:end])
            return
    yield text


def parse_sdf_record(text: str) -> ParsedRecord:
    """Read one V2000 or V3000 record.

    Raises
    ------
    LigandUnreadable
        With what is wrong in the record.
    """
    lines = text.split("\n")
    if len(lines) < 4:
        raise LigandUnreadable("the record is cut short before its counts line; write it again")
    graph = _read_v3000(lines) if "V3000" in lines[3] else read_v2000(lines)
    drawing = lines[1][20:22].upper() == "2D"
    return ParsedRecord(graph, lines[0].strip(), data_fields(lines[4:]), drawing=drawing)


def _read_v3000(lines: list[str]) -> HeavyGraph:
    end = next((i for i, line in enumerate(lines) if line.startswith("M  END")), len(lines))
    block = "\n".join([*lines[:end], "M  END"])
    with rdBase.BlockLogs():
        try:
            mol = Chem.MolFromMolBlock(block, sanitize=False, removeHs=False, strictParsing=False)
        except (RuntimeError, ValueError):
            mol = None
    if mol is None:
        raise LigandUnreadable(_explain_v3000(lines))
    refuse_query(mol)
    return heavy_graph(mol)


def data_fields(lines: list[str]) -> dict[str, str]:
    """Return the data fields after a connection table; lines of one value are joined by ``\\n``."""
    tags: dict[str, str] = {}
    name, values = "", list[str]()
    for line in [*lines, ""]:
        if line.startswith(">") and not name:
            start, end = line.find("<"), line.rfind(">")
            name, values = (line[start + 1 : end] if 0 < start < end else line[1:].strip()), []
        elif not line.strip():
            if name:
                tags[name] = "\n".join(values)
            name, values = "", []
        elif name:
            values.append(line.rstrip())
    return tags


def refuse_query(mol: Chem.Mol) -> None:
    """Refuse R-groups, atom lists, query atoms and query bonds.

    Raises
    ------
    LigandUnreadable
        Naming the first of them.
    """
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0 or atom.HasQuery():
            symbol = atom.GetPropsAsDict().get("dummyLabel") or atom.GetSymbol()
            raise LigandUnreadable(
                f"atom {atom.GetIdx() + 1} ({symbol}) is an R-group or query atom, not an element; "
                "give one definite molecule"
            )
    for bond in mol.GetBonds():
        if bond.HasQuery() or bond.GetBondType() == Chem.BondType.UNSPECIFIED:
            raise LigandUnreadable(
                f"bond {bond.GetIdx() + 1} is a query bond without a definite order; "
                "give one definite molecule"
            )


def _explain_v3000(lines: list[str]) -> str:
    body = [line.split() for line in lines if line.startswith("M  V30")]
    if ["M", "V30", "END", "ATOM"] not in body:
        return "the V3000 record is cut short within its atoms; write it again"
    start = body.index(["M", "V30", "BEGIN", "ATOM"]) if _begins(body) else 0
    for words in body[start + 1 : body.index(["M", "V30", "END", "ATOM"])]:
        if len(words) < 7 or not _are_numbers(*words[4:7]):
            return f"the coordinates of atom {words[2] if len(words) > 2 else '?'} are no numbers"
        if atomic_number(words[3]) is None and words[3].upper() not in QUERY_ATOMS:
            return f"atom {words[2]} has the unknown element {words[3]!r}; give its chemical symbol"
    return "the V3000 record is no readable connection table; write it again with another program"


def _begins(body: list[list[str]]) -> bool:
    return ["M", "V30", "BEGIN", "ATOM"] in body


def _are_numbers(*texts: str) -> bool:
    try:
        return all(abs(float(text)) < 1e6 for text in texts)
    except ValueError:
        return False
