"""The report of an internal error: what a developer needs, in a file."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from molattn import __version__


def write_report(error: Exception, words: list[str]) -> Path:
    """Write a report into the working folder, or the temporary one, and return its path.

    Parameters
    ----------
    error
        What ended the run.
    words
        The command line, without the program.
    """
    now = datetime.now(UTC)
    lines = [
        f"molattn {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"{now.isoformat(timespec='seconds')}",
        f"command: {shlex.join(['molattn', *words])}",
        "",
        *traceback.format_exception(error),
    ]
    name = f"molattn-report-{now:%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        path = folder / name
        try:
            path.write_text("\n".join(lines), encoding="utf-8")
        except OSError:
            continue
        return path
    sys.stderr.write("\n".join(lines))
    return Path("the lines above")
