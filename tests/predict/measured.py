"""Made-up measurements whose error has a known shape."""

from __future__ import annotations

import numpy as np

from molattn.predict.measurements import BITS, Measurements


def made_up(
    count: int,
    *,
    offset: float = 0.0,
    slope: float = 1.0,
    groups: float = 0.0,
    noise: float = 0.2,
    seed: int = 0,
) -> Measurements:
    """Return measurements with an error of an offset, a slope, and one of two groups of ligands.

    The groups differ in their features and fingerprints, and by twice ``groups`` in their error.
    """
    generator = np.random.default_rng(seed)
    predicted = 6.0 + generator.normal(size=count)
    group = generator.integers(0, 2, size=count)
    features = generator.normal(size=(count, 6)) + 4.0 * group[:, None]
    shared = generator.random((2, BITS)) < 0.02
    own = generator.random((count, BITS)) < 0.003
    error = offset + (slope - 1.0) * (predicted - 6.0) + groups * (2 * group - 1)
    return Measurements(
        ids=tuple(f"ligand {row}" for row in range(count)),
        measured=predicted + error + noise * generator.normal(size=count),
        predicted=predicted,
        half_width=np.full(count, 2.0),
        features=features,
        fingerprints=(shared[group] | own).astype(np.float32),
    )
