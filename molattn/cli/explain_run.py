"""The work of ``molattn explain``: what is asked, files written, text shown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from molattn.cli.explanation_text import difference_text, explanation_text, pair_text
from molattn.cli.messages import Messages
from molattn.errors import UsageError
from molattn.explain.comparison import difference
from molattn.explain.explainer import FAST, ExplainSettings, explain, read_complex
from molattn.explain.explanation import Explanation, ViewName
from molattn.explain.exports import ENDINGS, export
from molattn.explain.pair_logit import pair_logits, parse_pair
from molattn.predict.output_file import check_writable
from molattn.predict.predictor import Predictor
from molattn.predict.request import Request, Settings

REPORT: Final = (".html", ".htm")
_SLOW_VIEWS: Final = ("gradients",)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained; as the options of ``molattn explain``."""

    protein: str
    ligand: str | None
    code: str
    template: str
    record: int
    against: str | None
    pair: str | None
    fast: bool

    def request(self) -> Request:
        """Return the request for the pose.

        Raises
        ------
        UsageError
            There is no ligand, or there are two.
        """
        if (self.ligand is None) == (not self.code):
            raise UsageError("Give one ligand: a file after PROTEIN, or --ligand RES:CHAIN:NUM.")
        if self.code:
            return Request(self.protein, code=self.code, template=self.template)
        return Request(self.protein, self.ligand, record=self.record)


def run(
    asked: Asked,
    scoring: Settings,
    *,
    weights: Path | None,
    calibration: Path | None,
    temperature: float,
    out: Sequence[Path],
    view: ViewName | None,
    messages: Messages,
) -> None:
    """Explain, write the files, show the rest on standard output.

    Raises
    ------
    MolattnError
        With a sentence; nothing was written then.
    """
    request = asked.request()
    _check_outputs(asked, out)
    if asked.fast and view in _SLOW_VIEWS:
        raise UsageError(f"--fast leaves out {view}; choose another --view or leave --fast out.")
    # one complex is too small to share: two threads gain nothing, and wait where a core is busy
    predictor = Predictor.load(weights, threads=1, temperature=temperature, calibration=calibration)
    if asked.pair is not None:
        atom, residue = parse_pair(asked.pair)
        one = read_complex(request, scoring)
        found = pair_logits(
            predictor.ensemble,
            one.graph,
            one.ligand.mol,
            atom,
            residue,
            temperature=temperature,
        )
        sys.stdout.write(pair_text(asked.pair, found))
        return
    settings = FAST if asked.fast else ExplainSettings()

    def explained(pose: Request) -> Explanation:
        return explain(pose, predictor=predictor, settings=settings, scoring=scoring)

    found_one = explained(request)
    # before anything is written, since this may fail
    other = explained(Request(asked.protein, asked.against)) if asked.against is not None else None
    for note in found_one.notes:
        messages.warning(note)
    for path in out:
        for written in _write(found_one, path, view):
            messages.info(f"Wrote {written}.", event="written", path=str(written))
    sys.stdout.write(explanation_text(found_one))
    if other is not None:
        sys.stdout.write("\n" + difference_text(difference(found_one, other)))


def _check_outputs(asked: Asked, out: Sequence[Path]) -> None:
    if asked.pair is not None and (out or asked.against):
        raise UsageError("--pair shows one logit; leave out --out and --against.")
    for path in out:
        if path.suffix.lower() not in (*REPORT, *ENDINGS):
            known = ", ".join((REPORT[0], *ENDINGS))
            raise UsageError(f"{path} must end with one of {known}.")
        check_writable(path)


def _write(found: Explanation, path: Path, view: ViewName | None) -> tuple[Any, ...]:
    if path.suffix.lower() in REPORT:
        from molattn.explain.report import write_report

        write_report(found, path)
        return (path,)
    return export(found, path, view)
