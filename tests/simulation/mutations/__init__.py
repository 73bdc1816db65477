"""Broken builds of Strom: each takes one safeguard out. The simulation must catch every one.

They replace parts in the running process only, for as long as they are injected.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.simulation.mutations import (
    address_is_believed,
    any_register_is_believed,
    any_token_is_good,
    asked_only_until_expiry,
    cancelled_start_is_charged,
    connector_claimed_blindly,
    dead_edges_see,
    forfeited_at_the_reminder,
    grace_ignored,
    lost_lease_ignored,
    payment_counted_twice,
    reading_counted_twice,
    refund_before_leaving,
    refund_resent_on_unknown,
    replaced_link_still_opens,
    session_saved_blindly,
    standing_counted_after_unplugging,
    unknown_taken_for_failed,
)

Mutation = Callable[[], AbstractContextManager[object]]

MUTATIONS: dict[str, Mutation] = {
    module.__name__.rsplit(".", 1)[1]: module.injected
    for module in (
        address_is_believed,
        any_register_is_believed,
        any_token_is_good,
        asked_only_until_expiry,
        cancelled_start_is_charged,
        connector_claimed_blindly,
        dead_edges_see,
        forfeited_at_the_reminder,
        grace_ignored,
        lost_lease_ignored,
        payment_counted_twice,
        reading_counted_twice,
        refund_before_leaving,
        refund_resent_on_unknown,
        replaced_link_still_opens,
        session_saved_blindly,
        standing_counted_after_unplugging,
        unknown_taken_for_failed,
    )
}
