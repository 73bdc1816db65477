"""Every operation that has a form, in the order of the page.

What is not here has a page of its own: `tests/portal/test_operation_forms.py` lists both.
"""

from typing import Final

from app.portal.owner.operation_fields import (
    AGAIN,
    ANYWHERE,
    NUMBER,
    PURPOSES,
    SEND_TO,
    SINCE,
    UNIT,
    UNTIL,
    WHERE,
    Field,
    OperationForm,
)

MESSAGES: Final = (
    ("StatusNotification", "Status of a connector"),
    ("MeterValues", "Meter values"),
    ("BootNotification", "Who it is"),
    ("Heartbeat", "Heartbeat"),
    ("FirmwareStatusNotification", "Firmware status"),
    ("DiagnosticsStatusNotification", "Diagnostics status"),
    ("LogStatusNotification", "Log status"),
    ("SignChargePointCertificate", "A request for a new certificate"),
)
ROOTS: Final = (
    ("CentralSystemRootCertificate", "of this system"),
    ("ManufacturerRootCertificate", "of its manufacturer"),
    ("V2GRootCertificate", "of Plug & Charge (V2G; OCPP 2.0.1)"),
    ("MORootCertificate", "of those who sell charging (MO; OCPP 2.0.1)"),
)
ALGORITHMS: Final = (("SHA256", "SHA-256"), ("SHA384", "SHA-384"), ("SHA512", "SHA-512"))
WAYS_IN: Final = (
    ("2", "encrypted, with a password (profile 2)"),
    ("3", "encrypted, with a certificate (profile 3)"),
    ("1", "with a password (profile 1)"),
    ("0", "without a password (profile 0)"),
)
INTERFACES: Final = tuple(
    (f"{kind}{number}", f"{words} {number}")
    for kind, words in (("Wired", "cable"), ("Wireless", "wireless"))
    for number in range(4)
)

