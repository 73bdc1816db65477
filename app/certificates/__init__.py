"""Certificates of charge points: one root of this Strom, an authority for each owner under it."""
