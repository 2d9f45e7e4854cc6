"""Ship with Allegro's messages about pickups in our words, and ours in Allegro's. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any

from app.channels.allegro.translate_made_parcels import errors_from
from app.channels.allegro.wire import COMMAND_DONE, COMMAND_FAILED
from app.channels.reading import Json
from app.domain.made_parcels import Sender
from app.domain.pickups import PickupResult, PickupTime, clock

Body = dict[str, Any]


def times_wanted(shipment_ids: Sequence[str], sender: Sender, ready_on: date | None) -> Body:
    body: Body = {"shipmentIds": list(shipment_ids), "address": _address_to(sender)}
    if ready_on is not None:
        body["readyDate"] = ready_on.isoformat()
    return body


def times_from(answer: Json) -> dict[str, list[PickupTime]]:
    """The times by shipment. Raises `Unreadable` for a day or an hour that is none."""
    found: dict[str, list[PickupTime]] = {}
    for row in answer.items():
        for proposed in row.required_rows("proposals"):
            shipment_id = proposed.required_text("shipmentId")
            names = {_digits(item.text("name")): item.text("id") for item in proposed.rows("proposalItems")}
            times = [_time_from(each, names) for each in proposed.rows("pickupTimes")]
            found.setdefault(shipment_id, []).extend(times)
    return found


def pickup_to(shipment_ids: Sequence[str], sender: Sender, chosen: PickupTime) -> Body:
    """Both ways of naming the time. The older one is deprecated, but the document still requires it; its text asks
    for it only where `pickupTime` is missing, so it is left out where Allegro gives no such name. Hours that are not
    proposed are refused."""
    named: Body = {"date": chosen.day.isoformat()}
    if chosen.begins is not None:
        named["minTime"] = clock(chosen.begins)
    if chosen.ends is not None:
        named["maxTime"] = clock(chosen.ends)
    body: Body = {"shipmentIds": list(shipment_ids), "pickupTime": named, "address": _address_to(sender)}
    if chosen.proposal_id:
        body["pickupDateProposalId"] = chosen.proposal_id
    return body


def pickup_result_from(row: Json) -> PickupResult:
    """Any word that is not an end is work going on. Raises `Unreadable` where a pickup was ordered and has no id."""
    match row.text("status"):
        case word if word == COMMAND_DONE:
            return PickupResult(
                is_over=True, allegro_id=row.required_text("pickupId"), carrier_number=row.text("carrierPickupId")
            )
        case word if word == COMMAND_FAILED:
            return PickupResult(is_over=True, errors=errors_from(row))
        case _:
            return PickupResult(is_over=False)


def _time_from(row: Json, names: dict[str, str]) -> PickupTime:
    try:
        day = date.fromisoformat(row.required_text("date"))
    except ValueError:
        raise row.unreadable("date", "is no day") from None
    found = PickupTime(day, _hour(row, "minTime"), _hour(row, "maxTime"))
    # Nothing but its text says which time an older proposal is, and that has been punctuated in several ways.
    return replace(found, proposal_id=names.get(_digits(str(found)), ""))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _hour(row: Json, name: str) -> time | None:
    written = row.text(name)
    if not written:
        return None
    try:
        hour = time.fromisoformat(written)
    except ValueError:
        raise row.unreadable(name, "is no time of day") from None
    if hour.tzinfo is not None:
        raise row.unreadable(name, "is no time of the place's clock")
    return hour


def _address_to(sender: Sender) -> Body:
    members = {
        "name": sender.name,
        "company": sender.company,
        "street": sender.street,
        "postalCode": sender.postal_code,
        "city": sender.city,
        "state": sender.region,
        "countryCode": sender.country_code,
        "email": sender.email,
        "phone": sender.phone,
    }
    return {name: value for name, value in members.items() if value}
