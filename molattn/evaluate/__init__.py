"""Predictions against measurements: metrics with intervals, baselines, the table."""
