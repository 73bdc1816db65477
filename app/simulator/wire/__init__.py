"""The charger's line: sockets, calls and answers, staying connected, what waits to be sent."""
