"""The second part of the demonstration: stock goes both ways, in seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from app.demo.person import Person

Wait = Callable[[Callable[[], bool], str], None]
_SLOWLY_SOLD, _SOLD_OUT = "KUB-004", "MIS-001"


@dataclass
class Shelf:
    """The offers of the account, and the shop whose stock they show. `wait` waits until something is so."""

    out: Console
    person: Person
    account: int
    wait: Wait
    links: dict[str, dict[str, Any]] = field(default_factory=dict)

    def tell(self) -> list[str]:
        """Link, sync, sell on both sides, run out and come back; returns what is not as it should be."""
        self.out.rule("Stock, both ways")
        person, path = self.person, f"/accounts/{self.account}"
        linked = person.ask("POST", f"{path}/offer-links/match", {})["linked"]
        self.out.print(f"  {len(linked)} offers are linked to the products that have their SKU")
        chosen = {"sync_stock": True, "out_of_stock_action": "end", "auto_resume": True}
        person.ask("PATCH", f"{path}/settings", chosen)
        self.links = {each["sku"]: each for each in person.ask("GET", f"{path}/offer-links?limit=200")["items"]}
        self.wait(self._agree, "every offer to show what the shop has")
        self._happens(f"the shop counts 4 of {_SLOWLY_SOLD}", lambda: self._count(_SLOWLY_SOLD, 4), _SLOWLY_SOLD, 4)
        self._happens(f"somebody buys one {_SLOWLY_SOLD} at Allegro", lambda: self._buy(_SLOWLY_SOLD), _SLOWLY_SOLD, 3)
        self._happens(f"{_SOLD_OUT} is sold out in the shop", lambda: self._count(_SOLD_OUT, 0), _SOLD_OUT, 0)
        self._happens(f"and six more of {_SOLD_OUT} arrive", lambda: self._count(_SOLD_OUT, 6), _SOLD_OUT, 6)
        self.wait(lambda: self._stock(_SLOWLY_SOLD) == 3 and self._agree(), "both sides to agree on the stock")
        self._show()
        left = [change for change in self._planned() if change["result"] == "planned"]
        return [f"{each['what']} shows {each['from']} instead of {each['to']}." for each in left]

    def _happens(self, words: str, act: Callable[[], object], sku: str, shown: int) -> None:
        began = time.monotonic()
        act()
        self.wait(lambda: self._shown(sku) == shown, f"the offer of {sku} to show {shown}")
        became = f"shows {shown}" if shown else "has ended"
        self.out.print(f"  {words}: its offer {became} {time.monotonic() - began:.1f} s later")

    def _agree(self) -> bool:
        return all(self._shown(sku) == self._stock(sku) for sku in (_SLOWLY_SOLD, _SOLD_OUT)) and not any(
            change["result"] == "planned" for change in self._planned()
        )

    def _planned(self) -> list[dict[str, Any]]:
        wanted = {"account_id": self.account, "dry_run": True, "wait": True}
        found: list[dict[str, Any]] = self.person.ask("POST", "/jobs/stock/run", wanted)["changes"]
        return found

    def _count(self, sku: str, pieces: int) -> None:
        link = self.links[sku]
        self.person.in_shop("PUT", f"/products/{link['product_id']}", {"stock_quantity": pieces})

    def _buy(self, sku: str) -> None:
        self.person.direct("POST", f"{self.person.allegro_url}/_sandbox/purchases", {"lines": [{"sku": sku}]})

    def _stock(self, sku: str) -> int:
        return int(self.person.direct("GET", f"{self.person.store_url}/_sandbox/stock/{sku}")["stock"])

    def _shown(self, sku: str) -> int:
        """What Allegro's buyers see, 0 once the offer has ended."""
        offer = self.person.direct("GET", f"{self.person.allegro_url}/_sandbox/offers/{self.links[sku]['offer_id']}")
        return int(offer["available"]) if offer["status"] == "ACTIVE" else 0

    def _show(self) -> None:
        table = Table("SKU", "in the shop", "at Allegro", box=box.SIMPLE_HEAD)
        for sku in sorted(self.links):
            table.add_row(sku, str(self._stock(sku)), str(self._shown(sku)))
        self.out.print(table)
        asked = self.person.ask("GET", f"/offer-links/{self.links[_SOLD_OUT]['id']}/history")
        self.out.print(f"Why does the offer of {_SOLD_OUT} show that? {asked['now']}")
