"""Which residue of a complex file is the ligand, named ``RES[:CHAIN[:NUM]]``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import gemmi

from molattn.errors import LigandUnreadable, StructureUnreadable, UsageError
from molattn.structure.source import file_format, read_text

Structure = str | os.PathLike[str] | gemmi.Structure
_NUMBER: Final = re.compile(r"(-?\d+)([A-Za-z]?)")
_MOST_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class ResidueAddress:
    """The place of one residue in a file."""

    chain: str  # "" where the file has none
    number: int
    insertion: str  # "" where none
    name: str

    def __str__(self) -> str:
        return f"{self.name}:{self.chain}:{self.number}{self.insertion}"


@dataclass(frozen=True, slots=True)
class LigandSite:
    """The residue taken as ligand, and further copies of it.

    Whoever selects a pocket leaves ``taken`` out of it; the copies stay, as part of the structure.
    """

    taken: ResidueAddress
    copies: tuple[ResidueAddress, ...]


@dataclass(frozen=True, slots=True)
class LigandCandidate:
    """A group of a file that could be named as the ligand."""

    address: ResidueAddress
    heavy_atoms: int


def open_structure(structure: Structure) -> gemmi.Structure:
    """Return a gemmi structure from a PDB or mmCIF file, plain or gzipped.

    Raises
    ------
    FileUnreadable
        The file is missing, empty or damaged.
    StructureUnreadable
        It holds no atoms.
    """
    if isinstance(structure, gemmi.Structure):
        opened = structure
    else:
        text = read_text(structure)
        try:
            if file_format(structure, text) == "mmcif":
                block = gemmi.cif.read_string(text).sole_block()
                opened = gemmi.make_structure_from_block(block)
            else:
                opened = gemmi.read_pdb_string(text)
        except (RuntimeError, ValueError) as error:
            detail = str(error).strip().splitlines()[0]
            raise StructureUnreadable(f"{structure}: {detail}; write the file again.") from error
        opened.name = os.fspath(structure)  # gemmi calls what it read from text "string"
    if not len(opened) or not any(True for chain in opened[0] for _ in chain):
        raise StructureUnreadable(f"{_named(structure)}: there are no atoms in this file.")
    return opened


def locate_ligand(structure: Structure, spec: str) -> LigandSite:
    """Find the residue that a specification names, in the first model.

    Parameters
    ----------
    structure
        Path of a PDB or mmCIF file, or a gemmi structure.
    spec
        ``RES[:CHAIN[:NUM]]``, e.g. ``MTX``, ``MTX:A``, ``MTX:A:201``, ``MTX:A:201B`` with an
        insertion code. An empty chain means any.

    Raises
    ------
    UsageError
        The specification is not of that form.
    LigandUnreadable
        No such residue; the message lists the groups that are there.
    """
    opened = open_structure(structure)
    name, chain, number = _parse(spec)
    found: list[ResidueAddress] = []
    for address, _ in _residues(opened, name):
        place = f"{address.number}{address.insertion}"
        if chain in ("", address.chain) and number in ("", place) and address not in found:
            found.append(address)
    if not found:
        there = list_ligands(opened)
        names = ", ".join(str(c.address) for c in there[:_MOST_NAMED])
        more = f" and {len(there) - _MOST_NAMED} more" if len(there) > _MOST_NAMED else ""
        offer = f"it has {names}{more}" if there else "it has no ligand group at all"
        raise LigandUnreadable(f"{_named(structure)}: there is no ligand {spec}; {offer}.")
    return LigandSite(found[0], tuple(found[1:]))


def list_ligands(structure: Structure) -> list[LigandCandidate]:
    """Return the groups that could be the ligand: no water, no residue of a polymer.

    Parameters
    ----------
    structure
        Path of a PDB or mmCIF file, or a gemmi structure.

    Returns
    -------
    list of LigandCandidate
        Largest first, then in the order of the file.
    """
    found: dict[ResidueAddress, int] = {}
    for address, residue in _residues(open_structure(structure)):
        if _may_be_ligand(residue):
            names = {atom.name for atom in residue if not atom.is_hydrogen()}
            found[address] = max(found.get(address, 0), len(names))
    candidates = [LigandCandidate(address, size) for address, size in found.items() if size]
    return sorted(candidates, key=lambda c: -c.heavy_atoms)


def address_of(chain: gemmi.Chain, residue: gemmi.Residue) -> ResidueAddress:
    """Return the address of a gemmi residue."""
    insertion = residue.seqid.icode.strip()
    number = residue.seqid.num
    return ResidueAddress(
        chain.name.strip(), 0 if number is None else number, insertion, residue.name
    )


def residues_at(opened: gemmi.Structure, address: ResidueAddress) -> list[gemmi.Residue]:
    """Return the residues of the first model at an address: one, unless the file repeats it."""
    return [
        residue
        for there, residue in _residues(opened, address.name.upper(), address.chain)
        if there == address
    ]


def _residues(
    opened: gemmi.Structure, name: str = "", chain_name: str | None = None
) -> Iterator[tuple[ResidueAddress, gemmi.Residue]]:
    for chain in opened[0]:
        if chain_name is not None and chain.name.strip() != chain_name:
            continue
        for residue in chain:
            if not name or residue.name.upper() == name:
                yield address_of(chain, residue), residue


def _may_be_ligand(residue: gemmi.Residue) -> bool:
    kind = gemmi.find_tabulated_residue(residue.name)
    if kind.is_water() or kind.is_standard():
        return False
    in_polymer = residue.entity_type == gemmi.EntityType.Polymer
    modified = kind.is_amino_acid() and residue.find_atom("CA", "*") is not None
    return residue.het_flag != "A" and not in_polymer and not (modified and _has_backbone(residue))


def _has_backbone(residue: gemmi.Residue) -> bool:
    return all(residue.find_atom(name, "*") is not None for name in ("N", "CA", "C"))


def _parse(spec: str) -> tuple[str, str, str]:
    parts = [part.strip() for part in spec.split(":")]
    number = parts[2] if len(parts) > 2 else ""
    if len(parts) > 3 or not parts[0] or (number and not _NUMBER.fullmatch(number)):
        raise UsageError(
            f"The ligand {spec!r} is not understood: write RES, RES:CHAIN or RES:CHAIN:NUM, "
            "for example MTX:A:201."
        )
    chain = parts[1] if len(parts) > 1 else ""
    return parts[0].upper(), chain, number.upper() if number[-1:].isalpha() else number


def _named(structure: Structure) -> str:
    return structure.name if isinstance(structure, gemmi.Structure) else os.fspath(structure)
