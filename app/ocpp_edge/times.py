"""Moments as charge points write them, and as we write them.

Seen: local time without an offset, `+02`, 1970 before the first boot answer, nonsense, nothing.
"""

from datetime import UTC, datetime, timedelta

OLDEST = datetime(2015, 1, 1, tzinfo=UTC)
"""Before this a charge point's clock has never been set: OCPP 1.6 is of 2015."""
WRITTEN = "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ"
"""Three times as fast as `strftime`, and every heartbeat needs it."""
TOLERANCE = timedelta(minutes=5)
QUARTER_HOUR = timedelta(minutes=15)
LARGEST_OFFSET = timedelta(hours=14)
FURTHEST_AHEAD = timedelta(days=1)
UNREADABLE, CLOCK_NOT_SET, WITHOUT_ZONE = "time:unreadable", "time:clock_not_set", "time:no_zone"


def write(moment: datetime) -> str:
    """UTC with milliseconds and `Z`: some charge points do not parse `+00:00`."""
    return WRITTEN % (
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond // 1000,
    )


class ChargerTimes:
    """Reads one charge point's timestamps, and learns how far its local time is from UTC.

    A time without an offset is taken for UTC, until one lies in the future: then it must be local
    time, and the distance in quarters of an hour is remembered for this connection.
    """

    __slots__ = ("_offset", "oddity")

    def __init__(self) -> None:
        self._offset: timedelta | None = None
        self.oddity = ""
        """What was odd about the last one, in a word; empty: nothing."""

    def read(self, value: object, now: datetime) -> datetime:
        """The moment in UTC; ``now`` when the value cannot be meant."""
        self.oddity = ""
        if type(value) is not str:
            return now
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            try:
                moment = datetime.fromisoformat(value.strip().upper().replace(" ", ""))
            except ValueError:
                self.oddity = UNREADABLE
                return now
        try:
            moment = self._to_utc(moment, now)
        except OverflowError:
            self.oddity = UNREADABLE
            return now
        if moment < OLDEST or moment - now > FURTHEST_AHEAD:
            self.oddity = CLOCK_NOT_SET
            return now
        return moment

    def _to_utc(self, moment: datetime, now: datetime) -> datetime:
        if moment.tzinfo is not None:
            return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
        self.oddity = WITHOUT_ZONE
        moment = moment.replace(tzinfo=UTC)
        if self._offset is not None:
            return moment - self._offset
        ahead = moment - now
        if TOLERANCE < ahead <= LARGEST_OFFSET + TOLERANCE:
            self._offset = round((ahead - TOLERANCE) / QUARTER_HOUR + 0.5) * QUARTER_HOUR
            self._offset = min(self._offset, LARGEST_OFFSET)
            return moment - self._offset
        return moment
