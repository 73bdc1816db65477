"""DynamoDB's failures in our words. The question each answers: was anything changed?"""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
)
from pynamodb.exceptions import VerboseClientError

from app.charging.errors import (
    ConditionFailed,
    StorageConflict,
    StorageThrottled,
    StorageUnavailable,
    StorageUncertain,
)

_CONFLICT = frozenset(
    {
        "TransactionConflict",
        "TransactionConflictException",
        "ReplicatedWriteConflictException",
    }
)
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
    }
)
_OUR_DEFECT = frozenset(
    {
        "IdempotentParameterMismatchException",
        "ItemCollectionSizeLimitExceeded",
        "ItemCollectionSizeLimitExceededException",
        "SerializationException",
        "ValidationError",
        "ValidationException",
    }
)
_MAY_HAVE_HAPPENED = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "TransactionInProgressException",
    }
)
_NOTHING_SENT = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
)

_NOBODY = {
    ConnectTimeoutError: "no answer",
    EndpointConnectionError: "nobody listens there",
    NoCredentialsError: "there are no credentials",
}


def translate(error: ClientError | BotoCoreError) -> Exception:
    """What to raise instead of a failure of botocore."""
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, _NOTHING_SENT):
        why = _NOBODY.get(type(error), type(error).__name__)
        return StorageUnavailable(f"storage cannot be reached ({why})")
    return StorageUncertain(f"storage gave no answer ({type(error).__name__})")


def what_was_answered(error: BaseException | None) -> str:
    """DynamoDB's own words behind an error of ours, code first; empty where it said nothing."""
    while error is not None:
        if isinstance(error, ClientError):
            told = error.response.get("Error", {})
            return f"{told.get('Code', '')}: {told.get('Message', '')}"
        error = error.__cause__
    return ""


def _answered(error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    if code == "TransactionCanceledException":
        return _cancelled(error)
    if code == "ConditionalCheckFailedException":
        return ConditionFailed((0,))
    if code in _MAY_HAVE_HAPPENED or _status(error) >= 500:
        return StorageUncertain(f"storage failed ({code})")
    return _by_code(code, str(error))


def _cancelled(error: ClientError) -> Exception:
    """A failed condition tells most, then a defect; then what may pass by itself."""
    codes = _reasons(error)
    failed = tuple(at for at, code in enumerate(codes) if code == "ConditionalCheckFailed")
    if failed:
        return ConditionFailed(failed)
    told = [code for code in codes if code != "None"]
    for code in told:
        if code not in _CONFLICT and code not in _THROTTLED:
            return _by_code(code, str(error))
    for code in told:
        if code in _THROTTLED:
            return _by_code(code, str(error))
    return StorageConflict("another transaction holds these rows")


def _by_code(code: str, text: str) -> Exception:
    if code in _CONFLICT:
        return StorageConflict("another transaction holds these rows")
    if code in _THROTTLED:
        return StorageThrottled(f"storage takes no more just now ({code})")
    if code in _OUR_DEFECT:
        return ValueError(text)
    return StorageUnavailable(f"storage refuses ({code})")


def _reasons(error: ClientError) -> list[str]:
    if isinstance(error, VerboseClientError):
        return [reason.code if reason else "None" for reason in error.cancellation_reasons]
    return [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]


def _status(error: ClientError) -> int:
    """The HTTP status, which PynamoDB leaves on the error that it wraps."""
    for each in (error, error.__cause__):
        if isinstance(each, ClientError) and "ResponseMetadata" in each.response:
            return int(each.response["ResponseMetadata"].get("HTTPStatusCode", 0))
    return 0
