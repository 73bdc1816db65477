"""Strom killed at every boundary of its IO, and everything around it failing: no msat is lost."""
