"""The outcome of a screen: from shards to tables, hits, reasons and a page to read.

======================================  ========================================================
``scores.parquet``                      every record of the library, in its order
``hits.parquet``, ``.csv``, ``.sdf``    the best, by rank
``failed.csv``                          every record without a score, and why
``summary.html``                        one page for people
======================================  ========================================================

Shards are read one at a time, twice: once for figures, ranks and names of columns, once for the
rows themselves. Neither holds more than one shard and the hits, so memory is flat in the number of
records, but for five bytes each of those marked as active or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from molattn.errors import UsageError
from molattn.predict.output_file import check_writable, write_atomically
from molattn.screen.hits import write_hits
from molattn.screen.score_table import write_score_table
from molattn.screen.summary import Enrich, SummaryRequest, actives_notes, summary_html
from molattn.screen.survey import RankBy, Survey, survey_shards

SCORES: Final = "scores.parquet"
FAILED: Final = "failed.csv"
SUMMARY: Final = "summary.html"
FILES: Final = (SCORES, "hits.parquet", "hits.csv", "hits.sdf", FAILED, SUMMARY)
"""Every file of an outcome."""


@dataclass(frozen=True, slots=True)
class OutcomeSettings:
    """What is asked of an outcome.

    Attributes
    ----------
    top
        How many hits.
    rank_by
        Column they are ranked by, the highest first.
    actives
        Column carried through that marks actives (1 or 0, true or false, yes or no, active or
        inactive or decoy); "" for none.
    plausible_first
        Whether records of implausible poses stand behind all others.
    """

    top: int = 100
    rank_by: RankBy = "pK"
    actives: str = ""
    plausible_first: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out.

    Attributes
    ----------
    records
        Of the library; ``scored`` and ``failed`` add up to it.
    scored
        Have a score.
    warnings
        Of them, those with a warning.
    failed
        Have none.
    hits
        Rows of the tables of hits.
    notes
        What was asked and could not be done, a sentence each.
    """

    records: int
    scored: int
    warnings: int
    failed: int
    hits: int
    notes: tuple[str, ...] = ()


def write_outcome(
    shards: Sequence[Path],
    folder: Path,
    settings: OutcomeSettings,
    *,
    records: int,
    about: Mapping[str, str],
    enrichment: Enrich | None = None,
) -> Outcome:
    """Write the files of an outcome, each whole or not at all.

    Parameters
    ----------
    shards
        In the order of the library, whose every place they hold once.
    folder
        Exists already.
    settings
        What is asked.
    records
        How many records the library has.
    about
        Facts at the head of the summary, name to text, ``library`` and ``receptor`` among them.
    enrichment
        Figures by name from scores and which are active, [n] each; a higher score is better.
        Marked records without a score come with one below all others.

    Raises
    ------
    UsageError
        Fewer than one hit was asked for.
    FileUnreadable
        A shard is missing or damaged.
    InternalError
        The shards do not hold every record once.
    OutputError
        A file cannot be written.
    """
    if settings.top < 1:
        raise UsageError(f"At least 1 hit must be kept, and {settings.top} were asked for.")
    for name in FILES:
        check_writable(folder / name)
    survey = Survey(
        settings.rank_by, settings.top, settings.actives, plausible_first=settings.plausible_first
    )
    survey_shards(shards, records, survey, folder / FAILED)
    hits = write_score_table(shards, folder / SCORES, survey.carried, survey.ranking.ranks())
    write_hits(hits, list(survey.carried.values()), folder)
    asked = SummaryRequest(survey, hits, about, settings.rank_by, settings.actives, enrichment)
    write_atomically(folder / SUMMARY, summary_html(asked).encode())
    return Outcome(
        records=survey.records,
        scored=survey.scored,
        warnings=survey.warnings,
        failed=survey.failed,
        hits=len(hits),
        notes=tuple(actives_notes(survey, settings.actives)),
    )
