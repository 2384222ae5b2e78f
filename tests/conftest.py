"""What every test may lean on: one thread, the same cases every run, the packaged complexes."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported anywhere

import pytest
from hypothesis import settings

from molattn.resources import EXAMPLE_NAMES, ExampleComplex, example

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def complexes() -> dict[str, ExampleComplex]:
    """Return the packaged complexes by PDB code."""
    return {name: example(name) for name in EXAMPLE_NAMES}


@pytest.fixture(scope="session")
def complex_1s3v(complexes: dict[str, ExampleComplex]) -> ExampleComplex:
    """Return the packaged complex of the demo: one chain, no metals, one ligand."""
    return complexes["1s3v"]
