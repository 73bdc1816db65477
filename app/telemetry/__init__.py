"""What is happening, for who runs a Strom: whom a log line is about, traces, numbers.

Below every room, so that each may say what it does; none of it decides anything.
"""
