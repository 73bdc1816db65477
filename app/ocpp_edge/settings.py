"""What can be set at an edge."""

from dataclasses import dataclass, field

from app.ocpp_edge.upstream.settings import UpstreamSettings


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """One edge instance. Time-outs nest: storage < app < edge < charge point."""

    host: str = "127.0.0.1"
    port: int = 9000
    """0: any free one (`Edge.port` tells which)."""
    tls_port: int = 9443
    """Beside ``port``, where there is a certificate; 0: any free one."""
    tls_certificate: str = ""
    """A file in PEM, the chain in it; empty: no TLS here."""
    tls_key: str = ""
    behind_tls: bool = False
    """A proxy of ours takes the TLS off: all that comes to ``port`` came encrypted."""
    tls_refresh_s: float = 60.0
    """How often a renewed certificate, and roots of charge points, are looked for."""
    instance: str = "edge"
    """The name of this instance in leases and the registry."""
    queue: str = "edge"
    """Where the app leaves commands for this instance."""
    lease_s: int = 30
    """How long a lease lasts; renewed three times as often."""

    heartbeat_interval_s: int = 300
    """Told to charge points when the app does not say."""
    idle_intervals: float = 3.0
    """A connection is dead after this many silent heartbeat intervals; any frame is life."""
    idle_at_least_s: float = 180.0
    """And not before this, however short the interval; live pages have no other limit."""
    ping_after_s: float = 55.0
    """Silence after which a ping is sent: keeps middleboxes awake, finds dead peers."""
    sweep_every_s: float = 10.0
    open_timeout_s: float = 60.0
    """For the handshake; TLS on a charge point's modem is slow."""
    max_silent_sockets: int = 2000
    """That have connected and sent no request; beyond these the oldest is closed."""
    max_request_bytes: int = 16 * 1024
    close_timeout_s: float = 3.0
    max_frame_bytes: int = 256 * 1024
    max_unsent_bytes: int = 256 * 1024
    """A peer that does not read its answers is dropped."""

    call_timeout_s: float = 30.0
    max_waiting_calls: int = 32
    greeting_wait_s: float = 3.0
    """How long calls wait for a first frame of the charge point."""
    stop_retry_s: float = 5.0
    stop_retry_at_most_s: float = 120.0
    """A stop by deadline is repeated, at doubling distances, until StopTransaction is seen."""

    app_timeout_s: float = 15.0
    max_app_requests: int = 32
    max_batch: int = 25
    readings_linger_s: float = 0.25
    """How long a bundle of readings, for which nobody waits, looks for company on its way to the
    app."""
    max_connects: int = 64
    """Requests to let a charge point in that are under way at once; others wait."""
    max_waiting_connects: int = 4000
    """Beyond these, charge points are told to come back later, which over TLS costs a handshake."""
    retry_s: float = 1.0
    retry_at_most_s: float = 60.0
    readings_every_s: float = 15.0
    """How often readings go to the app when it does not say."""

    max_live_pages: int = 5000
    max_live_pages_per_session: int = 50
    drain_s: float = 20.0
    """How long stopping may take: sockets are closed at random moments within it."""

    frames_per_s: float = 50.0
    """Of one charge point; 0: no limit. More is read more slowly."""
    bytes_per_s: float = 128 * 1024
    tenant_frames_per_s: float = 2000.0
    """Of all of a tenant's charge points on this instance."""
    tenant_bytes_per_s: float = 4 * 1024 * 1024
    burst_s: float = 10.0
    """So many seconds' worth may come at once."""
    flood_closed_after_s: float = 30.0
    """One that keeps sending without waiting for answers is closed (1008) after this."""
    connects_per_minute: int = 120
    """By one path from one address; more are told to wait (429), and the app is not asked."""
    refusals_per_minute: int = 120
    """Of one address of the internet, for paths that were not let in of late."""

    observed_new_after_s: float = 180.0
    """A new kind of trouble with a charge point is told to the app after this."""
    observed_every_s: float = 3600.0
    """More of the same is told so often."""
    observed_at_least_every_s: float = 6 * 3600.0
    """That all is well is told so often."""
    observe_every_s: float = 20.0
    """How often it is looked whether there is something to tell."""

    recent_frames: int = 0
    """So many of a charge point's last frames are kept in memory, for when its owner switches the
    frame log on; 0: none, and nothing is spent on it."""

    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    """Where `/metrics` is served; None: nowhere. 0: any free port."""

    upstream: UpstreamSettings = field(default_factory=UpstreamSettings)
    """Links to owners' own backends."""
