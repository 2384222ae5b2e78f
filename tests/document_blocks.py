"""Fenced blocks of the project's documents: found, run in order, and compared with what they show.

How a shown output is compared with the real one:

- a line that is only ``…`` stands for any number of lines, none included;
- ``…`` inside a line stands for anything within that line;
- runs of blanks are equal to one another, and blanks at the end of a line do not count;
- a number with a decimal point may differ by two units of its last shown digit
  (processors round differently); everything else must be the same.

A console block is a row of ``$ command`` lines, each followed by what it writes to the standard
output. A command that fails must be followed by ``$ echo $?``, so that its exit code is shown.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

ANY_LINES = "…"
NUMBER = re.compile(r"(-?\d+\.\d+)")
MARKER = re.compile(r"<!-- not run by the tests: (?P<reason>.+) -->")
LANGUAGES = {"console", "python", "yaml", "json", "text", "csv", "bibtex"}


@dataclass(frozen=True)
class Block:
    """One fenced block of a Markdown file."""

    document: str
    line: int
    language: str
    text: str
    reason: str  # why the tests leave it out; "" where they run it

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"


def read_blocks(path: Path) -> list[Block]:
    """Return the fenced blocks of a Markdown file in order."""
    blocks: list[Block] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    row = 0
    while row < len(lines):
        if not lines[row].startswith("```"):
            row += 1
            continue
        end = next(i for i in range(row + 1, len(lines)) if lines[i].startswith("```"))
        marker = MARKER.fullmatch(lines[row - 1].strip()) if row else None
        blocks.append(
            Block(
                document=path.name,
                line=row + 1,
                language=lines[row].removeprefix("```").strip(),
                text="\n".join(lines[row + 1 : end]),
                reason=marker["reason"] if marker else "",
            )
        )
        row = end + 1
    return blocks


def split_commands(text: str) -> list[tuple[str, list[str]]]:
    """Return (command, shown lines) pairs of a console block; a trailing backslash continues."""
    commands: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        elif commands and not commands[-1][1] and commands[-1][0].endswith("\\"):
            commands[-1] = (f"{commands[-1][0]}\n{line}", [])
        else:
            assert commands, f"output before the first command: {line!r}"
            commands[-1][1].append(line)
    return commands


def line_matches(shown: str, real: str) -> bool:
    """Tell whether a real line is what the shown line promises."""
    parts = NUMBER.split(shown.rstrip())
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2:
            pattern += NUMBER.pattern
            continue
        pieces = [re.sub(r"(\\?\s)+", r"\\s+", re.escape(piece)) for piece in part.split("…")]
        pattern += ".*".join(pieces)
    found = re.fullmatch(pattern, real.rstrip())
    if found is None:
        return False
    for expected, got in zip(parts[1::2], found.groups(), strict=True):
        unit = 10.0 ** -len(expected.partition(".")[2])
        if abs(float(expected) - float(got)) > 2.01 * unit:
            return False
    return True


def output_matches(shown: list[str], real: list[str]) -> bool:
    """Tell whether real output is what the shown lines promise; see the module's docstring."""
    if not shown:
        return not real
    if shown[0].strip() == ANY_LINES:
        return any(output_matches(shown[1:], real[skip:]) for skip in range(len(real) + 1))
    return bool(real) and line_matches(shown[0], real[0]) and output_matches(shown[1:], real[1:])


def environment() -> Mapping[str, str]:
    """Return the environment in which a reader of the documents works."""
    own = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}",
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }


def run_console(block: Block, folder: Path) -> None:
    """Run the commands of a console block one after another and compare what they write."""
    code = 0
    commands = split_commands(block.text)
    for row, (command, shown) in enumerate(commands):
        done = subprocess.run(
            ["bash", "-c", f"(exit {code})\n{command}"],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        code = done.returncode
        expected_to_fail = row + 1 < len(commands) and commands[row + 1][0] == "echo $?"
        where = f"{block.place}\n$ {command}\nexit code {code}"
        assert code == 0 or expected_to_fail, f"{where}\n{done.stderr}"
        real = done.stdout.splitlines()
        assert output_matches(shown, real), (
            f"{where}\n--- shown\n" + "\n".join(shown) + "\n--- real\n" + "\n".join(real)
        )


def run_python(block: Block, folder: Path, names: dict[str, object]) -> None:
    """Run a block of Python; with ``>>>`` prompts its shown results are compared."""
    import contextlib
    import doctest

    class Checker(doctest.OutputChecker):
        def check_output(self, want: str, got: str, optionflags: int) -> bool:
            del optionflags
            return output_matches(want.splitlines(), got.splitlines())

    with contextlib.chdir(folder):
        if ">>>" not in block.text:
            exec(compile(block.text, block.place, "exec"), names)
            return
        test = doctest.DocTestParser().get_doctest(
            block.text + "\n", names, block.place, block.document, block.line
        )
        report: list[str] = []
        runner = doctest.DocTestRunner(checker=Checker(), verbose=False)
        runner.run(test, out=report.append, clear_globs=False)
        names.update(test.globs)
    assert not report, f"{block.place}\n" + "".join(report)


def run_block(block: Block, folder: Path, names: dict[str, object]) -> None:
    """Run or read one block, whatever its language is."""
    assert block.language in LANGUAGES, f"{block.place}: unknown language {block.language!r}"
    if block.reason:
        return
    if block.language == "console":
        run_console(block, folder)
    elif block.language == "python":
        run_python(block, folder, names)
    elif block.language == "yaml":
        assert isinstance(yaml.safe_load(block.text), dict), f"{block.place}: not a mapping"
    elif block.language == "json":
        json.loads(block.text)
