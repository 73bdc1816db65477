"""The OCPP edge: sockets, frames, stop deadlines, and nothing else.

No table, no prices, no wallets: it asks the app over HTTP (`AppClient`) and is told over the
command bus. `Edge` is made by bootstrap with its ports; a deploy of business code drops no charger.
"""

from app.ocpp_edge.app_client import AppClient, HttpAppClient
from app.ocpp_edge.edge import Edge
from app.ocpp_edge.settings import EdgeSettings

__all__ = ["AppClient", "Edge", "EdgeSettings", "HttpAppClient"]
