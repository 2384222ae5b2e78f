"""One function that writes an explanation in the format that the file's ending names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from molattn.errors import UsageError
from molattn.explain.explanation import Explanation, View, ViewName
from molattn.explain.exports.arrays import write_npz
from molattn.explain.exports.csv_file import contact_rows, csv_text, residue_rows
from molattn.explain.exports.json_file import json_text
from molattn.explain.exports.pdb_file import pocket_pdb
from molattn.explain.exports.scripts import chimerax_script, pymol_script
from molattn.predict.output_file import atomic, check_writable, write_atomically

ENDINGS: Final = {
    ".npz": "every number as arrays, all heads included",
    ".json": "the same for other languages, heads summed over atoms",
    ".csv": "a row per residue",
    ".pdb": "the pocket, one view in the B factor column",
    ".pml": "a PyMOL script, with the PDB file NAME_pocket.pdb that it loads",
    ".cxc": "a ChimeraX script, likewise",
}
"""Endings of files that :func:`export` writes, and what they hold."""

_SCRIPTS: Final = {".pml": pymol_script, ".cxc": chimerax_script}


def export(
    explanation: Explanation, path: str | os.PathLike[str], view: ViewName | None = None
) -> tuple[Path, ...]:
    """Write an explanation to a file, whole or not at all.

    Parameters
    ----------
    explanation
        The explanation.
    path
        Where to; its ending, one of `ENDINGS`, says in which format.
    view
        The view that colours structures; the one to show first without it.

    Returns
    -------
    tuple of Path
        The files written: a script comes after the PDB file that it loads.

    Raises
    ------
    UsageError
        The ending is another, or the explanation has no such view.
    OutputError
        The file cannot be written, or a structure does not fit into a PDB file.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(f"{target} must end with one of {', '.join(ENDINGS)}.")
    shown = _view(explanation, view)
    check_writable(target)
    if ending == ".npz":
        with atomic(target) as stream:
            write_npz(stream, explanation)
    elif ending in _SCRIPTS:
        # not STEM.pdb, which may well be the protein
        beside = target.with_name(f"{target.stem}_pocket.pdb")
        check_writable(beside)
        script = _SCRIPTS[ending](explanation, shown, beside.name)
        write_atomically(beside, _ascii(pocket_pdb(explanation, shown)))
        write_atomically(target, script.encode())
        return beside, target
    elif ending == ".pdb":
        write_atomically(target, _ascii(pocket_pdb(explanation, shown)))
    elif ending == ".json":
        write_atomically(target, json_text(explanation).encode())
    else:
        write_atomically(target, csv_text(residue_rows(explanation)).encode())
    return (target,)


def export_contacts(explanation: Explanation, path: str | os.PathLike[str]) -> Path:
    """Write a CSV with a row for each contact of a ligand atom and a residue.

    Raises
    ------
    UsageError
        The file does not end with .csv.
    OutputError
        It cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != ".csv":
        raise UsageError(f"{target} must end with .csv to hold a table of contacts.")
    check_writable(target)
    write_atomically(target, csv_text(contact_rows(explanation)).encode())
    return target


def _view(explanation: Explanation, name: ViewName | None) -> View:
    if name is None:
        return explanation.best
    if name not in explanation.views:
        known = ", ".join(explanation.views)
        raise UsageError(f"The explanation has no view {name!r}; it has {known}.")
    return explanation.views[name]


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "replace")  # PDB knows no other characters
