"""Certificates that end soon."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app.certificates.watch import CertificateWatch
from app.charging.errors import Conflict
from app.edge_messages import SigningRequest
from tests.charge_points.world import CP, PATH, World, connected_world
from tests.flow.system import TENANT
from tests.support.charger_certificates import ec_key, request_pem


@dataclass
class Told:
    """What charge points and owners were told."""

    is_online: bool = True
    asked: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    async def renewal(self, tenant: str, charge_point: str) -> None:
        if not self.is_online:
            raise Conflict("it is offline")
        self.asked.append(charge_point)

    async def certificate_ends(self, tenant: str, text: str) -> None:
        self.texts.append(text)


async def watched() -> tuple[World, CertificateWatch, Told]:
    world, told = await connected_world(), Told()
    await world.say(SigningRequest(request_pem(PATH)))
    watch = CertificateWatch(world.tables, world.certificates, told, told, world.clock)
    return world, watch, told


async def days_before_the_end(world: World, days: int) -> None:
    [certificate] = await world.desk.all(TENANT, CP)
    left = (certificate.not_after - world.clock.now()).total_seconds()
    world.clock.pass_s(left - days * 86_400)


@pytest.mark.parametrize(
    ("days", "asked", "told"), [(31, 0, 0), (29, 1, 0), (13, 1, 1), (1, 1, 1), (-1, 0, 0)]
)
async def test_first_the_charge_point_is_asked_then_the_owner_told(
    days: int, asked: int, told: int
) -> None:
    world, watch, heard = await watched()
    await days_before_the_end(world, days)
    await watch.look(TENANT)
    assert (len(heard.asked), len(heard.texts)) == (asked, told)


async def test_the_owner_is_told_which_and_when() -> None:
    world, watch, heard = await watched()
    heard.is_online = False
    await days_before_the_end(world, 10)
    [certificate] = await world.desk.all(TENANT, CP)
    await watch.look(TENANT)
    [text] = heard.texts
    assert f"Box ({certificate.not_after:%Y-%m-%d})" in text


async def test_one_that_was_renewed_is_left_alone() -> None:
    world, watch, heard = await watched()
    await days_before_the_end(world, 10)
    await world.say(SigningRequest(request_pem(PATH, ec_key(1))))
    await watch.look(TENANT)
    assert (heard.asked, heard.texts) == ([], [])
