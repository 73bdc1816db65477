"""How a link speaks OCPP 2.0.1, and 2.1 as its superset."""

from app.ocpp_edge.upstream.v201.payloads import boot_of
from app.ocpp_edge.upstream.v201.terms import TermsOf201
from app.ocpp_edge.upstream.v201.transactions import NamedTransactions

__all__ = ["NamedTransactions", "TermsOf201", "boot_of"]
