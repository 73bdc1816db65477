"""The conversation with whoever signs (RFC 8555), by the EFF's library. It blocks: in a thread.

What goes wrong comes as ``NotIssued`` with one line for people: which name, what was said, and what
mostly is to be mended.
"""

from collections.abc import Iterator, MutableMapping
from datetime import datetime, timedelta

import requests
from acme import challenges, client, crypto_util, errors, messages
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from app.acme_client.kept import key_pem, new_key
from app.acme_client.settings import AcmeSettings

HINTS = {
    "connection": "pass port 80 of your router on to STROM_ACME_HTTP_PORT of this machine",
    "dns": "does the name point to your connection?",
    "unauthorized": "another machine answered on port 80 of this name",
    "caa": "the domain's CAA record names others who may sign",
    "rejectedIdentifier": "take the name out of STROM_ACME_DOMAINS",
    "externalAccountRequired": "this one wants an account made elsewhere: take another",
}
NONCES = 3
"""Orders begun until one's nonces were taken: servers forget them (RFC 8555 §6.5)."""
MOST_SAID = 300
"""Characters of what was said."""


class NotIssued(Exception):
    """No certificate came of it. ``is_limited``: it was too often."""

    def __init__(self, problem: str, *, is_limited: bool = False) -> None:
        super().__init__(problem)
        self.is_limited = is_limited


def order(
    settings: AcmeSettings,
    account_key: ec.EllipticCurvePrivateKey,
    answers: MutableMapping[str, str],
) -> bytes:
    """Key and chain for all names, PEM; ``answers`` is what the door answers meanwhile."""
    for tried in range(1, NONCES + 1):
        try:
            return _once(settings, account_key, answers)
        except messages.Error as error:
            if error.code != "badNonce" or tried == NONCES:
                raise _refused(error) from error
        finally:
            answers.clear()
    raise AssertionError("the last one returns or raises")


def _once(
    settings: AcmeSettings,
    account_key: ec.EllipticCurvePrivateKey,
    answers: MutableMapping[str, str],
) -> bytes:
    try:
        return _order(settings, account_key, answers)
    except errors.ValidationError as error:
        raise NotIssued(
            "; ".join(sorted(_said_of_names(error))) or "the names were not found ours"
        ) from error
    except messages.Error:  # one of the errors below, and more than they say
        raise
    except errors.IssuanceError as error:
        raise _refused(error.error) from error
    except errors.TimeoutError as error:
        raise NotIssued(f"no certificate came within {settings.order_s} s") from error
    except requests.RequestException as error:
        raise NotIssued(f"{settings.directory_url} cannot be reached ({_short(error)})") from error
    except (errors.Error, JoseError, ValueError, KeyError) as error:
        raise NotIssued(f"{settings.directory_url} answered strangely ({_short(error)})") from error


def _order(
    settings: AcmeSettings,
    account_key: ec.EllipticCurvePrivateKey,
    answers: MutableMapping[str, str],
) -> bytes:
    acme = _at_home_there(settings, JWKEC(key=account_key))
    key = key_pem(new_key())
    ordered = acme.new_order(crypto_util.make_csr(key, list(settings.names)))
    for authorization in ordered.authorizations:
        if authorization.body.status != messages.STATUS_VALID:
            challenge = _http_01(authorization)
            response, promised = challenge.response_and_validation(acme.net.key)
            answers[challenge.chall.encode("token")] = promised
            acme.answer_challenge(challenge, response)
    # The library compares with the local time of this machine.
    give_up_at = datetime.now() + timedelta(seconds=settings.order_s)  # noqa: DTZ005
    chain = acme.poll_and_finalize(ordered, give_up_at).fullchain_pem
    return key + chain.encode("ascii")


def _at_home_there(settings: AcmeSettings, key: JWKEC) -> client.ClientV2:
    """Our account there, made at the first time; the owner has agreed to the terms."""
    network = client.ClientNetwork(key, alg=ES256, user_agent="strom", timeout=settings.answer_s)
    # Typed as a yes or no; requests takes a file as well.
    network.verify_ssl = settings.roots_file or True  # type: ignore[assignment]
    acme = client.ClientV2(client.ClientV2.get_directory(settings.directory_url, network), network)
    wanted = messages.NewRegistration.from_data(
        email=settings.email or None, terms_of_service_agreed=True
    )
    try:
        acme.new_account(wanted)
    except errors.ConflictError as known:
        network.account = messages.RegistrationResource(
            body=messages.Registration(), uri=known.location
        )
    return acme


def _http_01(authorization: messages.AuthorizationResource) -> messages.ChallengeBody:
    for challenge in authorization.body.challenges:
        if isinstance(challenge.chall, challenges.HTTP01):
            return challenge
    name = authorization.body.identifier.value
    raise NotIssued(f"{name}: it would not look by port 80 (HTTP-01)")


def _refused(error: messages.Error) -> NotIssued:
    return NotIssued(_said(error), is_limited=error.code == "rateLimited")


def _said_of_names(error: errors.ValidationError) -> Iterator[str]:
    for authorization in error.failed_authzrs:
        for challenge in authorization.body.challenges:
            if challenge.error is not None:
                yield f"{authorization.body.identifier.value}: {_said(challenge.error)}"


def _said(error: messages.Error) -> str:
    said = " ".join((error.detail or error.description or error.typ or "no reason given").split())
    hint = HINTS.get(error.code or "")
    return said[:MOST_SAID] + (f" ({hint})" if hint else "")


def _short(error: Exception) -> str:
    """Its cause, without the addresses of objects that libraries put before it."""
    cause = getattr(error.args[0] if error.args else None, "reason", None) or error
    said = " ".join(str(cause).split()).rpartition("): ")[2]
    return said[:MOST_SAID] or type(error).__name__
