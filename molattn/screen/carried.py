"""Columns carried through a screen: a JSON object a row in shards, columns of text in tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from molattn.screen.row import ROW_COLUMNS

RANK: Final = "rank"
"""Column of the tables of hits, after `ROW_COLUMNS`: 1 for the best."""


def parse_fields(text: str) -> dict[str, str]:
    """Return the columns of one row, name to text; none where it is no JSON object."""
    if text in ("", "{}"):
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: "" if value is None else str(value) for name, value in found.items()}


def carried_names(found: Iterable[str]) -> Mapping[str, str]:
    """Return how each column that was found is called in tables, in the same order.

    A name that a column of the screen has already gets ``input_`` before it.
    """
    names: dict[str, str] = {}
    every = list(dict.fromkeys(found))
    taken = {*ROW_COLUMNS, RANK}
    for name in every:
        outgoing = name or "column"
        while outgoing in taken or (outgoing != name and outgoing in every):
            outgoing = f"input_{outgoing}"
        taken.add(outgoing)
        names[name] = outgoing
    return names
