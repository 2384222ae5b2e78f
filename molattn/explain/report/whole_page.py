"""From an explanation to its page: which sections, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from molattn.explain.narrative import story
from molattn.explain.report.changes import fragment_section, mutation_section
from molattn.explain.report.curves import curves_section
from molattn.explain.report.data_block import data_block
from molattn.explain.report.depiction import depiction_section
from molattn.explain.report.downloads import links, own_files
from molattn.explain.report.heat_map import heat_map_section
from molattn.explain.report.markup import listed, paragraph
from molattn.explain.report.page import page
from molattn.explain.report.panels import switch
from molattn.explain.report.residue_table import residue_section
from molattn.explain.report.scene import scene_data, scene_section
from molattn.explain.report.summary import summary_section, title_of
from molattn.explain.report.waterfall import waterfall_section
from molattn.predict.output_file import write_atomically

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation

_NONE: Final[Mapping[str, bytes]] = MappingProxyType({})


def write_report(
    explanation: Explanation, path: Path, downloads: Mapping[str, bytes] = _NONE
) -> None:
    """Write the page of an explanation.

    Parameters
    ----------
    explanation
        Of one answer.
    path
        Where to; written whole or not at all.
    downloads
        More files for the page to carry, by their names; one of the same name as its own replaces
        it.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_atomically(path, report_html(explanation, downloads).encode())


def report_html(explanation: Explanation, downloads: Mapping[str, bytes] = _NONE) -> str:
    """Return the page of an explanation: one file, without a network; see `write_report`."""
    carried = {**own_files(explanation), **downloads}
    sections = {
        "answer": ("", summary_section(explanation)),
        "story": ("In words", listed(explanation.story or story(explanation))),
        "switch": ("", switch(explanation)),
        "scene": ("In space", scene_section(explanation)),
        "ligand": ("Ligand atoms", depiction_section(explanation)),
        "heat": ("Atoms and residues", heat_map_section(explanation)),
        "ledger": ("Ledger", waterfall_section(explanation.score.ledger)),
        "faithfulness": ("Can it be believed?", curves_section(explanation)),
        "residues": ("Residues", residue_section(explanation)),
        "pieces": ("Pieces of the ligand", fragment_section(explanation)),
        "mutations": ("Mutations to alanine", mutation_section(explanation)),
        "files": ("Files", _files(carried)),
    }
    return page(
        title_of(explanation.score),
        sections,
        [data_block("scene-data", scene_data(explanation))],
        _footer(explanation),
    )


def _files(carried: Mapping[str, bytes]) -> str:
    text = (
        "These files are inside the page, as molattn explain writes them. In JSON and CSV, ligand "
        "atoms are counted from 0; on the page from 1. What a B factor is, its PDB file says."
    )
    return paragraph(text, "soft") + links(carried)


def _footer(explanation: Explanation) -> str:
    from molattn import __version__

    spent = sum(explanation.seconds.values())
    took = f", explained in {spent:.1f} s" if spent else ""
    return (
        f"molattn {__version__}{took}. Space is drawn by 3Dmol.js 2.5.5 (BSD-3-Clause; its licence "
        "is in the source of this page). Nothing on this page leaves your computer."
    )
