"""How a link speaks OCPP 1.6."""

from app.ocpp_edge.upstream.v16.payloads import boot_of
from app.ocpp_edge.upstream.v16.terms import TermsOf16
from app.ocpp_edge.upstream.v16.transactions import NumberedTransactions

__all__ = ["NumberedTransactions", "TermsOf16", "boot_of"]
