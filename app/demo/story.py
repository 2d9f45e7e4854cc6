"""The demonstration: purchases at Allegro become store orders, shown and checked on both sides."""

import json
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from app.demo.person import Person
from app.demo.programs import Program, ProgramFailed, free_port, wait_until

out = Console(soft_wrap=True)
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Purchase:
    """A purchase of the story, as the pretend Allegro takes it, with the words that explain it."""

    words: str
    sent: dict[str, Any]
    skus: dict[str, int]


@dataclass(frozen=True)
class Stage:
    """Everything that runs, and who uses it."""

    person: Person
    service: Program
    sandbox: Program
    world: dict[str, str]
    url: str
    api_key: str


def run_demo(*, once: bool) -> int:
    """Show the story and, unless `once`, serve until Ctrl-C. Returns 0 when both sides end as they should, else 1."""
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        with tempfile.TemporaryDirectory(prefix="woo-allegro-demo-") as directory, _stage(Path(directory)) as stage:
            problems = _tell(stage)
            for problem in problems:
                out.print(f"[red]{problem}[/red]")
            out.print("[green]Both sides agree.[/green]" if not problems else "[red]The two sides do not agree.[/red]")
            if not once and not problems:
                _hand_over(stage)
            return 1 if problems else 0
    except (ProgramFailed, httpx.HTTPError) as error:
        out.print(f"[red]The demonstration failed: {error}[/red]")
        return 1
    except KeyboardInterrupt:
        out.print("\nStopped; nothing is left behind.")
        return 0


@contextmanager
def _stage(directory: Path) -> Iterator[Stage]:
    out.rule("A pretend Allegro, a pretend shop, and the real service")
    port = free_port(8000)
    url, api_key = f"http://localhost:{port}", secrets.token_urlsafe(24)
    with Program("app.sandbox", directory=directory) as sandbox:
        world: dict[str, str] = json.loads(sandbox.first_line())
        environment = {
            "BRIDGE_DATABASE_URL": f"sqlite:///{directory / 'bridge.db'}",
            "BRIDGE_SECRET_KEY": secrets.token_urlsafe(32),
            "BRIDGE_API_KEY": api_key,
            "BRIDGE_PORT": str(port),
            "BRIDGE_PUBLIC_URL": url,
            "BRIDGE_STORE_URL": world["store_url"],
            "BRIDGE_STORE_KEY": world["store_key"],
            "BRIDGE_STORE_SECRET": world["store_secret"],
            "BRIDGE_STORE_WEBHOOK_SECRET": secrets.token_urlsafe(24),
            "BRIDGE_ALLEGRO_API_URL": world["allegro_url"],
            "BRIDGE_ALLEGRO_AUTH_URL": world["allegro_url"],
            "BRIDGE_ALLEGRO_UPLOAD_URL": world["allegro_url"],
            "BRIDGE_ORDERS_EVERY": "1",
            "BRIDGE_EVENT_LOG_DIR": str(directory / "event-log"),
        }
        with Program("app", "serve", directory=directory, environment=environment) as service:
            person = Person(
                service_url=url, api_key=api_key, allegro_url=world["allegro_url"], store_url=world["store_url"]
            )
            try:
                wait_until(lambda: _is_ready(service, url), seconds=_PATIENCE_SECONDS, what="the service's start")
                yield Stage(person, service, sandbox, world, url, api_key)
            finally:
                person.close()


