"""The whole system from outside: `strom serve` on real sockets, real LNbits, a real table."""
