"""Signature Version 4 on requests of httpx, by botocore's own signer."""

from collections.abc import AsyncGenerator

import httpx

from app.aws.credentials import Frozen, Surroundings

_SIGNED = ("content-type", "host")
"""Beside those of AWS's own: what proxies on the way leave alone."""


class SignedRequests(httpx.Auth):
    """Signs what an `httpx.AsyncClient` sends to one service of a region."""

    requires_request_body = True

    def __init__(self, credentials: Surroundings, service: str, region: str) -> None:
        self._credentials = credentials
        self._service = service
        self._region = region

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Called by httpx."""
        await request.aread()
        sign(request, await self._credentials.frozen(), self._service, self._region)
        yield request


def sign(request: httpx.Request, keys: Frozen, service: str, region: str) -> None:
    """Put the signature's headers on a request whose body has been read."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import ReadOnlyCredentials

    as_botocore = ReadOnlyCredentials(keys.access_key, keys.secret_key, keys.token)
    kept = {
        name: value
        for name, value in request.headers.items()
        if name in _SIGNED or name.startswith("x-amz-")
    }
    unsigned = AWSRequest(request.method, str(request.url), headers=kept, data=request.content)
    SigV4Auth(as_botocore, service, region).add_auth(unsigned)
    request.headers.update(dict(unsigned.headers.items()))
