"""The frame of the summary page: styles, heading, contents. No script, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import Final

_PAGE: Final = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
:root { --ink: #1b1f24; --paper: #ffffff; --soft: #5a6470; --line: #d8dee4; --band: #f4f6f8;
  --bar: #8fa9c4; --mark: #c2410c; --warn: #fff4e5; --warn-line: #d97706; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --paper: #15191e; --soft: #9aa5b1; --line: #343c45; --band: #1d232a;
    --bar: #55718f; --mark: #fb923c; --warn: #33260f; --warn-line: #d97706; }
}
* { box-sizing: border-box; }
body { color: var(--ink); background: var(--paper); margin: 0 auto; max-width: 76rem;
  padding: 1.5rem; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .7rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { max-width: 50rem; margin: .5rem 0; }
.soft { color: var(--soft); font-size: .9rem; }
.warn { background: var(--warn); border-left: 4px solid var(--warn-line); padding: .5rem .8rem; }
.wide { overflow-x: auto; }
nav a { color: inherit; margin-right: 1rem; }
dl { margin: .8rem 0; display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; list-style: none; padding: 0; }
.tiles li { background: var(--band); border: 1px solid var(--line); border-radius: 6px;
  padding: .5rem 1rem; min-width: 8rem; }
.tiles b { display: block; font-size: 1.5rem; font-weight: 600; line-height: 1.3;
  font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: right; vertical-align: top; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
th.text, td.text { text-align: left; white-space: normal; }
td.text { overflow-wrap: anywhere; min-width: 5rem; }
svg { display: block; max-width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--line); }
svg .bar { fill: var(--bar); }
svg .mark { stroke: var(--mark); stroke-width: 1.5; }
figure { margin: 0; break-inside: avoid; }
figcaption { color: var(--soft); font-size: .85rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem;
  list-style: none; padding: 0; margin: .8rem 0; }
.cards li { border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem;
  break-inside: avoid; min-width: 0; }
.cards svg, .blank { margin: .3rem auto; }
.blank { color: var(--soft); display: block; text-align: center; padding: 4rem 0; }
.card-head { display: flex; gap: .5rem; align-items: baseline; margin: 0; }
.card-head b { overflow-wrap: anywhere; min-width: 0; }
.rank { color: var(--soft); font-variant-numeric: tabular-nums; }
.figure { font-variant-numeric: tabular-nums; margin: .2rem 0; font-size: .9rem; }
.figure strong { font-size: 1.15rem; }
.contacts { font-size: .85rem; margin: .2rem 0; overflow-wrap: anywhere; }
.whole { white-space: nowrap; }
.tag { border: 1px solid var(--line); border-radius: 4px; padding: 0 .35rem; font-size: .8rem;
  white-space: nowrap; }
.tag.out, .fault { color: var(--mark); }
.fault { font-size: .85rem; margin: .2rem 0; }
@media print {
  :root { --ink: #000000; --paper: #ffffff; --soft: #444444; --line: #bbbbbb; --band: #f4f4f4;
    --bar: #9aaabb; --mark: #b03a00; --warn: #ffffff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  .wide { overflow: visible; }
  .cards { grid-template-columns: repeat(3, 1fr); gap: .5rem; }
  tr, .tiles li { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
</style>
</head>
<body>
<header>
<h1>$title</h1>
$facts
<nav>$contents</nav>
</header>
<main>
$body
</main>
</body>
</html>
""")


def page(title: str, about: Mapping[str, str], sections: Mapping[str, tuple[str, str]]) -> str:
    """Return a whole page.

    Parameters
    ----------
    title, about
        Plain text; ``about`` is a list of facts, name to text.
    sections
        Anchor to plain heading and HTML; those without HTML are left out.
    """
    shown = {anchor: part for anchor, part in sections.items() if part[1]}
    facts = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in about.items()
    )
    return _PAGE.substitute(
        title=escape(title),
        facts=f"<dl>\n{facts}\n</dl>" if facts else "",
        contents=" ".join(
            f'<a href="#{anchor}">{escape(head)}</a>' for anchor, (head, _) in shown.items()
        ),
        body="\n".join(
            f'<section id="{anchor}">\n<h2>{escape(head)}</h2>\n{text}\n</section>'
            for anchor, (head, text) in shown.items()
        ),
    )


def html_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], text_columns: Sequence[int] = (0,)
) -> str:
    """Return a table.

    Parameters
    ----------
    columns, rows
        Plain text.
    text_columns
        Places of columns that hold words, to the left; the others hold numbers.
    """

    def cell(kind: str, place: int, text: str) -> str:
        side = ' class="text"' if place in text_columns else ""
        scope = ' scope="col"' if kind == "th" else ""
        return f"<{kind}{scope}{side}>{escape(text)}</{kind}>"

    def line(kind: str, cells: Sequence[str]) -> str:
        return "<tr>" + "".join(cell(kind, place, text) for place, text in enumerate(cells))

    body = "\n".join(line("td", row) + "</tr>" for row in rows)
    return (
        f'<div class="wide"><table>\n<thead>{line("th", columns)}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def paragraph(text: str, kind: str = "") -> str:
    """Return plain text as a paragraph; ``kind`` is ``soft``, ``warn`` or nothing."""
    style = f' class="{kind}"' if kind else ""
    return f"<p{style}>{escape(text)}</p>"


def share(part: int, whole: int) -> str:
    """Return a share in per cent, a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
