"""The fourth part of the demonstration: goods that are new in the shop become offers, and sell like the others."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from app.demo.person import Person

Wait = Callable[[Callable[[], bool], str], None]
_CATEGORIES = ("Kubki", "Koszulki")
_SIZES = ("M", "L")
_SOLD = "KOS-002-M"
_MADE_OF = {"source": "attribute", "attribute": "pa_material"}
# Where the values of Allegro's parameters come from, by the parameters' names.
_SOURCES: dict[str, dict[str, str]] = {
    "Stan": {"source": "value", "value": "Nowy"},
    "Marka": {"source": "attribute", "attribute": "pa_marka", "default": "bez marki"},
    "Kod producenta": {"source": "sku"},
    "Waga produktu z opakowaniem jednostkowym": {"source": "weight"},
    "Kolor": {"source": "attribute", "attribute": "pa_kolor"},
    "Rozmiar": {"source": "attribute", "attribute": "pa_rozmiar"},
    "Pojemność": {"source": "attribute", "attribute": "pa_pojemnosc"},
    "Materiał wykonania": _MADE_OF,
    "Materiał dominujący": _MADE_OF,
}


@dataclass
class NewGoods:
    """Goods that the shop has and Allegro does not. `wait` waits until something is so."""

    out: Console
    person: Person
    account: int
    wait: Wait

    def tell(self) -> list[str]:
        """Say where they belong, look at what would be sent, list, sell one; returns what is not as it should be."""
        self.out.rule("New goods, listed at Allegro")
        products = [self._new_mug(), self._new_shirt()]
        self._map()
        wanted = {"product_ids": products, "template_id": self._template()}
        planned = self._plan(wanted)
        if stopped := [f"{each['sku']}: {each['errors']}" for each in planned if not each["can_be_listed"]]:
            return stopped
        self._show(planned)
        began = time.monotonic()
        run_id = self._ask("POST", "/listings", wanted)["run_id"]
        self.wait(lambda: not self._open(run_id), "the end of the listing")
        listed = self._ask("GET", f"/listings?run_id={run_id}")["items"]
        if failed := [f"{each['sku']} is {each['state']}: {each['errors']}" for each in listed if not _is_listed(each)]:
            return failed
        self.out.print(f"  {len(listed)} offers are on sale {time.monotonic() - began:.1f} s later, each with its link")
        offers = {each["sku"]: str(each["offer_id"]) for each in listed}
        self._sell(offers[_SOLD])
        again = self._plan(wanted)
        self.out.print(f"And if they were listed again? {again[0]['notes'][-1]}")
        problems = [f"The offer of {sku} is not on sale." for sku, offer in offers.items() if not self._is_live(offer)]
        return problems + [f"{each['sku']} would be listed twice." for each in again if each["can_be_listed"]]

    def _new_mug(self) -> int:
        attributes = {"Kolor": ["Czerwony"], "Materiał": ["Porcelana"], "Pojemność": ["300 ml"]}
        mug = self._goods("Kubek porcelanowy z lisem 300 ml", "Kubki", attributes)
        sold = {"sku": "KUB-005", "regular_price": "45.00", "manage_stock": True, "stock_quantity": 12}
        self.out.print(f"  new in the shop: {mug['name']}")
        return int(self.person.in_shop("POST", "/products", mug | sold)["id"])

    def _new_shirt(self) -> int:
        attributes = {"Kolor": ["Czarny"], "Materiał": ["Bawełna"], "Rozmiar": list(_SIZES)}
        shirt = self._goods("Koszulka bawełniana z lisem", "Koszulki", attributes)
        made = self.person.in_shop("POST", "/products", shirt | {"sku": "KOS-002", "type": "variable"})
        for size in _SIZES:
            sold = {"sku": f"KOS-002-{size}", "regular_price": "69.00", "manage_stock": True, "stock_quantity": 8}
            chosen = {"attributes": [{"name": "Rozmiar", "option": size}]}
            self.person.in_shop("POST", f"/products/{made['id']}/variations", sold | chosen)
        self.out.print(f"  new in the shop: {shirt['name']}, in the sizes {' and '.join(_SIZES)}")
        return int(made["id"])

    def _goods(self, name: str, category: str, attributes: dict[str, list[str]]) -> dict[str, Any]:
        """A product as the shop takes it; what it has a choice of are its variations."""
        found = self.person.in_shop("GET", "/products/categories?per_page=100")
        picture = f"{self.person.store_url}/wp-content/uploads/2026/11/lis-{category.lower()}-900x900.png"
        return {
            "name": name,
            "description": f"<p>{name}, <strong>z naszej pracowni</strong>.</p><ul><li>wysyłka w 24 godziny</li></ul>",
            "weight": "0.3",
            "categories": [{"id": each["id"]} for each in found if each["name"] == category],
            "attributes": [
                {"name": own, "options": options, "variation": len(options) > 1} for own, options in attributes.items()
            ],
            "images": [{"src": picture}],
        }

    def _map(self) -> None:
        """Take the categories that are suggested, and say where the values of their parameters come from."""
        for name in _CATEGORIES:
            found = self._ask("GET", f"/allegro-categories?search={name}")["items"]
            leaf_id = next(each["id"] for each in found if each["name"] == name)
            self._ask("POST", "/default-categories", {"category_id": leaf_id})
            parameters = self._ask("GET", f"/attribute-mappings?category_id={leaf_id}")["items"]
            chosen = [
                {"parameter_id": each["parameter_id"], **_SOURCES[each["name"]]}
                for each in parameters
                if each["name"] in _SOURCES
            ]
            self._ask("PUT", f"/attribute-mappings?category_id={leaf_id}", {"items": chosen})
        suggested = [
            each | {"allegro_category_id": each["suggested_category_id"]}
            for each in self._ask("GET", "/category-mappings")["items"]
            if each["store_category_name"] in _CATEGORIES
        ]
        saved = self._ask("PUT", "/category-mappings", {"items": suggested})["items"]
        for each in saved:
            if each["allegro_path"]:
                self.out.print(f"  {each['store_path']} belongs to {each['allegro_path']}, as suggested")

    def _template(self) -> int:
        """What the offers have in common."""
        home = {"country_code": "PL", "province": "mazowieckie", "city": "Warszawa", "postal_code": "00-999"}
        self._ask("PATCH", "", {"location": home})
        options = self._ask("GET", "/listing-options")
        template = {
            "name": "Kubki i koszulki",
            "title": "{name}",
            "shipping_rates_id": options["shipping_rates"][0]["id"],
            "return_policy_id": options["return_policies"][0]["id"],
            "implied_warranty_id": options["implied_warranties"][0]["id"],
            "responsible_producer_id": options["responsible_producers"][0]["id"],
            "safety_information": "Przechowywać z dala od ognia.",
            "publish": True,
        }
        return int(self._ask("POST", "/listing-templates", template)["id"])

    def _plan(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        planned: list[dict[str, Any]] = self._ask("POST", "/listings", wanted | {"dry_run": True})["items"]
        return planned

    def _show(self, planned: list[dict[str, Any]]) -> None:
        table = Table("SKU", "would be listed as", "price", "pieces", "parameters", box=box.SIMPLE_HEAD)
        for each in planned:
            sent = each["request"]
            price, pieces = sent["sellingMode"]["price"]["amount"], sent["stock"]["available"]
            described = len(sent["parameters"]) + len(sent["productSet"][0]["product"]["parameters"])
            table.add_row(each["sku"], sent["name"], price, str(pieces), str(described))
        self.out.print(table)

    def _sell(self, offer_id: str) -> None:
        """A sale in the shop, which the new offer shows as all others do."""
        left = self._seen(offer_id)["available"] - 1
        began = time.monotonic()
        self.person.direct("POST", f"{self.person.store_url}/_sandbox/sales", {"sku": _SOLD})
        self.wait(lambda: bool(self._seen(offer_id)["available"] == left), f"the offer of {_SOLD} to show {left}")
        took = time.monotonic() - began
        self.out.print(f"  one {_SOLD} is sold in the shop: its new offer shows {left} {took:.1f} s later")

    def _open(self, run_id: int) -> bool:
        counts = self._ask("GET", f"/listings?run_id={run_id}")["counts"]
        return bool(counts.keys() & {"queued", "waiting"})

    def _is_live(self, offer_id: str) -> bool:
        return bool(self._seen(offer_id)["status"] == "ACTIVE")

    def _seen(self, offer_id: str) -> Any:
        """What Allegro's buyers see."""
        return self.person.direct("GET", f"{self.person.allegro_url}/_sandbox/offers/{offer_id}")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.person.ask(method, f"/accounts/{self.account}{path}", body)


def _is_listed(listing: dict[str, Any]) -> bool:
    return bool(listing["state"] == "listed")
