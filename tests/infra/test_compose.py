"""The installation at home, piece by piece: what the compose file says, and each service's command
and settings started natively, as nothing here runs containers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.infra import compose
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
FILLED_IN = {"DOMAIN": "strom.example", "EMAIL": "you@example.org"}


@pytest.fixture(scope="module")
def file() -> dict[str, Any]:
    given = {**compose.variables_of(FOLDER / ".env.example"), **FILLED_IN}
    return compose.read(FOLDER / "compose.yaml", given)


@pytest.fixture(scope="module")
def services(file: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = file["services"]
    return found


# --- what it says ---------------------------------------------------------------


@pytest.mark.parametrize("missing", ["DOMAIN", "EMAIL"])
def test_without_the_two_lines_docker_says_which(missing: str) -> None:
    given = {name: value for name, value in FILLED_IN.items() if name != missing}
    with pytest.raises(compose.MissingVariableError, match=missing):
        compose.read(FOLDER / "compose.yaml", given)


def test_every_variable_is_explained_in_the_example() -> None:
    example = (FOLDER / ".env.example").read_text()
    asked = compose.names_in((FOLDER / "compose.yaml").read_text())
    assert asked == {line.strip("#").partition("=")[0] for line in example.splitlines() if
                     line.strip("#").partition("=")[0].isupper()
                     and "=" in line}  # fmt: skip


def test_no_secret_stands_in_a_file_that_is_kept() -> None:
    given = compose.variables_of(FOLDER / ".env.example")
    assert given == {"DOMAIN": "", "EMAIL": ""}
    text = (FOLDER / "compose.yaml").read_text()
    assert "SMTP_PASSWORD: ${SMTP_PASSWORD:-}" in text
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "/infra/compose/.env" in ignored


def test_nothing_runs_as_root_or_writes_to_its_image(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service.get("privileged"), name
        if name == "lnbits":  # another's image, which expects to
            continue
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        if name == "prepare":  # hands volumes over and ends; without a network
            assert service["cap_add"] == ["CHOWN"]
            assert service["network_mode"] == "none"
            continue
        assert service["user"].split(":")[0] not in ("0", "root"), name


def test_whatever_stays_up_is_looked_at_and_started_again(
    services: dict[str, dict[str, Any]],
) -> None:
    for name, service in services.items():
        if name == "prepare":
            continue
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
        assert service["restart"] == "unless-stopped", name


def test_only_the_proxy_is_reached_from_outside(
    file: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published.pop("caddy") == ["80:80", "443:443"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert services["table"]["networks"] == ["inside"]
    assert file["networks"]["inside"] == {"internal": True}


def test_images_of_others_have_versions(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        image, _, tag = service["image"].rpartition(":")
        assert image, name
        assert image == "strom" or tag[:1].isdigit() or tag[1:2].isdigit(), name


def test_every_volume_is_kept_and_handed_over(
    file: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    used = {
        mount.split(":")[0]
        for service in services.values()
        for mount in service.get("volumes", [])
        if not mount.startswith(".")
    }
    assert used == set(file["volumes"])
    command = services["prepare"]["command"][0]
    for mount in services["prepare"]["volumes"]:
        assert mount.split(":")[1] in command
    for name, owner in (("strom", "10001:10001"), ("table", "1000:1000"), ("caddy", "1000:1000")):
        assert services[name]["user"] == owner
        assert owner in command


def test_every_setting_is_one_of_ours(services: dict[str, dict[str, Any]]) -> None:
    for name in services["strom"]["environment"]:
        assert name.removeprefix("STROM_").lower() in Settings.model_fields, name


def test_who_asks_is_told_by_the_proxy_and_nobody_else(
    file: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    (network,) = file["networks"]["outside"]["ipam"]["config"]
    assert services["strom"]["environment"]["STROM_TRUSTED_PROXIES"] == network["subnet"]


# --- each service, natively -----------------------------------------------------


@dataclass
class Home:
    """The services of the file, on this machine's ports and in a folder of the test's."""

    services: dict[str, dict[str, Any]]
    folder: Path
    ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("table", "web", "edge", "front")}
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
            is_ready=self.is_healthy,
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


@pytest.fixture(scope="module")
def home(services: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Home:
    if not (DYNAMODB / "LoopbackServer.class").exists():
        pytest.skip("DynamoDB Local is not set up: run `make setup-test`")
    return Home(services, tmp_path_factory.mktemp("home"))


def test_from_start_to_a_paid_charge_and_through_a_crash(home: Home) -> None:
    table = home.table()
    try:
        strom = home.serving()
        try:
            made = home.strom("owner", "create", "you@example.org", typed="a long password\n")
            assert made.returncode == 0, made.stderr
            assert "https://strom.example" in made.stdout
            played = home.strom("demo", "--once", "--http-port", str(free_port()))
            assert played.returncode == 0, played.stderr
            assert "sats are back in the wallet" in played.stdout
            if CADDY.exists():
                _ask_through_the_front(home)
        finally:
            strom.stop()
        os.kill(table.pid, signal.SIGKILL)
        table = home.table()
        again = home.strom("owner", "create", "you@example.org", typed="a long password\n")
        assert again.returncode == 1
        assert "is taken" in again.stderr
    finally:
        table.stop()


def _ask_through_the_front(home: Home) -> None:
    front = home.front()
    try:
        page = httpx.get(f"{front.url}/sign-in")
        assert page.status_code == 200
        assert "sign" in page.text.lower()
        assert httpx.get(f"{front.url}/ocpp/health").status_code == 200
        upgrade = {
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "sec-websocket-protocol": "ocpp1.6",
        }
        answer = httpx.get(f"{front.url}/ocpp/nobody", headers=upgrade)
        assert answer.status_code == 401  # the edge's own answer to a charge point nobody knows
        assert httpx.get(f"http://{HOST}:{home.health_port}/").status_code == 200
    finally:
        front.stop()


def test_the_proxy_gets_certificates_for_the_domain(tmp_path: Path) -> None:
    if not CADDY.exists():
        pytest.skip("caddy is not set up: run `make setup-test`")
    done = subprocess.run(
        [str(CADDY), "adapt", "--config", str(FOLDER / "Caddyfile"), "--adapter", "caddyfile"],
        env=bare_environment(**FILLED_IN, HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr.lower(), done.stderr
    apps = json.loads(done.stdout)["apps"]
    (policy,) = apps["tls"]["automation"]["policies"]
    assert policy["subjects"] == ["strom.example"]
    assert {issuer["email"] for issuer in policy["issuers"]} == {"you@example.org"}
    text = json.dumps(apps["http"])
    assert '"dial": "strom:8000"' in text
    assert '"dial": "strom:9000"' in text
    assert ":443" in text
