"""Every residue of the pocket in every view, to be sorted."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from molattn.explain.explanation import MEANINGS, TITLES
from molattn.explain.numbers_in_words import plain, signed
from molattn.explain.report.markup import Cell, Column, figure, table

if TYPE_CHECKING:
    from molattn.explain.explanation import Explanation


def residue_section(explanation: Explanation) -> str:
    """Return the table of residues, in the order of the best view."""
    views = list(explanation.views.values())
    kinds = interaction_kinds(explanation)
    mutated = {one.residue: one.change for one in explanation.mutations}
    columns = [Column("residue", words=True), Column("closest, Å")]
    columns += [
        Column(
            f"{TITLES[view.name]}, {'%' if view.unit == 'share' else 'pK'}",
            False,
            MEANINGS[view.name],
        )
        for view in views
    ]
    if mutated:
        columns.append(Column("to alanine, pK", False, "pK of the mutant less pK"))
    if explanation.interactions is not None:
        columns.append(Column("interactions by rule", words=True))
    rows = []
    for row in explanation.ranked(explanation.best).tolist():
        distance = float(explanation.closest[row])
        cells = [Cell(explanation.labels[row]), Cell(plain(distance), distance)]
        for view in views:
            value = float(view.residues[row])
            cells.append(Cell(figure(view, value, 4 if view.unit == "share" else 3), value))
        if mutated:
            change = mutated.get(row)
            cells.append(Cell("" if change is None else signed(change), change))
        if explanation.interactions is not None:
            cells.append(Cell(", ".join(kinds[row])))
        rows.append(cells)
    place = 2 + [view.name for view in views].index(explanation.best.name)
    return table("Residues of the pocket", columns, rows, sortable=True, sorted_by=place)


def interaction_kinds(explanation: Explanation) -> dict[int, list[str]]:
    """Return the kinds of interactions of each residue row, each once."""
    kinds: dict[int, list[str]] = defaultdict(list)
    for one in explanation.interactions or ():
        if one.kind not in kinds[one.residue]:
            kinds[one.residue].append(one.kind)
    return kinds
