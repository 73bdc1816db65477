"""A new password in each version's words."""

from __future__ import annotations

from collections import Counter

from app.edge_messages import Command
from app.ocpp_edge.v16.protocol import Ocpp16
from app.ocpp_edge.v201.protocol import Language, Ocpp201
from app.operations import SetPassword

TOLD = Command("c", "t", "cp", SetPassword(password="0f" * 20))


def test_1_6_sets_the_authorization_key() -> None:
    dialect = Ocpp16(Counter())
    request = dialect.request(TOLD)
    assert request.action == "ChangeConfiguration"
    assert request.payload == {"key": "AuthorizationKey", "value": "0f" * 20}
    assert dialect.outcome(TOLD, {"status": "RebootRequired"}).outcome == "accepted"
    assert dialect.outcome(TOLD, {"status": "NotSupported"}).outcome == "rejected"


def test_2_0_1_sets_the_basic_auth_password() -> None:
    dialect = Ocpp201(Language("ocpp2.0.1", Counter()))
    request = dialect.request(TOLD)
    assert request.action == "SetVariables"
    [data] = request.payload["setVariableData"]
    assert data["attributeValue"] == "0f" * 20
    assert data["component"]["name"] == "SecurityCtrlr"
    assert data["variable"]["name"] == "BasicAuthPassword"
    answer = {"setVariableResult": [{"attributeStatus": "Accepted"}]}
    outcome = dialect.outcome(TOLD, answer)
    assert outcome is not None
    assert outcome.outcome == "accepted"
