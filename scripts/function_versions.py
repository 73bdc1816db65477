"""Going back to the functions of the deploy before: `make rollback STAGE=prod`.

Each deploy publishes a version of every function and points the alias ``live`` to it. The version
before stays, asleep: an alias is switched within a second, a deploy takes minutes. Older versions
are removed after a deploy (`prune`), because their snapshots cost money while they are there.

`python -m scripts.function_versions rollback|prune STAGE`; credentials and region as botocore finds
them.
"""

from __future__ import annotations

import sys
from typing import Any

from botocore.exceptions import ClientError
from botocore.session import Session

FUNCTIONS = ("lnurl", "portal", "internal", "perform", "sweep")
ALIAS = "live"
KEPT = 2


def versions(client: Any, function: str) -> list[int]:
    """The published ones, the oldest first."""
    found, marker = list[int](), ""
    while True:
        more = {"Marker": marker} if marker else {}
        answer = client.list_versions_by_function(FunctionName=function, **more)
        found += [int(each["Version"]) for each in answer["Versions"] if each["Version"].isdigit()]
        marker = answer.get("NextMarker") or ""
        if not marker:
            return sorted(found)


def rollback(client: Any, stage: str) -> list[str]:
    """Point every function's alias to the version before the one it points to.

    Raises ``SystemExit`` before anything was changed where one of them has none.
    """
    goes: dict[str, int] = {}
    for name in FUNCTIONS:
        function = f"strom-{stage}-{name}"
        now = _live(client, function)
        older = [each for each in versions(client, function) if each < now]
        if not older:
            raise SystemExit(
                f"{function}: there is no version before {now}; deploy the one you want"
            )
        goes[function] = older[-1]
    for function, version in goes.items():
        client.update_alias(FunctionName=function, Name=ALIAS, FunctionVersion=str(version))
    return [f"{function}:{ALIAS} is version {version}" for function, version in goes.items()]


def prune(client: Any, stage: str) -> list[str]:
    """Remove all versions but the live one and the newest before it."""
    removed = []
    for name in FUNCTIONS:
        function = f"strom-{stage}-{name}"
        try:
            live = _live(client, function)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            continue  # the stage has not been deployed yet
        known = versions(client, function)
        kept = {live, *[each for each in known if each < live][1 - KEPT :]}
        for version in known:
            if version not in kept:
                client.delete_function(FunctionName=function, Qualifier=str(version))
                removed.append(f"{function} version {version} is removed")
    return removed


def _live(client: Any, function: str) -> int:
    return int(client.get_alias(FunctionName=function, Name=ALIAS)["FunctionVersion"])


def main(arguments: list[str]) -> int:
    from infra.cdk.stages import read_stages

    what, stage = arguments
    client = Session().create_client("lambda", read_stages()[stage].region)
    print("\n".join({"rollback": rollback, "prune": prune}[what](client, stage)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
