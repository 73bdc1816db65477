"""Charge points that the owner's own backend serves too: the edge connects there as they.

A charge point without a backend costs one comparison for each call it makes, and nothing else.
See docs/adr/0015-served-by-two.md.
"""

from app.ocpp_edge.upstream.passthrough import Passthrough
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.ocpp_edge.upstream.upstreams import Links, Upstreams

__all__ = ["Links", "Passthrough", "UpstreamSettings", "Upstreams"]
