"""Weights to score with: seeded and untrained, so that the command line needs no shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.predict.scores import untrained_weights


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tensors of a small, untrained network."""
    return untrained_weights(tmp_path_factory.mktemp("weights"))
