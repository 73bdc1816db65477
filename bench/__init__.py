"""Measurements: each runs alone as `python -m bench.NAME` and ends with one line of JSON."""
