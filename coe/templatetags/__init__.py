"""Template tags of `coe`."""
