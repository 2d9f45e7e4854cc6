"""Allegro's half as a whole: its state, the handles that a test pulls, and the app that serves it."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import FastAPI, HTTPException, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from app.sandbox.allegro.account_routes import account_routes
from app.sandbox.allegro.answers import ApiError, AuthRefused, Interrupted, answer
from app.sandbox.allegro.campaign_routes import campaign_routes
from app.sandbox.allegro.catalogue import Catalogue
from app.sandbox.allegro.catalogue_routes import catalogue_routes
from app.sandbox.allegro.category_routes import category_routes
from app.sandbox.allegro.category_tree import CategoryTree
from app.sandbox.allegro.command_routes import command_routes
from app.sandbox.allegro.commands import Commands
from app.sandbox.allegro.control import control_routes
from app.sandbox.allegro.edits import Edits
from app.sandbox.allegro.forms import Form
from app.sandbox.allegro.gate import Gate
from app.sandbox.allegro.invoice_routes import invoice_routes
from app.sandbox.allegro.invoices import Invoices
from app.sandbox.allegro.journal import Event
from app.sandbox.allegro.listing_routes import listing_routes
from app.sandbox.allegro.marketplace import Marketplace
from app.sandbox.allegro.misbehaviour import KNOWN_FAULTS
from app.sandbox.allegro.new_offers import NewOffers
from app.sandbox.allegro.oauth import Accounts
from app.sandbox.allegro.oauth_routes import Consent, oauth_routes
from app.sandbox.allegro.offer_checks import OfferChecks
from app.sandbox.allegro.offer_events import OfferEvent
from app.sandbox.allegro.offer_routes import offer_routes
from app.sandbox.allegro.offers import Offer
from app.sandbox.allegro.order_routes import order_routes
from app.sandbox.allegro.parcel_routes import parcel_routes
from app.sandbox.allegro.parcels import Parcels
from app.sandbox.allegro.quotas import Quotas
from app.sandbox.allegro.sellers import Sellers
from app.sandbox.allegro.setting_routes import SellerSettings, setting_routes
from app.sandbox.allegro.shipment_routes import shipment_routes
from app.sandbox.allegro.shipments import ShipWithAllegro
from app.sandbox.allegro.shipping_views import Shipment
from app.sandbox.allegro.uploads import Uploads
from app.sandbox.clock import Clock
from app.sandbox.faults import Faults
from app.sandbox.serving import CONTROL_PREFIX, Recorded, WireFaults

# An offer's number, or a UUID.
_ID = re.compile(r"/(?:\d{6,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=/|$)")


class AllegroWorld:
    """`requests` holds every request that reached this half, the control endpoints apart.

    `meanwhile` is told of each one while its answer is on its way: what a test does then happens in between, and may
    be another job's run with calls of its own.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock = clock
        self.faults = Faults(KNOWN_FAULTS)
        self.lock = threading.RLock()
        self.requests: list[Recorded] = []
        self.meanwhile: Callable[[Recorded], None] | None = None
        self.accounts = Accounts(clock, self.faults, self.lock, seed)
        self.market = Marketplace(clock, self.faults, self.lock, seed)
        self._gate = Gate(self.accounts, clock, self.faults, self.lock)
        self.shelf = self.market.shelf
        self.commands = Commands(self.shelf, self._gate.quotas)
        self.tree = CategoryTree(clock, self.lock)
        self.catalogue = Catalogue(self.tree, self.lock)
        self.settings = SellerSettings()
        self.parcel_book = Parcels(self.market)
        self.shipping = ShipWithAllegro(self.parcel_book, seed)
        self.invoice_book = Invoices(self.market, seed)
        self.uploads = Uploads(self.shelf, self.catalogue)
        checks = OfferChecks(self.tree, self.catalogue, self.settings, self.uploads)
        self._edits = Edits(self.shelf, checks)
        self._new_offers = NewOffers(self.shelf, checks, self._edits)
        sellers = Sellers(self.shelf)
        self.app: ASGIApp = WireFaults(self._api(), self._answered)
        # What a test does here is what a buyer, a seller or a person at a browser does.
        self.buy = self.market.buy
        self.fill_in = self.market.fill_in
        self.pay = self.market.pay
        self.settle_payment = self.market.settle_payment
        self.surcharge = self.market.surcharge
        self.refund = self.market.refund
        self.cancel = self.market.cancel
        self.merge = self.market.merge
        self.modify_address = self.market.modify_address
        self.change_pickup_point = self.market.change_pickup_point
        self.set_fulfilment = self.market.set_fulfilment
        self.emit = self.market.emit
        self.form = self.market.form
        self.parcels = self.parcel_book.of
        self.move_parcel = self.parcel_book.move
        self.invoices = self.invoice_book.of
        self.offer_id = self.shelf.offer_id
        self.add_offer = sellers.add_offer
        self.offer = sellers.offer
        self.set_stock = sellers.set_stock
        self.set_price = sellers.set_price
        self.set_rule = sellers.set_rule
        self.apply_rule = sellers.apply_rule
        self.set_campaign_price = sellers.set_campaign_price
        self.end_offer = sellers.end_offer
        self.activate_offer = sellers.activate_offer
        self.expire_offer = sellers.expire_offer
        self.renew_offer = sellers.renew_offer
        self.place_bid = sellers.place_bid
        self.cancel_bid = sellers.cancel_bid
        self.write_stock_every = sellers.write_stock_every
        self.add_category = self.tree.add
        self.rename_category = self.tree.rename
        self.move_category = self.tree.move
        self.delete_category = self.tree.delete
        self.add_catalogue_product = self.catalogue.add
        self.register_redirect_uri = self.accounts.register_redirect_uri
        self.decide_device = self.accounts.decide_device
        self.open_session = self.accounts.open_session
        self.revoke = self.accounts.revoke

    def reset(self, seed: int) -> None:
        """Back to the seeded state: no orders, no tokens, no redirect URIs, no faults."""
        with self.lock:
            self.faults.clear()
            self.requests.clear()
            self.meanwhile = None
            self.accounts.reset(seed)
            self.market.reset(seed)
            self.parcel_book.reset()
            self.shipping.reset(seed)
            self.invoice_book.reset(seed)
            self.commands.reset()
            self._edits.reset()
            self.tree.reset()
            self.catalogue.reset()
            self.settings.reset()
            self.uploads.reset()
            self._gate.reset()

    @property
    def client_id(self) -> str:
        return self.accounts.application.client_id

    @property
    def client_secret(self) -> str:
        return self.accounts.application.client_secret

    @property
    def app_name(self) -> str:
        """The registered name of the application, which the User-Agent must start with (spaces as - or _)."""
        return self.accounts.application.name

    @property
    def logged_in(self) -> str:
        """The login that answers consent pages and pairs devices unless another is named there."""
        return self.accounts.logged_in

    @logged_in.setter
    def logged_in(self, login: str) -> None:
        self.accounts.logged_in = login

    @property
    def forms(self) -> dict[str, Form]:
        return self.market.forms

    @property
    def offers(self) -> dict[str, Offer]:
        return self.shelf.offers

    @property
    def events(self) -> list[Event]:
        """The whole journal of all sellers, oldest id first."""
        with self.lock:
            return self.market.journal.all()

    @property
    def offer_events(self) -> list[OfferEvent]:
        """The whole journal of offer events of all sellers, oldest first."""
        with self.lock:
            self.shelf.agenda.catch_up()
            return list(self.shelf.journal.events)

    @property
    def shipments(self) -> list[Shipment]:
        """What was made with Ship with Allegro, oldest first."""
        with self.lock:
            self.shelf.agenda.catch_up()
            return list(self.shipping.shipments.values())

    @property
    def quotas(self) -> Quotas:
        return self._gate.quotas

    @property
    def calls(self) -> Counter[str]:
        """How often each address was called, as "PUT /sale/offer-quantity-change-commands/{id}"."""
        return Counter(f"{each.method} {_ID.sub('/{id}', each.path)}" for each in self.requests)

    @property
    def edit_bodies(self) -> list[tuple[str, Any]]:
        """Offer id and body of every PATCH of an offer, in order."""
        return [(each.path.rsplit("/", 1)[-1], each.body) for each in self.requests if each.method == "PATCH"]

    @property
    def created_bodies(self) -> list[Any]:
        """The body of every POST of an offer, in order, whatever became of it."""
        posts = (each for each in self.requests if (each.method, each.path) == ("POST", "/sale/product-offers"))
        return [each.body for each in posts]

    @property
    def token_requests(self) -> list[tuple[str, str]]:
        """(grant type, outcome) of every request to the token endpoint: "issued", an OAuth error, "lost", "down"..."""
        return self.accounts.token_requests

    @property
    def bad_user_agents(self) -> list[str]:
        return self._gate.bad_user_agents

    @property
    def hits_while_blocked(self) -> int:
        """Calls made during the pause after a 429, each of which prolonged it."""
        return self._gate.blockade.hits + self._gate.quotas.hits

    def consent(self, authorize_url: str, decision: str = "allow", login: str | None = None) -> str:
        """What a person at the consent page does: the address that the browser is then sent to.

        Raises ValueError where Allegro shows an error page instead of sending the browser back.
        """
        parameters = {**dict(parse_qsl(urlsplit(authorize_url).query, keep_blank_values=True)), "decision": decision}
        if login is not None:
            parameters["login"] = login
        response = Consent(self.accounts).decide(parameters)
        if "location" not in response.headers:
            raise ValueError(bytes(response.body).decode())
        return response.headers["location"]

    def _answered(self, request: Recorded) -> Callable[[], None] | None:
        self.requests.append(request)
        return partial(self.meanwhile, request) if self.meanwhile is not None else None

    def _api(self) -> FastAPI:
        api = FastAPI(openapi_url=None)
        api.include_router(oauth_routes(self.accounts, self.faults))
        api.include_router(account_routes(self._gate))
        api.include_router(offer_routes(self.shelf, self._edits, self._gate))
        api.include_router(listing_routes(self._new_offers, self.uploads, self.tree, self._gate))
        api.include_router(campaign_routes(self.shelf, self._gate))
        api.include_router(category_routes(self.tree, self._gate))
        api.include_router(catalogue_routes(self.catalogue, self._gate))
        api.include_router(setting_routes(self.settings, self._gate))
        api.include_router(command_routes(self.commands, self._gate))
        api.include_router(order_routes(self.market, self._gate, self.faults, self.lock))
        api.include_router(parcel_routes(self.parcel_book, self._gate))
        api.include_router(shipment_routes(self.shipping, self._gate))
        api.include_router(invoice_routes(self.invoice_book, self._gate))
        api.include_router(control_routes(self.clock, self.faults, self.accounts, self.market, self.parcel_book))

        @api.exception_handler(ApiError)
        def refuse(_request: Request, error: ApiError) -> Response:
            return answer(error.body(), error.status)

        @api.exception_handler(AuthRefused)
        def refuse_auth(request: Request, error: AuthRefused) -> Response:
            if request.url.path.startswith("/auth/"):
                return JSONResponse(error.body(), error.status)
            return answer(error.body(), error.status)

        @api.exception_handler(Interrupted)
        def interrupt(_request: Request, error: Interrupted) -> Response:
            return error.response

        @api.exception_handler(404)
        @api.exception_handler(405)
        def no_such_address(request: Request, error: HTTPException) -> Response:
            if request.url.path.startswith(CONTROL_PREFIX):
                return JSONResponse({"detail": error.detail}, error.status_code)
            return answer(ApiError(error.status_code, "ResourceNotFound", str(error.detail)).body(), error.status_code)

        return api
