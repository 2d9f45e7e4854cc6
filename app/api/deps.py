"""What every endpoint may ask for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.config import Config
from app.db.engine import Database
from app.errors import BridgeError
from app.scheduler import Scheduler
from app.security import SecretBox, is_one_of
from app.sync.catalogue.coverage import Surveyor
from app.sync.catalogue.tree import CategoryTree
from app.sync.connect import Connector
from app.sync.lines import VERSION, Lines
from app.sync.linking import Linker
from app.sync.listing.describing import Describer
from app.sync.listing.desk import ListingDesk
from app.sync.matching import Matcher
from app.sync.nudges import Inbox
from app.sync.orders.reimport import Reimporter
from app.sync.runner import Runner
from app.sync.shipping.invoice_desk import InvoiceDesk
from app.sync.shipping.known_carriers import KnownCarriers
from app.sync.shipping.papers import PaperDesk
from app.sync.shipping.parcel_desk import ParcelDesk
from app.sync.shipping.pickup_desk import PickupDesk
from app.sync.webhooks import StoreTester

MAX_ID = 2**31 - 1


class FieldRefused(BridgeError):
    """A field of the request is well-formed but cannot be used."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class KeyRefused(BridgeError):
    """The request carries no API key, or one that is not accepted."""


@dataclass
class Services:
    """The whole service, built once in `app.main`."""

    config: Config
    database: Database
    box: SecretBox
    lines: Lines
    runner: Runner
    connector: Connector
    tester: StoreTester
    reimporter: Reimporter
    linker: Linker
    matcher: Matcher
    tree: CategoryTree
    surveyor: Surveyor
    listing_desk: ListingDesk
    carriers: KnownCarriers
    parcel_desk: ParcelDesk
    invoice_desk: InvoiceDesk
    paper_desk: PaperDesk
    pickup_desk: PickupDesk
    describer: Describer
    inbox: Inbox
    scheduler: Scheduler
    now: Callable[[], datetime]

    @property
    def version(self) -> str:
        return VERSION

    def close(self) -> None:
        self.inbox.close()
        self.lines.close()
        self.database.close()


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]

_bearer = HTTPBearer(auto_error=False, description="One of the keys in BRIDGE_API_KEY.")


def require_key(
    services: ServicesDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """Let nobody in without an API key."""
    keys = [key.get_secret_value() for key in services.config.api_key]
    if credentials is None or not is_one_of(credentials.credentials, keys):
        raise KeyRefused("Send one of the service's API keys as `Authorization: Bearer ...`.")


def know_all_parameters(request: Request) -> None:
    """Refuse a parameter that the endpoint does not have: a filter with a slip in its name would filter nothing."""
    known = {parameter.alias for parameter in request.scope["route"].dependant.query_params}
    for name in request.query_params:
        if name not in known:
            there_are = f"there are: {', '.join(sorted(known))}" if known else "there are none"
            raise FieldRefused(name or "query", f"There is no parameter {name!r} here; {there_are}.")


AccountId = Annotated[int, Path(ge=1, le=MAX_ID, description="The account's id.")]
LinkId = Annotated[int, Path(ge=1, le=MAX_ID)]
RunId = Annotated[int, Path(ge=1, le=MAX_ID)]
AlertId = Annotated[int, Path(ge=1, le=MAX_ID)]
OrderId = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$", description="Allegro's id of the order.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many items at the most.")]
Cursor = Annotated[int | None, Query(ge=1, le=MAX_ID, description="`next_cursor` of the page before.")]
