"""Strom: take Bitcoin Lightning payments at an electric-vehicle charge point."""
