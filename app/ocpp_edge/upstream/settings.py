"""What can be set at the links to owners' own backends."""

from dataclasses import dataclass, field

from app.outbound import OutboundPolicy


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """One edge instance."""

    policy: OutboundPolicy = field(default_factory=OutboundPolicy)
    """Where may be connected to."""
    open_timeout_s: float = 20.0
    """For each address that the name has."""
    answer_timeout_s: float = 30.0
    """A backend that has not answered a call after this is asked again."""
    relay_timeout_s: float = 10.0
    """So long a charge point is kept waiting for the backend's decision; its own call waits 30 s or
    more. Also how long a wish of the backend's may wait for the app and for its turn."""
    greeting_wait_s: float = 2.0
    """How long the link waits for the charge point's own BootNotification."""
    retry_s: float = 1.0
    retry_at_most_s: float = 120.0
    steady_s: float = 60.0
    """A link that held as long begins anew with short waits."""
    sends: int = 8
    """So often a message is sent without an answer before it is given up."""
    silent_closes: int = 2
    """After so many calls in a row without an answer the link is made anew."""
    max_queued: int = 1000
    """Messages that wait for one backend; readings go first, transactions last."""
    max_queued_bytes: int = 1024 * 1024
    max_all_queued_bytes: int = 128 * 1024 * 1024
    """Of all backends; beyond it transactions alone are kept."""
    max_kept: int = 2000
    """Charge points that are away and whose backlog is kept."""
    max_frame_bytes: int = 64 * 1024
    frames_per_s: float = 5.0
    """Read from a backend; more wait in its own socket."""
    burst: int = 50
    max_wishes: int = 4
    """Calls of the backend's that wait for the charge point."""
    heartbeat_at_least_s: float = 10.0
    heartbeat_s: float = 300.0
    """Where the backend names no interval."""
    tell_every_s: float = 10.0
    """How the link does is told to the app no more often than this."""
