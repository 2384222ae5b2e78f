"""Training: manifest, graphs, splits, sampling, losses, the Lightning module and the run."""
