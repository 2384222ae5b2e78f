"""Running the program inside the test's own process: its exit code, output and messages."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from molattn.cli.app import main


@dataclass(frozen=True)
class Run:
    """What one command left behind."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The message, which must be a single one, without the program's name."""
        (line,) = self.err.splitlines()
        return line.removeprefix("molattn: ")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> Run:
    """Run ``molattn`` with these words; a traceback anywhere fails the test."""
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return Run(int(end.value.code or 0), captured.out, captured.err)
