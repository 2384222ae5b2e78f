"""The page in a real browser: it draws, switches and sorts, without an error or a request."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from molattn.explain.explanation import Explanation
from molattn.explain.report import write_report
from tests.explain import made_up
from tests.explain.browser import Tab, browser_tab, find_browser

EVIL = "</script><script>alert(1)</script>'\"<b>&\u2028"


def _needs_a_browser() -> None:
    if find_browser() is None and not os.environ.get("CI"):
        pytest.skip("neither chromium nor google-chrome is installed")
    assert find_browser(), "CI must have chromium or google-chrome"


def _drawn(tab: Tab) -> list[int]:
    """Return the pixels of the viewer's canvas, made smaller."""
    pixels = tab.evaluate("""(() => {
      const from = document.querySelector("#viewer canvas");
      const to = document.createElement("canvas");
      [to.width, to.height] = [120, 80];
      const context = to.getContext("2d");
      context.drawImage(from, 0, 0, to.width, to.height);
      const { data } = context.getImageData(0, 0, to.width, to.height);
      return Array.from(new Uint32Array(data.buffer));
    })()""")
    assert len(set(pixels)) > 100, "the canvas is blank"
    return list(pixels)


def _shown(tab: Tab) -> list[str]:
    return list(
        tab.evaluate("""[...new Set([...document.querySelectorAll("[data-view]")]
          .filter((one) => !one.hidden).map((one) => one.dataset.view))]""")
    )


def _sorted_by(tab: Tab, column: int) -> list[float]:
    values = tab.evaluate(f"""[...document.querySelectorAll("#residues tbody tr")]
      .map((row) => row.cells[{column}].dataset.value)""")
    return [float(value) for value in values]


def _look(tab: Tab, path: Path, explanation: Explanation) -> None:
    """Open a page, see that it draws, and that another view is drawn otherwise."""
    tab.open(path)
    assert tab.evaluate("window.molattnReady") == "space"
    assert _shown(tab) == [explanation.best.name]
    before = _drawn(tab)
    tab.evaluate("document.querySelector('[data-switch][value=attention]').click()")
    assert _shown(tab) == ["attention"] and _drawn(tab) != before


def _tour(tab: Tab, explanation: Explanation) -> None:
    """Go through the views with the keyboard."""
    tab.evaluate("document.querySelector('[data-switch]:checked').focus()")
    visited = set()
    for _ in explanation.views:
        tab.press("ArrowRight", 39)
        chosen = str(tab.evaluate("document.documentElement.dataset.chosen"))
        assert _shown(tab) == [chosen]
        visited.add(chosen)
    assert visited == set(explanation.views)


def _sort(tab: Tab) -> None:
    """Sort the table of residues by distance with the keyboard, both ways."""
    tab.evaluate("document.querySelectorAll('#residues th button')[1].focus()")
    tab.press("Enter", 13, "\r")
    falling = _sorted_by(tab, 1)
    assert falling == sorted(falling, reverse=True)
    tab.press("Enter", 13, "\r")
    assert _sorted_by(tab, 1) == falling[::-1]
    state = "document.querySelectorAll('#residues th')[1].getAttribute('aria-sort')"
    assert tab.evaluate(state) == "ascending"


def _turn(tab: Tab) -> None:
    """Turn the ligand with a key, come back, and lay interactions by rule over it."""
    tab.evaluate("document.getElementById('viewer').focus()")
    before = _drawn(tab)
    tab.press("ArrowLeft", 37)
    assert _drawn(tab) != before
    tab.press("0", 48, "0")
    assert _drawn(tab) == before
    for layer in ("rules", "elements", "rest"):
        tab.evaluate(f"document.querySelector('[data-layer={layer}]').click()")
    assert _drawn(tab) != before


def test_pages_draw_switch_and_sort_without_an_error_or_a_request(tmp_path: Path) -> None:
    _needs_a_browser()
    cases = {
        "whole": made_up.named(made_up.packaged("1s3v"), EVIL),
        # read carelessly, mercury is a hydrogen and the atoms after it shift
        "metal": made_up.with_metal(tmp_path, "HG"),
        "peptide": made_up.with_peptide(),
    }
    with browser_tab(tmp_path / "profile") as tab:
        tab.window(600, 500)
        for name, explanation in cases.items():
            path = tmp_path / f"{name}.html"
            write_report(explanation, path)
            _look(tab, path, explanation)
            if name == "whole":
                _tour(tab, explanation)
                _sort(tab)
                _turn(tab)
            assert tab.complaints == []
            assert tab.requests == [path.as_uri()]
            wide = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide[0] <= wide[1], json.dumps(wide)


def test_without_webgl_the_contacts_are_there_as_text(tmp_path: Path) -> None:
    _needs_a_browser()
    explanation = made_up.packaged("1ia1", fast=True)
    path = tmp_path / "text.html"
    write_report(explanation, path)
    with browser_tab(tmp_path / "profile", "--disable-3d-apis") as tab:
        tab.window(400, 800, dark=True)
        tab.open(path)
        assert tab.evaluate("window.molattnReady") == "text"
        assert tab.evaluate("document.getElementById('no-viewer').offsetHeight") > 0
        assert tab.evaluate("document.querySelector('#viewer').offsetHeight") == 0
        tab.evaluate("document.querySelector('[data-switch][value=attention]').click()")
        assert _shown(tab) == ["attention"]
        assert tab.complaints == [] and tab.requests == [path.as_uri()]
        assert tab.evaluate("document.documentElement.scrollWidth") <= 400
