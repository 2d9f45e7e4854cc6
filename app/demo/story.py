"""The demonstration: from purchases to parcels, with stock and prices that go both ways; checked on both sides."""

import json
import secrets
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from app.demo.checks import Bought, View, look, problems_in, show
from app.demo.new_goods import NewGoods
from app.demo.parcels import Parcels
from app.demo.person import Person
from app.demo.price_tags import PriceTags
from app.demo.programs import Program, ProgramFailed, free_port, wait_until
from app.demo.purchases import MISTYPED_SKU, Purchase, story
from app.demo.shelf import Shelf

out = Console(soft_wrap=True)
_PATIENCE_SECONDS = 60.0


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
                service_url=url,
                api_key=api_key,
                allegro_url=world["allegro_url"],
                store_url=world["store_url"],
                store_key=(world["store_key"], world["store_secret"]),
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
    """Connect, buy, wait, let things happen, wait again, and show; returns what is not as it should be."""
    person, purchases = stage.person, story()
    account = _connect(stage)
    _mistype(person)
    skus = sorted({sku for purchase in purchases for sku in purchase.takes})
    before = look(person, account, skus).stock
    out.rule("Purchases at Allegro")
    bought = [_buy(person, purchase) for purchase in purchases]
    _wait(stage, lambda: _all_arrived(look(person, account, []), bought), what="the arrival of the orders in the shop")
    out.rule("What happens afterwards")
    hands = _Hands(person, account)
    for each in bought:
        if each.purchase.afterwards is not None:
            out.print(f"  {each.purchase.words}")
            order_id = each.purchase.afterwards(hands, each.order_ids)
            if order_id != each.order_id:
                each.order_ids.append(order_id)
    problems: list[str] = []

    def is_done() -> bool:
        view = look(person, account, skus)
        problems[:] = problems_in(view, bought, before)
        return not problems and person.ask("GET", "/status")["accounts"][0]["waiting_orders"] == 0

    try:
        _wait(stage, is_done, what="everything that should come of it")
    except ProgramFailed:
        if not problems:
            raise
    show(out, look(person, account, skus), bought, before)
    if problems:
        return problems

    def wait(is_so: Callable[[], bool], what: str) -> None:
        _wait(stage, is_so, what=what)

    for chapter in (Shelf, PriceTags, NewGoods, Parcels):
        if problems := chapter(out, person, account, wait).tell():
            return problems
    return []


def _wait(stage: Stage, condition: Callable[[], bool], *, what: str) -> None:
    def is_true() -> bool:
        stage.service.must_be_alive()
        return condition()

    wait_until(is_true, seconds=_PATIENCE_SECONDS, what=what)


def _buy(person: Person, purchase: Purchase) -> Bought:
    order_ids = []
    for sent in purchase.sent:
        paid = {"pay": len(purchase.sent) == 1}
        answer = person.direct("POST", f"{person.allegro_url}/_sandbox/purchases", paid | sent)
        order_ids.append(answer["checkout_form_id"])
    out.print(f"  {purchase.words}: {' and '.join(order_ids)}")
    return Bought(purchase, order_ids)


def _all_arrived(view: View, bought: list[Bought]) -> bool:
    """Whether each paid order is in the shop, and each unpaid one was read."""
    entries = [view.log.get(order_id, {}) for each in bought for order_id in each.order_ids]
    return all(entry.get("state") in ("imported", "on_hold") or entry.get("status") == "bought" for entry in entries)


def _mistype(person: Person) -> None:
    """Give a product of the shop a wrong SKU."""
    (product,) = person.in_shop("GET", f"/products?sku={MISTYPED_SKU}")
    person.in_shop("PUT", f"/products/{product['id']}", {"sku": f"{MISTYPED_SKU}-TYPO"})


@dataclass(frozen=True)
class _Hands:
    """Moves both pretend sides, and uses the service as a person would."""

    person: Person
    account: int

    def at_allegro(self, order_id: str, action: str, **sent: Any) -> None:
        self.person.direct("POST", f"{self.person.allegro_url}/_sandbox/purchases/{order_id}/{action}", sent)

    def pay_together(self, order_ids: list[str]) -> str:
        answer = self.person.direct("POST", f"{self.person.allegro_url}/_sandbox/merges", {"ids": order_ids})
        return str(answer["checkout_form_id"])

    def delete_in_shop_and_import_again(self, order_id: str) -> None:
        path = f"/accounts/{self.account}/orders"
        number = self.person.ask("GET", f"{path}/{order_id}")["store_order_id"]
        self.person.in_shop("DELETE", f"/orders/{number}?force=true")
        wanted = {"order_ids": [order_id]}
        plan = self.person.ask("POST", f"{path}/reimport", wanted | {"dry_run": True})
        out.print(f"    a re-import would {plan['items'][0]['action']} it: {plan['items'][0]['detail']}")
        self.person.ask("POST", f"{path}/reimport", wanted)


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
