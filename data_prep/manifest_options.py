"""The options that say which rows of a manifest a builder takes, the same for every builder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from data_prep.command_line import at_least
from molattn.errors import UsageError
from molattn.train.manifest_config import DataConfig


def add_manifest_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of reading a manifest; see :func:`data_config`."""
    group = parser.add_argument_group("manifest")
    group.add_argument(
        "--root", type=Path, help="folder of the files (default: the manifest's own folder)"
    )
    group.add_argument("--label", default="pK", metavar="COLUMN", help="measured pK")
    group.add_argument(
        "--drop",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="leave out rows with this value; can be repeated",
    )
    group.add_argument(
        "--drop-labels",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="take rows with this value as unmeasured; can be repeated",
    )
    group.add_argument("--limit", type=at_least(1), metavar="N", help="take the first N rows only")


def data_config(chosen: argparse.Namespace, manifest: Path) -> DataConfig:
    """Return how to read a manifest, from the options of :func:`add_manifest_options`.

    Raises
    ------
    UsageError
        A filter is not of the form COLUMN=VALUE.
    """
    return DataConfig(
        manifest=manifest,
        root=chosen.root,
        label_column=chosen.label,
        drop=_filters(chosen.drop),
        drop_labels=_filters(chosen.drop_labels),
        limit=chosen.limit,
    )


def _filters(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        column, mark, value = text.partition("=")
        if not mark or not column:
            raise UsageError(f"{text!r} is no filter; write COLUMN=VALUE.")
        found[column] = (*found.get(column, ()), value)
    return found
