"""The last part of the demonstration: one parcel leaves with a number of the shop, one is made by Allegro."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from app.demo.person import Person

Wait = Callable[[Callable[[], bool], str], None]
_SOLD = "KUB-003"
_CARRIER, _NUMBER = "DPD", "0000100200300U"
# What the plugins WooCommerce Shipment Tracking and Advanced Shipment Tracking write.
_PLUGIN_KEY = "_wc_shipment_tracking_items"
_TRACKING, _NOTES = "tracking", "tracking_notes"


@dataclass
class Parcels:
    """The packing table of the account. `wait` waits until something is so."""

    out: Console
    person: Person
    account: int
    wait: Wait

    def tell(self) -> list[str]:
        """Send one order with a number of the shop, and one with Allegro; returns what is not as it should be."""
        self.out.rule("Parcels, from the order to the label")
        self._ask("PATCH", "/settings", {"submit_tracking": True, "tracking_notes": True})
        first, second = self._buy(), self._buy()
        self.wait(lambda: bool(self._number(first) and self._number(second)), "the orders in the shop")
        method = self._ask("GET", f"/orders/{first}/delivery")["method_name"]
        numbers = f"{self._number(first)} and {self._number(second)}"
        self.out.print(f"  two purchases, to be sent with {method}, are the store orders {numbers}")
        return self._send_from_shop(first) or self._send_with_allegro(second)

    def _send_from_shop(self, order_id: str) -> list[str]:
        """A plugin of the shop has the number, and somebody completes the order."""
        number = self._number(order_id)
        entry = {"tracking_provider": _CARRIER, "tracking_number": _NUMBER}
        packed = {"meta_data": [{"key": _PLUGIN_KEY, "value": [entry]}], "status": "completed"}
        self.person.in_shop("PUT", f"/orders/{number}", packed)
        self.out.print(f"  a tracking plugin gives order {number} the number {_NUMBER}, and the order is completed")
        wanted = {"fulfilment": "SENT", "parcels": [{"carrier_id": _CARRIER, "waybill": _NUMBER}]}
        took = self._until(_TRACKING, lambda: self._seen(order_id) == wanted, "Allegro to show what was sent")
        self.out.print(f"    it has its turn: at Allegro it is SENT, with the number of {_CARRIER}, {took:.1f} s later")
        self._run(_TRACKING)
        if self._seen(order_id) != wanted:
            return [f"Order {order_id} should show one number and be SENT, and shows {self._seen(order_id)}."]
        return []

    def _send_with_allegro(self, order_id: str) -> list[str]:
        """Allegro makes the parcel as it proposes it; its label is fetched, and its way is noted in the shop."""
        path = f"/orders/{order_id}/parcels"
        proposed = self._ask("POST", path, {"dry_run": True})["request"]["packages"][0]
        measures = " x ".join(str(proposed[name]["value"]) for name in ("length", "width", "height"))
        self.out.print(
            f"  Ship with Allegro makes the parcel of order {self._number(order_id)}, as proposed: {measures} cm"
        )
        self._ask("POST", path, {})
        self.wait(lambda: bool(self._made(path)["waybills"]), "the number of the parcel")
        made = self._made(path)
        [waybill] = made["waybills"]
        label = self.person.file(f"/accounts/{self.account}{path}/{made['id']}/label?page_size=A6")
        begins = label[:4].decode(errors="replace")
        self.out.print(f"    the label of parcel {waybill} is a PDF of {len(label)} bytes, begins with {begins}")
        self._run(_TRACKING)
        shown = [each["waybill"] for each in self._seen(order_id)["parcels"]]
        if shown != [waybill]:
            return [f"Order {order_id} should have the number {waybill} once, and has {shown}."]
        self.out.print("    its number stands in the order at Allegro, once")
        moved = {"status": "IN_TRANSIT", "description": "Sortownia Poznań"}
        self.person.direct("POST", f"{self.person.allegro_url}/_sandbox/parcels/{waybill}", moved)
        self._until(_NOTES, lambda: bool(self._notes(order_id, waybill)), "the note about the parcel")
        notes = self._notes(order_id, waybill)
        self.out.print(f"    the carrier has it, and the store order says so: {notes[0]}")
        return [] if len(notes) == 1 else [f"Order {order_id} has {len(notes)} notes about one step of its parcel."]

    def _buy(self) -> str:
        bought = {"lines": [{"sku": _SOLD}], "delivery": "courier"}
        answer = self.person.direct("POST", f"{self.person.allegro_url}/_sandbox/purchases", bought)
        return str(answer["checkout_form_id"])

    def _number(self, order_id: str) -> int | None:
        """The number of its store order, once it is imported."""
        for entry in self._ask("GET", "/orders")["items"]:
            if entry["order_id"] == order_id and entry["state"] == "imported":
                return int(entry["store_order_id"])
        return None

    def _until(self, job: str, is_so: Callable[[], bool], what: str) -> float:
        """Let the job have its turn now and wait until something is so; returns the seconds that it took."""
        began = time.monotonic()
        self._run(job)
        self.wait(is_so, what)
        return time.monotonic() - began

    def _run(self, job: str) -> None:
        self.person.ask("POST", f"/jobs/{job}/run", {"account_id": self.account, "wait": True})

    def _made(self, path: str) -> dict[str, Any]:
        [made] = self._ask("GET", path)["items"]
        return dict(made)

    def _notes(self, order_id: str, waybill: str) -> list[str]:
        """What the store order says of a parcel."""
        found = self.person.in_shop("GET", f"/orders/{self._number(order_id)}/notes")
        return [each["note"] for each in found if waybill in each["note"]]

    def _seen(self, order_id: str) -> Any:
        """What the buyer sees of the order at Allegro."""
        return self.person.direct("GET", f"{self.person.allegro_url}/_sandbox/purchases/{order_id}")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.person.ask(method, f"/accounts/{self.account}{path}", body)
