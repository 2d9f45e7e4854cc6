"""What is not the store but the hand that moves it: `/_sandbox`, for people, the demo and other processes."""

import re
from typing import Any, Protocol

from app.sandbox.clock import Clock
from app.sandbox.faults import UnknownFaultError
from app.sandbox.store.exchange import Answer, Call, StoreError
from app.sandbox.store.mail import Mail
from app.sandbox.store.misbehaviour import KNOWN, StoreFaults

PREFIX = "/_sandbox"


class Controlled(Protocol):
    """What the hand takes hold of."""

    faults: StoreFaults
    clock: Clock

    @property
    def outbox(self) -> list[Mail]: ...

    @property
    def orders(self) -> dict[int, dict[str, Any]]: ...

    def stock(self, sku: str) -> int | None: ...

    def sell(self, sku: str, quantity: int, status: str = "processing") -> int | None: ...

    def flush_webhooks(self) -> None: ...


def respond(world: Controlled, call: Call) -> Answer:
    """Raises StoreError: 404 for an unknown address or fault, 400 for a bad value, 409 for a sold-out good."""
    path = call.path.removeprefix(PREFIX)
    named = re.fullmatch(r"/faults/(\w+)", path)
    asked = re.fullmatch(r"/stock/([^/]+)", path)
    match (call.method, path):
        case ("GET", "/faults"):
            return Answer(_faults(world))
        case ("DELETE", "/faults"):
            world.faults.clear()
            return Answer(_faults(world))
        case ("POST", "/clock"):
            world.clock.advance(float(call.json().get("advance_seconds", 0)))
            return Answer({"now": world.clock.now().isoformat()})
        case ("GET", "/outbox"):
            return Answer([mail.view() for mail in world.outbox])
        case ("GET", "/orders"):
            return Answer(list(world.orders.values()))
        case ("POST", "/webhooks/flush"):
            world.flush_webhooks()
            return Answer({})
        case ("POST", "/sales"):
            return _sell(world, call.json())
        case ("GET", _) if asked:
            return _stock(world, asked[1])
        case ("PUT" | "DELETE", _) if named:
            return _switch(world, call, named[1])
    raise StoreError(404, "no_such_control", f"the sandbox has no {call.method} {call.path}")


def _faults(world: Controlled) -> dict[str, Any]:
    on = world.faults.active()
    return {
        "known": KNOWN,
        "on": {name: {"times": fault.times, "skip": fault.skip, "args": fault.args} for name, fault in on.items()},
    }


def _switch(world: Controlled, call: Call, name: str) -> Answer:
    if call.method == "DELETE":
        world.faults.switch_off(name)
        return Answer(_faults(world))
    sent = call.json()
    try:
        world.faults.switch_on(name, times=sent.get("times"), skip=sent.get("skip", 0), **sent.get("args", {}))
    except UnknownFaultError as error:
        raise StoreError(404, "unknown_fault", str(error)) from error
    return Answer(_faults(world))


def _sell(world: Controlled, sent: dict[str, Any]) -> Answer:
    sku = str(sent.get("sku", ""))
    try:
        order_id = world.sell(sku, int(sent.get("quantity", 1)), str(sent.get("status", "processing")))
    except KeyError as error:
        raise StoreError(404, "unknown_sku", str(error)) from error
    if order_id is None:
        raise StoreError(409, "sold_out", f"{sku} is sold out")
    return Answer({"order_id": order_id}, 201)


def _stock(world: Controlled, sku: str) -> Answer:
    try:
        return Answer({"sku": sku, "stock": world.stock(sku)})
    except KeyError as error:
        raise StoreError(404, "unknown_sku", str(error)) from error
