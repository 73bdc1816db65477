"""An owner looks closely at a charge point: its messages as they come, its configuration."""

from __future__ import annotations

from typing import Any

from tests.journeys.chargers import Charger
from tests.journeys.owners import Owner
from tests.journeys.waiting import until

PASSWORD = "0123456789abcdef0123"


async def path_of(owner: Owner, charger: Charger) -> str:
    [known] = [
        each["charge_point"]["id"]
        for each in await owner.lists("/charge-points")
        if charger.identity in each["charge_point"]["websocket_url"]
    ]
    return f"/charge-points/{known}"


async def put(owner: Owner, path: str, **fields: Any) -> dict[str, Any]:
    answer = await owner.http.put(path, json=fields)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def test_messages_are_recorded_when_the_owner_wants_and_hold_no_password(
    owner: Owner, charger: Charger
) -> None:
    path = await path_of(owner, charger)
    assert (await owner.get(f"{path}/messages"))["frames"] == []
    await put(owner, f"{path}/messages/recording", hours=1)
    refused = await owner.http.put(f"{path}/configuration/WifiPassword", json={"value": PASSWORD})
    assert refused.status_code == 422, "secrets have an operation of their own"
    await owner.post(f"{path}/password/rotate")
    charger.plugs_in()

    def both(found: dict[str, Any]) -> bool:
        actions = {frame["action"] for frame in found["frames"]}
        return {"StatusNotification", "ChangeConfiguration"} <= actions

    found = await until(lambda: owner.get(f"{path}/messages"), both, "the messages")

    directions = {f["direction"] for f in found["frames"] if f["action"] == "StatusNotification"}
    assert directions == {"from", "to"}
    told = [f["frame"] for f in found["frames"] if f["action"] == "ChangeConfiguration"]
    assert {"key": "AuthorizationKey", "value": "•••"} in [
        frame[3] for frame in told if frame[0] == 2
    ]
    only = await owner.get(f"{path}/messages?action=StatusNotification&direction=from")
    assert {frame["frame"][2] for frame in only["frames"]} == {"StatusNotification"}


async def test_a_setting_is_read_changed_and_noticed_when_it_changes_by_itself(
    owner: Owner, charger: Charger
) -> None:
    path = await path_of(owner, charger)

    async def known() -> dict[str, Any]:
        found = await owner.get(f"{path}/configuration")
        return {setting["key"]: setting for setting in found["settings"]}

    await owner.post(f"{path}/configuration/read")
    first = await until(known, lambda found: "HeartbeatInterval" in found, "the configuration")
    assert first["NumberOfConnectors"]["is_read_only"]
    assert not any(setting["has_drifted"] for setting in first.values())
    assert first["ConnectionTimeOut"]["wanted"] == first["ConnectionTimeOut"]["value"]

    await put(owner, f"{path}/configuration/HeartbeatInterval", value="77")
    await until(
        known, lambda found: found["HeartbeatInterval"]["wanted"] == "77", "the answer to be kept"
    )
    charger.device.configuration.keep("HeartbeatInterval", "900")
    await owner.post(f"{path}/configuration/read")
    await until(known, lambda found: found["HeartbeatInterval"]["has_drifted"], "the drift")
