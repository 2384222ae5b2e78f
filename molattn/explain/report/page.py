"""The frame of the page: policy, styles, contents, scripts. One file that asks nothing of others.

The policy names the scripts and the styles by their hashes, so nothing else can run or be fetched,
whatever a name in the input says.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Final

from molattn.explain.colours import DARK, LIGHT
from molattn.explain.report.markup import safe

_PAGE: Final = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<h1>$title</h1>
<nav aria-label="Contents">$contents</nav>
</header>
<main id="main" tabindex="-1">
$body
</main>
<footer>
<p class="soft">$footer</p>
</footer>
$blocks
$scripts
</body>
</html>
""")
_HUES: Final = Template(""":root { --share: $share; --raise: $raise_; --lower: $lower; }
""")


def page(
    title: str,
    sections: Mapping[str, tuple[str, str]],
    blocks: Sequence[str],
    footer: str,
) -> str:
    """Return a whole page.

    Parameters
    ----------
    title, footer
        Plain text.
    sections
        Anchor to plain heading and HTML; those without HTML are left out, those without heading
        stand above the others.
    blocks
        HTML at the end, before the scripts.
    """
    shown = {anchor: part for anchor, part in sections.items() if part[1]}
    style = _style()
    scripts = [_viewer(), _own("page.js")]
    return _PAGE.substitute(
        policy=policy(scripts, style),
        title=safe(title),
        style=style,
        contents=" ".join(
            f'<a href="#{anchor}">{safe(head)}</a>' for anchor, (head, _) in shown.items() if head
        ),
        body="\n".join(_section(anchor, *part) for anchor, part in shown.items()),
        footer=safe(footer),
        blocks="\n".join(blocks),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def policy(scripts: Sequence[str], style: str) -> str:
    """Return the Content-Security-Policy under which these scripts and this style work.

    Pictures from data are what the icon and the printed view in space need; nothing is fetched.
    """
    allowed = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _section(anchor: str, head: str, text: str) -> str:
    if not head:
        return f'<div id="{anchor}">\n{text}\n</div>'
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}-title">\n'
        f'<h2 id="{anchor}-title">{safe(head)}</h2>\n{text}\n</section>'
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _style() -> str:
    light, dark = (
        _HUES.substitute(share=hues["share"], raise_=hues["raise"], lower=hues["lower"])
        for hues in (LIGHT, DARK)
    )
    # paper is white, so the hues of the dark scheme are for screens alone
    scheme = f"@media screen and (prefers-color-scheme: dark) {{ {dark}}}\n"
    return f"\n{light}{scheme}{_own('page.css')}"


def _own(name: str) -> str:
    return (files("molattn.explain.report") / name).read_text(encoding="utf-8")


def _viewer() -> str:
    folder = files("molattn.resources") / "vendor"
    script = (folder / "3Dmol-min.js").read_text(encoding="utf-8")
    return f"{_notice()}\n{script}"


def _notice() -> str:
    """Return the licence of the viewer, which must go wherever the viewer goes."""
    folder = files("molattn.resources") / "vendor"
    text = (folder / "3Dmol-LICENSE.txt").read_text(encoding="utf-8")
    return f"/*!\n3Dmol.js 2.5.5\n{text.replace('*/', '* /')}\n*/"
