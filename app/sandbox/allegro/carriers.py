"""The carriers that parcels may be sent with, and what their numbers look like."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Carrier:
    """`waybill` is what a number of this carrier must match."""

    id: str
    name: str
    waybill: re.Pattern[str]


def _carrier(carrier_id: str, name: str, waybill: str = ".+") -> Carrier:
    return Carrier(carrier_id, name, re.compile(waybill, re.DOTALL))


OTHER = "OTHER"
CARRIERS = {
    each.id: each
    for each in (
        _carrier("DPD", "DPD", r"\d{13}[A-Z0-9]"),
        _carrier("DHL", "DHL", r"\d{11}|JJD\w+"),
        _carrier("GLS", "GLS", r"\d{11}"),
        _carrier("INPOST", "InPost", r"\d{24}"),
        _carrier("POCZTA_POLSKA", "Poczta Polska", r"\d{20}|[A-Z]{2}\d{9}PL"),
        _carrier("UPS", "UPS", r"1Z[0-9A-Z]{16}"),
        _carrier("FEDEX", "FedEx"),
        _carrier(OTHER, "Inny"),
    )
}
# Their parcels are made by Ship with Allegro alone, which writes their numbers into orders itself.
NO_LONGER_TAKEN = frozenset({"ALLEGRO", "WEDO"})
