"""Buyers on both sides of one article, a person who counts it, and the books that the law is judged by."""

import threading
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.api.deps import Services
from app.config import Config
from app.db import ledger, offer_links
from app.domain.runs import RunState
from app.domain.settings import OutOfStockAction
from app.main import build
from app.sandbox.serving import Recorded
from app.sandbox.world import Sandbox
from tests.conftest import connect
from tests.sync.offers.conftest import Counter

SKU = "KUB-001"
# Two offers of one piece each, and one of a set of two.
UNITS = (1, 1, 2)
# What a fault has delayed has happened so long after it is over.
_AFTERMATH_SECONDS = 120.0
# A report that was not true is found out by a comparison with Allegro's list, and not at once.
_LIES_ARE_FOUND_AFTER = timedelta(minutes=10)
_UNPAID = ("BOUGHT", "FILLED_IN")
_HIDING = ("events_drop", "events_delay")
Step = tuple[Any, ...]


class Killed(BaseException):
    """The process is gone: nobody catches it, and nothing is written any more."""


@dataclass
class Sale:
    """`at_call` counts Allegro's answers until it happened; `is_heard_of`: its journal, or the sweep, tells of it;
    `is_hinted`: the store's webhook does; `is_told`: what Allegro shows has been brought in line with it.
    """

    pieces: int
    order_id: str
    at_call: int
    is_heard_of: bool
    is_hinted: bool = False
    is_told: bool = False
    is_over: bool = False


