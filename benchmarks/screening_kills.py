"""Kill a screen at random moments, go on, and compare its table with that of an unbroken run.

Parent and workers are killed in turn with SIGKILL, several times a run, until the run ends by
itself; then ``scores.parquet`` must be that of the unbroken run, byte for byte. Run as::

    python benchmarks/screening_kills.py RECEPTOR LIBRARY --runs 20 -- --reference REF.sdf.gz
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from process_tree import tree

_PROGRAM: Final = "from molattn.cli.app import main; main()"


Start = Callable[[Path], subprocess.Popen[bytes]]


def broken_run(
    begin: Start, out: Path, longest: float, generator: random.Random
) -> tuple[int, int, int]:
    """Run to the end through kills; return kills of the parent, of workers, and the exit code."""
    parents = workers = 0
    while True:
        process = begin(out)
        with suppress(subprocess.TimeoutExpired):
            process.wait(generator.uniform(0.0, longest))
        if (code := process.poll()) is not None:
            return parents, workers, code
        below = tree(process.pid)[1:]
        if below and (parents + workers) % 2:
            with suppress(ProcessLookupError):
                os.kill(generator.choice(below), signal.SIGKILL)
            workers += 1
            with suppress(subprocess.TimeoutExpired):
                process.wait(generator.uniform(0.0, longest))
            if (code := process.poll()) is not None:
                return parents, workers, code
        process.kill()
        process.wait()
        parents += 1


def main() -> None:
    """Run, compare, and leave with 1 if any run differs."""
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    parser = argparse.ArgumentParser(description="Kill and go on.")
    parser.add_argument("receptor")
    parser.add_argument("library")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args(sys.argv[1:split])
    words, generator = sys.argv[split + 1 :], random.Random(chosen.seed)
    command = [sys.executable, "-c", _PROGRAM, "screen", chosen.receptor, chosen.library]

    def begin(out: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, "--out", str(out), "--quiet", *words])

    different = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        begun = time.perf_counter()
        begin(root / "whole").wait()
        seconds = time.perf_counter() - begun
        expected = (root / "whole" / "scores.parquet").read_bytes()
        print(f"unbroken: {seconds:.0f} s")
        number = killed = 0
        while killed < chosen.runs:
            number += 1
            out = root / f"broken{number}"
            parents, workers, code = broken_run(begin, out, seconds, generator)
            killed += parents + workers > 0  # one that ended before its kill does not count
            same = (out / "scores.parquet").read_bytes() == expected
            different += not same
            print(
                f"run {number}: {parents} kills of the parent, {workers} of workers, exit code "
                f"{code}, table {'the same' if same else 'DIFFERENT'}",
                flush=True,
            )
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
