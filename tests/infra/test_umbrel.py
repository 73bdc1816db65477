"""The Umbrel app: its manifest, compose file and exports as the store's own linter wants them, and
Strom started with just what Umbrel gives it, beside a node that is the user's: the first day."""

from __future__ import annotations

import re
import struct
import subprocess
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import yaml

from app.bootstrap.foundation import outbound_policy
from app.entrypoints.first_owner import node_fields
from app.settings import DEFAULTS, Settings, read_settings
from app.tenants.emails import normal_email
from app.tenants.passwords import require_good
from app.wallets.connections import read_credentials
from tests.infra import compose
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_certificate import self_signed
from tests.support.servers import ROOT

FOLDER = ROOT / "infra" / "umbrel" / "strom"
ASSETS = FOLDER.parent / "assets"
CATEGORIES = {
    "ai", "automation", "bitcoin", "crypto", "developer", "files", "finance", "media",
    "networking", "social",
}  # fmt: skip
REQUIRED: dict[str, type | tuple[type, ...]] = {
    "manifestVersion": (int, float), "id": str, "name": str, "tagline": str, "category": str,
    "version": str, "port": int, "description": str, "developer": str, "website": str,
    "submitter": str, "submission": str, "support": str, "gallery": list, "dependencies": list,
    "repo": str, "path": str,
}  # fmt: skip
OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "releaseNotes": str, "permissions": list, "defaultUsername": str, "defaultPassword": str,
    "deterministicPassword": bool, "optimizedForUmbrelHome": bool, "torOnly": bool,
    "requiresHttps": bool, "widgets": list, "backupIgnore": list,
}  # fmt: skip
"""umbrel-apps, .tools/lint-apps.mjs and the skill umbrel-package-app (August 2026)."""
RESERVED = {80, 443, 2000}
"""umbrelOS' own ports."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "umbrel-app.yml").read_text())
    return found


def given_by_umbrel(folder: Path, **more: str) -> dict[str, str]:
    """What Umbrel sets for an app that depends on `lightning`, and what our exports make of it."""
    given = {
        "APP_DATA_DIR": str(folder / "app-data"),
        "APP_PASSWORD": "d5a7c0f1b2e3948576a0b1c2d3e4f506",
        "APP_BITCOIN_NETWORK": "mainnet",
        "APP_LIGHTNING_NODE_IP": "10.21.21.9",
        "APP_LIGHTNING_NODE_REST_PORT": "8080",
        "APP_LIGHTNING_NODE_DATA_DIR": str(folder / "lnd"),
        "DEVICE_DOMAIN_NAME": "umbrel.local",
        "NETWORK_IP": "10.21.0.0",
        "EXPORTS_APP_ID": "strom",
        "EXPORTS_APP_DIR": str(folder / "app"),
        "EXPORTS_TOR_DATA_DIR": str(folder / "tor"),
        "PATH": "/usr/bin:/bin",
        **more,
    }
    script = f"set -euo pipefail; source {FOLDER / 'exports.sh'}; env -0"
    done = subprocess.run(
        ["bash", "-c", script], env=given, capture_output=True, text=True, check=True
    )
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)


def services_of(folder: Path, **more: str) -> dict[str, dict[str, Any]]:
    read = compose.read(FOLDER / "docker-compose.yml", given_by_umbrel(folder, **more))
    services: dict[str, dict[str, Any]] = read["services"]
    return services


def settings_of(services: dict[str, dict[str, Any]], folder: Path) -> Settings:
    """As Strom would read them, with the folder of the user's node where it is mounted."""
    given = {
        name.removeprefix("STROM_").lower(): str(value).replace("/lnd/", f"{folder}/lnd/")
        for name, value in services["web"]["environment"].items()
    }
    assert given.keys() <= DEFAULTS.keys()
    return read_settings(**given)


# --- the manifest -----------------------------------------------------------------


