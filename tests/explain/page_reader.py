"""Reads a page strictly: every tag is closed in order; keeps tags, attributes and text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "img", "link", "hr", "input"}
HIDDEN = ("style", "title", "script")


class PageReader(HTMLParser):
    """A page taken apart.

    Attributes
    ----------
    tags
        Name and attributes of each, in order.
    content
        Text of scripts and styles.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.content: dict[str, list[str]] = {"script": [], "style": []}
        self._words: list[str] = []

    @property
    def text(self) -> str:
        """All text that can be seen, with single blanks."""
        return " ".join(self._words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag that opens."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag in self.content:
            self.content[tag].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag that is closed at once."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Take a tag that closes; it must be the one that opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self.open and self.open[-1] in self.content:
            self.content[self.open[-1]][-1] += data
        elif self.open and self.open[-1] not in HIDDEN:
            self._words += data.split()

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """Return the attributes of the tags of a name that have these values."""
        return [
            own
            for name, own in self.tags
            if name == tag and all(own.get(key) == value for key, value in wanted.items())
        ]


def read_page(page: str) -> PageReader:
    """Return a page taken apart."""
    reader = PageReader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def section(page: str, anchor: str) -> str:
    """Return the HTML of one section."""
    found = re.search(rf'<(section|div) id="{anchor}"(.*?)\n</\1>', page, re.DOTALL)
    assert found, anchor
    return found.group(2)


def panel(html: str, view: str) -> str:
    """Return the HTML of the panel of one view in a section."""
    parts = re.split(r'<div data-view="(\w+)"', html)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[view]


def scene_of(page: str) -> Any:
    """Return the data that the script draws."""
    found = re.search(r'id="scene-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def number(text: str) -> float:
    """Return a number as the page writes it."""
    return float(text.replace("−", "-").replace("%", "").strip())
