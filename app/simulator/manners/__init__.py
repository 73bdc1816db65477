"""Bad behaviour on demand: what real charge points do, by name."""
