"""How unusual a row of numbers is among others: the Mahalanobis distance (Mahalanobis 1936)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHRINKAGE: Final = 0.05
"""Of the covariance towards its diagonal."""


def fit_whitening(table: Floats) -> tuple[Floats, Floats]:
    """Return the mean [width] of a table [n, width] and the matrix that whitens it.

    The matrix [width, width] makes the covariance the identity.
    """
    mean = table.mean(axis=0)
    covariance = np.cov(table, rowvar=False).reshape(table.shape[1], table.shape[1])
    variances = np.diag(np.diag(covariance))
    # towards the diagonal, and off zero: features that never vary would be infinitely unusual
    floor = 1e-3 * float(np.trace(covariance)) / table.shape[1] + 1e-12
    covariance = (1.0 - SHRINKAGE) * covariance + SHRINKAGE * variances
    values, vectors = np.linalg.eigh(covariance + floor * np.eye(table.shape[1]))
    return mean, vectors / np.sqrt(values)


def distances(table: Floats, mean: Floats, whitening: Floats) -> Floats:
    """Return the root mean square of the whitened columns of each row of a table, [n]."""
    projected = (table - mean) @ whitening
    return np.asarray(np.sqrt(np.square(projected).mean(axis=1)))
