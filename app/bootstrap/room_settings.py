"""Settings of the rooms that every surface needs, from the settings of this Strom."""

from app.charge_points.settings import SILENT_S, ChargePointSettings
from app.checkout.settings import CheckoutSettings
from app.invoices import MAINNET, REGTEST
from app.notifications.smtp import SmtpSettings
from app.outbound import OutboundPolicy
from app.settings import Settings
from app.wallets.asking import AskSettings

NETWORKS = {"mainnet": MAINNET, "regtest": REGTEST, "testnet": "tb", "signet": "tbs"}


def charge_point_settings(settings: Settings) -> ChargePointSettings:
    """Charge points: what they are set to, and how commands are delivered."""
    return ChargePointSettings(
        heartbeat_interval_s=settings.heartbeat_interval_s,
        sample_interval_s=settings.sample_interval_s,
        connection_timeout_s=settings.connection_timeout_s,
        redeliver_s=settings.redeliver_s,
        retry_offline_s=settings.retry_offline_s,
        start_s=settings.start_s,
        silent_limit_s=settings.silent_limit_s,
        silent_s=settings.silent_limit_s or SILENT_S,
        watched_readings_s=settings.watched_readings_s,
        quiet_readings_s=settings.quiet_readings_s,
        message_attempts=settings.message_attempts,
        message_retry_s=settings.message_retry_s,
    )


def checkout_settings(settings: Settings) -> CheckoutSettings:
    """What a driver can buy."""
    return CheckoutSettings(
        base_url=settings.base_url,
        webhook_base_url=settings.wallet_callback_base_url if _wallets_ring(settings) else None,
        quote_life_s=settings.quote_life_s,
        invoice_life_s=settings.invoice_life_s,
        first_look_s=settings.first_look_s,
        start_s=settings.start_s,
        silent_s=settings.silent_limit_s,
        withdraw_wait_s=settings.withdraw_wait_s,
        refund_invoice_life_s=settings.refund_invoice_life_s,
        success_action=settings.success_action,
        refund_fee_ppm=int(settings.refund_fee_percent * 10_000),
        refund_fee_floor_msat=settings.refund_fee_floor_msat,
        network=NETWORKS[settings.network],
    )


def ask_settings(settings: Settings) -> AskSettings:
    """How wallets are asked about open invoices."""
    return AskSettings(life_s=settings.invoice_life_s, can_be_rung=_wallets_ring(settings))


def _wallets_ring(settings: Settings) -> bool:
    return settings.wallet_callback_base_url != "none"


def upstream_policy(settings: Settings) -> OutboundPolicy:
    """Where owners' own backends may be. At home one on the same network may speak without TLS, as
    charge points do."""
    at_home = settings.allow_private_hosts
    return OutboundPolicy(allow_private_hosts=at_home, allow_plain_http=at_home)


def smtp_settings(settings: Settings) -> SmtpSettings:
    """The mail server."""
    return SmtpSettings(
        host=settings.smtp_host,
        sender=settings.mail_from,
        port=settings.smtp_port,
        security=settings.smtp_tls,
        username=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
    )
