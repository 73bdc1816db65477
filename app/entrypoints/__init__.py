"""Where processes begin: command line, HTTP by surface, edge, the loops around the flow."""
