"""A Chromium for the tests of the pages: the machine's own, by its path."""

from __future__ import annotations

import shutil

from tests.support.servers import STAMPS, MissingPartError

# The browser is not Python: keep it on this machine too, and let it run as root in a container.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def find_chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    reason = STAMPS / "chromium.skipped"
    raise MissingPartError(
        reason.read_text() if reason.exists() else "no Chromium found: run `make setup-test`"
    )
