"""The same ligand in the same protein, measured or listed more than once, made one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from data_prep.shards import Outcome
from data_prep.structure_check import CheckedRow
from molattn.train.affinity import MEASURES, Affinity, Combined, combine_affinities

CONFLICT: Final = "values of this pair differ too much"
MERGED: Final = "same pair and pose as an earlier row: merged into it"


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """How repeated measurements are made one.

    Attributes
    ----------
    max_spread
        pK; a pair whose values differ by more is dropped, or flagged.
    flag
        Keep such a pair and say so in the column ``conflict``.
    by_series
        Values of different series are not merged.
    measures
        In the order in which they are taken.
    """

    max_spread: float = 1.0
    flag: bool = False
    by_series: bool = False
    measures: tuple[str, ...] = MEASURES


@dataclass(frozen=True, slots=True)
class MergedRow:
    """A row of the index with its final label.

    Attributes
    ----------
    place
        Of the row among those that were merged.
    n_values, spread
        How many values the pK was made of, and their range in pK.
    conflict
        Whether the range is beyond the limit.
    """

    checked: CheckedRow
    place: int
    affinity: Affinity | None
    n_values: int
    spread: float
    conflict: bool = False


def merge_rows(
    rows: Sequence[CheckedRow], options: MergeOptions
) -> tuple[list[MergedRow], dict[int, Outcome]]:
    """Give every pair of ligand and protein one label and every pose one row.

    A pair is a protein file with a compound (InChIKey of the standard form). All its values make
    one label. Rows of the pair that also share the pose, or have none, become the first of them;
    other poses stay, with the same label.

    Returns
    -------
    rows : list of MergedRow
        In the order of the first of each.
    outcomes : dict
        By place: what became of each row that is not among them.
    """
    pairs: dict[tuple[str, ...], list[CheckedRow]] = {}
    for checked in rows:
        pairs.setdefault(_pair(checked, options.by_series), []).append(checked)
    labels = {key: _label(members, options) for key, members in pairs.items()}
    merged: list[MergedRow] = []
    outcomes: dict[int, Outcome] = {}
    seen: set[tuple[object, ...]] = set()
    for place, checked in enumerate(rows):
        key = _pair(checked, options.by_series)
        pose = (*key, checked.ligand, checked.row.record or 0, checked.row.ligand_code)
        problem = _problem(labels[key], options)
        if problem is not None:
            outcomes[place] = Outcome(checked.row.id, "dropped", *problem)
        elif pose in seen:
            outcomes[place] = Outcome(checked.row.id, "dropped", MERGED)
        else:
            seen.add(pose)
            merged.append(_merged(checked, place, labels[key], options))
    return merged, outcomes


def unique_ids(rows: Iterable[MergedRow]) -> tuple[list[MergedRow], dict[int, Outcome]]:
    """Give a number to ids that stand more than once, from the second on: ``x``, ``x-2``, ``x-3``.

    Returns
    -------
    rows : list of MergedRow
        With ids that stand once.
    outcomes : dict
        By place: the rows that were numbered.
    """
    rows = list(rows)
    taken = {merged.checked.row.id for merged in rows}
    counts: dict[str, int] = {}
    answer: list[MergedRow] = []
    outcomes: dict[int, Outcome] = {}
    for merged in rows:
        identity = merged.checked.row.id
        counts[identity] = counts.get(identity, 0) + 1
        if counts[identity] > 1:
            while (name := f"{identity}-{counts[identity]}") in taken:
                counts[identity] += 1
            taken.add(name)
            outcomes[merged.place] = Outcome(name, "repaired", "id stood twice and was numbered")
            row = replace(merged.checked.row, id=name)
            merged = replace(merged, checked=replace(merged.checked, row=row))
        answer.append(merged)
    return answer, outcomes


def _problem(label: Combined | None, options: MergeOptions) -> tuple[str, str] | None:
    """Return why a pair has no label that can be used, and what is particular to it."""
    if label is None:
        return None
    if label.affinity is None:
        return "bounds of this pair point both ways", ""
    if label.spread > options.max_spread and not options.flag:
        return CONFLICT, f"{label.n_values} values over {label.spread:.2f} pK"
    return None


def _merged(
    checked: CheckedRow, place: int, label: Combined | None, options: MergeOptions
) -> MergedRow:
    if label is None:
        return MergedRow(checked, place, None, 0, 0.0)
    conflict = label.spread > options.max_spread
    return MergedRow(checked, place, label.affinity, label.n_values, label.spread, conflict)


def _pair(checked: CheckedRow, by_series: bool) -> tuple[str, ...]:
    row = checked.row
    compound = checked.identity.inchikey or checked.identity.smiles if checked.identity else ""
    if not compound:  # not looked at: only the same pose is the same
        compound = f"{checked.ligand} {row.record or 0} {row.ligand_code}"
    target = row.protein or row.columns.get("target") or row.columns.get("target_chembl_id")
    return (target or row.id, compound, row.series if by_series else "")


def _label(members: Sequence[CheckedRow], options: MergeOptions) -> Combined | None:
    affinities = [one.row.affinity for one in members if one.row.affinity is not None]
    if not affinities:
        return None
    combined = combine_affinities(affinities, options.measures)
    if combined.affinity is None:
        return combined
    labelled = [one for one in members if one.row.affinity is not None]
    behind = sum(max(_stated(one, "n_values"), 1) for one in labelled)
    return replace(
        combined,
        n_values=max(combined.n_values, int(behind) - combined.n_other),
        spread=max(combined.spread, *(_stated(one, "spread") for one in labelled)),
    )


def _stated(checked: CheckedRow, column: str) -> float:
    """Return what the source says of the values behind its own mean, 0 where it says nothing."""
    try:
        value = float(checked.row.columns.get(column) or 0.0)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0
