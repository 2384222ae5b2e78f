"""Scores for a person at a terminal: a table that fits, and reasons below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from molattn.predict.present import readable_affinity
from molattn.predict.score_record import Score

_HEADERS: Final = {"pose": "no."}  # the header pose is that of the confidence


def show_table(scores: Sequence[Score], shown: Sequence[str] = ()) -> None:
    """Write a table of scores to standard output.

    Parameters
    ----------
    scores
        In the order of the input.
    shown
        Columns carried through that are shown too, after the id.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("id", overflow="fold")
    for title in shown:
        table.add_column(_HEADERS.get(title, title), justify="right", no_wrap=True)
    for title in ("pK", "90 % interval", "kcal/mol", "affinity"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("domain", "pose", "status"):
        table.add_column(title, no_wrap=True)
    table.add_column("remark", overflow="fold")
    for score in scores:
        identifier, *cells = _cells(score)
        carried = (score.carried.get(title) for title in shown)
        more = ("" if value is None else str(value) for value in carried)
        table.add_row(*(Text(cell) for cell in (identifier, *more, *cells)))
    Console().print(table)


def _cells(score: Score) -> tuple[str, ...]:
    remark = score.reason or (score.domain_reason if score.domain != "in" else "")
    if (
        score.pK is None
        or score.interval is None
        or score.kcal_per_mol is None
        or score.affinity_nM is None
    ):
        return (score.id, "", "", "", "", "", "", score.status, remark)
    low, high = score.interval
    return (
        score.id,
        f"{score.pK:.2f}",
        f"{low:.2f}–{high:.2f}",
        f"{score.kcal_per_mol:.2f}",
        readable_affinity(score.affinity_nM),
        score.domain or "",
        "" if score.pose_confidence is None else f"{score.pose_confidence:.2f}",
        score.status,
        remark,
    )
