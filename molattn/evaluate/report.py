"""One HTML page of an evaluation that needs nothing beside it: tables, plots, notes, versions.

No script, no network: styles stand in the page and plots are images within it (SVG, where a file
is small enough, else PNG), so it opens from a mail as from a disk, in light and dark, and prints.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from importlib import metadata
from pathlib import Path
from string import Template
from typing import Final

from molattn.errors import OutputError
from molattn.evaluate.plots import Plot
from molattn.evaluate.table import Block, Table, line_blocks, section_block

PACKAGES: Final = (
    "molattn",
    "numpy",
    "scipy",
    "rdkit",
    "torch",
    "scikit-learn",
    "vina",
    "matplotlib",
)
"""Packages whose versions stand at the foot of the page, as far as they are installed."""

LARGEST_SVG: Final = 600_000
"""An SVG of more bytes goes into the page as PNG."""

READING: Final = (
    "Figures in brackets are 95 % bootstrap intervals. pK is -log10 of the affinity in mol/L; "
    "RMSE, MAE and widths are in pK. Δ is the model minus the line it stands on, on the same rows "
    "and the same draws."
)
"""How to read every table."""

_PAGE: Final = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
:root { --ink: #1b1f24; --paper: #ffffff; --soft: #5a6470; --line: #d8dee4; --band: #f4f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --paper: #15191e; --soft: #9aa5b1; --line: #343c45; --band: #1d232a; }
}
body { color: var(--ink); background: var(--paper); margin: 0 auto; max-width: 76rem;
  padding: 1.5rem; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p, li { max-width: 50rem; }
.soft { color: var(--soft); font-size: .9rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: right; vertical-align: top;
  border-bottom: 1px solid var(--line); }
td { white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 9rem; }
tbody tr:nth-child(even) { background: var(--band); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; break-inside: avoid; }
figure img { width: 100%; max-width: 36rem; height: auto; background: #ffffff;
  border: 1px solid var(--line); border-radius: 4px; }
figcaption { color: var(--soft); font-size: .85rem; }
code { font-size: .85rem; overflow-wrap: anywhere; }
nav a { color: inherit; margin-right: 1rem; }
@media print {
  :root { --ink: #000000; --paper: #ffffff; --soft: #444444; --line: #bbbbbb; --band: #f4f4f4; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  table { font-size: 8pt; }
  .wide { overflow: visible; }
  th, td { padding: .15rem .35rem; white-space: normal; }
  nav { display: none; }
  tr { break-inside: avoid; }
}
</style>
</head>
<body>
<header>
<h1>$title</h1>
<p class="soft">$reading</p>
<nav>$contents</nav>
</header>
<main>
$body
</main>
<footer class="soft">
$foot
</footer>
</body>
</html>
""")


def write_html(
    table: Table,
    plots: Iterable[Plot],
    path: Path,
    title: str = "Evaluation",
    command: str | None = None,
    versions: Mapping[str, str] | None = None,
) -> None:
    """Write the page.

    Parameters
    ----------
    table
        Models by regime, further sections, and notes on what was left out.
    plots
        From :func:`molattn.evaluate.plots.write_drawings`; their files are read.
    path
        The HTML file.
    title
        Of the page.
    command
        The command line that made it, to be repeated.
    versions
        Package -> version; those that are installed by default.

    Raises
    ------
    OutputError
        The page cannot be written.
    """
    page = html(table, tuple(plots), title, command, versions)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as fault:
        raise OutputError(f"{path} cannot be written ({fault.strerror}).") from fault


def html(
    table: Table,
    plots: tuple[Plot, ...] = (),
    title: str = "Evaluation",
    command: str | None = None,
    versions: Mapping[str, str] | None = None,
) -> str:
    """Return the page that :func:`write_html` writes."""
    parts = {
        "models": ("Models", "\n".join(_table(block, "h3") for block in line_blocks(table))),
        "plots": ("Plots", _figures(plots)),
    }
    parts |= {
        f"section-{number}": (section.title, _table(section_block(section), None))
        for number, section in enumerate(table.sections, start=1)
    }
    parts["notes"] = ("Notes and what was left out", _notes(table.notes))
    shown = {anchor: part for anchor, part in parts.items() if part[1]}
    return _PAGE.substitute(
        title=escape(title),
        reading=escape(READING),
        contents=" ".join(
            f'<a href="#{anchor}">{escape(head)}</a>' for anchor, (head, _) in shown.items()
        ),
        body="\n".join(
            f'<section id="{anchor}">\n<h2>{escape(head)}</h2>\n{text}\n</section>'
            for anchor, (head, text) in shown.items()
        ),
        foot=_foot(command, installed_versions() if versions is None else versions),
    )


def installed_versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Return the version of each package that is installed."""
    found = {}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _table(block: Block, heading: str | None) -> str:
    """Return a block as an HTML table under its title."""
    parts = [] if heading is None else [f"<{heading}>{escape(block.title)}</{heading}>"]
    if block.rows:
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in block.columns)
        rows = "\n".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in block.rows
        )
        parts.append(
            f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody>\n</table></div>"
        )
    else:
        parts.append("<p>Nothing to report.</p>")
    if block.note:
        parts.append(f'<p class="soft">{escape(block.note)}</p>')
    return "\n".join(parts)


def _figures(plots: tuple[Plot, ...]) -> str:
    """Return every plot with its caption; a plot whose files are gone is named, not hidden."""
    if not plots:
        return ""
    return '<div class="plots">\n' + "\n".join(_figure(plot) for plot in plots) + "\n</div>"


def _figure(plot: Plot) -> str:
    """Return one plot as an image within the page; as an image its ids clash with no other's."""
    caption = escape(plot.caption)
    try:
        svg = plot.svg.read_bytes()
        small = len(svg) <= LARGEST_SVG
        content, kind = (svg, "svg+xml") if small else (plot.png.read_bytes(), "png")
    except OSError:
        return f"<p>The plot {escape(plot.name)} could not be read.</p>"
    data = base64.b64encode(content).decode("ascii")
    return (
        f'<figure><img alt="{caption}" src="data:image/{kind};base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _notes(notes: tuple[str, ...]) -> str:
    """Return the notes as a list, nothing without any."""
    if not notes:
        return ""
    return "<ul>\n" + "\n".join(f"<li>{escape(note)}</li>" for note in notes) + "\n</ul>"


def _foot(command: str | None, versions: Mapping[str, str]) -> str:
    """Return the command and the versions."""
    parts = [] if command is None else [f"<p>Made by <code>{escape(command)}</code></p>"]
    said = ", ".join(f"{package} {version}" for package, version in versions.items())
    parts += [f"<p>{escape(said)}</p>"] if said else []
    return "\n".join(parts)
