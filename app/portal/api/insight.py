"""The API's handlers for a charge point's connection, messages and configuration."""

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from app.portal.api import insight_schemas as schemas
from app.portal.api.auth import Caller
from app.portal.api.schemas import CommandOut
from app.portal.people import Services
from app.portal.services import PortalServices
from app.records.views import CommandView, FrameView


class InsightApi(Controller):
    """One charge point looked at closely."""

    path = "/charge-points/{charge_point_id:str}"
    tags = ["Charge points"]  # noqa: RUF012 - Litestar's own attribute

    @get("/connection", summary="How its connection does")
    async def quality(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> schemas.QualityOut:
        """And what it does other than the standard."""
        await services.chargers.get(caller.tenant.id, charge_point_id)
        quality = await services.quality.of(caller.tenant.id, charge_point_id)
        return msgspec.convert(asdict(quality), schemas.QualityOut)

    @get("/messages", summary="What it said and was told")
    async def messages(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        start: Annotated[str, QueryParameter(max_length=100, description="``next_start``")] = "",
        action: Annotated[str, QueryParameter(max_length=100)] = "",
        direction: Annotated[Literal["", "from", "to"], QueryParameter()] = "",
    ) -> schemas.FramesOut:
        """Recorded while the recording is on, kept for seven days; secrets are left out."""
        tenant = caller.tenant.id
        await services.chargers.get(tenant, charge_point_id)
        page = await services.frame_logs.page(
            tenant, charge_point_id, start=start, action=action, sent=direction
        )
        frames = [_frame(each) for each in page.frames]
        return schemas.FramesOut(frames, page.next_start, page.left_out)

    @put("/messages/recording", summary="Record messages")
    async def record(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        data: JSONBody[schemas.RecordingIn],
    ) -> schemas.RecordingOut:
        """For some hours from now, or no more."""
        await services.chargers.get(caller.tenant.id, charge_point_id)
        until = await services.frame_logs.record(caller.tenant.id, charge_point_id, data.hours)
        return schemas.RecordingOut(until)

    @get("/configuration", summary="Its configuration")
    async def configuration(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> schemas.ConfigurationOut:
        """As it was read last, beside what was set."""
        await services.chargers.get(caller.tenant.id, charge_point_id)
        return await _configuration(services, caller.tenant.id, charge_point_id)

    @post("/configuration/read", summary="Read its configuration", status_code=202)
    async def read(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> CommandOut:
        """Refused while it is offline; what it answers shows in the configuration."""
        await services.chargers.get(caller.tenant.id, charge_point_id)
        return _command(await services.configuration.ask(caller.tenant.id, charge_point_id))

    @put("/configuration/{key:str}", summary="Change a setting", status_code=202)
    async def set(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        key: FromPath[str],
        data: JSONBody[schemas.SettingIn],
    ) -> CommandOut:
        """Waits for a charge point that is offline; once accepted, the value is wanted."""
        tenant = caller.tenant.id
        await services.chargers.get(tenant, charge_point_id)
        return _command(await services.configuration.set(tenant, charge_point_id, key, data.value))

    @post("/configuration/{key:str}/accept", summary="Leave a setting as it is", status_code=200)
    async def accept(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str], key: FromPath[str]
    ) -> schemas.ConfigurationOut:
        """One that has drifted counts as set to what it is."""
        await services.chargers.get(caller.tenant.id, charge_point_id)
        await services.configuration.accept(caller.tenant.id, charge_point_id, key)
        return await _configuration(services, caller.tenant.id, charge_point_id)


async def _configuration(
    services: PortalServices, tenant: str, charge_point_id: str
) -> schemas.ConfigurationOut:
    known = await services.configuration.of(tenant, charge_point_id)
    settings = [
        schemas.SettingOut(s.key, s.value, s.is_read_only, s.wanted, s.has_drifted)
        for s in known.settings
    ]
    return schemas.ConfigurationOut(known.read_at, settings)


def _frame(frame: FrameView) -> schemas.FrameOut:
    try:
        read: Any = json.loads(frame.text)
    except (ValueError, RecursionError):
        read = frame.text
    return schemas.FrameOut(frame.at, "to" if frame.sent else "from", frame.action, read)


def _command(command: CommandView) -> CommandOut:
    return msgspec.convert(asdict(command), CommandOut)
