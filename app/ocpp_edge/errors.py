"""Why a call is answered with a CallError, in the words of OCPP-J 1.6 §4.2.3.

The standard's own spelling: `FormationViolation` and `OccurenceConstraintViolation`.
"""

from enum import StrEnum


class ErrorCode(StrEnum):
    """The error codes of OCPP-J 1.6, table 7."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


class CallRefused(Exception):
    """A call that cannot be taken; ``description`` is for the maker of the charge point."""

    def __init__(self, code: ErrorCode, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
