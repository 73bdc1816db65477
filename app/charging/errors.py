"""The one tree of errors; each protocol's edge maps it once.

StromError
├── BadInput              the sender can mend it: the message says how
│   ├── NotFound          no such thing, or not for this sender
│   ├── Conflict          the state forbids it now (connector taken, refund bound, name in use)
│   └── TooMany           over a limit; ``retry_after_s`` says when
├── Refused
│   ├── NotSignedIn       no valid credentials
│   └── NotAllowed        valid credentials, not for this
├── Unavailable           a part we need does not answer: charger, wallet, rates
│   └── StorageUnavailable  the table cannot be reached, or refuses
└── StorageError          see ``StorageConflict`` and ``StorageThrottled``

Messages are written for the person who reads them in a wallet, a browser or a log; they never
carry a secret.
"""


class StromError(Exception):
    """The root. ``message`` is safe to show to whoever caused it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(StromError):
    """The sender's input cannot be used; ``field`` names the place where there is one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(BadInput):
    """There is no such thing, or it is not this sender's to see."""


class Conflict(BadInput):
    """Well formed, but the present state forbids it."""


class TooMany(BadInput):
    """Over a limit; try again after ``retry_after_s`` seconds."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Refused(StromError):
    """Credentials are missing, wrong, or not sufficient."""


class NotSignedIn(Refused):
    """No valid credentials were given."""


class NotAllowed(Refused):
    """The credentials are valid, but not for this."""


class Unavailable(StromError):
    """A part that is needed does not answer; trying again later may help."""


class StorageUnavailable(Unavailable):
    """The table cannot be reached, or refuses; nothing was changed. ``why`` is for us."""

    def __init__(self, why: str) -> None:
        super().__init__("Nothing can be saved or looked up here just now. Please try again soon.")
        self.why = why

    def __str__(self) -> str:
        return self.why


class StorageError(StromError):
    """The table could not do what was asked."""


class StorageConflict(StorageError):
    """Another write to the same items was under way; nothing was changed; try again."""


class StorageThrottled(StorageError):
    """The table takes no more just now; nothing was changed; try again later."""


class StorageUncertain(StorageError):
    """No answer came: the write may or may not have happened. Read before deciding."""


class ConditionFailed(StorageError):
    """A condition of the write did not hold; nothing was changed.

    ``failed`` holds the positions, within the batch that was written, of the operations whose
    condition failed. It may be our own earlier commit whose answer was lost.
    """

    def __init__(self, failed: tuple[int, ...]) -> None:
        super().__init__(f"condition failed at {failed}")
        self.failed = failed
