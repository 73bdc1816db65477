"""What every room that carries out an owner's commands does: `app.portal.ports.ChargerCommands`.

A command waits until the charge point has answered, or until what became of the charge says what
came of it; it is listed from the moment it was given.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import pytest

from app import operations as op
from app.charging.errors import Conflict, NotFound
from app.portal.ports.fleet import ChargerCommands
from app.records.charge_points import ChargePoint
from app.records.views import CommandView

Answer = Literal["accepted", "rejected", "unknown"]
SYSTEM: Final = "CentralSystemRootCertificate"
SECOND: Final = op.CertificateHash("SHA256", "c", "d", "2")
FOR_NOW: Final = op.SetChargingProfile(
    1,
    op.ChargingProfile(
        id=9,
        stack_level=0,
        purpose="TxProfile",
        kind="Relative",
        schedule=op.ChargingSchedule("A", (op.SchedulePeriod(0, Decimal(6)),)),
    ),
)


def written(certificate: op.CertificateHash) -> dict[str, object]:
    """As a charge point writes it."""
    return {
        "hashAlgorithm": certificate.algorithm,
        "issuerNameHash": certificate.issuer_name_hash,
        "issuerKeyHash": certificate.issuer_key_hash,
        "serialNumber": certificate.serial_number,
    }


class ControlLab:
    """A charge point of two connectors that is online; ``other`` is another of the owner's."""

    tenant: str
    charge_point: ChargePoint
    other: ChargePoint
    control: ChargerCommands

    async def answers(
        self,
        given: CommandView,
        answer: Answer,
        detail: str = "",
        result: dict[str, object] | None = None,
    ) -> None:
        """The charge point answers what it was told because of a command."""
        raise NotImplementedError

    async def begins(self, connector: int) -> None:
        """The transaction of the charge that was to start there begins."""
        raise NotImplementedError

    async def ends(self, connector: int) -> None:
        """The transaction at the connector ends."""
        raise NotImplementedError

    async def passes(self, seconds: float) -> None:
        """Time goes by."""
        raise NotImplementedError

    async def goes_away(self) -> None:
        """The charge point is offline from now on."""
        raise NotImplementedError

    async def starts(self, connector: int = 1) -> CommandView:
        """The owner starts their own charge."""
        return await self.control.send(self.tenant, self.charge_point, "start", connector)

    async def stops(self, connector: int = 1) -> CommandView:
        """The owner stops what charges there."""
        return await self.control.send(self.tenant, self.charge_point, "stop", connector)

    async def charges(self, connector: int = 1) -> None:
        """A charge that the owner started is under way."""
        given = await self.starts(connector)
        await self.answers(given, "accepted")
        await self.begins(connector)

    async def roots(self) -> set[tuple[str, op.CertificateHash]]:
        """Kind and hash of what it trusts."""
        found = await self.control.roots(self.tenant, self.charge_point)
        return {(each.kind, each.certificate) for each in found}

    async def state(self, given: CommandView) -> str:
        """What came of a command so far: the same in the list and by its id."""
        found = await self.control.one(self.tenant, self.charge_point, given.id)
        listed = await self.control.latest(self.tenant, self.charge_point)
        assert found in listed
        assert (found.kind, found.connector, found.at) == (given.kind, given.connector, given.at)
        return found.state


