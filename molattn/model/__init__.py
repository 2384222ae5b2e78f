"""ComplexGraph → tensors: encoders, cross-attention, readout, heads, the assembled network."""
