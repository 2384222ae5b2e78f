"""Everything the program says beside its results, on standard error, as text or as JSON lines."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Messages:
    """Where messages go and how they look.

    Attributes
    ----------
    quiet
        Say nothing but errors.
    as_json
        One JSON object a line: time, level, message and the fields of the event.
    """

    quiet: bool = False
    as_json: bool = False

    def info(self, text: str, **fields: object) -> None:
        """Say how the work goes."""
        if not self.quiet:
            self._write("info", text, fields)

    def warning(self, text: str, **fields: object) -> None:
        """Say what the reader should look at."""
        if not self.quiet:
            self._write("warning", text, fields)

    def error(self, text: str, **fields: object) -> None:
        """Say why nothing, or not all, could be done; said even when quiet."""
        self._write("error", text, fields)

    def _write(self, level: str, text: str, fields: dict[str, object]) -> None:
        if self.as_json:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = {"time": now, "level": level, "message": text, **fields}
            sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
        else:
            sys.stderr.write(f"molattn: {text}\n")
        sys.stderr.flush()