class RemoteControlContract:
    """Subclasses bring ``lab``."""

    @pytest.fixture
    async def lab(self) -> ControlLab:
        raise NotImplementedError

    @pytest.mark.parametrize("action", ["start", "unlock", "soft_reset"])
    async def test_a_command_waits_and_is_listed(
        self, lab: ControlLab, action: Literal["start", "unlock", "soft_reset"]
    ) -> None:
        connector = 0 if action == "soft_reset" else 2
        given = await lab.control.send(lab.tenant, lab.charge_point, action, connector)
        assert (given.state, given.connector) == ("waiting", connector)
        assert await lab.state(given) == "waiting"

    @pytest.mark.parametrize("answer", ["accepted", "rejected"])
    async def test_a_starts_outcome_is_what_the_charge_point_answered(
        self, lab: ControlLab, answer: Answer
    ) -> None:
        given = await lab.starts()
        await lab.answers(given, answer, "as it said")
        assert await lab.state(given) == answer
        found = await lab.control.one(lab.tenant, lab.charge_point, given.id)
        assert "as it said" in found.detail

    async def test_a_start_that_nobody_answered_is_unknown_when_its_time_is_up(
        self, lab: ControlLab
    ) -> None:
        given = await lab.starts()
        await lab.answers(given, "unknown", "timed out")
        assert await lab.state(given) == "waiting"
        await lab.passes(200)
        assert await lab.state(given) == "unknown"

    async def test_an_accepted_start_at_which_nobody_plugs_in_expires(
        self, lab: ControlLab
    ) -> None:
        given = await lab.starts()
        await lab.answers(given, "accepted")
        await lab.passes(200)
        assert await lab.state(given) == "expired"

    async def test_a_charge_that_begins_is_the_answer_to_its_start(self, lab: ControlLab) -> None:
        given = await lab.starts()
        await lab.begins(1)
        assert await lab.state(given) == "accepted"
        await lab.passes(200)
        assert await lab.state(given) == "accepted"
        await lab.ends(1)
        assert await lab.state(given) == "accepted"

    @pytest.mark.parametrize("answer", ["accepted", "rejected"])
    async def test_a_stops_outcome_is_what_the_charge_point_answered(
        self, lab: ControlLab, answer: Answer
    ) -> None:
        await lab.charges()
        given = await lab.stops()
        assert (given.kind, given.state) == ("stop", "waiting")
        assert await lab.state(given) == "waiting"
        await lab.answers(given, answer)
        assert await lab.state(given) == answer

    @pytest.mark.parametrize("answer", ["unknown", "rejected"])
    async def test_a_charge_that_ends_is_the_answer_to_its_stop(
        self, lab: ControlLab, answer: Answer
    ) -> None:
        await lab.charges()
        given = await lab.stops()
        await lab.answers(given, answer)
        await lab.ends(1)
        assert await lab.state(given) == "accepted"

    async def test_a_stop_waits_for_as_long_as_nothing_is_known(self, lab: ControlLab) -> None:
        await lab.charges()
        given = await lab.stops()
        await lab.answers(given, "unknown", "timed out")
        await lab.passes(3600)
        assert await lab.state(given) == "waiting"

    async def test_a_stop_that_waits_is_not_given_twice(self, lab: ControlLab) -> None:
        await lab.charges()
        given = await lab.stops()
        assert await lab.stops() == given
        listed = await lab.control.latest(lab.tenant, lab.charge_point)
        assert [each.kind for each in listed].count("stop") == 1

    async def test_a_start_that_has_not_begun_is_stopped_at_once(self, lab: ControlLab) -> None:
        started = await lab.starts()
        stopped = await lab.stops()
        assert await lab.state(stopped) == "accepted"
        assert await lab.state(started) == "unknown", "the charge point may have got it"

    async def test_what_makes_no_sense_is_refused_and_not_listed(self, lab: ControlLab) -> None:
        with pytest.raises(Conflict):
            await lab.stops(1)
        with pytest.raises(Conflict):
            await lab.starts(9)
        assert await lab.control.latest(lab.tenant, lab.charge_point) == ()

    async def test_a_connector_in_use_starts_nothing_more(self, lab: ControlLab) -> None:
        given = await lab.starts()
        with pytest.raises(Conflict):
            await lab.starts()
        assert await lab.control.latest(lab.tenant, lab.charge_point) == (
            await lab.control.one(lab.tenant, lab.charge_point, given.id),
        )

    async def test_offline_nothing_starts(self, lab: ControlLab) -> None:
        await lab.goes_away()
        with pytest.raises(Conflict):
            await lab.starts()
        assert await lab.control.latest(lab.tenant, lab.charge_point) == ()

    async def test_a_command_is_found_at_its_own_charge_point_alone(self, lab: ControlLab) -> None:
        given = await lab.starts()
        with pytest.raises(NotFound):
            await lab.control.one(lab.tenant, lab.charge_point, "owner.0")
        with pytest.raises(NotFound):
            await lab.control.one(lab.tenant, lab.other, given.id)
        with pytest.raises(NotFound):
            await lab.control.one("another", lab.charge_point, given.id)

    async def test_a_limit_for_the_charge_under_way_needs_one(self, lab: ControlLab) -> None:
        with pytest.raises(Conflict):
            await lab.control.operate(lab.tenant, lab.charge_point, FOR_NOW)
        await lab.charges()
        given = await lab.control.operate(lab.tenant, lab.charge_point, FOR_NOW)
        assert await lab.state(given) == "waiting"
        await lab.goes_away()
        with pytest.raises(Conflict):
            await lab.control.operate(lab.tenant, lab.charge_point, FOR_NOW)

    async def test_the_roots_it_trusts_are_those_it_told_and_has_not_removed(
        self, lab: ControlLab
    ) -> None:
        operate = lab.control.operate
        first, second = op.CertificateHash("SHA256", "a", "b", "1"), SECOND
        told = [written(first), "nonsense", {**written(second), "serialNumber": ""}]
        asked = await operate(lab.tenant, lab.charge_point, op.GetInstalledCertificates(SYSTEM))
        assert await lab.control.roots(lab.tenant, lab.charge_point) == ()
        await lab.answers(asked, "accepted", "", {"certificateHashData": told})
        others = op.GetInstalledCertificates("ManufacturerRootCertificate")
        asked = await operate(lab.tenant, lab.charge_point, others)
        await lab.answers(asked, "accepted", "", {"certificateHashData": [written(second)]})
        assert await lab.roots() == {(SYSTEM, first), ("ManufacturerRootCertificate", second)}
        assert await lab.control.roots(lab.tenant, lab.other) == ()
        removing = await operate(lab.tenant, lab.charge_point, op.DeleteCertificate(first))
        await lab.answers(removing, "rejected")
        assert len(await lab.roots()) == 2
        removing = await operate(lab.tenant, lab.charge_point, op.DeleteCertificate(first))
        await lab.answers(removing, "accepted")
        assert await lab.roots() == {("ManufacturerRootCertificate", second)}

    async def test_the_newest_come_first(self, lab: ControlLab) -> None:
        first = await lab.starts(1)
        await lab.passes(1)
        second = await lab.starts(2)
        listed = await lab.control.latest(lab.tenant, lab.charge_point)
        assert [each.id for each in listed] == [second.id, first.id]
