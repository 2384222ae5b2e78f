"""Numbers as text, with a true minus, the same in sentences and on the page."""

from __future__ import annotations


def signed(value: float, digits: int = 3) -> str:
    """Return a number with its sign, zero without."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0.0:
        return text
    return f"{'−' if value < 0 else '+'}{text}"


def plain(value: float, digits: int = 2) -> str:
    """Return a number without a sign unless it is below zero."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0.0 else text.replace("-", "−")
