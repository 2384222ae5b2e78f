"""Files that a page carries inside itself, as links to save them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from molattn.explain.exports.csv_file import contact_rows, csv_text, residue_rows
from molattn.explain.exports.json_file import json_text
from molattn.explain.exports.pdb_file import pocket_pdb
from molattn.explain.report.markup import safe
from molattn.explain.report.scene import mol_block

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation

_KINDS: Final = {
    ".json": "application/json",
    ".csv": "text/csv",
    ".pdb": "chemical/x-pdb",
    ".sdf": "chemical/x-mdl-sdfile",
    ".txt": "text/plain",
}


def own_files(explanation: Explanation) -> dict[str, bytes]:
    """Return the files that every page carries, by their names: those that an export writes."""
    texts = {
        "explanation.json": json_text(explanation),
        "contacts.csv": csv_text(contact_rows(explanation)),
        "residues.csv": csv_text(residue_rows(explanation)),
    }
    if explanation.score.pose is not None:
        texts["ligand.sdf"] = mol_block(explanation) + "$$$$\n"
        for name, view in explanation.views.items():
            texts[f"pocket_{name}.pdb"] = pocket_pdb(explanation, view)
    return {name: text.encode("utf-8", "replace") for name, text in texts.items()}


def links(files: Mapping[str, bytes]) -> str:
    """Return a list of links that save the files, with their sizes."""
    items = "".join(
        f'<li><a download="{safe(name)}" href="data:{_kind(name)};base64,'
        f'{base64.b64encode(content).decode()}">{safe(name)}</a> '
        f'<span class="soft">{_size(len(content))}</span></li>'
        for name, content in files.items()
    )
    return f'<ul class="files">{items}</ul>'


def _kind(name: str) -> str:
    return _KINDS.get(PurePath(name).suffix.lower(), "application/octet-stream")


def _size(count: int) -> str:
    return f"{count} bytes" if count < 1000 else f"{count / 1000:.0f} kB"
