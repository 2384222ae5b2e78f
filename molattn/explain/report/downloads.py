"""Files that a page carries inside itself, as links to save them."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import numpy as np

from molattn.explain.main_contacts import atom_names, pocket_rows
from molattn.explain.report.markup import clean, safe
from molattn.explain.report.pdb_text import pocket_pdb
from molattn.explain.report.scene import mol_block

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation, View

_KINDS: Final = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".pdb": "chemical/x-pdb",
    ".sdf": "chemical/x-mdl-sdfile",
    ".txt": "text/plain",
}


def own_files(explanation: Explanation) -> dict[str, bytes]:
    """Return the files that every page carries, by their names."""
    from molattn.predict.attention_file import attention_json

    content = json.dumps(attention_json(explanation.score), ensure_ascii=False)
    files = {
        "attention_and_ledger.json": content.encode("utf-8", "replace"),
        "contacts.csv": contacts_csv(explanation),
        "residues.csv": residues_csv(explanation),
    }
    if explanation.score.pose is not None:
        files["ligand.sdf"] = (mol_block(explanation) + "$$$$\n").encode()
        for name, view in explanation.views.items():
            files[f"pocket_{name}.pdb"] = pdb_of_view(explanation, view)
    return files


def contacts_csv(explanation: Explanation) -> bytes:
    """Return a line for each contact: atom (counted from 1), residue, its value in each view."""
    views = [view for view in explanation.views.values() if view.contacts is not None]
    names = atom_names(explanation)
    rows: list[list[object]] = [["atom", "residue", *(_heading(view) for view in views)]]
    for row in range(len(explanation.contact_atom)):
        atom = int(explanation.contact_atom[row])
        values = [f"{float(view.contacts[row]):.6g}" for view in views if view.contacts is not None]
        label = explanation.labels[int(explanation.contact_residue[row])]
        rows.append([names[atom], clean(label), *values])
    return _csv(rows)


def residues_csv(explanation: Explanation) -> bytes:
    """Return a line for each residue: distance from the ligand (Å), its value in each view."""
    views = list(explanation.views.values())
    rows: list[list[object]] = [["residue", "closest_A", *(_heading(view) for view in views)]]
    for row, label in enumerate(explanation.labels):
        values = [f"{float(view.residues[row]):.6g}" for view in views]
        rows.append([clean(label), f"{float(explanation.closest[row]):.3f}", *values])
    return _csv(rows)


def pdb_of_view(explanation: Explanation, view: View) -> bytes:
    """Return the pocket as PDB with a hundred times the values of a view as B factors."""
    numbers = np.zeros(len(explanation.pocket.residues))
    rows = pocket_rows(explanation)
    known = rows >= 0
    numbers[rows[known]] = 100.0 * view.residues[known]
    unit = "attention, per cent" if view.unit == "share" else "pK x 100"
    return pocket_pdb(explanation.pocket, numbers, f"B FACTOR: {view.name}, {unit}").encode()


def links(files: Mapping[str, bytes]) -> str:
    """Return a list of links that save the files, with their sizes."""
    items = "".join(
        f'<li><a download="{safe(name)}" href="data:{_kind(name)};base64,'
        f'{base64.b64encode(content).decode()}">{safe(name)}</a> '
        f'<span class="soft">{_size(len(content))}</span></li>'
        for name, content in files.items()
    )
    return f'<ul class="files">{items}</ul>'


def _heading(view: View) -> str:
    return f"{view.name}_{view.unit}"


def _csv(rows: list[list[object]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


def _kind(name: str) -> str:
    return _KINDS.get(PurePath(name).suffix.lower(), "application/octet-stream")


def _size(count: int) -> str:
    return f"{count} bytes" if count < 1000 else f"{count / 1000:.0f} kB"
