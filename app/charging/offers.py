"""Refunds that find their payer: owed as an offer while there is something to refund.

The payer may have named a lightning address (LUD-18 ``identifier``, or on the session's page), or
a wallet that wants to be told (LUD-15). The offer asks the address for an invoice, which is then
bound and paid like any other; when it cannot, what is left waits for the payer's own withdrawal.
"""

from dataclasses import replace

from app.charging.decision import Draft
from app.charging.effects import OfferRefund
from app.charging.events import OfferEnded
from app.charging.session import MOST_TRIES, UNREACHED, Session

MOST_OFFERS = 40


def reach_payer(draft: Draft) -> None:
    """There is an address, or another one, to which refunds go from now on."""
    reach = draft.session.reach
    if not draft.session.is_fixed:
        draft.change(reach=replace(reach, known=True, fixed=False, tries=0))


def end_offer(draft: Draft, event: OfferEnded) -> None:
    """The payer could not be reached, or was told: now it is theirs to come."""
    if close_offer(draft, event.offer):
        reach = draft.session.reach
        draft.change(reach=replace(UNREACHED, number=reach.number))


def close_offer(draft: Draft, number: int) -> bool:
    """The offer of this number is owed no more; False when it was not."""
    reach = draft.session.reach
    if not reach.owed or reach.number != number:
        return False
    draft.withdraw(_effect(draft.session))
    draft.change(reach=replace(reach, owed=False))
    return True


def offer_refund(draft: Draft) -> None:
    """After each event: owe an offer while there is one to make, and no longer."""
    session, reach = draft.session, draft.session.reach
    if reach.owed:
        if session.claimable_msat == 0:
            close_offer(draft, reach.number)
        return
    may = reach.tries < MOST_TRIES and reach.number < MOST_OFFERS
    if reach.known and may and session.claimable_msat > 0:
        owed = replace(reach, owed=True, number=reach.number + 1, tries=reach.tries + 1)
        draft.change(reach=owed)
        draft.owe(_effect(draft.session))


def _effect(session: Session) -> OfferRefund:
    return OfferRefund(session.id, session.reach.number, session.reach.tries)
