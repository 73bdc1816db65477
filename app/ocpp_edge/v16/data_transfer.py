"""DataTransfer, both ways (OCPP 1.6 §4.3, §5.6): as in every version."""

from app.ocpp_edge.data_transfer import outcome, receive, request

__all__ = ["outcome", "receive", "request"]
