"""Why an offer shows what it shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.held_prices import HeldPrice, HeldState, PriceSide
from app.domain.history import said, why_it_costs, why_it_shows
from app.domain.ledger import Fate, LedgerEntry, Way
from app.domain.links import OfferLink
from app.domain.offers import OfferFormat, OfferStatus, Publication
from app.domain.pending import AskedBy, PendingAction, PendingKind, PendingState
from tests.domain.samples import entry_of, held_price, pln

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
LINK = OfferLink(1, 7, "1001", 11, offer_status=OfferStatus.ACTIVE, listed_quantity=3)
TOLD = entry_of(
    account_id=7,
    offer_id="1001",
    created_at=NOW,
    reason="The store has 3.",
    command_id="c",
    fate=Fate.CONFIRMED,
    sent_at=NOW,
    confirmed_at=NOW + timedelta(minutes=5),
)
ENDED = replace(TOLD, quantity=None, publication=Publication.END)
GONE = replace(LINK, offer_status=OfferStatus.ENDED, listed_quantity=0, ended_at=NOW)
ASKED = PendingAction(
    4, 7, 1, "1001", PendingKind.END, 0, "The store has 0.", AskedBy.GUARD, PendingState.WAITING, "", NOW
)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (TOLD, "3"),
        (ENDED, "ended"),
        (replace(TOLD, publication=Publication.ACTIVATE), "3, active"),
        (replace(TOLD, price=pln("39.90")), "3, 39.90 PLN"),
        (replace(TOLD, quantity=None, price=pln("39.90")), "39.90 PLN"),
        (replace(TOLD, quantity=None, price=pln("39.90"), way=Way.STORE), "39.90 PLN in the store"),
    ],
)
def test_what_was_sent_is_said_in_words(entry: LedgerEntry, words: str) -> None:
    assert said(entry) == words


@pytest.mark.parametrize(
    ("link", "entry", "sentences"),
    [
        (LINK, None, "The offer shows 3. Nothing that was sent to it is on record."),
        (LINK, TOLD, "The offer shows 3. “3” was sent (2026-11-26 12:00 UTC) and seen on the offer (2026"),
        (LINK, TOLD, "12:05 UTC). The store has 3."),
        (replace(LINK, listed_quantity=None), replace(TOLD, fate=Fate.INTENT, sent_at=None), "was to be sent"),
        (replace(LINK, listed_quantity=5), replace(TOLD, fate=Fate.SENT), "has not reported on it yet. The store has"),
        (LINK, replace(TOLD, fate=Fate.ACCEPTED), "was not seen on the offer yet. The store has 3."),
        (LINK, replace(TOLD, fate=Fate.FAILED, detail="No photo."), "Allegro refused it: No photo."),
        (LINK, replace(TOLD, fate=Fate.LAPSED, detail="Lost."), "nothing came of it: Lost."),
        (replace(LINK, listed_quantity=2), TOLD, "It has changed since: pieces were sold, or"),
        (replace(LINK, listed_quantity=9, foreign_at=NOW), TOLD, "Somebody else has changed it since (noticed 2026-11"),
        (GONE, ENDED, "The offer has ended (2026-11-26 12:00 UTC). “ended” was sent"),
        (GONE, TOLD, "It has changed since"),
        (LINK, ENDED, "It has changed since"),
        (replace(GONE, offer_status=OfferStatus.ARCHIVED), ENDED, "Allegro has archived the offer."),
        (replace(LINK, doubted_at=NOW), TOLD, "is to be read again"),
    ],
)
def test_the_reason_is_that_of_what_was_last_sent(link: OfferLink, entry: LedgerEntry | None, sentences: str) -> None:
    assert sentences in why_it_shows(link, entry, None)


@pytest.mark.parametrize(
    ("link", "entry"),
    [
        (LINK, TOLD),
        (LINK, replace(TOLD, fate=Fate.ACCEPTED)),
        (GONE, ENDED),
        # What was refused or is under way explains by itself why it is not there.
        (replace(LINK, listed_quantity=5), replace(TOLD, fate=Fate.FAILED)),
        (replace(LINK, listed_quantity=5), replace(TOLD, fate=Fate.SENT)),
        (replace(LINK, listed_quantity=None), TOLD),
    ],
)
def test_an_offer_that_shows_what_was_sent_has_not_changed(link: OfferLink, entry: LedgerEntry) -> None:
    assert "since" not in why_it_shows(link, entry, None)


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (ASKED, "An ending waits for you to confirm it: The store has 0."),
        (replace(ASKED, state=PendingState.REJECTED), "An ending was rejected: The store has 0."),
        (
            replace(ASKED, action=PendingKind.RELIST, state=PendingState.CONFIRMED, reason="The store has 5."),
            "A relisting is confirmed and comes next: The store has 5.",
        ),
    ],
)
def test_what_was_not_done_for_want_of_an_answer_is_told(action: PendingAction, sentence: str) -> None:
    assert why_it_shows(LINK, TOLD, action).endswith(sentence)


COSTS = replace(LINK, format=OfferFormat.BUY_NOW, listed_price=pln("39.90"))
PRICED = replace(TOLD, price=pln("39.90"), reason="The store asks for 39.90 PLN.")
PULLED = replace(PRICED, quantity=None, way=Way.STORE, command_id="", reason="The price was changed at Allegro.")
HELD = held_price(price=pln("3990.00"))


@pytest.mark.parametrize(
    ("link", "entry", "sentences"),
    [
        (COSTS, None, "The offer costs 39.90 PLN. No price that was sent is on record."),
        (replace(COSTS, listed_price=None), PRICED, "What the offer costs is not known. “39.90 PLN” was sent (2026"),
        # The pieces that went with it are told of elsewhere.
        (
            COSTS,
            PRICED,
            "“39.90 PLN” was sent (2026-11-26 12:00 UTC) and seen on the offer (2026-11-26 12:05 UTC). The",
        ),
        (
            COSTS,
            replace(PRICED, fate=Fate.FAILED, detail="Too cheap."),
            "Allegro refused it: Too cheap. The store asks",
        ),
        (
            COSTS,
            PULLED,
            "“39.90 PLN” went to the product in the store (2026-11-26 12:00 UTC). The price was changed at",
        ),
        (COSTS, replace(PULLED, fate=Fate.INTENT), "whether the store has taken it is not known yet. The price was"),
        (COSTS, replace(PULLED, fate=Fate.FAILED, detail="No."), "and the store refused it: No. The price was changed"),
        (COSTS, replace(PULLED, fate=Fate.LAPSED, detail="Gone."), "and nothing came of it: Gone. The price was"),
        (replace(COSTS, listed_price=pln("45.00")), PRICED, "It was changed at Allegro since."),
        (replace(COSTS, rule_id="r1"), PRICED, "A pricing rule at Allegro (r1) sets the price: remove it there"),
    ],
)
def test_what_an_offer_costs_has_its_reason(link: OfferLink, entry: LedgerEntry | None, sentences: str) -> None:
    assert sentences in why_it_costs(link, entry, None)


@pytest.mark.parametrize("entry", [PRICED, PULLED, replace(PRICED, price=pln("45.00"), fate=Fate.FAILED)])
def test_an_offer_that_costs_what_was_sent_or_did_not_get_it_was_not_changed_since(entry: LedgerEntry) -> None:
    assert "since" not in why_it_costs(COSTS, entry, None)


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (
            HELD,
            "The price 3990.00 PLN is held: A jump. Release it if it is meant; if not, change the price, and it goes.",
        ),
        (
            replace(HELD, price=None, releasable=False),
            "A price is held: A jump. It goes by itself once that is put right.",
        ),
        (
            replace(HELD, side=PriceSide.STORE, state=HeldState.RELEASED),
            "00 PLN for the store was released and comes next: A jump.",
        ),
        (replace(HELD, state=HeldState.RELEASED), "The price 3990.00 PLN was released and comes next: A jump."),
        (
            replace(HELD, state=HeldState.REJECTED),
            "was rejected: A jump. It can still be released, or change the price.",
        ),
    ],
)
def test_a_price_that_is_held_is_told_with_what_to_do(held: HeldPrice, sentence: str) -> None:
    assert why_it_costs(COSTS, PRICED, held).endswith(sentence)
