"""One record of a library, as text: cheap to read, small to send, parsed where it is scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RecordKind = Literal["sdf", "mol2", "smiles"]


@dataclass(frozen=True, slots=True)
class LibraryRecord:
    """One record of a library.

    Attributes
    ----------
    place
        0-based place in the whole library.
    source
        File it stands in, as the library names it.
    number
        0-based record in that file.
    kind
        What ``text`` is.
    text
        The record of an SDF or MOL2 file as it stands, or a SMILES.
    id
        Its own name; where it has none, the file's name and the record number. Never empty.
    fields
        Other columns of its row in a table. Tags of SDF records are in ``text``.
    problem
        A sentence where the record cannot be used at all (a row without a SMILES, a damaged file).
    """

    place: int
    source: str
    number: int
    kind: RecordKind
    text: str
    id: str
    fields: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
