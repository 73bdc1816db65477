"""What keeps a fleet in hand: limits, numbers, how each connection does, what was said on it."""
