"""The shares of a library, screened apart (``--shard i/n``), joined to one outcome."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from molattn.errors import UsageError
from molattn.screen.chunks import parse_share
from molattn.screen.identity import shown_about
from molattn.screen.journal import Journal
from molattn.screen.kept_poses import POSES_FILE, write_poses
from molattn.screen.outcome import Outcome, OutcomeSettings, write_outcome
from molattn.screen.run_folder import is_running, locked
from molattn.screen.summary import Enrich


def merge(
    folders: Sequence[Path],
    out: Path,
    outcome: OutcomeSettings,
    *,
    enrichment: Enrich | None = None,
) -> Outcome:
    """Write the outcome of a library that was screened in shares.

    Parameters
    ----------
    folders
        One for each share, in any order.
    out
        Folder of the results.
    outcome
        What is written.
    enrichment
        As for `molattn.screen.run.screen`.

    Raises
    ------
    UsageError
        A share is missing, not finished, there twice, or of another screen.
    OutputError
        The results cannot be written.
    """
    _check_idle(folders, out)
    with ExitStack() as held:
        journals = [held.enter_context(Journal(folder)) for folder in folders]
        abouts = [journal.about() for journal in journals]
        _check_same(folders, [journal.about(compared=True) for journal in journals])
        _check_whole(folders, abouts)
        shards: dict[int, Path] = {}
        total, size = abouts[0]["total"], abouts[0]["chunk"]
        for journal in journals:
            shards |= {number: journal.shard(number) for number in journal.done()}
        missing = sorted(set(range(-(-total // size))) - set(shards))
        if missing:
            raise UsageError(
                f"{len(missing)} chunks are not scored yet, the first is chunk {missing[0]}; run "
                "the commands of their shares again, then merge."
            )
        held.enter_context(locked(out))
        kept = {path.name: path for journal in journals for path in journal.pose_shards()}
        if kept:
            write_poses([kept[name] for name in sorted(kept)], out / POSES_FILE)
        return write_outcome(
            [shards[number] for number in sorted(shards)],
            out,
            outcome,
            records=total,
            about=shown_about(journals[0]),
            enrichment=enrichment,
        )


def _check_idle(folders: Sequence[Path], out: Path) -> None:
    for folder in folders:
        if folder.resolve() == out.resolve():
            raise UsageError(f"{folder} is the folder of a share; give the results another --out.")
        if is_running(folder):
            raise UsageError(f"A process is screening into {folder}; merge when it has ended.")


def _check_same(folders: Sequence[Path], identities: Sequence[dict[str, Any]]) -> None:
    first = identities[0]
    for folder, other in zip(folders[1:], identities[1:], strict=True):
        names = {**first, **other}
        changed = [one for one in names if one != "shard" and other.get(one) != first.get(one)]
        if changed:
            raise UsageError(
                f"{folder} is of another screen than {folders[0]}: another {changed[0]}."
            )


def _check_whole(folders: Sequence[Path], abouts: Sequence[dict[str, Any]]) -> None:
    for folder, about in zip(folders, abouts, strict=True):
        if "total" not in about or "shard" not in about:
            raise UsageError(f"{folder} is not finished; run its command again, then merge.")
    shares = [parse_share(about["shard"]) for about in abouts]
    numbers = sorted(share.number for share in shares)
    if numbers != list(range(1, shares[0].of + 1)):
        given = ", ".join(map(str, shares))
        raise UsageError(
            f"The shares {given} do not make up the library; name the folder of each of the "
            f"{shares[0].of} once."
        )