def test_the_manifest_has_every_field_and_no_other(manifest: dict[str, Any]) -> None:
    assert REQUIRED.keys() <= manifest.keys()
    assert manifest.keys() <= REQUIRED.keys() | OPTIONAL.keys()
    for name, value in manifest.items():
        kind = (REQUIRED | OPTIONAL)[name]
        assert isinstance(value, kind), name


def test_the_manifest_says_what_the_store_takes(manifest: dict[str, Any]) -> None:
    assert manifest["manifestVersion"] in (1, 1.1)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", manifest["id"])
    assert manifest["category"] in CATEGORIES
    assert 1 <= len(manifest["name"]) <= 50
    assert 1 <= len(manifest["tagline"]) <= 100
    assert not manifest["tagline"].endswith(".")
    assert 50 <= len(manifest["description"]) <= 5000
    assert manifest["releaseNotes"] == ""  # a first submission has none
    assert 1024 <= manifest["port"] <= 65535
    for name in ("website", "repo", "support", "submission"):
        assert urlsplit(manifest[name]).scheme == "https", name
    assert manifest["dependencies"] == ["lightning"]


def test_the_version_is_ours(manifest: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert manifest["version"] == project["version"]
    image = yaml.safe_load((FOLDER / "docker-compose.yml").read_text())["services"]["web"]["image"]
    assert image.endswith(f":{project['version']}")


def test_icon_and_gallery_have_the_sizes_asked_for(manifest: dict[str, Any]) -> None:
    icon = ElementTree.parse(ASSETS / "icon.svg").getroot()
    assert (icon.get("width"), icon.get("height")) == ("256", "256")
    square = icon.find("{http://www.w3.org/2000/svg}rect")
    assert square is not None
    assert square.get("rx") is None  # Umbrel rounds the corners
    assert manifest["gallery"] == [], "pictures go into the pull request"
    assert "icon" not in manifest
    pictures = sorted(ASSETS.glob("*.png"))
    assert 3 <= len(pictures) <= 5
    for name in pictures:
        head = name.read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        assert struct.unpack(">II", head[16:24]) == (1440, 900), name


def test_nothing_is_in_the_package_but_what_the_store_takes() -> None:
    files = {str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*") if file.is_file()}
    kept = {"data/keys/.gitkeep", "data/table/.gitkeep"}
    assert files == {"umbrel-app.yml", "docker-compose.yml", "exports.sh"} | kept


# --- the compose file ---------------------------------------------------------------


def test_the_proxy_finds_the_web(manifest: dict[str, Any], tmp_path: Path) -> None:
    services = services_of(tmp_path)
    proxy = services["app_proxy"]["environment"]
    assert proxy["APP_HOST"] == f"{manifest['id']}_web_1"
    assert str(proxy["APP_PORT"]) == str(services["web"]["environment"]["STROM_HTTP_PORT"])
    assert proxy["PROXY_AUTH_ADD"] == "false"  # drivers have no account on somebody's Umbrel
    assert list(services["app_proxy"]) == ["environment"]
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published == ["9220:9000"], "charge points; the web is behind the proxy"
    assert not {manifest["port"], 9220} & RESERVED


def test_images_have_versions_and_nothing_reaches_into_the_host(tmp_path: Path) -> None:
    for name, service in services_of(tmp_path).items():
        if name == "app_proxy":
            continue
        assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?", service["image"])
        forbidden = {"build", "privileged", "network_mode", "pid", "ipc", "devices", "cap_add"}
        assert not forbidden & service.keys(), name
        assert "container_name" not in service, name


def test_nothing_runs_as_root_and_what_is_kept_lies_in_the_apps_folder(tmp_path: Path) -> None:
    services = services_of(tmp_path)
    for name in ("web", "table"):
        service = services[name]
        assert service["user"] == "1000:1000"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["restart"] == "on-failure"
        for mount in service["volumes"]:
            outside = mount.split(":")[0]
            if not mount.endswith(":ro"):
                kept = Path(outside).relative_to(tmp_path / "app-data")
                assert (FOLDER / kept / ".gitkeep").exists(), "made with the right owner"


def test_the_table_is_kept_and_the_node_is_only_read(tmp_path: Path) -> None:
    services = services_of(tmp_path)
    assert "-dbPath /table" in services["table"]["command"]
    assert "-inMemory" not in services["table"]["command"]
    assert f"{tmp_path}/lnd:/lnd:ro" in services["web"]["volumes"]
    assert services["table"]["networks"] == ["inside"], "every app is on Umbrel's network"
    assert services["web"]["networks"] == ["default", "inside"]
    file = yaml.safe_load((FOLDER / "docker-compose.yml").read_text())
    assert file["networks"] == {"inside": {"internal": True}}


def test_every_variable_is_umbrels_or_exported_by_us() -> None:
    documented = {
        "APP_DATA_DIR", "APP_PASSWORD", "APP_BITCOIN_NETWORK", "APP_LIGHTNING_NODE_IP",
        "APP_LIGHTNING_NODE_REST_PORT", "APP_LIGHTNING_NODE_DATA_DIR", "NETWORK_IP",
    }  # fmt: skip
    exported = set(re.findall(r"export (\w+)=", (FOLDER / "exports.sh").read_text()))
    assert all(name.startswith("APP_STROM_") for name in exported)
    asked = compose.names_in((FOLDER / "docker-compose.yml").read_text())
    assert asked <= documented | exported
    assert exported <= asked


# --- Strom with what Umbrel gives -----------------------------------------------------


def test_the_settings_are_ours_and_do_not_contradict(tmp_path: Path) -> None:
    settings = settings_of(services_of(tmp_path), tmp_path)
    assert settings.base_url == "http://notyetset.onion"
    assert settings.charger_url == "ws://umbrel.local:9220"
    assert settings.network == "mainnet"
    require_good(settings.owner_password.get_secret_value(), email=settings.owner_email)


def test_the_account_is_the_one_the_manifest_shows(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    settings = settings_of(services_of(tmp_path), tmp_path)
    assert normal_email(settings.owner_email) == manifest["defaultUsername"]
    assert manifest["deterministicPassword"] is True
    assert settings.owner_password.get_secret_value() == given_by_umbrel(tmp_path)["APP_PASSWORD"]


@pytest.mark.parametrize("network", ["mainnet", "testnet", "testnet4", "signet", "regtest"])
async def test_the_users_node_is_found_where_umbrel_puts_it(tmp_path: Path, network: str) -> None:
    macaroons = tmp_path / "lnd" / "data" / "chain" / "bitcoin" / network
    macaroons.mkdir(parents=True)
    (macaroons / "admin.macaroon").write_bytes(bytes.fromhex(ADMIN))
    (tmp_path / "lnd" / "tls.cert").write_text(self_signed().pem)
    settings = settings_of(services_of(tmp_path, APP_BITCOIN_NETWORK=network), tmp_path)
    credentials = read_credentials("lnd", node_fields(settings))
    assert credentials.fields["url"] == "https://10.21.21.9:8080"
    assert credentials.fields["macaroon"] == ADMIN
    assert credentials.fields["certificate"] == self_signed().fingerprint
    await outbound_policy(settings).check_url(credentials.fields["url"])  # may be reached


def test_the_hidden_service_is_the_address_until_the_owner_gives_another(tmp_path: Path) -> None:
    (tmp_path / "tor" / "app-strom").mkdir(parents=True)
    (tmp_path / "tor" / "app-strom" / "hostname").write_text("abcdef.onion\n")
    assert settings_of(services_of(tmp_path), tmp_path).base_url == "http://abcdef.onion"
    (tmp_path / "app" / "data").mkdir(parents=True)
    (tmp_path / "app" / "data" / "settings.sh").write_text(
        "STROM_PUBLIC_URL=https://strom.example\nSTROM_CHARGER_URL=wss://chargers.example\n"
    )
    settings = settings_of(services_of(tmp_path), tmp_path)
    assert settings.base_url == "https://strom.example"
    assert settings.charger_url == "wss://chargers.example"
