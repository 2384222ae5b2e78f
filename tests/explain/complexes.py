"""Packaged complexes, read and answered once for the tests of the room."""

from __future__ import annotations

from functools import cache

from molattn.explain.altered_answers import AlteredAnswers
from molattn.explain.explainer import ExplainSettings, explain, read_complex
from molattn.explain.explanation import Explanation
from molattn.predict.predictor import Predictor
from molattn.predict.prepare import Prepared
from molattn.predict.request import Request, Settings
from molattn.resources import example


@cache
def predictor() -> Predictor:
    """Return the shipped weights."""
    return Predictor.load()


@cache
def request(name: str) -> Request:
    """Return the request for a packaged complex."""
    files = example(name)
    return Request(files.protein, files.ligand)


@cache
def prepared(name: str) -> Prepared:
    """Return a packaged complex with its graph."""
    return read_complex(request(name), Settings())


@cache
def altered(name: str) -> AlteredAnswers:
    """Return the answers to altered copies of a packaged complex."""
    return AlteredAnswers(predictor().ensemble, prepared(name).graph)


@cache
def explained(name: str) -> Explanation:
    """Return a packaged complex explained with everything on."""
    return explain(request(name), predictor=predictor(), settings=ExplainSettings())
