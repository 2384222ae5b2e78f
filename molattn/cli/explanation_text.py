"""An explanation for a person at a terminal: the story, the residues, the terms of a pair."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from molattn.explain.comparison import Difference
from molattn.explain.explanation import Explanation
from molattn.explain.pair_logit import PairLogit
from molattn.predict.present import as_text

_WIDTH: Final = 96
_RESIDUES: Final = 12


def explanation_text(found: Explanation) -> str:
    """Return the story and the residues that matter most, as lines of text."""
    lines = [as_text(found.score, contacts=0).rstrip(), ""]
    for sentence in found.story:
        lines += textwrap.wrap(sentence, _WIDTH, initial_indent="- ", subsequent_indent="  ")
    return "\n".join([*lines, "", *_residue_lines(found)]) + "\n"


def _residue_lines(found: Explanation) -> list[str]:
    names = list(found.views)
    kinds: dict[int, list[str]] = {}
    for one in found.interactions or ():
        kinds.setdefault(one.residue, []).append(one.kind)
    wide = max(len(label) for label in found.labels)
    head = f"{'residue':<{wide}}" + "".join(f"{name:>11}" for name in names)
    lines = [f"{head}{'closest Å':>11}  interactions"]
    for row in found.ranked(found.best)[:_RESIDUES].tolist():
        cells = [
            f"{view.residues[row]:>{11}.3f}"
            if view.unit == "share"
            else f"{view.residues[row]:>+11.3f}"
            for view in found.views.values()
        ]
        seen = ", ".join(dict.fromkeys(kinds.get(row, [])))
        label = f"{found.labels[row]:<{wide}}"
        lines.append(f"{label}{''.join(cells)}{found.closest[row]:>11.1f}  {seen}".rstrip())
    return lines


def pair_text(pair: str, logits: Sequence[PairLogit]) -> str:
    """Return the terms of a pair's logit in every head, a line each."""
    names = list(logits[0].terms)
    wide = max(len(str(one.head)) for one in logits)
    columns = (*names, "logit", "ln envelope", "null logit", "attention")
    sizes = [max(len(name), 7) + 2 for name in columns]
    head = "".join(f"{name:>{size}}" for name, size in zip(columns, sizes, strict=True))
    lines = [f"{pair}: the logit is the sum of its terms", f"{'head':<{wide}}{head}"]
    for one in logits:
        values = (*one.terms.values(), one.logit, one.log_envelope, one.null_logit, one.attention)
        cells = "".join(
            f"{value:>+{size}.3f}" if name != "attention" else f"{value:>{size}.3f}"
            for name, value, size in zip(columns, values, sizes, strict=True)
        )
        lines.append(f"{one.head!s:<{wide}}{cells}")
    return "\n".join(lines) + "\n"


def difference_text(found: Difference) -> str:
    """Return where the difference between two answers comes from, as lines of text."""
    lines = [f"{found.second} less {found.first}: {found.pK:+.2f} pK", ""]
    contacts = sum(one.changes["ledger"] for one in found.residues)
    for name, change in found.tokens.items():
        lines.append(f"  {name:<16}{change:>+9.3f}")
    lines += [f"  {'contacts':<16}{contacts:>+9.3f}", ""]
    names = list(found.residues[0].changes) if found.residues else []
    wide = max((len(one.label) for one in found.residues), default=7)
    lines.append(f"{'residue':<{wide}}" + "".join(f"{name:>11}" for name in names))
    for one in found.residues[:_RESIDUES]:
        cells = "".join(f"{one.changes[name]:>+11.3f}" for name in names)
        lines.append(f"{one.label:<{wide}}{cells}")
    return "\n".join(lines) + "\n"
