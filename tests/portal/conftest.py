from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from app.portal.app import create_portal_app
from app.records.views import Actor
from tests.support.portal import Fixture
from tests.support.tenancy import BASE_URL, PASSWORD

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{32})"')


class Browser:
    """A browser that fills in forms: it sends the csrf value of the page it last saw."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client
        self.page = ""

    def opens(self, path: str) -> Response:
        return self._saw(self.client.get(path, follow_redirects=True))

    def sends(self, path: str, **values: str) -> Response:
        csrf = _CSRF.search(self.page)
        assert csrf is not None, "the last page has no form"
        data = {"csrf": csrf.group(1), **values}
        return self._saw(self.client.post(path, data=data, follow_redirects=True))

    def signs_in(self, email: str = "ada@example.org", password: str = PASSWORD) -> Response:
        self.opens("/sign-in")
        return self.sends("/sign-in", email=email, password=password)

    @property
    def text(self) -> str:
        return html.unescape(re.sub(r"<[^>]+>", " ", self.page))

    def _saw(self, response: Response) -> Response:
        self.page = response.text
        return response


@pytest.fixture
def portal() -> Fixture:
    return Fixture()


@pytest.fixture
def client(portal: Fixture) -> Iterator[TestClient[Litestar]]:
    app = create_portal_app(portal.services)
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def browser(client: TestClient[Litestar]) -> Browser:
    return Browser(client)


@pytest.fixture
async def ada(portal: Fixture) -> Actor:
    return await portal.house.owner()


@pytest.fixture
async def bob(portal: Fixture) -> Actor:
    return await portal.house.owner("bob@example.org")
