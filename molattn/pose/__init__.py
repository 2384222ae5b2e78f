"""Poses of a ligand in its pocket: moving them and measuring how far they moved."""
