"""Command buses: how the app reaches the edge instances (`app.edge_messages.CommandBus`)."""
