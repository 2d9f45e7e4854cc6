"""The faults that Allegro's half knows, and how they strike a call to its API."""

import time
from datetime import datetime, timedelta

from app.sandbox.allegro.answers import ApiError, Interrupted, answer, page
from app.sandbox.clock import Clock
from app.sandbox.faults import Fault, Faults
from app.sandbox.serving import DropConnection

_BLOCK_SECONDS = 60
_HTML_TIMEOUT = (
    "<html><head><title>504 Gateway Time-out</title></head><body><h1>504 Gateway Time-out</h1></body></html>"
)

KNOWN_FAULTS = {
    "events_drop": "Every n-th event (args every, 1; type, any) is never written to the journal.",
    "events_repeat": "An event is written again with a new id after it was read (args seconds: that much later).",
    "events_shuffle": "Events since the last reading are written in random order; their ids rise all the same.",
    "events_delay": "Events are written to the journal late (args seconds, 60).",
    "event_below_cursor": "An event is written with an id below those already read (args seconds, 60: how far).",
    "form_missing": "An order that exists answers 404 (args form_id: only that one).",
    "forms_list_stale": "The list of orders omits those that changed lately (args seconds, 600).",
    "revision_conflict": "Setting the fulfilment status answers 409.",
    "fulfilment_exhausted": "Setting the fulfilment status answers 422 for good after so many (args n, 0; form_id).",
    "shipment_refused": "A parcel number is refused (args status, 422; code; message; form_id).",
    "shipments_exhausted": "An order takes no more parcel numbers: 409 (args form_id: only that one).",
    "shipment_stored_then_error": "A parcel number is stored, then the call fails (args status, 500; form_id).",
    "shipping_command_stays": "A command of Ship with Allegro stays IN_PROGRESS (args command: create, cancel...).",
    "shipping_command_lags": "A command of Ship with Allegro takes its time (args seconds, 30; command).",
    "shipping_command_fails": "A command of Ship with Allegro ends in ERROR (args code, message, command).",
    "waybill_late": "A shipment of Ship with Allegro has no parcel numbers at first (args seconds, 60).",
    "label_late": "A shipment has no label at first (args seconds, 60; status, 404: or 204, 422).",
    "invoice_scan_lags": "The file of an invoice is looked through for long (args seconds, 600; form_id).",
    "invoice_scan_rejected": "The file of an invoice is REJECTED once it was looked through (args form_id).",
    "offers_list_stale": "GET /sale/offers shows offers as they were (args seconds, 600: how long ago).",
    "offers_filter_empty": "GET /sale/offers finds nothing when it is asked for external ids.",
    "offers_page_shifted": "A page of GET /sale/offers begins later than asked (args by, 1), so some are on no page.",
    "offer_events_drop": "Every n-th offer event (args every, 1; type, any) is never written to the journal.",
    "offer_events_repeat": "An offer event is written twice.",
    "edit_conflict": "PATCH of an offer answers 409: another edit is under way (args offer_id: only that one).",
    "edit_refused": "PATCH of an offer answers 422 about a field that it did not touch (args offer_id).",
    "edit_processing": "PATCH of an offer answers 202 and is done later (args seconds, 30; offer_id).",
    "edit_fails_later": "PATCH of an offer answers 202, then its operation fails (args seconds, 30; offer_id).",
    "creation_refused": "POST of an offer answers 422 about two fields (args external_id: only the one with that).",
    "creation_inactive": "POST of an offer answers 201 and leaves a draft with errors (args external_id).",
    "creation_processing": "POST of an offer answers 202 and is done later (args seconds, 30; external_id).",
    "creation_fails_later": "As creation_processing, then it fails: a draft, or (args gone) nothing, is left.",
    "image_refused": "Uploading an image answers 422 (args url: only addresses with that in them).",
    "activation_unsafe": "Activating an offer fails with PRODUCT_SAFETY_EMPTY (args offer_id: only that one).",
    "activation_lags": "An activated offer stays ACTIVATING (args seconds, 60; offer_id).",
    "ending_lags": "An offer whose stock was set to 0 stays on sale (args seconds, 60; offer_id).",
    "command_tasks_new": "A command's tasks stay NEW for ever (args offer_id: only that one's).",
    "command_partial": "Every n-th task of a command fails (args every, 2; code; offer_id: only that one's).",
    "command_lies": "A command's tasks report success and change nothing (args offer_id: only that one's).",
    "command_task_missing": "A command's last task (args offer_id: that one's) is neither executed nor reported.",
    "command_counts_zero": "A command counts no tasks and shows none for a while (args seconds, 60).",
    "commands_reversed": "Commands wait for each other (args seconds, 30), then the newest is executed first.",
    "badges_refused": "The list of badges answers 403: the seller has no business account.",
    "bulk_command_refused": "The bulk command answers an error (args status, 403).",
    "too_many_requests": "Calls answer 429 until a pause (args seconds, 60); each call in the pause prolongs it.",
    "gateway_timeout_html": "Calls answer 504 with an HTML page.",
    "not_acceptable": "Everything under /order answers 406.",
    "server_error": "Calls answer 500.",
    "server_error_after": "The call takes effect, then answers 500.",
    "unavailable": "Calls answer 503.",
    "slow": "Calls are answered late (args seconds, 1).",
    "drop": "The connection is dropped before the call had any effect.",
    "drop_after": "The call takes effect, then the connection is dropped.",
    "token_invalid_grant": "The token endpoint answers invalid_grant.",
    "token_endpoint_down": "The token endpoint drops the connection before any effect.",
    "token_answer_lost": "The token endpoint issues tokens, then drops the connection.",
    "token_too_many_requests": "The token endpoint answers 429.",
    "token_unavailable": "The token endpoint answers 503 with an HTML page.",
    "token_slow": "The token endpoint answers late (args seconds, 1).",
    "fresh_token_rejected": "An access token is rejected with 401 the first time it is used.",
    "scope_missing": "Tokens lack a permission (args scope).",
}


