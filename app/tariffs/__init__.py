"""The owner's prices. What a charge costs by them is computed in ``app.charging.pricing``."""
