"""A small data set for the tests of training: the packaged complexes under several ids."""

from __future__ import annotations

import random
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from molattn.train.config import TrainConfig

COMPLEXES = (
    ("1ia1", ".pdb.gz"),
    ("1of6", ".pdb.gz"),
    ("1s3v", ".pdb"),
    ("1uou", ".pdb.gz"),
)


def write_manifest(folder: Path, copies: int = 4) -> Path:
    """Write a manifest of ``4 * copies`` rows; each complex stands for two proteins."""
    examples = Path(str(files("molattn.resources"))) / "examples"
    shuffled = random.Random(7)
    lines = ["id,protein,ligand,pK,relation,sequence"]
    sequences = [
        "".join(shuffled.choices("ACDEFGHIKLMNPQRSTVWY", k=150)) for _ in range(2 * len(COMPLEXES))
    ]
    for copy in range(copies):
        for number, (name, suffix) in enumerate(COMPLEXES):
            label = f"{5 + number + 0.1 * copy:.1f}" if copy < copies - 1 else ""
            protein = examples / f"{name}_protein{suffix}"
            ligand = examples / f"{name}_ligand.sdf"
            relation = "=" if label else ""
            sequence = sequences[2 * number + copy // 2 % 2]
            lines.append(f"{name}-{copy},{protein},{ligand},{label},{relation},{sequence}")
    path = folder / "index.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a manifest and, once a test has built them, its graphs."""
    folder = tmp_path_factory.mktemp("data")
    write_manifest(folder)
    return folder


@pytest.fixture
def values(data_folder: Path) -> dict[str, Any]:
    """Return the configuration of a training of three epochs of five steps, as YAML holds it."""
    return {
        "name": "tiny",
        "seed": 3,
        "data": {
            "manifest": str(data_folder / "index.csv"),
            "cache": str(data_folder / "cache"),
            "workers": 1,
        },
        # each ligand stands in two proteins: leaving out those alike would leave nothing
        "split": {"folds": 2, "validation": 0.1, "ligand_similarity": None},
        "network": {
            "scalars": 8,
            "vectors": 2,
            "ligand_layers": 1,
            "pocket_layers": 1,
            "blocks": 1,
            "heads": 2,
            "head_width": 4,
            "radial": 8,
            "pair_width": 8,
            "queries": 2,
            "dropout": 0.2,
        },
        "optimiser": {"epochs": 3, "batch_size": 4, "learning_rate": 0.01},
        "pose": {"decoys_per_complex": 2, "near_fraction": 0.5, "per_labelled": 0.7},
        "checkpoint": {"every_steps": 1, "keep": 100},
        "trainer": {"threads": 1},
    }


@pytest.fixture
def config(values: dict[str, Any]) -> TrainConfig:
    """Return the validated configuration."""
    return TrainConfig.model_validate(values)
