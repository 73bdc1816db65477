"""The parts on AWS: the key that seals, the secrets, the queues, the edges that are alive."""

from collections.abc import Awaitable

from app.aws import Aws, Refusal
from app.aws.calls import SQS
from app.aws.kms import KmsWrapping
from app.aws.secrets import secret_key, secret_text
from app.bootstrap.on_aws import queue_clearing
from app.charging.errors import Unavailable
from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.ground import Ground

KEY, SECRETS, QUEUE, EDGES = "KMS", "secrets", "perform queue", "edges"
MANY = 1000
_NOT_ALLOWED = ("AccessDenied", "AccessDeniedException", "AccessDeniedError")
_ELSEWHERE = "Look from where that part runs, or ask with another role."


async def look(ground: Ground) -> list[Finding]:
    """Only what is set."""
    aws, settings = ground.looked.aws, ground.settings
    if aws is None:
        return []
    found = []
    if settings.kms_key:
        found.append(
            await _told(KEY, "The key of STROM_KMS_KEY", _use(aws, settings.kms_key), _KMS)
        )
    if settings.server_key_secret:
        named = "The secret of STROM_SERVER_KEY_SECRET"
        found.append(await _told(SECRETS, named, secret_key(aws, settings.server_key_secret), _PUT))
    for setting in ("front_secret", "smtp_secret"):
        if name := getattr(settings, setting):
            named = f"The secret of STROM_{setting.upper()}"
            found.append(await _told(SECRETS, named, secret_text(aws, name), _PUT))
    if settings.perform_queue_url:
        found.append(await _queue(aws, settings.perform_queue_url))
    if settings.edge_queue_prefix:
        found.append(await _edges(ground))
    return found


_KMS = "Enable it in KMS (cancel its deletion if need be): no wallet opens without it."
_PUT = "Put it back in Secrets Manager."


async def _use(aws: Aws, key: str) -> None:
    """Make a data key as for a secret, and open it again."""
    wrapping = KmsWrapping(aws, key, "setup")
    _, wrapped = await wrapping.new_data_key("doctor")
    await wrapping.unwrap("doctor", wrapped)


async def _told(check: str, named: str, asked: Awaitable[object], do: str) -> Finding:
    try:
        await asked
    except Refusal as refusal:
        if refusal.code in _NOT_ALLOWED:
            return warning(check, f"{named} may not be looked at from here.", _ELSEWHERE)
        return problem(check, f"{named} cannot be used ({refusal.code}).", do)
    except (Unavailable, ValueError) as error:
        return problem(check, f"{named} cannot be used: {error}.", do)
    return ok(check, f"{named} can be used.")


async def _queue(aws: Aws, url: str) -> Finding:
    wanted = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
    try:
        answer = await aws.call(SQS, "GetQueueAttributes", wanted)
    except Refusal as refusal:
        if refusal.code in _NOT_ALLOWED:
            return warning(QUEUE, "It may not be looked at from here.", _ELSEWHERE)
        seen = f"The queue of STROM_PERFORM_QUEUE_URL cannot be used ({refusal.code})."
        return problem(QUEUE, seen, "Deploy again; until then the sweep performs what is owed.")
    waiting = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    if waiting > MANY:
        seen = f"{waiting:,} effects wait in the perform queue."
        return warning(QUEUE, seen, "Look at the alarms and the log of the perform function.")
    return ok(QUEUE, f"{waiting} effects wait in it.")


async def _edges(ground: Ground) -> Finding:
    strom = ground.strom
    is_alive = strom.internal.chargers.edge_alive
    try:
        alive, gone = await queue_clearing(strom.foundation, is_alive).counted()
    except Refusal as refusal:
        return warning(EDGES, f"They may not be looked at from here ({refusal.code}).", _ELSEWHERE)
    if alive:
        return ok(EDGES, f"{alive} are alive.")
    seen = f"No edge is alive ({gone} queues are left of others): no charge point is connected."
    return problem(EDGES, seen, "Look at the edge service in ECS, and at its log.")