@dataclass
class Trade:
    """One article of which there are `stock` pieces. `broken` collects breaches of the law, in words."""

    world: Sandbox
    config: Config
    stock: int
    returns_stock: bool = False
    tally: Tally[str] = field(default_factory=Tally)
    sales: list[Sale] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._killed, self._main = False, threading.get_ident()
        self._faults_until: datetime | None = None
        self._lied_at: datetime | None = None
        self.world.allegro.market.returns_stock = self.returns_stock
        services = self._started()
        self.counter = Counter(self.world, services, connect(services, self.world, name="Kubki"))
        self.counter.switch(
            import_orders=True, sync_stock=True, out_of_stock_action=OutOfStockAction.END, auto_resume=True
        )
        self.counter.run()
        self.counter.put(self.stock)
        self.offers = [self.counter.offer(SKU, stock=3, units=units) for units in UNITS]
        self.counter.stock()
        self.check()

    def _started(self) -> Services:
        return build(self.config, now=self._now)

    def _now(self) -> datetime:
        # A process that is killed stores nothing more, and everything that is stored needs to know the time.
        if self._killed and threading.get_ident() == self._main:
            raise Killed
        return self.world.clock.now()

    def restart(self) -> None:
        self.counter.services.close()
        self.counter.services = self._started()

    def close(self) -> None:
        self._listen(None)
        self.counter.services.close()

    # --- what happens in the world ------------------------------------------------------------------------------------

    def do(self, what: str, *with_: Any) -> None:
        """One step. Buyers buy only what they see, and nothing happens where a step does not fit."""
        steps: dict[str, Callable[..., None]] = {
            "buy": self._buy,
            "shop": self._shop,
            "pay": self._pay,
            "cancel": self._cancel,
            "count": self._count,
            "fault": self._fault,
            "calm": self._calm,
            "wait": lambda minutes: self.counter.wait(minutes=minutes),
            "restart": self.restart,
            "run": self._run,
        }
        steps[what](*with_)

    @property
    def left(self) -> int:
        """Pieces that nobody has bought; below zero when more are sold than there were."""
        return self.stock - sum(sale.pieces for sale in self.sales if not sale.is_over)

    @property
    def untold(self) -> int:
        """Pieces that are sold and of which Allegro could not be told yet."""
        return sum(sale.pieces for sale in self.sales if not (sale.is_told or sale.is_over))

    def _buy(self, number: int, quantity: int, pay: bool) -> None:
        offer_id, pieces = self.offers[number], quantity * UNITS[number]
        offer = self.world.allegro.offer(offer_id)
        if offer.status != "ACTIVE" or offer.available < quantity:
            return
        if pieces > self.left:
            self.tally["oversold at Allegro"] += 1
            if pieces > self.left + self.untold:
                self.broken.append(
                    f"{pieces} bought of offer {number}, {self.left} left, {self.untold} sold without Allegro knowing"
                )
        self.tally["sold at Allegro"] += 1
        hidden = self._is_on(*_HIDING)
        order_id = self.world.allegro.buy(self.counter.line(offer_id, quantity), pay=pay)
        self.sales.append(Sale(pieces, order_id, len(self.world.allegro.requests), is_heard_of=not hidden))

    def _shop(self, quantity: int, hinted: bool) -> None:
        unheard = sum(sale.pieces for sale in self.sales if sale.order_id and not self._is_in_store(sale))
        if self.world.store.sell(SKU, quantity) is None:
            return
        if quantity > self.left:
            self.tally["oversold in the store"] += 1
            if quantity > self.left + unheard:
                self.broken.append(f"{quantity} bought in the store, {self.left} left, {unheard} not in the store")
        self.tally["sold in the store"] += 1
        self.sales.append(Sale(quantity, "", 0, is_heard_of=True, is_hinted=hinted))
        if hinted:
            self.counter.due(SKU)

    def _is_in_store(self, sale: Sale) -> bool:
        return any(order["status"] != "cancelled" for order in self.world.store.orders_for(sale.order_id))

    def _pay(self, number: int) -> None:
        if (sale := self._at_allegro(number)) and self._status(sale) in _UNPAID:
            self.world.allegro.pay(sale.order_id)

    def _cancel(self, number: int) -> None:
        if (sale := self._at_allegro(number)) and not sale.is_over:
            self.world.allegro.cancel(sale.order_id)
            sale.is_over = True

    def _at_allegro(self, number: int) -> Sale | None:
        there = [sale for sale in self.sales if sale.order_id]
        return there[number % len(there)] if there else None

    def _status(self, sale: Sale) -> str:
        return str(self.world.allegro.form(sale.order_id)["status"])

    def _count(self, more: int) -> None:
        """A person puts more pieces on the shelf."""
        self.stock += more
        self.counter.put((self.world.store.stock(SKU) or 0) + more)

    def _fault(self, side: str, name: str, args: dict[str, Any]) -> None:
        faults = self.world.allegro.faults if side == "allegro" else self.world.store.faults
        faults.switch_on(name, **args)
        self.tally["faults"] += 1

    def _calm(self) -> None:
        if self._active():
            self._faults_until = self.world.clock.now()
        if self._is_on("command_lies"):
            self._lied_at = self.world.clock.now()
        self.world.allegro.faults.clear()
        self.world.store.faults.clear()

    def _active(self) -> set[str]:
        return {*self.world.allegro.faults.active(), *self.world.store.faults.active()}

    def _is_on(self, *names: str) -> bool:
        return bool(self._active() & set(names))

    def _is_calm(self) -> bool:
        since = self._faults_until
        is_over = since is None or (self.world.clock.now() - since).total_seconds() > _AFTERMATH_SECONDS
        return is_over and not self._active()

    # --- what the service does ----------------------------------------------------------------------------------------

    def _run(self, job: str, meanwhile: Sequence[tuple[int, Step]] = (), kill_at: int | None = None) -> None:
        """Run a job. After its n-th call something happens while its answer is on its way; `kill_at` ends it all."""
        known, calm = [sale for sale in self.sales if not sale.is_over], self._is_calm()
        waiting, calls = sorted(meanwhile, key=lambda each: each[0]), 0

        def happen(request: Recorded) -> None:
            nonlocal calls
            if "/oauth/" in request.path:
                return
            calls += 1
            self._killed = self._killed or calls == kill_at
            while waiting and waiting[0][0] <= calls:
                _, step = waiting.pop(0)
                self._listen(None)
                self.tally["in between"] += 1
                self.do(*step)
                self._listen(happen)

        self._listen(happen)
        try:
            run = self.counter.nudge() if job == "nudge" else self.counter.run(job)
        except Killed:
            run = None
            self.tally["killed"] += 1
        finally:
            self._listen(None)
        if self._killed:
            self._killed = False
            self.restart()
            return
        if run is not None and run.state is RunState.DONE and calm and self._is_calm():
            self._tell(job, known)

    def _listen(self, hook: Callable[[Recorded], None] | None) -> None:
        self.world.allegro.meanwhile = self.world.store.meanwhile = hook

    def _tell(self, job: str, known: list[Sale]) -> None:
        """A run has come to its end without a fault: what could it tell of?"""
        if job == "orders_sweep":
            for sale in known:
                sale.is_heard_of = True
        if job == "offers" and self._lied_at and self.world.clock.now() - self._lied_at > _LIES_ARE_FOUND_AFTER:
            self._lied_at = None
        services, account = self.counter.services, self.counter.account
        with services.database.reading() as session:
            is_under_way = bool(ledger.unsettled(session, account))
            is_left = bool(offer_links.due(session, account, now=services.now()))
        if job not in ("stock", "nudge") or is_under_way or is_left or self._lied_at:
            return
        # A purchase before the last look into the journal is known, and one before the last change must be looked for.
        looked = max((at for at, each in enumerate(self.world.allegro.requests) if _ends_window(each)), default=-1)
        for sale in self.sales:
            is_seen = sale in known if job == "stock" or sale.is_hinted else False
            if sale.order_id:
                is_seen = sale in known or sale.at_call <= looked
            sale.is_told = sale.is_told or (is_seen and sale.is_heard_of)

    # --- the law ------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """No offer shows more than there would be if nothing had been sold that Allegro could not be told of."""
        most = max(0, self.left + self.untold)
        for offer_id, units in zip(self.offers, UNITS, strict=True):
            if (shown := self.counter.shown(offer_id)) > most // units:
                self.broken.append(f"an offer of {units} shows {shown}, and {most} may be left ({self.left} are)")
        assert not self.broken, self.broken

    def wanted(self) -> list[int]:
        return [max(0, self.left) // units for units in UNITS]

    def shown(self) -> list[int]:
        return [self.counter.shown(offer_id) for offer_id in self.offers]

    def settle(self) -> None:
        """Faults are over, and within two hours everything is as it should be, and stays so."""
        self._calm()
        for _ in range(8):
            self.counter.wait(minutes=15)
            written = self.counter.writes()
            for job in ("orders_sweep", "offers", "stock"):
                self._run(job)
                self.check()
            if self.counter.writes() == written and self.shown() == self.wanted() and not self._under_way():
                break
        assert (self.shown(), self._under_way()) == (self.wanted(), [])
        written = self.counter.writes()
        for _ in range(2):
            self.counter.wait(minutes=30)
            self._run("offers")
            self._run("stock")
        assert self.counter.writes() == written
        self._check_orders()

    def _under_way(self) -> list[Any]:
        with self.counter.services.database.reading() as session:
            return list(ledger.unsettled(session, self.counter.account))

    def _check_orders(self) -> None:
        """Every paid order is in the store once, with its pieces, and too many sold are told of."""
        in_shop = sum(sale.pieces for sale in self.sales if not sale.order_id)
        imported = 0
        for sale in self.sales:
            if not sale.order_id:
                continue
            assert self.counter.is_logged(sale.order_id)
            made = [order["status"] for order in self.world.store.orders_for(sale.order_id)]
            is_due = self._status(sale) == "READY_FOR_PROCESSING"
            assert made == (["processing"] if is_due else ["cancelled"] if made and sale.is_over else [])
            imported += sale.pieces if is_due else 0
        stock = self.world.store.stock(SKU) or 0
        assert stock == self.stock - in_shop - imported
        assert any(alert.kind == "oversold" for alert in self.counter.alerts()) == (stock < 0)


def _ends_window(request: Recorded) -> bool:
    return request.path == "/order/events" or (request.method != "GET" and request.path.startswith("/sale/"))
