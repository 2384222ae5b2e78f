"""Measure cold starts against ``import torch`` in the same run, each the median of some runs.

Run as::

    python benchmarks/start.py [--runs 5]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from molattn.resources import example

REFERENCE = "import torch"


def commands() -> dict[str, list[str]]:
    """Return what is timed, by the name in the table; the reference first."""
    files = example("1s3v")
    program = ["-c", "from molattn.cli.app import main; main()"]
    return {
        REFERENCE: ["-c", "import torch"],
        "import molattn": ["-c", "import molattn"],
        "molattn --help": [*program, "--help"],
        "molattn score, one complex": [
            *program, "score", str(files.protein), str(files.ligand), "--quiet",
        ],
    }  # fmt: skip


def seconds(words: list[str]) -> tuple[float, int]:
    """Run Python with these words; return the time and the exit code."""
    start = time.perf_counter()
    code = subprocess.run(
        [sys.executable, *words],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ).returncode
    return time.perf_counter() - start, code


def main() -> None:
    """Measure in turns, so that a busy moment hits all alike, and print the table."""
    parser = argparse.ArgumentParser(description="Cold starts against importing torch.")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    timed: dict[str, list[float]] = {name: [] for name in commands()}
    codes: dict[str, int] = {}
    for _ in range(runs):
        for name, words in commands().items():
            spent, codes[name] = seconds(words)
            timed[name].append(spent)
    reference = statistics.median(timed[REFERENCE])
    print("| start | seconds, median | times import torch | exit code |")
    print("| --- | --- | --- | --- |")
    for name, spans in timed.items():
        median = statistics.median(spans)
        print(f"| {name} | {median:.2f} | {median / reference:.2f} | {codes[name]} |")


if __name__ == "__main__":
    main()
