"""A store of a few rows, which answers lists and single items."""

from collections.abc import Iterable
from typing import Any

import httpx

NO_ROUTE = {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}


def row(number: int, parent: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "parent_id": parent,
        "type": "variation" if parent else "simple",
        "sku": f"S-{number}",
        "name": "M" if parent else f"Kubek {number}",
        "status": "publish",
        "manage_stock": True,
        "stock_quantity": number % 7,
        "stock_status": "instock",
        "backorders": "no",
        **more,
    }


class Shelf:
    """A store that holds these rows, answers lists and single items, and remembers what it was asked."""

    def __init__(self, rows: Iterable[dict[str, Any]], *, old: bool = False) -> None:
        self.rows = {each["id"]: each for each in rows}
        self.old = old
        self.hidden: set[int] = set()
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, params = request.url.path.removeprefix("/wp-json/wc/v3/"), dict(request.url.params)
        self.asked.append((path, params))
        if path == "variations":
            return httpx.Response(404, json=NO_ROUTE) if self.old else self._page(self._children(), params)
        match path.split("/"):
            case ["products"]:
                return self._page([each for each in self.rows.values() if not each["parent_id"]], params)
            case ["products", parent, "variations"]:
                return self._page([each for each in self._children() if each["parent_id"] == int(parent)], params)
            case [*_, number] if int(number) in self.rows:
                return httpx.Response(200, json=self.rows[int(number)])
        return httpx.Response(404, json={"code": "woocommerce_rest_product_invalid_id", "data": {"status": 404}})

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def _children(self) -> list[dict[str, Any]]:
        return [each for each in self.rows.values() if each["parent_id"]]

    def _page(self, rows: list[dict[str, Any]], params: dict[str, str]) -> httpx.Response:
        assert (params["orderby"], params["order"], params["per_page"]) == ("id", "asc", "100")
        included = {int(each) for each in params.get("include", "").split(",") if each}
        assert len(included) <= 100
        found = [
            each
            for each in rows
            if each["id"] not in self.hidden
            and (each["status"] == "trash") == (params["status"] == "trash")
            and (not included or each["id"] in included)
        ]
        first = (int(params.get("page", 1)) - 1) * 100
        return httpx.Response(200, json=found[first : first + 100], headers={"X-WP-Total": str(len(found))})
