"""Data for the script of the page, as JSON that no text in it can break out of."""

from __future__ import annotations

import json
from typing import Any


def data_block(identifier: str, data: Any) -> str:
    """Return a block of JSON for the page.

    Parameters
    ----------
    identifier
        Its id.
    data
        JSON values; what is not ASCII is written as ``\\uXXXX``, and so are ``<``, ``>``, ``&``.
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="{identifier}">{text}</script>'
