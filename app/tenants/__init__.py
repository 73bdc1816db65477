"""Owners and their people: sign-up, sign-in, keys, settings, and the provider's side of it."""
