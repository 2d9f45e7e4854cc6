"""Buying: what buyers do, and what that does to offers, orders and the journal."""

import random
import threading
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from app.sandbox.allegro.answers import iso
from app.sandbox.allegro.buyers import Crowd
from app.sandbox.allegro.currencies import MARKETPLACES
from app.sandbox.allegro.delivery_methods import DeliveryKind
from app.sandbox.allegro.forms import (
    Body,
    Company,
    Form,
    InvoiceKind,
    Line,
    PaymentKind,
    buyer_body,
    delivery_body,
    invoice_body,
    line_body,
    payment_body,
    pickup_point_body,
)
from app.sandbox.allegro.journal import Event, Journal
from app.sandbox.allegro.offers import Bid, Offer
from app.sandbox.allegro.shelf import Shelf
from app.sandbox.clock import Clock
from app.sandbox.faults import Faults
from app.sandbox.seed import SELLERS

_ONE_STEP = timedelta(milliseconds=1)
_GIFTS = 0.2


class Marketplace:
    """Every public method takes the lock itself and may be called from a test or from an endpoint.

    `returns_stock` says whether a cancelled purchase's pieces go back to the offer.
    """

    def __init__(self, clock: Clock, faults: Faults, lock: threading.RLock, seed: int) -> None:
        self.clock = clock
        self.faults = faults
        self.lock = lock
        self.shelf = Shelf(clock, faults, lock)
        self.shelf.sell_to_bidder = self._sell_to_bidder
        self._start(seed)

    def reset(self, seed: int) -> None:
        self.shelf.reset()
        self._start(seed)

    def _start(self, seed: int) -> None:
        self._chance = random.Random(f"marketplace {seed}")
        self._crowd = Crowd(self._chance)
        self.returns_stock = False
        self.journal = Journal(self.clock, self.faults, random.Random(f"journal {seed}"))
        self.forms: dict[str, Form] = {}

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def _revision(self) -> str:
        return f"{self._chance.getrandbits(32):08x}"

    # --- purchases ----------------------------------------------------------------------------------------------------

    def buy(
        self,
        *lines: Line,
        buyer: str | None = None,
        pay: bool = True,
        kind: PaymentKind = "online",
        delivery: DeliveryKind = "courier",
        invoice: InvoiceKind | Company | None = None,
        message: str | None = None,
        delivery_cost: Decimal | None = None,
        smart: bool = False,
        guest: bool = False,
        marketplace: str | None = None,
        provider: Literal["SELLER", "ALLEGRO"] = "SELLER",
        vouchers_lower_total: bool = False,
        at: datetime | None = None,
    ) -> str:
        """A purchase; the id of its checkout form.

        Without `pay` the form stays BOUGHT. With it the form is filled in and READY_FOR_PROCESSING, which cash on
        delivery and the extended term are without money having come. `buyer` is a login (None: somebody new). With
        `at` everything happened then, the journal's entries included. The seller is the one of the first line's offer,
        and its base marketplace is the one that is bought on where none is named.
        """
        if not lines:
            raise ValueError("a purchase has at least one line")
        with self.lock:
            moment = at or self.clock.now()
            on_shelf = self.shelf.offers
            offers = [on_shelf[line.offer_id] for line in lines]
            marketplace = marketplace or offers[0].base
            currency, country, _rate = MARKETPLACES[marketplace]
            person = self._crowd.buyer(buyer, country)
            gift = self._chance.random() < _GIFTS
            recipient = self._crowd.buyer(None, country) if gift else person
            body: Body = {
                "id": self._uuid(),
                "messageToSeller": message,
                "buyer": buyer_body(
                    person,
                    f"{self._chance.getrandbits(36):09x}",
                    guest=guest,
                    company=invoice == "company" or isinstance(invoice, Company),
                ),
                "payment": None,
                "status": "BOUGHT",
                "fulfillment": {
                    "status": "NEW",
                    "shipmentSummary": {"lineItemsSent": "NONE"},
                    "provider": {"id": provider},
                },
                "delivery": None,
                "invoice": invoice_body(person, None),
                "lineItems": [
                    line_body(line, offer, self._uuid(), self._uuid(), marketplace, moment)
                    for line, offer in zip(lines, offers, strict=True)
                ],
                "surcharges": [],
                "note": None,
                "marketplace": {"id": marketplace},
                "summary": {},
                "updatedAt": iso(moment),
                "revision": self._revision(),
            }
            form = Form(body, offers[0].seller, moment, moment, currency, vouchers_lower_total=vouchers_lower_total)
            cod = kind == "cod"
            form.planned = {
                "payment": payment_body(self._uuid(), kind),
                "delivery": delivery_body(
                    recipient,
                    delivery,
                    gift=gift,
                    cod=cod,
                    cost=delivery_cost,
                    smart=smart,
                    marketplace=marketplace,
                    at=moment,
                ),
                "invoice": invoice_body(person, invoice),
            }
            form.count_up()
            self.forms[form.id] = form
            for line, offer in zip(lines, offers, strict=True):
                self.shelf.sell(offer, line.quantity, moment)
            self._emit("BOUGHT", form, at)
            if pay:
                self.pay(form.id, at=at)
            return form.id

    def _sell_to_bidder(self, offer: Offer, bid: Bid, now: datetime) -> None:
        self.buy(Line(offer.id, price=bid.amount), buyer=bid.bidder, pay=False, at=now)

    def fill_in(self, form_id: str, at: datetime | None = None) -> None:
        """The buyer fills in the form; again, when a payment attempt was abandoned."""
        with self.lock:
            form = self.forms[form_id]
            form.fill_in()
            form.touch(at or self.clock.now(), self._revision())
            self._emit("FILLED_IN", form, at and at + _ONE_STEP)

    def pay(self, form_id: str, at: datetime | None = None) -> None:
        """The buyer pays (or settles on paying later), filling in the form first where that was not done."""
        with self.lock:
            form = self.forms[form_id]
            if form.status == "BOUGHT":
                self.fill_in(form_id, at)
            form.finish_payment(at or self.clock.now())
            form.touch(at or self.clock.now(), self._revision())
            self._emit("READY_FOR_PROCESSING", form, at and at + 2 * _ONE_STEP)

    def settle_payment(self, form_id: str, *, announced: bool = True) -> None:
        """What was still owed arrives: the payment of an extended term, an unpaid surcharge.

        Allegro used to announce it with one more READY_FOR_PROCESSING, and has said that it no longer does.
        """
        with self.lock:
            form = self.forms[form_id]
            form.receive_money(self.clock.now())
            form.touch(self.clock.now(), self._revision())
            if announced:
                self._emit("READY_FOR_PROCESSING", form, None)

    def surcharge(self, form_id: str, amount: Decimal, *, paid: bool = True) -> None:
        """The buyer owes more than at the purchase, and (`paid`) pays it at once."""
        with self.lock:
            form = self.forms[form_id]
            payment_id = self._uuid()
            form.surcharge(payment_id, amount)
            if paid:
                form.receive_money(self.clock.now(), payment_id)
            form.touch(self.clock.now(), self._revision())
            if paid:
                self._emit("READY_FOR_PROCESSING", form, None)

    def refund(self, form_id: str, *, returned: bool = False) -> None:
        """The seller gives the money back, of which a form shows nothing and the journal neither.

        `returned`: the buyer sent everything back too, and the seller lets Allegro say so in the fulfilment status.
        Raises ValueError where no money has come.
        """
        with self.lock:
            payment = self.forms[form_id].body["payment"]
            if payment is None or payment["finishedAt"] is None:
                raise ValueError("nothing was paid that could be given back")
            if returned:
                self.set_fulfilment(form_id, "RETURNED")

    def cancel(self, form_id: str, by: Literal["buyer", "auto"] = "buyer") -> None:
        """At any moment, whatever the real Allegro would still allow."""
        with self.lock:
            form = self.forms[form_id]
            form.body["status"] = "CANCELLED"
            if form.body["delivery"]:
                form.body["delivery"]["cancellation"] = {"date": iso(self.clock.now())}
            form.touch(self.clock.now(), self._revision())
            if self.returns_stock:
                for line in form.body["lineItems"]:
                    offer = self.shelf.offers[line["offer"]["id"]]
                    self.shelf.give_back(offer, line["quantity"], self.clock.now())
            self._emit("BUYER_CANCELLED" if by == "buyer" else "AUTO_CANCELLED", form, None)

    def merge(self, form_ids: Sequence[str], *, pay: bool = True) -> str:
        """The buyer fills in one form for several purchases: a new form with the same lines, and the old ids are gone.

        Nothing is bought anew, so the journal has no BOUGHT of the new form. Without `pay` it stays FILLED_IN.
        """
        with self.lock:
            old = [self.forms[form_id] for form_id in form_ids]
            for form in old:
                del self.forms[form.id]
            first = old[0]
            chosen = first.planned or {key: first.body[key] for key in ("payment", "delivery", "invoice")}
            body = {
                **first.body,
                "id": self._uuid(),
                "status": "BOUGHT",
                "payment": None,
                "delivery": None,
                "lineItems": [line for form in old for line in form.body["lineItems"]],
            }
            merged = Form(body, first.seller, first.bought_at, self.clock.now(), first.currency)
            merged.planned = {**chosen, "payment": {**chosen["payment"], "id": self._uuid()}}
            merged.vouchers_lower_total = first.vouchers_lower_total
            self.forms[merged.id] = merged
            self.fill_in(merged.id)
            if pay:
                self.pay(merged.id)
            return merged.id

    def modify_address(self, form_id: str, **changes: str) -> None:
        """The buyer changes the delivery address, e.g. `street="ul. Nowa 1"`, after it was filled in."""
        with self.lock:
            form, now = self.forms[form_id], self.clock.now()
            form.body["delivery"]["address"].update(changes, modifiedAt=iso(now))
            form.touch(now, self._revision())
            self._emit("BUYER_MODIFIED", form, None)

    def change_pickup_point(self, form_id: str, point: str, **address: str) -> None:
        """The buyer chooses another pickup point, e.g. `"GDA02M", street="ul. Nowa 1"`.

        Raises ValueError where the parcel goes to no pickup point.
        """
        with self.lock:
            form = self.forms[form_id]
            delivery = form.body["delivery"]
            if delivery is None or delivery["pickupPoint"] is None:
                raise ValueError("the parcel goes to no pickup point")
            delivery["pickupPoint"] = pickup_point_body(point, {**delivery["pickupPoint"]["address"], **address})
            self.modify_address(form_id)

    def set_fulfilment(self, form_id: str, status: str) -> None:
        """The seller's own status. Moves the revision, not the time of the last update."""
        with self.lock:
            form = self.forms[form_id]
            if form.body["fulfillment"]["status"] != status:
                form.body["fulfillment"]["status"] = status
                form.body["revision"] = self._revision()
                self._emit("FULFILLMENT_STATUS_CHANGED", form, None)

    # --- reading ------------------------------------------------------------------------------------------------------

    def form(self, form_id: str) -> Body:
        """What the API shows of a form. Raises KeyError for one that is gone."""
        with self.lock:
            return self.forms[form_id].body

    def emit(self, event_type: str, form_id: str) -> None:
        """One more event, whether or not anything happened."""
        with self.lock:
            self._emit(event_type, self.forms[form_id], None)

    def _emit(self, event_type: str, form: Form, at: datetime | None) -> None:
        self.journal.write(Event(event_type, form.seller, at or self.clock.now(), _reduced(form)), at)


def _reduced(form: Form) -> dict[str, Any]:
    """The copy of an order that an event carries."""
    body = form.body
    buyer_keys = ("id", "email", "login", "guest", "preferences")
    line_keys = ("id", "quantity", "originalPrice", "price", "boughtAt")
    return {
        "seller": {"id": next(seller.id for seller in SELLERS if seller.login == form.seller)},
        "buyer": {key: body["buyer"][key] for key in buyer_keys},
        "lineItems": [
            {
                **{key: line[key] for key in line_keys},
                "offer": {key: line["offer"][key] for key in ("id", "name", "external")},
            }
            for line in body["lineItems"]
        ],
        "checkoutForm": {"id": body["id"], "revision": body["revision"]},
        "marketplace": dict(body["marketplace"]),
    }