FORMS: Final[tuple[OperationForm, ...]] = (
    OperationForm(
        "change_availability",
        "In or out of service",
        "Out of service, a connector takes nobody; a charge under way may end first.",
        (
            Field(
                "availability",
                "Make it",
                "choice",
                choices=(("Inoperative", "out of service"), ("Operative", "in service")),
            ),
            WHERE,
        ),
    ),
    OperationForm(
        "trigger",
        "Ask for a message",
        "The charge point sends it now.",
        (Field("message", "Message", "choice", choices=MESSAGES), WHERE),
    ),
    OperationForm("clear_cache", "Forget cards", "It asks again for every card it remembers."),
    OperationForm(
        "limit",
        "Limit the power",
        "A limit for every charge to come. 0 stops the power; “Remove limits” takes it back.",
        (WHERE, Field("limit", "At most", "number"), UNIT),
    ),
    OperationForm(
        "set_charging_profile",
        "Limits that change with time",
        "A charging profile: from when on how much may flow.",
        (
            Field("purpose", "For", "choice", choices=PURPOSES),
            WHERE,
            Field(
                "kind",
                "It counts",
                "choice",
                choices=(
                    ("Relative", "from the beginning of each charge"),
                    ("Daily", "from its start on, the same every day"),
                    ("Weekly", "from its start on, the same every week"),
                    ("Absolute", "from its start on, once"),
                ),
            ),
            Field("starts_at", "Its start", "moment", required=False),
            Field(
                "periods",
                "Limits",
                "long",
                hint="One line for each: hours:minutes after the beginning, then the limit, and "
                "on how many phases if it matters: 0:00 16, then 6:30 10 1",
            ),
            UNIT,
            Field("duration_s", "Seconds it lasts", "number", required=False),
            Field("id", "Number of the profile", "number", preset="2"),
            Field(
                "stack_level",
                "Level",
                "number",
                preset="0",
                hint="Of two for the same, the higher level holds",
            ),
            Field("valid_from", "Valid from", "moment", required=False),
            Field("valid_to", "Valid to", "moment", required=False),
        ),
    ),
    OperationForm(
        "clear_charging_profile",
        "Remove limits",
        "The charging profiles that match all that is filled in; with nothing filled in, all.",
        (
            Field("profile_id", "Number of the profile", "number", required=False),
            ANYWHERE,
            Field("purpose", "For", "choice", required=False, choices=PURPOSES),
            Field("stack_level", "Level", "number", required=False),
        ),
    ),
    OperationForm(
        "get_composite_schedule",
        "Show the limits",
        "What all charging profiles together allow.",
        (WHERE, Field("duration_s", "For the next seconds", "number", preset="86400")),
    ),
    OperationForm(
        "get_charging_profiles",
        "Show the charging profiles",
        "Each of them, for OCPP 2.0.1.",
        (NUMBER, ANYWHERE),
    ),
    OperationForm(
        "get_diagnostics",
        "Fetch diagnostics",
        "The charge point uploads a file. What comes of it shows under “It told”.",
        (SEND_TO, SINCE, UNTIL, *AGAIN),
    ),
    OperationForm(
        "get_log",
        "Fetch a log",
        "For charge points with the security extension, and OCPP 2.0.1.",
        (
            Field(
                "log",
                "Log",
                "choice",
                choices=(("DiagnosticsLog", "diagnostics"), ("SecurityLog", "security")),
            ),
            NUMBER,
            SEND_TO,
            SINCE,
            UNTIL,
            *AGAIN,
        ),
    ),
    OperationForm(
        "update_firmware",
        "Update the firmware",
        "It fetches and installs it by itself, and restarts. With certificate and signature it "
        "checks first that its manufacturer made it.",
        (
            Field("location", "Fetch it from", "url"),
            Field("retrieve_at", "When", "moment"),
            Field(
                "install_at",
                "Install it",
                "moment",
                required=False,
                hint="Empty: at once. Charge points with OCPP 1.6 know it for signed firmware only",
            ),
            *AGAIN,
            NUMBER,
            Field("signing_certificate", "Certificate (PEM)", "long", required=False),
            Field("signature", "Signature (base64)", "long", required=False),
        ),
        careful="Update the firmware? A charge point that fails at it may need a visit.",
    ),
    OperationForm(
        "get_local_list_version", "Which card list it has", "0: none, -1: it keeps none."
    ),
    OperationForm(
        "get_installed_certificates",
        "Which roots it trusts",
        "What it answers is listed on this page, each with a button to remove it.",
        (Field("kind", "Roots", "choice", choices=ROOTS),),
    ),
    OperationForm(
        "install_certificate",
        "Install a root",
        "",
        (
            Field("kind", "Root", "choice", choices=ROOTS),
            Field("certificate", "Certificate (PEM)", "long"),
        ),
    ),
    OperationForm(
        "delete_certificate",
        "Remove a certificate",
        "Any certificate by its hashes. Roots that it has told of have a button on this page.",
        (
            Field("algorithm", "Hashes by", "choice", choices=ALGORITHMS),
            Field("issuer_name_hash", "Hash of the issuer's name"),
            Field("issuer_key_hash", "Hash of the issuer's key"),
            Field("serial_number", "Serial number"),
        ),
        careful="Remove the certificate? Without the root of this system it may not connect again.",
    ),
    OperationForm(
        "set_network_profile",
        "How it connects",
        "Kept in a slot, for OCPP 2.0.1. It is used once the setting "
        "OCPPCommCtrlr.NetworkConfigurationPriority names the slot.",
        (
            Field("slot", "Slot", "number", preset="1"),
            Field("url", "Address", "url", hint="Like wss://, without the charge point's own name"),
            Field("security_profile", "It comes", "choice", choices=WAYS_IN),
            Field("message_timeout_s", "Waits for an answer, in seconds", "number", preset="60"),
            Field("interface", "By", "choice", choices=INTERFACES),
        ),
        careful="Send it? With a wrong address in use the charge point does not come back.",
    ),
    OperationForm(
        "get_transaction_status",
        "What is still to be told",
        "Whether it has messages that it could not send so far, for OCPP 2.0.1.",
        (
            Field(
                "reference",
                "Transaction",
                required=False,
                hint="The charge point's own name for it; empty: of all",
            ),
        ),
    ),
    OperationForm(
        "data_transfer",
        "Send a vendor's message",
        "As its manual says.",
        (
            Field("vendor_id", "Vendor id"),
            Field("message_id", "Message id", required=False),
            Field("data", "Data", "long", required=False),
        ),
    ),
)