def _is_ready(service: Program, url: str) -> bool:
    service.must_be_alive()
    try:
        return httpx.get(f"{url}/ready", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _tell(stage: Stage) -> list[str]:
    """Connect, buy, wait, and show; returns what is not as it should be."""
    person = stage.person
    account = _connect(stage)
    purchases = _purchases()
    before = {sku: _stock(stage, sku) for purchase in purchases for sku in purchase.skus}
    out.rule("Purchases at Allegro")
    bought: list[tuple[Purchase, str]] = []
    for purchase in purchases:
        answer = person.direct("POST", f"{person.allegro_url}/_sandbox/purchases", purchase.sent)
        bought.append((purchase, answer["checkout_form_id"]))
        out.print(f"  {purchase.words}: order {answer['checkout_form_id']}")
    path = f"/accounts/{account}/orders"

    def is_done() -> bool:
        stage.service.must_be_alive()
        states = [entry["state"] for entry in person.ask("GET", path)["items"]]
        marked = person.ask("GET", "/status")["accounts"][0]["waiting_orders"] == 0
        return len(states) == len(bought) and "seen" not in states and "importing" not in states and marked

    wait_until(is_done, seconds=_PATIENCE_SECONDS, what="the arrival of the orders in the shop")
    out.rule("What the order log says")
    log = {entry["order_id"]: entry for entry in person.ask("GET", path)["items"]}
    made = {order["id"]: order for order in person.direct("GET", f"{person.store_url}/_sandbox/orders")}
    table = Table("purchase", "state", "store order", "buyer pays", "store total", "store status")
    for purchase, order_id in bought:
        entry = log[order_id]
        order = made.get(entry["store_order_id"], {})
        table.add_row(
            purchase.words,
            entry["state"],
            str(entry["store_order_id"]),
            f"{entry['total']['amount']} {entry['currency']}",
            f"{order.get('total')} {order.get('currency')}",
            str(order.get("status")),
        )
    out.print(table)
    problems = _compare(bought, log, made)
    stocks = Table("SKU", "stock before", "sold", "stock now")
    for sku, was in before.items():
        sold = sum(purchase.skus.get(sku, 0) for purchase in purchases)
        now = _stock(stage, sku)
        stocks.add_row(sku, str(was), str(sold), str(now))
        if now != was - sold:
            problems.append(f"The stock of {sku} is {now}; {was} minus {sold} sold would be {was - sold}.")
    out.print(stocks)
    return problems


def _connect(stage: Stage) -> int:
    person = stage.person
    address = person.ask("GET", "/application-address")["application_url"]
    out.print(f"The application address {address} is entered in Allegro's form.")
    person.direct("POST", f"{person.allegro_url}/_sandbox/redirect-uris", {"uri": address})
    account: int = person.ask(
        "POST",
        "/accounts",
        {
            "name": "Kubki",
            "environment": "sandbox",
            "app_name": stage.world["app_name"],
            "client_id": stage.world["client_id"],
            "client_secret": stage.world["client_secret"],
            "allegro_login": stage.world["login"],
        },
    )["id"]
    page = person.accept_at_allegro(person.ask("POST", f"/accounts/{account}/authorize")["authorize_url"])
    for what, path in (("Allegro", f"/accounts/{account}/test"), ("Store", "/store/test")):
        tested = person.ask("POST", path)
        out.print(f"{what}: [bold]{tested['status']}[/bold]")
        for check in tested["checks"]:
            out.print(f"  {'ok  ' if check['ok'] else 'FAIL'} {check['name']}: {check['detail']}")
    if "Connected" not in page:
        raise ProgramFailed("the account could not be connected")
    person.ask("POST", "/store/webhooks")
    person.ask("PATCH", f"/accounts/{account}/settings", {"import_orders": True, "event_logging": True})
    return account


def _purchases() -> list[Purchase]:
    def line(sku: str, quantity: int = 1, **more: str) -> dict[str, Any]:
        return {"sku": sku, "quantity": quantity, **more}

    return [
        Purchase(
            "paid online, by courier",
            {"lines": [line("KUB-001", 2)], "delivery_cost": "14.99", "message": "Proszę zapakować na prezent."},
            {"KUB-001": 2},
        ),
        Purchase(
            "cash on delivery",
            {"lines": [line("KUB-002")], "kind": "cod", "delivery_cost": "19.99"},
            {"KUB-002": 1},
        ),
        Purchase(
            "to a pickup point, with an invoice for a company",
            {
                "lines": [line("KUB-001"), line("KUB-003", 3)],
                "delivery": "pickup_point",
                "invoice": "company",
                "delivery_cost": "9.99",
            },
            {"KUB-001": 1, "KUB-003": 3},
        ),
    ]


def _compare(
    bought: list[tuple[Purchase, str]], log: dict[str, dict[str, Any]], made: dict[int, dict[str, Any]]
) -> list[str]:
    problems = []
    for purchase, order_id in bought:
        entry = log[order_id]
        twins = [
            order["id"]
            for order in made.values()
            if any(m["key"] == "_allegro_checkout_form_id" and m["value"] == order_id for m in order["meta_data"])
        ]
        if entry["state"] != "imported":
            problems.append(f"Order {order_id} ({purchase.words}) is {entry['state']}: {entry['last_error']}")
        if twins != [entry["store_order_id"]]:
            problems.append(f"Order {order_id} should have one store order, and has {twins}.")
        elif Decimal(made[twins[0]]["total"]) != Decimal(entry["total"]["amount"]):
            problems.append(f"The total of store order {twins[0]} differs from what the buyer pays.")
    return problems


def _stock(stage: Stage, sku: str) -> int:
    found: int = stage.person.direct("GET", f"{stage.person.store_url}/_sandbox/stock/{sku}")["stock"]
    return found


def _hand_over(stage: Stage) -> None:
    world = stage.world
    out.rule("Yours to play with, until Ctrl-C")
    out.print(f"API of the service   {stage.url}/docs   key {stage.api_key}")
    out.print(f"pretend Allegro      {world['allegro_url']}   (offers: /sale/offers; faults: /_sandbox/faults)")
    out.print(f"pretend shop         {world['store_url']}   key {world['store_key']} secret {world['store_secret']}")
    out.print("Buy something, and look at the order log a second later:")
    out.print(
        f"  curl -X POST {world['allegro_url']}/_sandbox/purchases -H 'Content-Type: application/json' "
        """-d '{"lines": [{"sku": "KUB-001"}]}'"""
    )
    out.print(f"  curl -H 'Authorization: Bearer {stage.api_key}' {stage.url}/api/v1/accounts/1/orders")
    while True:
        signal.pause()


def _as_ctrl_c(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
