"""Help is quick, and says every option with its unit."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from tests.cli.command import run

SECONDS = 0.5


def test_help_loads_nothing_heavy_and_is_quick() -> None:
    script = (
        "import sys\n"
        "from molattn.cli.app import main\n"
        "try:\n    main(['--help'])\n"
        "finally:\n"
        "    heavy = {'torch', 'numpy', 'pandas', 'rdkit', 'pyarrow', 'scipy'} & set(sys.modules)\n"
        "    assert not heavy, heavy\n"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    # processor time, so that a busy machine does not fail the test
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < SECONDS


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("score", ["--manifest", "--attention", "--ligand", "Å", "What to score", "Where results"]),
        ("train", ["CONFIG", "--fold", "--cross-validate", "--fresh"]),
        ("info", ["FILE"]),
        ("demo", ["1s3v"]),
        ("evaluate", ["--out"]),
        ("explain", ["--against", "C7:A:PHE34", "ATOM:RESIDUE"]),
        ("rescore", ["--best"]),
        ("screen", ["--workers"]),
        ("calibrate", ["MANIFEST", "--measured", "--curve"]),
    ],
)
def test_each_command_has_help(
    capsys: pytest.CaptureFixture[str], command: str, words: list[str]
) -> None:
    result = run(capsys, command, "--help")
    assert result.code == 0
    for word in words:
        assert word in result.out
    # a word between colons, such as a chain, is taken for the name of an emoji
    assert not [sign for sign in result.out if ord(sign) > 0x1F000]