def strike(faults: Faults, name: str, method: str, path: str) -> Fault | None:
    """The fault, if it strikes this call; args `method` and `path_prefix` narrow which calls it counts and strikes."""
    fault = faults.active().get(name)
    if fault is None:
        return None
    if fault.args.get("method", method).upper() != method or not path.startswith(fault.args.get("path_prefix", "")):
        return None
    return faults.strike(name)


def strike_offer(faults: Faults, name: str, offer_id: str) -> Fault | None:
    """The fault, if it strikes this offer; arg `offer_id` narrows it to one offer, whose chances alone are counted."""
    fault = faults.active().get(name)
    if fault is None or fault.args.get("offer_id", offer_id) != offer_id:
        return None
    return faults.strike(name)


def strike_form(faults: Faults, name: str, form_id: str) -> Fault | None:
    """The fault, if it strikes this order; arg `form_id` narrows it to one order, whose chances alone are counted."""
    fault = faults.active().get(name)
    if fault is None or fault.args.get("form_id", form_id) != form_id:
        return None
    return faults.strike(name)


def strike_new(faults: Faults, name: str, external_id: str | None) -> Fault | None:
    """The fault, if it strikes an offer that is being made; arg `external_id` narrows it, as `offer_id` does others."""
    fault = faults.active().get(name)
    if fault is None or fault.args.get("external_id", external_id) != external_id:
        return None
    return faults.strike(name)


def lag(faults: Faults, name: str, offer_id: str, seconds: float) -> timedelta:
    """How much later something happens to an offer: arg `seconds` of a fault that strikes it, else nothing."""
    fault = strike_offer(faults, name, offer_id)
    return timedelta(seconds=float(fault.args.get("seconds", seconds)) if fault else 0)


class Blockade:
    """The pause after a 429, which every call made during it prolongs. Not safe by itself: callers hold the lock."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock = clock
        self.faults = faults
        self.hits = 0
        self._until: datetime | None = None

    def reset(self) -> None:
        self.hits = 0
        self._until = None

    def stops(self, method: str, path: str) -> bool:
        """Whether this call meets the pause, opening one where the fault strikes."""
        fault = self.faults.active().get("too_many_requests")
        if fault is None or not path.startswith(fault.args.get("path_prefix", "")):
            return False
        now = self.clock.now()
        if self._until is not None and now < self._until:
            self.hits += 1
        elif strike(self.faults, "too_many_requests", method, path) is None:
            return False
        self._until = now + timedelta(seconds=float(fault.args.get("seconds", _BLOCK_SECONDS)))
        return True


def before_call(faults: Faults, method: str, path: str) -> None:
    """Let the faults that know nothing of the call's meaning strike. Sleeps, so callers hold no lock.

    Raises Interrupted, ApiError or DropConnection where one answers in place of the endpoint.
    """
    slow = strike(faults, "slow", method, path)
    if slow is not None:
        time.sleep(float(slow.args.get("seconds", 1)))
    if strike(faults, "drop", method, path):
        raise DropConnection
    if strike(faults, "gateway_timeout_html", method, path):
        raise Interrupted(page(_HTML_TIMEOUT, 504))
    if strike(faults, "server_error", method, path):
        raise ApiError(500, "INTERNAL_SERVER_ERROR", "An unexpected error occurred.")
    if strike(faults, "unavailable", method, path):
        raise Interrupted(answer(None, 503))
    if path.startswith("/order/") and strike(faults, "not_acceptable", method, path):
        raise ApiError(406, "NotAcceptableException", "Not Acceptable")
