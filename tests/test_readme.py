"""Every block of the README and of docs/ is run as a reader would, and shows what comes out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from molattn.resources import example
from tests.document_blocks import (
    Block,
    line_matches,
    output_matches,
    read_blocks,
    run_block,
    run_console,
    run_python,
    split_commands,
)

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture
def reader_folder(tmp_path: Path) -> Path:
    """Return a folder that holds, as the documents say, the packaged ``examples``."""
    shutil.copytree(example().protein.parent, tmp_path / "examples")
    return tmp_path


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_block_does_what_it_shows(path: Path, reader_folder: Path) -> None:
    names: dict[str, object] = {}
    for block in read_blocks(path):
        run_block(block, reader_folder, names)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_readme_opens_with_the_two_commands_that_ci_runs() -> None:
    first = read_blocks(ROOT / "README.md")[0]
    assert [command for command, _ in split_commands(first.text)] == ["make demo", "make test"]
    assert first.reason.startswith("run by .ci/run")


def test_what_is_left_out_makes_an_environment_and_nothing_else() -> None:
    for block in (block for path in DOCUMENTS for block in read_blocks(path)):
        if block.reason:
            commands = [command for command, _ in split_commands(block.text)]
            assert all(
                re.match(r"make |git clone |cd |python3\.11 -m venv |\.venv/bin/pip ", command)
                for command in commands
            ), f"{block.place}: only commands that install may be left out"


@pytest.mark.parametrize(
    ("shown", "real", "same"),
    [
        ("pK 7.31", "pK 7.32", True),
        ("pK 7.31", "pK 7.34", False),
        ("pK 7.31", "pK  7.31  ", True),
        ("pK 7.31", "pH 7.31", False),
        ("12 atoms", "13 atoms", False),
        ("… s", "0.12 s", True),
        ("a … c 1.0", "a b c 1.1", True),
        ("-0.50", "0.50", False),
    ],
)
def test_comparison_of_lines(shown: str, real: str, same: bool) -> None:
    assert line_matches(shown, real) is same


def test_comparison_of_whole_outputs() -> None:
    assert output_matches(["a", "…", "d"], ["a", "b", "c", "d"])
    assert output_matches(["a", "…"], ["a"])
    assert not output_matches(["a", "…", "d"], ["a", "b"])
    assert not output_matches([], ["a"])


def console(text: str) -> Block:
    return Block(document="planted.md", line=1, language="console", text=text, reason="")


def test_a_wrong_output_is_noticed(tmp_path: Path) -> None:
    run_console(console("$ echo one\none\n$ test -e none\n$ echo $?\n1"), tmp_path)
    with pytest.raises(AssertionError, match=r"planted\.md:1"):
        run_console(console("$ echo one\ntwo"), tmp_path)
    with pytest.raises(AssertionError, match="exit code 1"):
        run_console(console("$ test -e none"), tmp_path)


def test_a_wrong_result_of_python_is_noticed(tmp_path: Path) -> None:
    names: dict[str, object] = {}
    good = Block("planted.md", 1, "python", ">>> x = 0.3\n>>> x * 10\n3.0", "")
    run_python(good, tmp_path, names)
    assert names["x"] == 0.3
    with pytest.raises(AssertionError, match=r"planted\.md:1"):
        run_python(Block("planted.md", 1, "python", ">>> x\n0.9", ""), tmp_path, names)
