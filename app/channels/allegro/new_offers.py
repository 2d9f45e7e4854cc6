"""Making offers at Allegro for one seller account, and saying anew what they say."""

import re
from collections.abc import Mapping

from app.channels.allegro.limits import OFFER_EDITS, OFFER_READS
from app.channels.allegro.offers import OFFER, checked_offer_id
from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.translate_new_offers import content_to, new_offer_to, offer_answer_from, offer_read_from
from app.channels.allegro.translate_offers import Body
from app.channels.allegro.wire import CHANNEL, COMPLETED, read
from app.channels.calls import Reply
from app.channels.errors import NotFound, Rejected, Uncertain
from app.channels.verdicts import retry_after
from app.domain.new_offers import (
    ContentChange,
    FieldError,
    NewOffer,
    OfferMade,
    OfferRead,
    Operation,
    OperationState,
)

_READ = "allegro:api:sale:offers:read"
_WRITE = "allegro:api:sale:offers:write"
# Allegro fetches the pictures meanwhile.
_TIMEOUT_SECONDS = 60.0
_SEE_OTHER = 303

MAKE = Endpoint(
    "POST", "/sale/product-offers", PUBLIC, _WRITE, OFFER_EDITS, effect=True, timeout_seconds=_TIMEOUT_SECONDS
)
DESCRIBE = Endpoint("PATCH", "/sale/product-offers/{id}", PUBLIC, _WRITE, OFFER_EDITS, timeout_seconds=_TIMEOUT_SECONDS)

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_OPERATION = re.compile(rf"/operations/({_ID.pattern})/?(?:[?#]|$)")


class AllegroNewOffers:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def make(self, offer: NewOffer) -> OfferMade:
        """Make an offer, which Allegro does anew each time it is told.

        Raises `Uncertain` where it may have been made: look for it by its external id before making it again. After
        every other error there is no offer. `Rejected` has what is wrong, see `errors_of`.
        """
        what = f"making the offer {offer.external_id}"
        reply = self._session.call(MAKE, what, json=new_offer_to(offer))
        made = _made(reply, "")
        if not made.offer_id:
            raise Uncertain(
                f"Allegro answered {reply.status} without the offer's id ({what}); it may have been made.",
                channel=CHANNEL,
                trace_id=reply.trace_id,
            )
        return made

    def body_of(self, offer: NewOffer) -> Body:
        """What `make` would send."""
        return new_offer_to(offer)

    def complete(self, offer_id: str, offer: NewOffer) -> OfferMade:
        """Say of a draft all that is said of a new offer, and publish it if the offer says so.

        Raises `Conflict` while an earlier edit is at work, `NotFound`, and `Rejected` as `make` does.
        """
        return self._edit(offer_id, f"completing offer {offer_id}", new_offer_to(offer))

    def describe(self, offer_id: str, change: ContentChange) -> OfferMade:
        """Change what the offer says, and nothing else.

        A description without sections stays as it is: Allegro takes no empty one. Raises as `complete` does.
        """
        return self._edit(offer_id, f"describing offer {offer_id}", content_to(change))

    def change_body_of(self, change: ContentChange) -> Body:
        """What `describe` would send."""
        return content_to(change)

    def content(self, offer_id: str) -> OfferRead:
        """Raises `NotFound` when it is archived, and `Unreadable` where any of what it says cannot be read."""
        reply = self._session.call(OFFER, f"reading offer {offer_id}", item_id=checked_offer_id(offer_id))
        return offer_read_from(read(reply.data, f"Allegro offer {offer_id}"))

    def look(self, offer_id: str) -> OfferMade:
        """What has become of an offer by now. Raises `NotFound` when there is none."""
        reply = self._session.call(OFFER, f"reading offer {offer_id}", item_id=checked_offer_id(offer_id))
        return _made(reply, offer_id)

    def operation(self, offer_id: str, operation_id: str) -> Operation:
        """What has become of an edit that Allegro was still at work on."""
        endpoint = _operation_of(checked_offer_id(offer_id))
        item_id = _checked_operation_id(operation_id)
        try:
            reply = self._session.call(endpoint, f"asking what became of offer {offer_id}", item_id=item_id)
        except NotFound:
            return Operation(OperationState.FORGOTTEN)
        except Rejected as error:
            if error.status != 422:
                raise
            return Operation(OperationState.FAILED, errors_of(error))
        status = read(reply.data, "Allegro's answer about an edit").part("operation").text("status")
        if reply.status == 202 and status != COMPLETED:
            return Operation(OperationState.WORKING, ask_again_seconds=retry_after(reply))
        return Operation(OperationState.DONE)

    def _edit(self, offer_id: str, what: str, body: Body) -> OfferMade:
        reply = self._session.call(DESCRIBE, what, item_id=checked_offer_id(offer_id), json=body)
        return _made(reply, offer_id)


def errors_of(rejected: Rejected) -> tuple[FieldError, ...]:
    """What Allegro said is wrong, in its order; at least one."""
    errors = tuple(FieldError(path, text or str(rejected)) for path, text in rejected.fields)
    return errors or (FieldError("", str(rejected)),)


def _made(reply: Reply, known_id: str) -> OfferMade:
    answer = offer_answer_from(read(reply.data, "Allegro's answer about the offer"))
    finished = reply.status != 202
    return OfferMade(
        offer_id=answer.offer_id or known_id,
        status=answer.status,
        finished=finished,
        operation_id="" if finished else _operation_in(reply.headers),
        ask_again_seconds=None if finished else retry_after(reply),
        errors=answer.errors,
        warnings=answer.warnings,
    )


def _operation_in(headers: Mapping[str, str]) -> str:
    # Of the address only the path counts: it has had ports at which nobody answers.
    found = _OPERATION.search(headers.get("location", ""))
    return found[1] if found else ""


def _operation_of(offer_id: str) -> Endpoint:
    path = f"/sale/product-offers/{offer_id}/operations/{{id}}"
    # Allegro points from a finished edit to the offer, without a body.
    return Endpoint("GET", path, PUBLIC, _READ, OFFER_READS, good_statuses=frozenset({_SEE_OTHER}))


def _checked_operation_id(operation_id: str) -> str:
    if not _ID.fullmatch(operation_id):
        raise Rejected(f"{operation_id!r} is not the id of an operation of Allegro.", channel=CHANNEL, status=422)
    return operation_id
