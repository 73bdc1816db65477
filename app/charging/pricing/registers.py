"""From what a register shows to the energy that has flowed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Register:
    """A meter's register in Wh: where the session began, where it stands, what that makes."""

    start_wh: int
    meter_wh: int
    energy_wh: int = 0

    def going_on_from(self, meter_wh: int) -> "Register":
        """The same energy where the meter stands elsewhere now."""
        return Register(meter_wh - self.energy_wh, meter_wh, self.energy_wh)

    def told(self, meter_wh: int) -> "Register":
        """After another value.

        A register below where it began was reset: go on counting from what was delivered. One that
        is only below its last value is old news, told again under a later moment (a clock that is
        ahead is put right anew at each delivery): it must not count twice.
        """
        start_wh = self.start_wh
        if start_wh <= meter_wh < self.meter_wh:
            return self
        if meter_wh < self.meter_wh:
            start_wh = meter_wh - self.energy_wh
        return Register(start_wh, meter_wh, max(self.energy_wh, meter_wh - start_wh))
