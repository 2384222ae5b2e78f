"""Small pieces of HTML: text that is safe, numbers with a true minus, tables, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from molattn.explain.numbers_in_words import signed

if TYPE_CHECKING:
    from molattn.explain.explanation import View

# control characters, and halves of characters that no file can hold
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return text without what cannot be shown or stored."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def safe(text: str) -> str:
    """Return plain text as HTML, between tags or within double quotes."""
    return escape(clean(text), quote=True)


def figure(view: View, value: float, digits: int = 3) -> str:
    """Return a value of a view: a share in per cent, or pK with its sign."""
    if view.unit == "share":
        return f"{100 * value:.{max(0, digits - 2)}f} %"
    return signed(value, digits)


def paragraph(text: str, kind: str = "") -> str:
    """Return plain text as a paragraph; ``kind`` is ``soft``, ``warn`` or nothing."""
    style = f' class="{kind}"' if kind else ""
    return f"<p{style}>{safe(text)}</p>"


def listed(items: Iterable[str], kind: str = "ul") -> str:
    """Return plain texts as a list, nothing without texts."""
    rows = "".join(f"<li>{safe(item)}</li>" for item in items)
    return f"<{kind}>{rows}</{kind}>" if rows else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes
    ----------
    text
        Plain.
    value
        What the column is sorted by: a number, or the text itself without one.
    mark
        HTML in front of the text.
    """

    text: str
    value: float | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its plain title, whether it holds words, and what it means."""

    title: str
    words: bool = False
    meaning: str = ""


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    sortable: bool = False,
    sorted_by: int | None = None,
) -> str:
    """Return a table that scrolls sideways by itself and can be reached with the keyboard.

    Parameters
    ----------
    caption
        What it shows, plain.
    columns, rows
        The first cell of a row is its heading.
    sortable
        Whether headings are buttons.
    sorted_by
        Column that the rows fall by already.
    """
    head = "".join(
        _heading(column, sortable, "descending" if place == sorted_by else "none")
        for place, column in enumerate(columns)
    )
    body = "\n".join(_row(columns, row) for row in rows)
    kind = ' class="sortable"' if sortable else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{safe(caption)}">'
        f"<table{kind}><caption>{safe(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _heading(column: Column, sortable: bool, order: str) -> str:
    side = ' class="text"' if column.words else ""
    meaning = f' title="{safe(column.meaning)}"' if column.meaning else ""
    if not sortable:
        return f'<th scope="col"{side}{meaning}>{safe(column.title)}</th>'
    arrow = '<span aria-hidden="true" class="arrow"></span>'
    return (
        f'<th scope="col"{side} aria-sort="{order}">'
        f'<button type="button"{meaning}>{safe(column.title)}{arrow}</button></th>'
    )


def _row(columns: Sequence[Column], cells: Sequence[Cell]) -> str:
    parts = []
    for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        side = ' class="text"' if column.words else ""
        value = "" if cell.value is None else f' data-value="{cell.value:.6g}"'
        name = 'th scope="row"' if place == 0 else "td"
        parts.append(f"<{name}{side}{value}>{cell.mark}{safe(cell.text)}</{name[:2]}>")
    return f"<tr>{''.join(parts)}</tr>"
