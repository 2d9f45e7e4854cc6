"""What both sides and the service say at the end of the story, side by side, and what of it is wrong."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from app.demo.person import Person
from app.demo.purchases import Purchase


@dataclass
class Bought:
    """A purchase that was made. `order_ids` are those that it had at Allegro, the one that it has now last."""

    purchase: Purchase
    order_ids: list[str]

    @property
    def order_id(self) -> str:
        return self.order_ids[-1]


@dataclass(frozen=True)
class View:
    """One look at everything. `log` is by Allegro's order id, `made` by the store order's number, `stock` by SKU."""

    log: dict[str, dict[str, Any]]
    made: dict[int, dict[str, Any]]
    alerts: list[dict[str, Any]]
    stock: dict[str, int]

    def order_of(self, bought: Bought) -> dict[str, Any]:
        """Its store order, empty when there is none."""
        return self.made.get(self.log.get(bought.order_id, {}).get("store_order_id") or 0, {})


def look(person: Person, account: int, skus: list[str]) -> View:
    return View(
        log={entry["order_id"]: entry for entry in person.ask("GET", f"/accounts/{account}/orders")["items"]},
        made={order["id"]: order for order in person.direct("GET", f"{person.store_url}/_sandbox/orders")},
        alerts=person.ask("GET", "/alerts?open=true")["items"],
        stock={sku: person.direct("GET", f"{person.store_url}/_sandbox/stock/{sku}")["stock"] for sku in skus},
    )


def problems_in(view: View, bought: list[Bought], before: dict[str, int]) -> list[str]:
    """What is not as the story wants it, as sentences."""
    problems = [problem for each in bought for problem in _problems_of(each, view)]
    for sku, was in before.items():
        wanted = was - sum(each.purchase.takes.get(sku, 0) for each in bought)
        if view.stock[sku] != wanted:
            problems.append(f"The stock of {sku} is {view.stock[sku]} instead of {wanted}.")
    wanted_alerts = Counter((each.purchase.alert, each.order_id) for each in bought if each.purchase.alert)
    alerts = Counter((alert["kind"], alert["subject"]) for alert in view.alerts)
    problems += [f"There is no alert {kind} about {subject}." for kind, subject in wanted_alerts - alerts]
    problems += [f"Nobody expects the alert {kind} about {subject}." for kind, subject in alerts - wanted_alerts]
    return problems


def _problems_of(bought: Bought, view: View) -> list[str]:
    purchase, entry, order = bought.purchase, view.log.get(bought.order_id), view.order_of(bought)
    about = f"Order {bought.order_id} ({purchase.words})"
    if entry is None:
        return [f"{about} is not in the order log."]
    problems = []
    if entry["state"] != purchase.state:
        problems.append(f"{about} is {entry['state']} instead of {purchase.state}: {entry['last_error']}")
    twins = [
        number
        for number, each in view.made.items()
        if any(m["key"] == "_allegro_checkout_form_id" and m["value"] in bought.order_ids for m in each["meta_data"])
    ]
    if twins != [entry["store_order_id"]]:
        return [*problems, f"{about} should have one store order, and has {twins or 'none'}."]
    if order["status"] != purchase.status:
        problems.append(f"{about}: store order {order['id']} is {order['status']} instead of {purchase.status}.")
    if (Decimal(order["total"]), order["currency"]) != (Decimal(entry["total"]["amount"]), entry["currency"]):
        problems.append(f"{about}: the total of store order {order['id']} differs from what the buyer pays.")
    if not purchase.shows(order):
        problems.append(f"{about}: store order {order['id']} does not show that.")
    for former in bought.order_ids[:-1]:
        if view.log[former]["superseded_by"] != bought.order_id:
            problems.append(f"{about}: the log does not say that it replaces {former}.")
    return problems


def show(out: Console, view: View, bought: list[Bought], before: dict[str, int]) -> None:
    """Print the orders, the stocks, and what waits for a person."""
    out.rule("What the order log says, and what stands in the shop")
    _show_orders(out, view, bought)
    _show_stock(out, view, bought, before)
    out.rule("Open alerts, each with its remedy")
    for alert in sorted(view.alerts, key=lambda each: int(each["id"])):
        out.print(f"[bold]{alert['kind']}[/bold]  {alert['title']}")
        out.print(f"  To do: {alert['remedy']}")


def _show_orders(out: Console, view: View, bought: list[Bought]) -> None:
    table = Table("purchase", "state", "order", "buyer pays", "store total", "store status", box=box.SIMPLE_HEAD)
    for each in bought:
        entry, order = view.log.get(each.order_id, {}), view.order_of(each)
        pays = entry.get("total") or {"amount": "?", "currency": ""}
        table.add_row(
            each.purchase.words,
            str(entry.get("state")),
            str(entry.get("store_order_id")),
            f"{pays['amount']} {pays['currency']}",
            f"{order.get('total')} {order.get('currency')}",
            str(order.get("status")),
        )
    out.print(table)
    for each in bought:
        reason = view.log.get(each.order_id, {}).get("last_error")
        if reason:
            out.print(f"[bold]{each.purchase.words}[/bold]: {reason}")


def _show_stock(out: Console, view: View, bought: list[Bought], before: dict[str, int]) -> None:
    table = Table("SKU", "stock before", "taken", "stock now", "", box=box.SIMPLE_HEAD)
    for sku, was in before.items():
        notes = [each.purchase.stock_note for each in bought if sku in each.purchase.takes]
        taken = sum(each.purchase.takes.get(sku, 0) for each in bought)
        table.add_row(sku, str(was), str(taken), str(view.stock[sku]), "; ".join(filter(None, notes)))
    out.print(table)
