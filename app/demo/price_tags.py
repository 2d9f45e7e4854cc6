"""The third part of the demonstration: prices go both ways, and a slip of the finger goes nowhere."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rich.console import Console

from app.demo.person import Person

Wait = Callable[[Callable[[], bool], str], None]
_DEARER, _HAGGLED, _SLIPPED = "KUB-001", "KUB-002", "KUB-003"


@dataclass
class PriceTags:
    """The linked offers of the account and the products that they sell. `wait` waits until something is so."""

    out: Console
    person: Person
    account: int
    wait: Wait
    links: dict[str, dict[str, Any]] = field(default_factory=dict)

    def tell(self) -> list[str]:
        """Change prices on both sides, and one by mistake; returns what is not as it should be."""
        self.out.rule("Prices, both ways")
        person, path = self.person, f"/accounts/{self.account}"
        person.ask("PATCH", f"{path}/settings", {"push_prices": True, "pull_prices": True})
        self.links = {each["sku"]: each for each in person.ask("GET", f"{path}/offer-links?limit=200")["items"]}
        self.wait(self._agree, "every offer to cost what the shop asks")
        dearer, cheaper = self._asked(_DEARER) + 1, self._costs(_HAGGLED) - 1
        self._ask(_DEARER, dearer)
        began = time.monotonic()
        self.wait(lambda: self._costs(_DEARER) == dearer, f"the offer of {_DEARER} to cost {dearer}")
        since = time.monotonic() - began
        self.out.print(f"  the shop asks {dearer} PLN for {_DEARER}: its offer costs that {since:.1f} s later")
        self._change_at_allegro(_HAGGLED, cheaper)
        self._run()
        self.wait(lambda: self._asked(_HAGGLED) == cheaper, f"the shop to ask {cheaper} for {_HAGGLED}")
        self.out.print(
            f"  a person makes the offer of {_HAGGLED} cost {cheaper} PLN at Allegro: the shop asks that, too"
        )
        before, slip = self._costs(_SLIPPED), self._asked(_SLIPPED) * 100
        self._ask(_SLIPPED, slip)
        self.wait(lambda: len(self._held()) == 1, "the hundredfold price to be held")
        [held] = self._held()
        self.out.print(f"  the shop asks {slip} PLN for {_SLIPPED}, which is held: {held['reason']}")
        if self._costs(_SLIPPED) != before:
            return [f"The offer of {_SLIPPED} costs {self._costs(_SLIPPED)} instead of {before}."]
        self._ask(_SLIPPED, slip / 100)
        self.wait(lambda: not self._held() and self._agree(), "nothing to be held any more")
        asked = person.ask("GET", f"/offer-links/{self.links[_DEARER]['id']}/history")
        self.out.print(f"Why does the offer of {_DEARER} cost that? {asked['price_now']}")
        return []

    def _agree(self) -> bool:
        return not any(change["result"] == "planned" for change in self._run(dry_run=True)["changes"])

    def _run(self, *, dry_run: bool = False) -> dict[str, Any]:
        wanted = {"account_id": self.account, "dry_run": dry_run, "wait": True}
        report: dict[str, Any] = self.person.ask("POST", "/jobs/prices/run", wanted)
        return report

    def _held(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.person.ask("GET", f"/accounts/{self.account}/held-prices")["items"]
        return found

    def _ask(self, sku: str, price: Decimal) -> None:
        product_id = self.links[sku]["product_id"]
        self.person.in_shop("PUT", f"/products/{product_id}", {"regular_price": f"{price:.2f}"})

    def _change_at_allegro(self, sku: str, price: Decimal) -> None:
        offer_id = self.links[sku]["offer_id"]
        self.person.direct(
            "POST", f"{self.person.allegro_url}/_sandbox/offers/{offer_id}/price", {"amount": f"{price:.2f}"}
        )

    def _asked(self, sku: str) -> Decimal:
        product = self.person.in_shop("GET", f"/products/{self.links[sku]['product_id']}")
        return Decimal(product["price"])

    def _costs(self, sku: str) -> Decimal:
        offer = self.person.direct("GET", f"{self.person.allegro_url}/_sandbox/offers/{self.links[sku]['offer_id']}")
        return Decimal(offer["price"])
