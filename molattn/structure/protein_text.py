"""Text of a PDB or mmCIF file to columns of atoms, those without a place taken out."""

from __future__ import annotations

import gemmi

from molattn.errors import StructureUnreadable
from molattn.structure.atom_columns import AtomColumns, columns_of
from molattn.structure.records import Note
from molattn.structure.source import FileFormat

_ATOM_RECORDS = ("ATOM", "HETATM", "atom", "hetatm")
_WHAT_IT_IS = {
    "sdf": "a small-molecule SDF file",
    "mol2": "a small-molecule MOL2 file",
    "smiles": "a SMILES file",
}


def columns_from_text(text: str, held: FileFormat, where: str) -> tuple[AtomColumns, list[Note]]:
    """Parse the text of a protein file.

    Parameters
    ----------
    text
        Content of the file.
    held
        What format it holds.
    where
        Name of the file for messages.

    Returns
    -------
    columns
        Atoms of the first model without those named hydrogen.
    notes
        What was put right in the text.

    Raises
    ------
    StructureUnreadable
        Not a protein format, not parsable, or without a single atom.
    """
    if held in _WHAT_IT_IS:
        raise StructureUnreadable(
            f"{where}: this is {_WHAT_IT_IS[held]} where a protein was expected; "
            "give the protein as PDB or mmCIF."
        )
    if held == "unknown":
        raise StructureUnreadable(
            f"{where}: this holds no PDB or mmCIF records; give the protein as PDB or mmCIF."
        )
    return _from_cif(text, where) if held == "mmcif" else _from_pdb(text, where)


def columns_from_structure(
    structure: gemmi.Structure, where: str
) -> tuple[AtomColumns, list[Note]]:
    """Return the atoms of the first model of a structure, and a note where there are more."""
    if not len(structure):
        raise StructureUnreadable(f"{where}: no atoms were found; is this the file you meant?")
    notes = [first_model_note(len(structure))] if len(structure) > 1 else []
    return columns_of(structure), notes


def _from_pdb(text: str, where: str) -> tuple[AtomColumns, list[Note]]:
    text, notes = _first_model_only(text)
    dropped = 0
    if "***" in text:
        text, dropped = _without_bad_lines(text)
    try:
        structure = gemmi.read_pdb_string(text)
    except (RuntimeError, ValueError, IndexError):
        text, more = _without_bad_lines(_without_line_numbers(text))
        dropped += more
        structure = _parse_pdb_again(text, where)
    columns, more_notes = columns_from_structure(structure, where)
    # gemmi reads what is no number as zero.
    if (columns.position == 0.0).all(axis=1).any():
        text, more = _without_bad_lines(text)
        if more:
            dropped += more
            columns, more_notes = columns_from_structure(_parse_pdb_again(text, where), where)
    if dropped:
        notes.append(no_place_note(dropped))
    return columns, notes + more_notes


def _parse_pdb_again(text: str, where: str) -> gemmi.Structure:
    try:
        return gemmi.read_pdb_string(text)
    except (RuntimeError, ValueError, IndexError) as error:
        raise _not_parsable(where, "PDB", error) from error


def _from_cif(text: str, where: str) -> tuple[AtomColumns, list[Note]]:
    try:
        document = gemmi.cif.read_string(text)
    except (RuntimeError, ValueError, IndexError) as error:
        raise _not_parsable(where, "mmCIF", error) from error
    if not any(block.find_values("_atom_site.Cartn_x") for block in document):
        raise StructureUnreadable(f"{where}: {_what_the_cif_holds(document)}.")
    block = next(block for block in document if block.find_values("_atom_site.Cartn_x"))
    try:
        structure = gemmi.make_structure_from_block(block)
    except (RuntimeError, ValueError, IndexError) as error:
        raise _not_parsable(where, "mmCIF", error) from error
    return columns_from_structure(structure, where)


def _what_the_cif_holds(document: gemmi.cif.Document) -> str:
    for block in document:
        if block.find_values("_chem_comp_atom.atom_id"):
            return "this mmCIF file describes a chemical component, not a protein with coordinates"
        if block.find_values("_atom_site_fract_x"):
            return (
                "this is a small-molecule crystal structure (CIF), not a protein; "
                "give the protein as PDB or mmCIF"
            )
        if block.find_values("_refln.index_h"):
            return "this file holds diffraction data, not coordinates; fetch the model of the entry"
    return "this mmCIF file holds no atom coordinates (_atom_site); fetch the entry again"


def _first_model_only(text: str) -> tuple[str, list[Note]]:
    """Cut a PDB text behind its first model: parsing the others would be the larger part."""
    end = text.find("ENDMDL")
    following = text.find("\nMODEL ", end) if end >= 0 else -1
    if following < 0:
        return text, []
    models = text.count("\nMODEL ", following) + 1
    return text[: end + 6] + "\nEND\n", [first_model_note(models)]


def first_model_note(models: int) -> Note:
    """Return the note that only the first of several models is used."""
    return Note("info", "first-model", f"the first of {models} models is used")


def _without_bad_lines(text: str) -> tuple[str, int]:
    """Take out atom records whose coordinates are cut off or are no numbers."""
    kept: list[str] = []
    dropped = 0
    for line in text.split("\n"):
        if line.startswith(_ATOM_RECORDS) and not _has_place(line):
            dropped += 1
        else:
            kept.append(line)
    return "\n".join(kept), dropped


def _without_line_numbers(text: str) -> str:
    """Cut charges, and line numbers of old files where the element stands now."""
    return "\n".join(
        line[: 78 if line[76:78].strip().isalpha() else 72]
        if line.startswith(_ATOM_RECORDS)
        else line
        for line in text.split("\n")
    )


def _has_place(line: str) -> bool:
    try:
        place = [float(line[start : start + 8]) for start in (30, 38, 46)]
    except ValueError:
        return False
    return all(abs(value) < 1e6 for value in place)


def no_place_note(dropped: int) -> Note:
    """Return the note that atoms without a place were left out."""
    atoms = "1 atom was" if dropped == 1 else f"{dropped} atoms were"
    return Note(
        "warning",
        "coordinates-not-numbers",
        f"{atoms} left out of the protein: the coordinates are not numbers",
    )


def _not_parsable(where: str, what: str, error: Exception) -> StructureUnreadable:
    reason = " ".join(str(error).split()) or type(error).__name__
    return StructureUnreadable(f"{where}: this {what} file cannot be read ({reason[:160]}).")
