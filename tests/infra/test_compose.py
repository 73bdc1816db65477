"""The installation at home, piece by piece: what the compose file says, and each service's command
and settings started natively, as nothing here runs containers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import DEFAULTS
from tests.infra import compose
from tests.infra.home import CADDY, DYNAMODB, FOLDER, LNBITS, Home
from tests.infra.paying import made_its_own, paid_and_refunded
from tests.support.servers import HOST, ROOT, Server, bare_environment, free_port

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


def test_the_wallet_is_the_one_that_is_tested_here(services: dict[str, dict[str, Any]]) -> None:
    lock = (ROOT / "requirements" / "lnbits.txt").read_text()
    found = re.search(r"^lnbits==(\S+)", lock, re.MULTILINE)
    assert found
    assert services["lnbits"]["image"] == f"lnbits/lnbits:v{found[1]}"


def test_what_is_named_is_there(file: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    assert file.keys() <= {"name", "services", "networks", "volumes", "x-hardened"}
    for name, service in services.items():
        assert set(service.get("networks", [])) <= file["networks"].keys(), name
        assert ("networks" in service) != ("network_mode" in service), name
        for other, waits in service.get("depends_on", {}).items():
            if waits["condition"] == "service_healthy":
                assert "healthcheck" in services[other], (name, other)
            elif waits["condition"] == "service_completed_successfully":
                assert services[other]["restart"] == "no", (name, other)
            else:
                assert waits["condition"] == "service_started", (name, other)
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert source in file["volumes"] or (FOLDER / source).exists(), (name, source)


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
        assert name.removeprefix("STROM_").lower() in DEFAULTS, name


def test_who_asks_is_told_by_the_proxy_and_nobody_else(
    file: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    (network,) = file["networks"]["outside"]["ipam"]["config"]
    assert services["strom"]["environment"]["STROM_TRUSTED_PROXIES"] == network["subnet"]


# --- each service, natively -----------------------------------------------------


@pytest.fixture(scope="module")
def home(services: dict[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Home:
    if not (DYNAMODB / "LoopbackServer.class").exists():
        pytest.skip("DynamoDB Local is not set up: run `make setup-test`")
    if not LNBITS.exists():
        pytest.skip("LNbits is not set up: run `make setup-test`")
    return Home(services, tmp_path_factory.mktemp("home"))


@pytest.fixture
def volumes(services: dict[str, dict[str, Any]]) -> Iterator[Path]:
    """As docker makes them: root's and empty. Where any user gets to, as tests' own are not."""
    made = Path(tempfile.mkdtemp(prefix="strom-volumes-"))
    made.chmod(0o755)
    for mount in services["prepare"]["volumes"]:
        (made / Path(mount.split(":")[1]).name).mkdir(mode=0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders to others")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not here")
def test_volumes_are_handed_over_with_the_one_right_it_has(
    services: dict[str, dict[str, Any]], volumes: Path
) -> None:
    prepare = services["prepare"]
    assert (prepare["cap_drop"], prepare["cap_add"]) == (["ALL"], ["CHOWN"])
    shell = [*prepare["entrypoint"], prepare["command"][0].replace("/volumes/", f"{volumes}/")]
    for _ in range(2):  # at each `up`
        alone = ["setpriv", "--bounding-set", "-all,+chown", "--inh-caps", "-all", *shell]
        done = subprocess.run(alone, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        for name, service in services.items():
            if name in ("prepare", "lnbits"):
                continue
            user = int(service["user"].split(":")[0])
            for mount in service["volumes"]:
                volume = volumes / mount.split(":")[0]
                if not mount.startswith("."):
                    kept = ["sh", "-c", f"echo kept >> {volume}/file"]
                    subprocess.run(kept, user=user, group=user, extra_groups=(), check=True)


async def test_from_start_to_a_paid_charge_and_through_a_crash(home: Home) -> None:
    table = home.table()
    try:
        strom = home.serving()
        try:
            made = home.strom("owner", "create", "you@example.org", typed="a long password\n")
            assert made.returncode == 0, made.stderr
            assert "https://strom.example" in made.stdout
            lnbits = asyncio.create_task(asyncio.to_thread(home.lnbits))  # takes as long
            played = await asyncio.to_thread(
                home.strom, "demo", "--once", "--http-port", str(free_port())
            )
            assert played.returncode == 0, played.stderr
            assert "sats are back in the wallet" in played.stdout
            await _pay_by_lnbits(home, await lnbits)
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


async def _pay_by_lnbits(home: Home, lnbits: Server) -> None:
    try:
        node = await made_its_own(lnbits.url)
        assert home.is_lnbits_healthy()
        await paid_and_refunded(home, node, "you@example.org", "a long password")
    finally:
        lnbits.stop()


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
