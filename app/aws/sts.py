"""AssumeRole by itself: botocore's client for STS would read its model and make its classes, which
takes longer than the first answer of a function may.

Blocks, so it is called in threads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree  # of AWS alone, over TLS

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, HTTPClientError
from botocore.httpsession import URLLib3Session

from app.aws.credentials import Surroundings

_TRIES = 3
_TIMEOUT_S = 2
_VERSION = "2011-06-15"


@dataclass(slots=True)
class Sts:
    """STS of one region. ``endpoint`` stands for it where there is an emulator."""

    region: str
    credentials: Surroundings
    endpoint: str = ""
    _http: URLLib3Session = field(default_factory=lambda: URLLib3Session(timeout=_TIMEOUT_S))

    def assume_role(self, **parameters: Any) -> Mapping[str, Any]:
        """AssumeRole, with botocore's names; raises ``ClientError`` or ``HTTPClientError``."""
        body = urlencode(_flat({"Action": "AssumeRole", "Version": _VERSION, **parameters}))
        for attempt in range(1, _TRIES + 1):
            try:
                status, answer = self._post(body)
            except HTTPClientError:
                if attempt == _TRIES:
                    raise
                continue
            if status == 200:
                found = {each: _text(answer, each) for each in _WANTED}
                return {"Credentials": found | {"Expiration": _moment(found["Expiration"])}}
            if status < 500 or attempt == _TRIES:
                break
        code, message = _text(answer, "Code"), _text(answer, "Message")
        raise ClientError({"Error": {"Code": code, "Message": message}}, "AssumeRole")

    def _post(self, body: str) -> tuple[int, ElementTree.Element]:
        url = self.endpoint or f"https://sts.{self.region}.amazonaws.com"
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = AWSRequest("POST", f"{url}/", headers=headers, data=body)
        keys = self.credentials.now()
        as_botocore = ReadOnlyCredentials(keys.access_key, keys.secret_key, keys.token)
        SigV4Auth(as_botocore, "sts", self.region).add_auth(request)
        response = self._http.send(request.prepare())
        try:
            return response.status_code, ElementTree.fromstring(response.content)  # noqa: S314
        except ElementTree.ParseError:
            return response.status_code, ElementTree.Element("empty")


_WANTED = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


def _flat(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Lists of structures as AWS's query protocol writes them: ``Tags.member.1.Key``."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        if isinstance(value, list):
            for number, each in enumerate(value, 1):
                found |= {f"{name}.member.{number}.{key}": str(v) for key, v in each.items()}
        else:
            found[name] = str(value)
    return found


def _text(answer: ElementTree.Element, name: str) -> str:
    """The first element of this name, in whatever namespace."""
    found = (each.text for each in answer.iter() if each.tag.rpartition("}")[2] == name)
    return next(found, None) or ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
