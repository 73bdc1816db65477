"""A request that has not left us: a payment asked for in it was certainly not made."""

from app.charging.errors import Unavailable


class NeverSent(Unavailable):
    """No connection came about, so the wallet has not seen the request."""


def unsent() -> tuple[type[Exception], ...]:
    """httpx's errors that mean so. After any other the request may have been seen."""
    import httpx  # on first use: a surface that only answers pay requests needs none of it

    return (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    )
