"""Allegro's names: what its messages call things, and how it says no."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.channels.calls import Reply
from app.channels.errors import (
    AuthRequired,
    ChannelError,
    Conflict,
    Misconfigured,
    NotFound,
    Rejected,
    Unreadable,
)
from app.channels.reading import Json
from app.domain.categories import CategoryEventKind
from app.domain.invoices import ScanState
from app.domain.listing_templates import Invoice
from app.domain.made_parcels import PackageKind
from app.domain.offers import CommandKind, EndedBy, OfferEventKind, OfferFormat, OfferStatus, Publication, TaskState
from app.domain.orders import OrderStatus, PaymentKind
from app.domain.parameters import ParameterType

T = TypeVar("T")

CHANNEL = "allegro"

_ORDER_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

# The events after which the pieces on an order are sold.
BUYING = frozenset({"BOUGHT", "FILLED_IN", "READY_FOR_PROCESSING"})
ORDER_STATUSES = {
    "BOUGHT": OrderStatus.BOUGHT,
    "FILLED_IN": OrderStatus.FILLED_IN,
    "READY_FOR_PROCESSING": OrderStatus.READY,
    "CANCELLED": OrderStatus.CANCELLED,
}
ORDER_STATUS_NAMES = {status: name for name, status in ORDER_STATUSES.items()}

PAYMENT_KINDS = {
    "ONLINE": PaymentKind.ONLINE,
    "CASH_ON_DELIVERY": PaymentKind.CASH_ON_DELIVERY,
    "WIRE_TRANSFER": PaymentKind.TRANSFER,
    "SPLIT_PAYMENT": PaymentKind.SPLIT,
    "EXTENDED_TERM": PaymentKind.EXTENDED_TERM,
}

# `fulfillment.provider.id` of goods that leave Allegro's own warehouse (One Fulfillment).
FULFILLED_BY_ALLEGRO = "ALLEGRO"

# `vouchers[].status` of a voucher that counts.
ACTIVE_VOUCHER = "ACTIVE"

OFFER_FORMATS = {
    "BUY_NOW": OfferFormat.BUY_NOW,
    "AUCTION": OfferFormat.AUCTION,
    "ADVERTISEMENT": OfferFormat.ADVERTISEMENT,
}
OFFER_STATUSES = {
    "INACTIVE": OfferStatus.INACTIVE,
    "ACTIVATING": OfferStatus.ACTIVATING,
    "ACTIVE": OfferStatus.ACTIVE,
    "ENDED": OfferStatus.ENDED,
}
OFFER_STATUS_NAMES = {status: name for name, status in OFFER_STATUSES.items()}
ENDERS = {
    "USER": EndedBy.USER,
    "ADMIN": EndedBy.ADMIN,
    "EXPIRATION": EndedBy.EXPIRATION,
    "EMPTY_STOCK": EndedBy.EMPTY_STOCK,
    "PRODUCT_DETACHMENT": EndedBy.PRODUCT_DETACHMENT,
    "ERROR": EndedBy.ERROR,
}
# `additionalMarketplaces.*.publication.state` of an offer that buyers there see.
LISTED_ABROAD = "APPROVED"
# Words in the name of a product's parameter that holds its global number.
GTIN_NAMES = frozenset({"EAN", "GTIN", "ISBN", "ISSN"})
PUBLICATION_ACTIONS = {Publication.END: "END", Publication.ACTIVATE: "ACTIVATE"}
PUBLICATION_STATUSES = {Publication.END: "ENDED", Publication.ACTIVATE: "ACTIVE"}
TASK_STATES = {"NEW": TaskState.WAITING, "SUCCESS": TaskState.DONE, "FAIL": TaskState.FAILED}
# `subject.field` of a task of the bulk command.
BULK_FIELDS = {"stock": CommandKind.QUANTITY, "prices": CommandKind.PRICE}
EVENT_KINDS = {
    "OFFER_ACTIVATED": OfferEventKind.ACTIVATED,
    "OFFER_CHANGED": OfferEventKind.CHANGED,
    "OFFER_ENDED": OfferEventKind.ENDED,
    "OFFER_STOCK_CHANGED": OfferEventKind.QUANTITY_CHANGED,
    "OFFER_PRICE_CHANGED": OfferEventKind.PRICE_CHANGED,
    "OFFER_ARCHIVED": OfferEventKind.ARCHIVED,
    "OFFER_BID_PLACED": OfferEventKind.BID_PLACED,
    "OFFER_BID_CANCELED": OfferEventKind.BID_CANCELLED,
}
# `marketplaces[].changeType` of a price that no person and no application set.
CHANGED_BY_RULE = "AUTOMATIC"

# `payments.invoice`
INVOICES = {
    Invoice.VAT: "VAT",
    Invoice.VAT_MARGIN: "VAT_MARGIN",
    Invoice.WITHOUT_VAT: "WITHOUT_VAT",
    Invoice.NONE: "NO_INVOICE",
}
# `location.province`
PROVINCES = (
    "DOLNOSLASKIE",
    "KUJAWSKO_POMORSKIE",
    "LODZKIE",
    "LUBELSKIE",
    "LUBUSKIE",
    "MALOPOLSKIE",
    "MAZOWIECKIE",
    "OPOLSKIE",
    "PODKARPACKIE",
    "PODLASKIE",
    "POMORSKIE",
    "SLASKIE",
    "SWIETOKRZYSKIE",
    "WARMINSKO_MAZURSKIE",
    "WIELKOPOLSKIE",
    "ZACHODNIOPOMORSKIE",
)
# `packages[].type` of Ship with Allegro.
PACKAGE_TYPES = {
    PackageKind.PACKAGE: "PACKAGE",
    PackageKind.DOCUMENTS: "DOX",
    PackageKind.PALLET: "PALLET",
    PackageKind.OTHER: "OTHER",
}
# `status` of a command of Ship with Allegro that is over.
COMMAND_DONE, COMMAND_FAILED = "SUCCESS", "ERROR"

# `file.securityVerification.status`, and `file.verification.status` where what the invoice says is looked at as well.
SCAN_STATES = {"WAITING": ScanState.WAITING, "ACCEPTED": ScanState.ACCEPTED, "REJECTED": ScanState.REJECTED}

# `operation.status` of an edit that is over although the answer is the one for those at work.
COMPLETED = "COMPLETED"

# `process.status` of a badge, and of an offer in an AlleDiscount campaign, that sets the price or is about to.
BADGE_HOLDS_PRICE = frozenset({"WAITING_FOR_PUBLICATION", "ACTIVE"})
DISCOUNT_HOLDS_PRICE = frozenset({"ACCEPTED", "ACTIVE"})
# `publication.type` of a campaign that buyers never see.
NEVER_PUBLISHED = "NEVER"

CATEGORY_EVENT_KINDS = {
    "CATEGORY_CREATED": CategoryEventKind.CREATED,
    "CATEGORY_RENAMED": CategoryEventKind.RENAMED,
    "CATEGORY_MOVED": CategoryEventKind.MOVED,
    "CATEGORY_DELETED": CategoryEventKind.DELETED,
}
PARAMETER_TYPES = {
    "dictionary": ParameterType.DICTIONARY,
    "integer": ParameterType.INTEGER,
    "float": ParameterType.FLOAT,
    "string": ParameterType.STRING,
}


@dataclass(frozen=True)
class Complaint:
    """One item of an error answer's `errors`."""

    code: str
    text: str
    path: str


