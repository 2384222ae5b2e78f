"""What a builder kept, repaired and dropped, and why.

``summary.md`` and ``summary.json`` count, ``account.csv`` says it of every record.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from data_prep.shards import Outcome, write_whole
from molattn.errors import InputError, LigandUnreadable, MolattnError, PocketEmpty

ACCOUNT_FILE: Final = "account.csv"
_EXAMPLES: Final = 3  # records named for each reason


def write_summary(
    folder: Path, title: str, outcomes: Sequence[Outcome], figures: Mapping[str, Any]
) -> str:
    """Write the summary of a builder and return it as Markdown.

    Parameters
    ----------
    folder
        Existing folder of the results.
    title
        What was built.
    outcomes
        The account of every record.
    figures
        Other figures worth knowing, by name.
    """
    counts = Counter(one.status for one in outcomes)
    reasons = Counter((one.status, one.reason) for one in outcomes if one.reason)
    values = {
        "title": title,
        "records": len(outcomes),
        "kept": counts["kept"] + counts["repaired"],
        "of_them_repaired": counts["repaired"],
        "dropped": counts["dropped"],
        "reasons": [
            {"status": status, "reason": reason, "records": count}
            for (status, reason), count in reasons.most_common()
        ],
        **figures,
    }
    write_whole(folder / ACCOUNT_FILE, account_text(outcomes))
    write_whole(folder / "summary.json", json.dumps(values, indent=1) + "\n")
    text = _markdown(title, outcomes, values, figures)
    write_whole(folder / "summary.md", text)
    return text


def reason_of(error: Exception) -> str:
    """Return why a record is dropped, in words that are the same for all errors of a kind."""
    if isinstance(error, LigandUnreadable):
        return "ligand cannot be read"
    if isinstance(error, PocketEmpty):
        return "ligand and protein do not meet"
    if isinstance(error, InputError):
        return "file cannot be read"
    if isinstance(error, MolattnError):
        return "row cannot be used"
    return f"unforeseen failure ({type(error).__name__})"


def account_text(account: Sequence[Outcome]) -> str:
    """Return what became of every record, as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "status", "reason", "detail"])
    writer.writerows([one.id, one.status, one.reason, one.detail] for one in account)
    return text.getvalue()


def _markdown(
    title: str,
    outcomes: Sequence[Outcome],
    values: Mapping[str, Any],
    figures: Mapping[str, Any],
) -> str:
    lines = [
        f"# {title}",
        "",
        f"{values['records']} records: {values['kept']} kept "
        f"({values['of_them_repaired']} of them repaired), {values['dropped']} dropped.",
        "",
    ]
    lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in figures.items()]
    if values["reasons"]:
        lines += ["", "| status | reason | records | for example |", "| --- | --- | --- | --- |"]
    for reason in values["reasons"]:
        named = [
            one.id
            for one in outcomes
            if (one.status, one.reason) == (reason["status"], reason["reason"])
        ]
        examples = ", ".join(named[:_EXAMPLES]).replace("|", "\\|")
        lines.append(
            f"| {reason['status']} | {reason['reason']} | {reason['records']} | {examples} |"
        )
    return "\n".join(lines) + "\n"
