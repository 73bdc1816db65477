from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from app.portal.app import create_portal_app
from tests.support.browser import CHROMIUM_ARGUMENTS
from tests.support.portal import Fixture
from tests.support.servers import free_port

T = TypeVar("T")


def ask(question: Coroutine[Any, Any, T]) -> T:
    """Await beside Playwright, which has this thread's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, question).result()


class Served:
    """A portal on a port of this machine."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://localhost:{port}"
        self.portal = Fixture(base_url=self.url)
        self.portal.mail_to_the_outbox()
        app = create_portal_app(self.portal.services)
        config = uvicorn.Config(app, port=port, loop="asyncio", log_level="warning")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> Served:
        self.thread.start()
        deadline = time.monotonic() + 20
        while not self.server.started:
            assert time.monotonic() < deadline, "the portal did not start"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture
def served() -> Iterator[Served]:
    with Served() as served:
        yield served


@pytest.fixture
def chromium(chromium_path: str) -> Iterator[Browser]:
    # For one test only: while Playwright runs, this thread's event loop is taken.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    context = chromium.new_context(base_url=served.url, viewport={"width": 1200, "height": 850})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served.url)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Policy" in said.text else None)
    yield page
    context.close()
    assert problems == [], "scripts failed, or the policy forbade something"


class Camera:
    """Pictures of pages, for people to look at: PICTURES_FOLDER keeps them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def takes(self, page: Page, name: str) -> None:
        for width, scheme in ((1200, "light"), (390, "light"), (1200, "dark"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 850})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{name} is {wider} px too wide at {width}"
            page.screenshot(path=self.folder / f"{name}-{width}-{scheme}.png", full_page=True)
        page.set_viewport_size({"width": 1200, "height": 850})
        page.emulate_media(color_scheme="light")


@pytest.fixture
def camera(tmp_path: Path) -> Camera:
    kept = os.environ.get("PICTURES_FOLDER")
    folder = Path(kept) if kept else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return Camera(folder)
