"""Sources of the index: each module reads one kind of raw file into the same rows."""
