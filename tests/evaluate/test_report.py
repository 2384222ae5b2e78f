"""The HTML page: well formed, self-contained, escaped, and with the figures of the table."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from molattn.errors import OutputError
from molattn.evaluate.affinity_drawings import scatter
from molattn.evaluate.metrics import Estimate
from molattn.evaluate.plots import Plot, write_drawings
from molattn.evaluate.report import LARGEST_SVG, html, installed_versions, write_html
from molattn.evaluate.table import Heading, Line, Section, Table, line_blocks

VOID = {"meta", "img", "br", "link", "hr"}
NAN = float("nan")


class Page(HTMLParser):
    """Reads a page and checks that every element is closed where it was opened."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.cells, self.attributes = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.attributes += [(tag, key, value) for key, value in held.items()]
        self.ids += [held["id"]] if "id" in held else []
        self.links += [held["href"]] if tag == "a" else []
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


@pytest.fixture(scope="module")
def table():
    """Return a table whose titles try to break out of the page."""
    line = Line(
        model="model",
        title='<script>alert("x")</script> & co',
        regime="all",
        rows=40,
        clusters=9,
        metrics={"pearson": Estimate(0.7, 0.6, 0.8), "rmse": Estimate(NAN, NAN, NAN)},
        folds={},
        within={},
        coverage=0.9,
        width=3.5,
        difference={},
    )
    section = Section(
        "by_target",
        "Within <each> target",
        (Heading("target", "target"), Heading("r", "R & R")),
        (("A<B", Estimate(0.51, 0.1, 0.9)),),
        "A note with $dollars and </section>.",
    )
    empty = Section("nothing", "Nothing here", (Heading("x", "x"),), ())
    return Table((line,), ("5 rows < 6 are left out.",), (section, empty))


@pytest.fixture(scope="module")
def plots(tmp_path_factory):
    """Return one plot as written."""
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("plots")
    return write_drawings([scatter(np.arange(5.0), np.arange(5.0))], folder)[0]


def test_the_page_is_well_formed_and_escaped(table, plots):
    text = html(table, plots, "A & <B>", "molattn evaluate 'a<b>' --out x", {"molattn": "1.0"})
    page = Page(text)
    assert text.startswith("<!DOCTYPE html>")
    assert "<title>A &amp; &lt;B&gt;</title>" in text
    assert '<script>alert("x")</script> & co' in page.cells
    assert "<script" not in text
    assert "molattn evaluate &#x27;a&lt;b&gt;&#x27; --out x" in text
    assert "A note with $dollars and &lt;/section&gt;." in text
    assert "5 rows &lt; 6 are left out." in text
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} == set(page.ids)


def test_the_page_needs_nothing_beside_it(table, plots):
    text = html(table, plots)
    page = Page(text)
    sources = [value for _, key, value in page.attributes if key in ("src", "href", "srcset")]
    assert all(value.startswith(("data:image/", "#")) for value in sources)
    assert not re.search(r"url\(|@import|https?://", text)
    assert "prefers-color-scheme: dark" in text and "@media print" in text


def test_the_page_holds_the_figures_of_the_table(table):
    page = Page(html(table))
    block = line_blocks(table)[0]
    assert set(block.columns) | {cell for row in block.rows for cell in row} <= set(page.cells)
    assert "0.51 [0.10, 0.90]" in page.cells
    assert "nan" not in " ".join(page.cells)


def test_plots_stand_within_the_page_as_written(table, plots):
    text = html(table, plots)
    found = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", text)
    assert [base64.b64decode(one) for one in found] == [plots[0].svg.read_bytes()]
    assert f'alt="{plots[0].caption}"' in text


def test_a_large_svg_goes_in_as_png(table, plots, tmp_path):
    large = tmp_path / "large.svg"
    large.write_text("<svg>" + " " * LARGEST_SVG + "</svg>")
    text = html(table, (Plot("large", "Large.", plots[0].png, large),))
    (found,) = re.findall(r"data:image/png;base64,([^\"]+)", text)
    assert base64.b64decode(found) == plots[0].png.read_bytes()


def test_a_plot_that_is_gone_is_named(table, tmp_path):
    text = html(table, (Plot("a<b", "Gone.", tmp_path / "x.png", tmp_path / "x.svg"),))
    assert "The plot a&lt;b could not be read." in text
    Page(text)


def test_an_empty_table_is_still_a_page():
    text = html(Table(()), versions={})
    page = Page(text)
    assert page.ids == [] and "Models" not in text


def test_a_section_without_rows_says_so(table):
    assert "Nothing to report." in html(table)


def test_versions_are_those_that_are_installed():
    found = installed_versions(("numpy", "no-such-package-at-all"))
    assert found == {"numpy": np.__version__}


def test_the_page_is_written_or_the_fault_named(table, tmp_path):
    write_html(table, (), tmp_path / "report.html", title="Évaluation")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h1>Évaluation</h1>" in text and "numpy" in text
    with pytest.raises(OutputError, match="absent"):
        write_html(table, (), tmp_path / "absent" / "report.html")
