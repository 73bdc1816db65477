"""The parts of `bench.cold_start`: what is prepared, the bare app, and one start of either."""
