"""Whether attention finds a planted pair, distance and angle, over several seeds.

::

    python benchmarks/probe.py [--signal distance ...] [--seeds 3] [--steps 300] [--begun 1]

See `molattn.explain.probe`: each seed trains a small network from scratch on made-up complexes,
about twenty seconds of one core for 300 steps.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields

import torch

from molattn.explain.planted_complexes import SignalName
from molattn.explain.probe import Reading, probe

SIGNALS: tuple[SignalName, ...] = ("distance", "angle", "shuffled")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--signal", action="append", choices=SIGNALS, help="all without it")
    parser.add_argument("--seeds", type=int, default=3, help="networks for each signal")
    parser.add_argument("--complexes", type=int, default=500, help="to learn from")
    parser.add_argument("--steps", type=int, default=300, help="of training")
    parser.add_argument("--begun", type=int, default=1, help="networks a seed, the best is read")
    parser.add_argument("--together", action="store_true", help="let values see geometry too")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    names = [one.name for one in fields(Reading)]
    print(f"| signal | seed | {' | '.join(names)} |\n| --- | --- |{' --- |' * len(names)}")
    for signal in chosen.signal or SIGNALS:
        for seed in range(chosen.seeds):
            found = probe(
                signal,
                seed,
                complexes=chosen.complexes,
                steps=chosen.steps,
                begun=chosen.begun,
                alone=not chosen.together,
            )
            cells = [f"{getattr(found, name):.2f}" for name in names]
            print(f"| {signal} | {seed} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
