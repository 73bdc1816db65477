"""The installation at home on this machine: each service of the compose file, started natively with
the file's own command and environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.servers import (
    HOST,
    ROOT,
    Server,
    bare_environment,
    free_port,
    launch,
    listens,
)

FOLDER = ROOT / "infra" / "compose"
STROM = Path(sys.executable).with_name("strom")
CADDY = ROOT / ".caddy" / "usr" / "bin" / "caddy"
DYNAMODB = ROOT / ".dynamodb-local"
LNBITS = ROOT / ".lnbits"


@dataclass
class Home:
    """The services of the file, on this machine's ports and in a folder of the test's."""

    services: dict[str, dict[str, Any]]
    folder: Path
    ports: dict[str, int] = field(
        default_factory=lambda: {
            name: free_port() for name in ("table", "web", "edge", "front", "lnbits")
        }
    )
    health_port: int = field(default_factory=free_port)

    def table(self) -> Server:
        """With the file's own arguments; loopback only, as the test's launcher makes it."""
        java = shutil.which("java")
        assert java is not None
        words = list(self.services["table"]["command"])
        at = words.index("-jar")
        assert words[at + 1] == "DynamoDBLocal.jar"
        program = [f"-Djava.library.path={DYNAMODB}", "-cp", f"{DYNAMODB}:{DYNAMODB}/*"]
        data = self.folder / "table"
        data.mkdir(exist_ok=True)
        rest = [str(data) if word == "/table" else word for word in words[at + 2 :]]
        return launch(
            "table",
            [
                java,
                *words[:at],
                *program,
                "LoopbackServer",
                *rest,
                "-port",
                str(self.ports["table"]),
            ],
            url=f"http://{HOST}:{self.ports['table']}",
            is_ready=lambda: listens(self.ports["table"]),
            environment=bare_environment(),
            cwd=self.folder,
            log=self.folder / "table.log",
        )

    def lnbits(self) -> Server:
        """With the file's environment, and its own health check."""
        given = {str(k): str(v) for k, v in self.services["lnbits"]["environment"].items()}
        port, folder = self.ports["lnbits"], self.folder / "lnbits"
        here = {
            "LNBITS_HOST": HOST,
            "LNBITS_PORT": str(port),
            "LNBITS_DATA_FOLDER": str(folder / "data"),
            "LNBITS_EXTENSIONS_PATH": str(folder / "data"),
        }
        assert here.keys() <= given.keys()
        (folder / "data" / "logs").mkdir(parents=True)
        # As the image has it: its files beside where it runs.
        (folder / "lnbits").symlink_to(next(LNBITS.glob("lib/python3.*/site-packages/lnbits")))
        return launch(
            "lnbits",
            [
                str(LNBITS / "bin" / "python"), "-m", "uvicorn", "lnbits.__main__:app",
                "--host", here["LNBITS_HOST"], "--port", here["LNBITS_PORT"],
            ],
            url=f"http://{HOST}:{port}",
            is_ready=lambda: listens(port) and self.is_lnbits_healthy(),
            environment=bare_environment(**{**given, **here}),
            cwd=folder,
            log=self.folder / "lnbits.log",
        )  # fmt: skip

    def is_lnbits_healthy(self) -> bool:
        how, line = self.services["lnbits"]["healthcheck"]["test"]
        assert how == "CMD-SHELL"
        line = line.replace("python3 ", f"{LNBITS}/bin/python ").replace(
            ":5000", f":{self.ports['lnbits']}"
        )
        asked = subprocess.run(["sh", "-c", line], capture_output=True, env=bare_environment())
        return asked.returncode == 0

    @property
    def environment(self) -> dict[str, str]:
        """The file's, but for addresses of containers."""
        here = {
            "STROM_HOST": HOST,
            "STROM_HTTP_PORT": str(self.ports["web"]),
            "STROM_EDGE_PORT": str(self.ports["edge"]),
            "STROM_DATA_DIR": str(self.folder / "keys"),
            "STROM_DYNAMODB_ENDPOINT": f"http://{HOST}:{self.ports['table']}",
            "STROM_TRUSTED_PROXIES": HOST,
        }
        given = {name: str(value) for name, value in self.services["strom"]["environment"].items()}
        assert here.keys() <= given.keys()
        return bare_environment(**{**given, **here})

    def strom(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """`docker compose exec strom strom …`."""
        return subprocess.run(
            [str(STROM), *words],
            env=self.environment,
            cwd=self.folder,
            input=typed,
            capture_output=True,
            text=True,
            timeout=150,
        )

    def is_healthy(self) -> bool:
        how, program, *words = self.services["strom"]["healthcheck"]["test"]
        assert (how, program) == ("CMD", "strom")
        return self.strom(*words).returncode == 0

    def serving(self) -> Server:
        return launch(
            "strom",
            [str(STROM), "serve"],
            url=f"http://{HOST}:{self.ports['web']}",
            is_ready=lambda: listens(self.ports["web"]) and self.is_healthy(),
            environment=self.environment,
            cwd=self.folder,
            log=self.folder / "strom.log",
        )

    def front(self) -> Server:
        return launch(
            "caddy",
            [str(CADDY), "run", "--config", str(FOLDER / "Caddyfile"), "--adapter", "caddyfile"],
            url=f"http://{HOST}:{self.ports['front']}",
            is_ready=lambda: listens(self.ports["front"]) and listens(self.health_port),
            environment=bare_environment(
                EMAIL="you@example.org",
                DOMAIN=f"http://{HOST}:{self.ports['front']}",
                STROM_WEB=f"{HOST}:{self.ports['web']}",
                STROM_EDGE=f"{HOST}:{self.ports['edge']}",
                HEALTH_PORT=str(self.health_port),
                XDG_DATA_HOME=str(self.folder / "certificates"),
                XDG_CONFIG_HOME=str(self.folder / "caddy"),
            ),
            cwd=self.folder,
            log=self.folder / "caddy.log",
        )


class Fronted(httpx.AsyncBaseTransport):
    """Where an address leads: what a proxy passes on to the web, having taken off the TLS of an
    `https` one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._http = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        passed_on = httpx.Request(
            request.method,
            request.url.copy_with(scheme="http", host=HOST, port=self._port),
            headers=[*request.headers.raw, (b"x-forwarded-proto", request.url.raw_scheme)],
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._http.handle_async_request(passed_on)

    async def aclose(self) -> None:
        await self._http.aclose()
