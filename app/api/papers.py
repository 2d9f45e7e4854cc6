"""Labels and protocols of parcels of several orders, each as one file."""

from fastapi import APIRouter
from fastapi.responses import Response

from app.api.deps import AccountId, ServicesDep
from app.api.fields import RequestBody
from app.api.made_parcels import FILE, PDF
from app.api.pickups import ParcelIds
from app.domain.made_parcels import PageSize

router = APIRouter(tags=["shipping: Ship with Allegro"])


class WantedLabels(RequestBody):
    parcel_ids: ParcelIds
    page_size: PageSize = PageSize.A6


class WantedProtocol(RequestBody):
    parcel_ids: ParcelIds


@router.post("/accounts/{account_id}/labels", response_class=Response, responses=FILE)
def print_labels(account_id: AccountId, services: ServicesDep, body: WantedLabels) -> Response:
    """Of all these parcels or of none: the answer names those that are not to be sent."""
    return Response(services.paper_desk.labels(account_id, body.parcel_ids, body.page_size), media_type=PDF)


@router.post("/accounts/{account_id}/protocols", response_class=Response, responses=FILE)
def print_protocol(account_id: AccountId, services: ServicesDep, body: WantedProtocol) -> Response:
    """What the carrier signs when it takes all these. Not every carrier has one."""
    return Response(services.paper_desk.protocol(account_id, body.parcel_ids), media_type=PDF)