def read(data: object, about: str) -> Json:
    return Json(data, channel=CHANNEL, about=about)


def checked_order_id(order_id: str) -> str:
    """The id, which is fit for an address. Raises `Rejected`."""
    if not _ORDER_ID.fullmatch(order_id):
        raise Rejected(f"{order_id!r} is not the id of an Allegro order.", channel=CHANNEL, status=422)
    return order_id


def read_each(rows: list[Json], translate: Callable[[Json], T]) -> tuple[tuple[T, ...], tuple[tuple[str, str], ...]]:
    """What can be understood, and for each of the others its id, or "", and why not."""
    good: list[T] = []
    bad: list[tuple[str, str]] = []
    for row in rows:
        try:
            good.append(translate(row))
        except Unreadable as error:
            bad.append((row.text("id"), str(error)))
    return tuple(good), tuple(bad)


def complaints_in(reply: Reply) -> tuple[Complaint, ...]:
    """What Allegro said is wrong. Many refusals have no body at all."""
    return complaints_of(read(reply.data, ""))


def complaints_of(part: Json, name: str = "errors") -> tuple[Complaint, ...]:
    """The items of a list of errors or warnings; any part of them may be null."""
    return tuple(
        Complaint(
            code=row.text("code"),
            text=row.text("userMessage") or row.text("message") or row.text("details") or row.text("code"),
            path=row.text("path"),
        )
        for row in part.rows(name)
        if row.is_object
    )


def refusal(reply: Reply, *, what: str, scope: str) -> ChannelError:
    """The error for a 4xx answer of the API. `scope` is the permission that the call needs, "" for none."""
    complaints = complaints_in(reply)
    said = "; ".join(complaint.text for complaint in complaints if complaint.text)
    said = said or read(reply.data, "").text("error_description") or f"status {reply.status}"
    code = complaints[0].code if complaints else read(reply.data, "").text("error")
    if reply.status == 401:
        return AuthRequired(
            f"Allegro does not accept the access token ({what}): {said}. Authorise the account again.",
            channel=CHANNEL,
            trace_id=reply.trace_id,
        )
    if (
        scope
        and reply.status == 403
        and (not code or code.lower().replace("_", "") in ("accessdenied", "insufficientscope"))
    ):
        return AuthRequired(
            f"Allegro does not allow the application {what}: {said}. It may lack the permission {scope}.",
            channel=CHANNEL,
            trace_id=reply.trace_id,
            permission=scope,
        )
    if reply.status in (403, 405, 406, 415):
        return Misconfigured(
            f"Allegro does not take the calls of this application ({what}): {said}.",
            channel=CHANNEL,
            trace_id=reply.trace_id,
            code=code,
        )
    kind = {404: NotFound, 409: Conflict}.get(reply.status, Rejected)
    return kind(
        f"Allegro refuses {what}: {said}",
        channel=CHANNEL,
        trace_id=reply.trace_id,
        status=reply.status,
        code=code,
        fields=tuple((complaint.path, complaint.text) for complaint in complaints),
    )
